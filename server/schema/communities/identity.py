"""Which community it is, and whom it asks for what it tells."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from server.schema.alerts import AlertLoader
from server.schema.audit import AuditLoader
from server.schema.channels import ChannelLoader
from server.schema.chat.nouns import ChatLoader
from server.schema.communities.viewers import ViewerLoader
from server.schema.gaps import ConnectionLoader
from server.schema.giveaways.nouns import GiveawayLoader
from server.schema.guilds import GuildLoader
from server.schema.happenings import (
    HappeningLoader,
)
from server.schema.health import HealthLoader
from server.schema.inbox import DeliveryLoader
from server.schema.jobs import JobLoader
from server.schema.leaderboards import LeaderboardLoader
from server.schema.linking import (
    LinkSettingsLoader,
)
from server.schema.names import NameLoader
from server.schema.panels import PanelLoader
from server.schema.policies import READ
from server.schema.proofs import ProofLoader
from server.schema.raffle.nouns import RaffleLoader
from server.schema.rewards.nouns import RewardLoader
from server.schema.roles import RoleRewardLoader
from server.schema.scenes import SceneLoader
from server.schema.setup import SetupLoader
from server.schema.slotcalls.nouns import SlotCallLoader
from server.schema.staff import StaffLoader
from server.schema.streamalerts.nouns import StreamAlertLoader
from server.schema.texts import TextLoader
from server.schema.timers import TimerLoader
from server.schema.tokens import ApiTokenLoader, OverlayKeyLoader
from server.schema.totals import TotalsLoader
from server.schema.wagers import WagerLoader
from server.schema.watchtime import WatchTimeRulesLoader


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityLoaders:
    """Whom a community asks, capability by capability; made anew for every operation."""

    channels: ChannelLoader
    watchtime: WatchTimeRulesLoader
    leaderboard: LeaderboardLoader
    viewers: ViewerLoader
    linking: LinkSettingsLoader
    names: NameLoader
    proofs: ProofLoader
    deliveries: DeliveryLoader
    staff: StaffLoader
    jobs: JobLoader
    alerts: AlertLoader
    health: HealthLoader
    audit: AuditLoader
    happenings: HappeningLoader
    slots: SlotCallLoader
    raffles: RaffleLoader
    giveaways: GiveawayLoader
    wagers: WagerLoader
    setup: SetupLoader
    overlay_keys: OverlayKeyLoader
    scenes: SceneLoader
    stream_alerts: StreamAlertLoader
    api_tokens: ApiTokenLoader
    guilds: GuildLoader
    panels: PanelLoader
    texts: TextLoader
    connection: ConnectionLoader
    chat: ChatLoader
    timers: TimerLoader
    rewards: RewardLoader
    roles: RoleRewardLoader
    totals: TotalsLoader


@strawberry.type(description="Which community it is.")
class Identity:
    """What every part of a community's fields stands on."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    slug: str = strawberry.field(description="Its short name in addresses and commands.", metadata=READ)
    name: str = strawberry.field(description="Its name.", metadata=READ)
    timezone: str = strawberry.field(description="The IANA time zone of its days.", metadata=READ)
    created_at: datetime = strawberry.field(description="When it was made.", metadata=READ)
    loaders: strawberry.Private[CommunityLoaders]
