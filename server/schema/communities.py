"""Communities and their viewers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.alerts import Alert, AlertLoader
from server.schema.audit import AuditEvent, AuditFilter, AuditLoader
from server.schema.channels import Channel, ChannelLoader, Stream, StreamStatus
from server.schema.chat.nouns import Chat, ChatLoader
from server.schema.gaps import ConnectionLoader, EventSubscription, Gap
from server.schema.guilds import Guild, GuildLoader
from server.schema.happenings import (
    ChannelListening,
    Happening,
    HappeningFilter,
    HappeningLoader,
    HappeningReview,
    IngestSources,
    ReviewState,
)
from server.schema.health import Health, HealthLoader
from server.schema.inbox import Delivery, DeliveryFilter, DeliveryLoader
from server.schema.jobs import DeadJob, JobLoader
from server.schema.leaderboards import LeaderboardLoader, Standing
from server.schema.linking import (
    Account,
    LinkedAccount,
    LinkEvent,
    LinkLoader,
    LinkSettings,
    LinkSettingsLoader,
    Platform,
)
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.problems import Refused
from server.schema.proofs import LinkOffer, ProofLoader
from server.schema.setup import KickSetup, SetupLoader
from server.schema.slotcalls.nouns import SlotCallLoader, SlotCalls
from server.schema.staff import StaffGrant, StaffLoader
from server.schema.texts import TextKind, TextLoader, TextVersion
from server.schema.timers import TimerLoader
from server.schema.tokens import ApiToken, ApiTokenLoader, OverlayKey, OverlayKeyLoader
from server.schema.watchtime import EarningStatus, WatchTime, WatchTimeRulesLoader, WatchTimeSettings


@strawberry.type(description="A person within one community: one or more accounts.")
class Viewer:
    """A viewer."""

    id: strawberry.ID = strawberry.field(
        description="Opaque id, good in this community only. Ids from before a link lead to the viewer it made.",
        metadata=READ,
    )
    watch_time: WatchTime = strawberry.field(description="How much the viewer has watched, and why.", metadata=READ)
    find_accounts: strawberry.Private[Callable[[], Awaitable[list[Account]]]]
    find_rank: strawberry.Private[Callable[[], Awaitable[int | None]]]
    links: strawberry.Private[LinkLoader]

    @strawberry.field(description="The viewer's accounts.", metadata=READ)
    async def accounts(self) -> list[Account]:
        """The accounts."""
        return await self.find_accounts()

    @strawberry.field(
        description="The viewer's accounts with how and when they were linked; none while he has only one.",
        metadata=READ,
    )
    async def linked_accounts(self) -> list[LinkedAccount]:
        """The linked accounts."""
        return await self.links.linked()

    @strawberry.field(description="What happened to the links of the viewer's accounts, newest first.", metadata=READ)
    async def link_history(self, first: First, after: After = None) -> Connection[LinkEvent]:
        """The history of links."""
        return await self.links.history(first, after)

    @strawberry.field(description="The place on the leaderboard; null without watch time.", metadata=READ)
    async def rank(self) -> int | None:
        """The rank."""
        return await self.find_rank()


class ViewerLoader(Protocol):
    """What a community is asked about its viewers."""

    async def by_id(self, viewer_id: str) -> Viewer | None:
        """The viewer with an id."""
        ...

    async def by_account(self, platform: Platform, platform_id: str) -> Viewer | None:
        """The viewer that an account is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityLoaders:
    """Whom a community asks, capability by capability; made anew for every operation."""

    channels: ChannelLoader
    watchtime: WatchTimeRulesLoader
    leaderboard: LeaderboardLoader
    viewers: ViewerLoader
    linking: LinkSettingsLoader
    proofs: ProofLoader
    deliveries: DeliveryLoader
    staff: StaffLoader
    jobs: JobLoader
    alerts: AlertLoader
    health: HealthLoader
    audit: AuditLoader
    happenings: HappeningLoader
    slots: SlotCallLoader
    setup: SetupLoader
    overlay_keys: OverlayKeyLoader
    api_tokens: ApiTokenLoader
    guilds: GuildLoader
    texts: TextLoader
    connection: ConnectionLoader
    chat: ChatLoader
    timers: TimerLoader


@strawberry.type(description="A tenant: settings, viewers and attached channels.")
class Community:
    """A community."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    slug: str = strawberry.field(description="Its short name in addresses and commands.", metadata=READ)
    name: str = strawberry.field(description="Its name.", metadata=READ)
    timezone: str = strawberry.field(description="The IANA time zone of its days.", metadata=READ)
    created_at: datetime = strawberry.field(description="When it was made.", metadata=READ)
    loaders: strawberry.Private[CommunityLoaders]

    @strawberry.field(description="The attached channels, at most 20, oldest attachment first.", metadata=READ)
    async def channels(self) -> list[Channel]:
        """The channels."""
        return await self.loaders.channels.attached()

    @strawberry.field(description="Whether each attached channel is live.", metadata=READ)
    async def stream_status(self) -> list[StreamStatus]:
        """The channels with their newest streams."""
        return await self.loaders.channels.status()

    @strawberry.field(description="The streams of the attached channels, newest first.", metadata=READ)
    async def streams(self, first: First, after: After = None) -> Connection[Stream]:
        """The streams."""
        return await self.loaders.channels.streams(first, after)

    @strawberry.field(description="The rules of watch time in force.", metadata=READ)
    async def watch_time_settings(self) -> WatchTimeSettings:
        """The settings."""
        return await self.loaders.watchtime.settings()

    @strawberry.field(description="Every version of the rules of watch time, newest first.", metadata=READ)
    async def watch_time_settings_history(self, first: First, after: After = None) -> Connection[WatchTimeSettings]:
        """The settings through time."""
        return await self.loaders.watchtime.history(first, after)

    @strawberry.field(description="Whether anybody earns watch time right now, and if not, why not.", metadata=READ)
    async def earning_status(self) -> EarningStatus:
        """The present state of earning."""
        return await self.loaders.watchtime.earning()

    @strawberry.field(description="The watch-time leaderboard, best first.", metadata=READ)
    async def leaderboard(self, first: First, after: After = None) -> Connection[Standing]:
        """The board."""
        return await self.loaders.leaderboard.page(first, after)

    @strawberry.field(
        description="A viewer's place with its neighbours, best first; null when the viewer has no watch time.",
        metadata=READ,
    )
    async def leaderboard_around(
        self,
        viewer_id: Annotated[strawberry.ID, strawberry.argument(description="Whose place.")],
        before: Annotated[int, strawberry.argument(description="How many before, 0 to 50.")],
        after: Annotated[int, strawberry.argument(description="How many after, 0 to 50.")],
    ) -> list[Standing] | None:
        """The board around a viewer."""
        return await self.loaders.leaderboard.around(viewer_id, before, after)

    @strawberry.field(
        description="A viewer by id, or who he is since a link; null when this community has no such viewer.",
        metadata=READ,
    )
    async def viewer(
        self, viewer_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The viewer's id.")]
    ) -> Viewer | None:
        """A viewer."""
        return await self.loaders.viewers.by_id(viewer_id)

    @strawberry.field(description="The viewer that an account is; null when it never appeared here.", metadata=READ)
    async def viewer_of_account(
        self,
        platform: Annotated[Platform, strawberry.argument(description="Where the account lives.")],
        platform_id: Annotated[str, strawberry.argument(description="The platform's own id of the account.")],
    ) -> Viewer | None:
        """A viewer, found by one of his accounts."""
        return await self.loaders.viewers.by_account(platform, platform_id)

    @strawberry.field(description="The rules of linking accounts.", metadata=READ)
    async def link_settings(self) -> LinkSettings:
        """The settings of linking."""
        return await self.loaders.linking.settings()

    @strawberry.field(
        description="The links that were handed to people, and how they got on, newest first.",
        metadata=enforced(needs(Capability.LINKS_MANAGE)),
    )
    async def link_offers(self, first: First, after: After = None) -> Connection[LinkOffer]:
        """The links."""
        return await self.loaders.proofs.page(first, after)

    @strawberry.field(
        description="What platforms told this community, newest first.",
        metadata=enforced(needs(Capability.DELIVERIES_REPLAY)),
    )
    async def deliveries(
        self,
        first: First,
        after: After = None,
        where: Annotated[DeliveryFilter | None, strawberry.argument(description="Which ones; all if left out.")] = None,
    ) -> Connection[Delivery]:
        """The deliveries."""
        return await self.loaders.deliveries.page(where, first, after)

    @strawberry.field(
        description="What several sources told, each once, newest first.",
        metadata=enforced(needs(Capability.CHANNELS_MANAGE)),
    )
    async def happenings(
        self,
        first: First,
        after: After = None,
        where: Annotated[
            HappeningFilter | None, strawberry.argument(description="Which ones; all if left out.")
        ] = None,
    ) -> Connection[Happening]:
        """The happenings."""
        return await self.loaders.happenings.page(where, first, after)

    @strawberry.field(
        description="Happenings that may be one, newest question first.",
        metadata=enforced(needs(Capability.CHANNELS_MANAGE)),
    )
    async def happening_reviews(
        self,
        first: First,
        after: After = None,
        state: Annotated[ReviewState | None, strawberry.argument(description="Only those in this state.")] = None,
    ) -> Connection[HappeningReview]:
        """The questions."""
        return await self.loaders.happenings.reviews(state, first, after)

    @strawberry.field(description="Whom the community listens to, kind by kind.", metadata=READ)
    async def ingest_sources(self) -> IngestSources:
        """The sources."""
        return await self.loaders.happenings.sources()

    @strawberry.field(description="How the websockets of the attached channels on Kick are doing.", metadata=READ)
    async def listening(self) -> list[ChannelListening]:
        """The listeners."""
        return await self.loaders.happenings.listening()

    @strawberry.field(description="Who may do what here, oldest grant first.", metadata=READ)
    async def staff(self, first: First, after: After = None) -> Connection[StaffGrant]:
        """The grants."""
        return await self.loaders.staff.page(first, after)

    @strawberry.field(
        description="The keys with which overlays show this community, newest first.",
        metadata=enforced(needs(Capability.OVERLAYS_MANAGE)),
    )
    async def overlay_keys(self, first: First, after: After = None) -> Connection[OverlayKey]:
        """The keys of overlays."""
        return await self.loaders.overlay_keys.page(first, after)

    @strawberry.field(
        description="The tokens that people made for their programs here, newest first.",
        metadata=enforced(needs(Capability.TOKENS_MANAGE)),
    )
    async def api_tokens(self, first: First, after: After = None) -> Connection[ApiToken]:
        """The tokens of everybody."""
        return await self.loaders.api_tokens.page(first, after)

    @strawberry.field(
        description="Who did what to what in this community, newest first.",
        metadata=enforced(needs(Capability.AUDIT_READ)),
    )
    async def audit_events(
        self,
        first: First,
        after: After = None,
        where: Annotated[AuditFilter | None, strawberry.argument(description="Which ones; all if left out.")] = None,
    ) -> Connection[AuditEvent]:
        """The audit log."""
        return await self.loaders.audit.page(where, first, after)

    @strawberry.field(description="The slot calls: what viewers want played, and the catalogue.", metadata=READ)
    def slot_calls(self) -> SlotCalls:
        """The slot calls."""
        return SlotCalls(loader=self.loaders.slots)

    @strawberry.field(description="The community's Discord server; null while none is bound.", metadata=READ)
    async def guild(self) -> Guild | None:
        """The server."""
        return await self.loaders.guilds.bound()

    @strawberry.field(description="The terms of service or the privacy policy in force.", metadata=READ)
    async def text(self, kind: Annotated[TextKind, strawberry.argument(description="Which one.")]) -> TextVersion:
        """The text."""
        return await self.loaders.texts.newest(kind)

    @strawberry.field(description="The versions of a text that the community wrote, newest first.", metadata=READ)
    async def text_history(
        self,
        kind: Annotated[TextKind, strawberry.argument(description="Which text.")],
        first: First,
        after: After = None,
    ) -> Connection[TextVersion]:
        """The text through time."""
        return await self.loaders.texts.history(kind, first, after)

    @strawberry.field(description="Whether the community's Kick channels are set up, check by check.", metadata=READ)
    async def kick_setup(self) -> KickSetup:
        """The checks."""
        return await self.loaders.setup.kick()

    @strawberry.field(
        description="What is wrong here and what to do about it, newest first.",
        metadata=enforced(needs(Capability.ALERTS_READ)),
    )
    async def alerts(
        self,
        first: First,
        after: After = None,
        only_open: Annotated[bool, strawberry.argument(description="Whether to leave out what is over.")] = True,  # noqa: FBT002 - an argument of the graph
    ) -> Connection[Alert]:
        """The alerts."""
        return await self.loaders.alerts.page(first, after, only_open=only_open)

    @strawberry.field(
        description="Jobs that were tried as often as they may be, newest first; retryJob has one tried again.",
        metadata=enforced(needs(Capability.ALERTS_READ)),
    )
    async def dead_jobs(self, first: First, after: After = None) -> Connection[DeadJob]:
        """The dead jobs."""
        return await self.loaders.jobs.dead(first, after)

    @strawberry.field(description="What platforms were asked to send, of at most 20 channels.", metadata=READ)
    async def event_subscriptions(self) -> list[EventSubscription]:
        """What was asked for."""
        return await self.loaders.connection.subscriptions()

    @strawberry.field(description="When a source did not tell all of a channel, newest first.", metadata=READ)
    async def gaps(self, first: First, after: After = None) -> Connection[Gap]:
        """What was missed."""
        return await self.loaders.connection.gaps(first, after)

    @strawberry.field(description="The chat: commands, texts, and what we say.", metadata=READ)
    def chat(self) -> Chat:
        """The chat."""
        return Chat(loader=self.loaders.chat, planned=self.loaders.timers)

    @strawberry.field(description="How the work of this community is going.", metadata=READ)
    async def health(self) -> Health:
        """The health."""
        return await self.loaders.health.now()


@strawberry.input(description="The community to make.")
class CreateCommunityInput:
    """Input of createCommunity."""

    slug: str = strawberry.field(description="1 to 40 lower-case letters, digits and hyphens; must be free.")
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    timezone: str = strawberry.field(description="The IANA time zone of its days, such as Europe/Stockholm.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="There is a new community.")
class CommunityCreated:
    """Success of createCommunity."""

    community: Community = strawberry.field(description="The new community.", metadata=READ)


CreateCommunityResult = Annotated[
    CommunityCreated | Refused,
    strawberry.union("CreateCommunityResult", description="What became of making a community."),
]
