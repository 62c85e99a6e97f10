"""The roots of the graph: what every capability adds to them, and the schema they make. Read this first.

Each base holds the root fields of one capability with their policies, at the end of the file that answers them.
"""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from server.resolvers.alerts import AlertMutations, AlertQueries
from server.resolvers.audit import AuditQueries
from server.resolvers.channels import ChannelMutations
from server.resolvers.chat.changes import ChatMutations
from server.resolvers.communities import CommunityMutations, CommunityQueries
from server.resolvers.draws.roots import DrawMutations
from server.resolvers.execution import ClosedToStrangers, Executor, Observed, Refusals, Schema
from server.resolvers.feed import FeedSubscriptions
from server.resolvers.giveaways.changes import GiveawayMutations
from server.resolvers.giveaways.edits import GiveawayEditMutations
from server.resolvers.giveaways.exclusions import GiveawayExclusionMutations
from server.resolvers.giveaways.own import GiveawayQueries, OwnGiveawayMutations
from server.resolvers.guilds import GuildMutations
from server.resolvers.happenings import HappeningMutations
from server.resolvers.health import HealthQueries
from server.resolvers.inbox import InboxMutations, InboxQueries
from server.resolvers.invitations import InvitationMutations
from server.resolvers.jobs.changes import JobMutations
from server.resolvers.jobs.waiting import JobSubscriptions
from server.resolvers.leaderboards import LeaderboardSubscriptions
from server.resolvers.linking import LinkingMutations
from server.resolvers.names import NameMutations
from server.resolvers.panels import PanelMutations
from server.resolvers.privacy import PrivacyMutations, PrivacyQueries
from server.resolvers.proofs import ProofMutations, ProofQueries
from server.resolvers.raffle.own import RaffleQueries
from server.resolvers.raffle.roots import RaffleMutations
from server.resolvers.rewards.changes import RewardMutations
from server.resolvers.roles.changes import RoleMutations
from server.resolvers.scenes import SceneMutations
from server.resolvers.setup import SetupMutations
from server.resolvers.slotcalls.roots import SlotCallMutations
from server.resolvers.staff import StaffMutations
from server.resolvers.streamalerts.changes import StreamAlertMutations
from server.resolvers.streamalerts.showing import StreamAlertShowMutations
from server.resolvers.texts import TextMutations
from server.resolvers.timers import TimerMutations
from server.resolvers.tokens.api_tokens import ApiTokenMutations, ApiTokenQueries
from server.resolvers.tokens.overlay_keys import OverlayKeyMutations
from server.resolvers.wagers import WagerMutations
from server.resolvers.watchtime.changes import WatchTimeMutations
from server.schema.draws.jobs import DRAW_JOB_TYPES
from server.schema.feed import FEED_TYPES
from server.schema.jobs import JOB_TYPES
from server.schema.panels import PANEL_JOB_TYPES
from server.schema.scalars import SCALARS


@strawberry.type(description="What can be asked.")
class Query(
    ApiTokenQueries,
    AlertQueries,
    AuditQueries,
    CommunityQueries,
    RaffleQueries,
    GiveawayQueries,
    HealthQueries,
    InboxQueries,
    PrivacyQueries,
    ProofQueries,
):
    """Questions."""


@strawberry.type(description="What can be done. Everything takes an idempotency key and is safe to send again.")
class Mutation(
    ApiTokenMutations,
    AlertMutations,
    ChannelMutations,
    ChatMutations,
    CommunityMutations,
    DrawMutations,
    HappeningMutations,
    GuildMutations,
    InboxMutations,
    InvitationMutations,
    JobMutations,
    LinkingMutations,
    PanelMutations,
    NameMutations,
    PrivacyMutations,
    OverlayKeyMutations,
    ProofMutations,
    RewardMutations,
    RoleMutations,
    SlotCallMutations,
    RaffleMutations,
    GiveawayMutations,
    GiveawayEditMutations,
    GiveawayExclusionMutations,
    OwnGiveawayMutations,
    SetupMutations,
    StaffMutations,
    SceneMutations,
    StreamAlertMutations,
    StreamAlertShowMutations,
    TextMutations,
    TimerMutations,
    WagerMutations,
    WatchTimeMutations,
):
    """Changes."""


@strawberry.type(description="What can be listened to, over a websocket.")
class Subscription(
    FeedSubscriptions,
    JobSubscriptions,
    LeaderboardSubscriptions,
):
    """Live streams of events."""


@cache
def build_schema() -> Schema:
    """The whole graph; made once, for it is the same for every server of a process."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=(*FEED_TYPES, *JOB_TYPES, *DRAW_JOB_TYPES, *PANEL_JOB_TYPES),
        extensions=[ClosedToStrangers, Observed],
        exception_handlers=[Refusals()],
        execution_context_class=Executor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def sdl() -> str:
    """The schema in the schema definition language, as it is committed."""
    return build_schema().as_str().rstrip() + "\n"


def root_fields() -> frozenset[str]:
    """The name of every root field, as operations ask for it."""
    roots = (Query, Mutation, Subscription)
    return frozenset(
        to_camel_case(field.python_name) for root in roots for field in get_object_definition(root, strict=True).fields
    )
