"""Happenings that several sources tell: what is known of them, what staff has to decide, and whom to listen to."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.channels import Channel
from server.schema.linking import Account
from server.schema.pagination import Connection
from server.schema.policies import READ, needs
from server.schema.problems import Refused

MANAGE = needs(Capability.CHANNELS_MANAGE)


@strawberry.enum(description="What happened, of the kinds that several sources tell without a common id.")
class HappeningKind(Enum):
    """The kind of a happening."""

    SUB = strawberry.enum_value("sub", description="A first subscription.")
    RENEWAL = strawberry.enum_value("renewal", description="A subscription that went on.")
    GIFT = strawberry.enum_value("gift", description="Subscriptions given to others.")
    KICKS = strawberry.enum_value("kicks", description="KICKs, Kick's paid reactions.")
    BAN = strawberry.enum_value("ban", description="A ban or a timeout.")


@strawberry.enum(description="Where a happening stands.")
class HappeningState(Enum):
    """The state of a happening."""

    TOLD = strawberry.enum_value("told", description="It counts.")
    HELD = strawberry.enum_value("held", description="It may be a copy of another one; staff has to say so.")
    VOID = strawberry.enum_value("void", description="It was a copy of another one and does not count.")


@strawberry.enum(description="How we heard of something.")
class HappeningSource(Enum):
    """A source."""

    WEBHOOK = strawberry.enum_value("webhook", description="A signed webhook.")
    WEBSOCKET = strawberry.enum_value("websocket", description="A frame of the platform's websockets.")


@strawberry.enum(description="Whom a community believes about a kind of news.")
class HeardSources(Enum):
    """One source or both."""

    WEBHOOK = strawberry.enum_value("webhook", description="Webhooks only.")
    WEBSOCKET = strawberry.enum_value("websocket", description="Websockets only.")
    BOTH = strawberry.enum_value("both", description="Whoever tells first; the others are witnesses.")


@strawberry.type(description="One copy of a happening.")
class HappeningCopy:
    """A copy."""

    source: HappeningSource = strawberry.field(description="How we heard of it.", metadata=MANAGE)
    at: datetime = strawberry.field(description="When it happened, as far as this copy knows.", metadata=MANAGE)


@strawberry.type(description="Something that happened, however often it was told.")
class Happening:
    """A happening."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    kind: HappeningKind = strawberry.field(description="What happened.", metadata=MANAGE)
    state: HappeningState = strawberry.field(description="Whether it counts.", metadata=MANAGE)
    at: datetime = strawberry.field(description="When it happened, as the best copy tells.", metadata=MANAGE)
    person_name: str | None = strawberry.field(
        description="Who gave, subscribed, paid or was banned; null for nobody in particular.", metadata=MANAGE
    )
    person_platform_id: str | None = strawberry.field(
        description="The platform's own id of that person; null while only the name is known.", metadata=MANAGE
    )
    is_pending: bool = strawberry.field(
        description="Whether the person is known by name only, so that nobody is given anything yet.", metadata=MANAGE
    )
    count: int = strawberry.field(
        description="How many subscriptions or KICKs were given; 1 for anything else.", metadata=MANAGE
    )
    receivers: list[str] = strawberry.field(
        description="The names of those who received, as far as any copy tells.", metadata=MANAGE
    )
    merged_into_id: strawberry.ID | None = strawberry.field(
        description="The happening that it was a copy of, if it was.", metadata=MANAGE
    )
    find_channel: strawberry.Private[Callable[[], Awaitable[Channel]]]
    find_copies: strawberry.Private[Callable[[], Awaitable[list[HappeningCopy]]]]
    find_suggestion: strawberry.Private[Callable[[], Awaitable[Account | None]]]

    @strawberry.field(description="Where it happened.", metadata=MANAGE)
    async def channel(self) -> Channel:
        """The channel."""
        return await self.find_channel()

    @strawberry.field(description="The copies that told it, oldest first, at most 100.", metadata=MANAGE)
    async def copies(self) -> list[HappeningCopy]:
        """The copies."""
        return await self.find_copies()

    @strawberry.field(
        description="Of a pending one: the only account that bears the name today. Names change hands, so that this "
        "is a suggestion and no more.",
        metadata=MANAGE,
    )
    async def suggestion(self) -> Account | None:
        """Who it may have been."""
        return await self.find_suggestion()


@strawberry.enum(description="What became of the question whether two happenings are one.")
class ReviewState(Enum):
    """The state of a question."""

    OPEN = strawberry.enum_value("open", description="Staff has to answer it.")
    SAME = strawberry.enum_value("same", description="Staff said that they are one.")
    DIFFERENT = strawberry.enum_value("different", description="Staff said that they are two.")
    SETTLED = strawberry.enum_value("settled", description="Another copy answered it.")


@strawberry.type(description="Two happenings that share some of their people and may be one.")
class HappeningReview:
    """A question."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    state: ReviewState = strawberry.field(description="What became of it.", metadata=MANAGE)
    one: Happening = strawberry.field(description="The one that was noticed first.", metadata=MANAGE)
    other: Happening = strawberry.field(description="The other.", metadata=MANAGE)
    created_at: datetime = strawberry.field(description="Since when it is asked.", metadata=MANAGE)
    decided_at: datetime | None = strawberry.field(description="When it was answered.", metadata=MANAGE)
    actor: str | None = strawberry.field(description="Who of the staff answered it.", metadata=MANAGE)
    reason: str | None = strawberry.field(description="Why.", metadata=MANAGE)


@strawberry.type(
    description="Whom a community listens to, kind by kind. Follows and redemptions come by webhooks only."
)
class IngestSources:
    """The sources."""

    chat: HeardSources = strawberry.field(description="Chat messages.", metadata=READ)
    subs: HeardSources = strawberry.field(description="Subscriptions and renewals.", metadata=READ)
    gifts: HeardSources = strawberry.field(description="Gifted subscriptions.", metadata=READ)
    kicks: HeardSources = strawberry.field(description="KICKs.", metadata=READ)
    streams: HeardSources = strawberry.field(description="Streams that begin and end.", metadata=READ)
    bans: HeardSources = strawberry.field(description="Bans and timeouts.", metadata=READ)


@strawberry.enum(description="How the websocket of a channel is doing.")
class ListeningState(Enum):
    """The state of a listener."""

    UNKNOWN = strawberry.enum_value("unknown", description="Nobody listens: the channel's rooms are not known.")
    STOPPED = strawberry.enum_value("stopped", description="Nobody listens just now.")
    CONNECTING = strawberry.enum_value("connecting", description="A server is connecting.")
    LISTENING = strawberry.enum_value("listening", description="A server listens.")
    WAITING = strawberry.enum_value("waiting", description="The connection ended; a server will try again soon.")
    REFUSED = strawberry.enum_value("refused", description="The platform refuses for good, until something changes.")


@strawberry.type(description="How the websocket of an attached channel is doing.")
class ChannelListening:
    """A listener."""

    channel: Channel = strawberry.field(description="The channel.", metadata=READ)
    state: ListeningState = strawberry.field(description="How it is doing.", metadata=READ)
    since: datetime | None = strawberry.field(description="Since when; null where nobody ever listened.", metadata=READ)
    transport: str | None = strawberry.field(description="Over what: pusher or centrifugo.", metadata=READ)
    last_frame_at: datetime | None = strawberry.field(
        description="When the last frame came, written down twice a minute.", metadata=READ
    )
    is_late: bool = strawberry.field(
        description="Whether it listens and has heard nothing for ten minutes, while chat arrives by webhook.",
        metadata=READ,
    )
    code: int | None = strawberry.field(description="The code with which the last connection ended.", metadata=READ)
    detail: str | None = strawberry.field(description="What is wrong, if anything.", metadata=READ)
    remedy: str | None = strawberry.field(description="What to do about it.", metadata=READ)


@strawberry.input(description="Which happenings to list; what is left out does not matter.")
class HappeningFilter:
    """A filter."""

    state: HappeningState | None = strawberry.field(default=None, description="Only those in this state.")
    is_pending: bool | None = strawberry.field(
        default=None, description="Only those whose person is known by name only, or only the others."
    )


class HappeningLoader(Protocol):
    """What a community is asked about its happenings."""

    async def page(self, wanted: HappeningFilter | None, first: int, after: str | None) -> Connection[Happening]:
        """The happenings, newest first."""
        ...

    async def reviews(self, state: ReviewState | None, first: int, after: str | None) -> Connection[HappeningReview]:
        """The questions, newest first."""
        ...

    async def sources(self) -> IngestSources:
        """Whom the community listens to."""
        ...

    async def listening(self) -> list[ChannelListening]:
        """How the attached channels' websockets are doing."""
        ...


KEY = "Yours, one per intention; a repeat returns the first result."
REASON = "Why, 1 to 300 characters."


@strawberry.input(description="Which two happenings are one.")
class MergeHappeningsInput:
    """Input of mergeHappenings."""

    community_id: strawberry.ID = strawberry.field(description="Whose happenings.")
    review_id: strawberry.ID = strawberry.field(description="The open question.")
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The two are one; what followed from the other is corrected.")
class HappeningsMerged:
    """Success of mergeHappenings."""

    happening: Happening = strawberry.field(description="The one that is left.", metadata=MANAGE)


MergeHappeningsResult = Annotated[
    HappeningsMerged | Refused, strawberry.union("MergeHappeningsResult", description="What became of merging.")
]


@strawberry.input(description="Which two happenings are two.")
class SeparateHappeningsInput:
    """Input of separateHappenings."""

    community_id: strawberry.ID = strawberry.field(description="Whose happenings.")
    review_id: strawberry.ID = strawberry.field(description="The open question.")
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="They are two, and both count.")
class HappeningsSeparated:
    """Success of separateHappenings."""

    review: HappeningReview = strawberry.field(description="The question, answered.", metadata=MANAGE)


SeparateHappeningsResult = Annotated[
    HappeningsSeparated | Refused,
    strawberry.union("SeparateHappeningsResult", description="What became of keeping them apart."),
]


@strawberry.input(description="Which account a person is of whom only the name is known.")
class IdentifyHappeningInput:
    """Input of identifyHappening."""

    community_id: strawberry.ID = strawberry.field(description="Whose happening.")
    happening_id: strawberry.ID = strawberry.field(description="The pending happening.")
    platform_id: str = strawberry.field(description="The platform's own numeric id of the person.")
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The happening belongs to that account.")
class HappeningIdentified:
    """Success of identifyHappening."""

    happening: Happening = strawberry.field(description="The happening as it is known now.", metadata=MANAGE)


IdentifyHappeningResult = Annotated[
    HappeningIdentified | Refused,
    strawberry.union("IdentifyHappeningResult", description="What became of saying who that was."),
]


@strawberry.input(description="Whom to listen to from now on; what is left out stays as it is.")
class UpdateIngestSourcesInput:
    """Input of updateIngestSources."""

    community_id: strawberry.ID = strawberry.field(description="Whose sources.")
    chat: HeardSources | None = strawberry.field(default=None, description="Chat messages.")
    subs: HeardSources | None = strawberry.field(default=None, description="Subscriptions and renewals.")
    gifts: HeardSources | None = strawberry.field(default=None, description="Gifted subscriptions.")
    kicks: HeardSources | None = strawberry.field(default=None, description="KICKs.")
    streams: HeardSources | None = strawberry.field(default=None, description="Streams that begin and end.")
    bans: HeardSources | None = strawberry.field(default=None, description="Bans and timeouts.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The community listens to these from now on.")
class IngestSourcesUpdated:
    """Success of updateIngestSources."""

    sources: IngestSources = strawberry.field(description="Whom it listens to.", metadata=READ)


UpdateIngestSourcesResult = Annotated[
    IngestSourcesUpdated | Refused,
    strawberry.union("UpdateIngestSourcesResult", description="What became of changing the sources."),
]
