"""What an overlay shows of alerts: the one that is shown, those that wait, and by which rules."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Platform
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import Duration

MANAGE = needs(Capability.OVERLAYS_MANAGE)


@strawberry.enum(description="What an alert on stream tells of.")
class StreamAlertKind(Enum):
    """A kind."""

    FOLLOW = strawberry.enum_value("follow", description="Somebody follows, for the first time we know of.")
    SUB = strawberry.enum_value("sub", description="Somebody subscribed.")
    RESUB = strawberry.enum_value("resub", description="Somebody's subscription went on.")
    GIFT = strawberry.enum_value("gift", description="Somebody gave subscriptions; several soon after another are one.")
    KICKS = strawberry.enum_value("kicks", description="Somebody sent KICKs.")
    WINNER = strawberry.enum_value("winner", description="Somebody won a draw.")


@strawberry.enum(description="How an alert joins those that wait.")
class StreamAlertMode(Enum):
    """A mode."""

    QUEUE = strawberry.enum_value("queue", description="It waits its turn.")
    FIRST = strawberry.enum_value("first", description="It is the next one.")
    IF_IDLE = strawberry.enum_value("if_idle", description="It is dropped where any other is shown or waits.")
    REPLACE = strawberry.enum_value("replace", description="It takes the place of those of its kind.")


@strawberry.enum(description="How an alert on stream ended.")
class StreamAlertEnding(Enum):
    """An ending."""

    DONE = strawberry.enum_value("done", description="It was shown.")
    GONE = strawberry.enum_value("gone", description="The overlay did not show it.")
    STALE = strawberry.enum_value("stale", description="It was too old before anybody could show it.")
    UNSEEN = strawberry.enum_value("unseen", description="It was begun several times, and never ended.")
    CROWDED = strawberry.enum_value("crowded", description="Too many waited.")
    REPLACED = strawberry.enum_value("replaced", description="Another one took its place.")
    FOLDED = strawberry.enum_value("folded", description="It became part of another one.")
    SKIPPED = strawberry.enum_value("skipped", description="Staff skipped it.")
    UNDONE = strawberry.enum_value("undone", description="What it told never was.")
    UNWANTED = strawberry.enum_value("unwanted", description="Staff changed the rules, and it was not worth showing.")
    BUSY = strawberry.enum_value("busy", description="Something else was shown or waited, and it is for idle moments.")


@strawberry.type(description="An alert on stream.")
class StreamAlert:
    """An alert."""

    id: strawberry.ID = strawberry.field(description="Opaque id, the same each time it is shown.", metadata=READ)
    kind: StreamAlertKind = strawberry.field(description="What it tells of.", metadata=READ)
    platform: Platform = strawberry.field(description="Where that happened.", metadata=READ)
    public_name: str | None = strawberry.field(
        description=f"Who did it, or won; null for somebody unknown. {PUBLIC_NAME}", metadata=READ
    )
    amount: int = strawberry.field(
        description="How many subscriptions were given, KICKs were sent, months somebody has subscribed, or people "
        "won; 1 for what has no amount.",
        metadata=READ,
    )
    at: datetime = strawberry.field(description="When it happened.", metadata=READ)
    is_test: bool = strawberry.field(
        description="Whether it only tries things out and tells of nothing; say so plainly.", metadata=READ
    )


@strawberry.type(description="The alert that an overlay shows just now; its copies show it together.")
class StreamAlertShown:
    """A shown alert."""

    alert: StreamAlert = strawberry.field(description="Which one.", metadata=READ)
    lease: str = strawberry.field(
        description="By which showing it is acknowledged, with acknowledgeJob and the alert's id.", metadata=READ
    )
    starts_at: datetime = strawberry.field(description="When it begins, by the server's clock.", metadata=READ)
    ends_at: datetime = strawberry.field(description="When it ends.", metadata=READ)
    volume: int = strawberry.field(description="How loud its sound is, 0 to 100; 0 while muted.", metadata=READ)


@strawberry.type(description="An alert that is over, as long as it is kept.")
class StreamAlertPast:
    """A past alert."""

    alert: StreamAlert = strawberry.field(description="Which one.", metadata=MANAGE)
    ending: StreamAlertEnding = strawberry.field(description="How it ended.", metadata=MANAGE)
    ended_at: datetime = strawberry.field(description="When.", metadata=MANAGE)


@strawberry.type(description="By which rules an overlay shows one kind of alerts.")
class StreamAlertRules:
    """Rules of a kind."""

    kind: StreamAlertKind = strawberry.field(description="Of which kind.", metadata=READ)
    is_on: bool = strawberry.field(description="Whether it is shown at all.", metadata=READ)
    least: int = strawberry.field(description="The smallest amount that is worth an alert.", metadata=READ)
    mode: StreamAlertMode = strawberry.field(description="How it joins those that wait.", metadata=READ)
    duration: Duration = strawberry.field(description="How many seconds it is shown.", metadata=READ)
    volume: int = strawberry.field(description="How loud its sound is, 0 to 100.", metadata=READ)
    fresh: Duration = strawberry.field(
        description="How many seconds after it happened it may still be shown.", metadata=READ
    )


class StreamAlertStageLoader(Protocol):
    """What one overlay is asked about its alerts."""

    async def history(self, first: int, after: str | None) -> Connection[StreamAlertPast]:
        """Those that are over, newest first."""
        ...


class StreamAlertLoader(Protocol):
    """What a community is asked about alerts on stream."""

    async def stage(self, overlay: str | None) -> "StreamAlertStage | None":
        """How one overlay shows them; None for an overlay that has no good key."""
        ...


@strawberry.type(description="What one overlay shows of alerts.")
class StreamAlertStage:
    """A stage."""

    overlay: str = strawberry.field(description="Which overlay.", metadata=READ)
    is_paused: bool = strawberry.field(description="Whether no other alert begins for now.", metadata=READ)
    is_muted: bool = strawberry.field(description="Whether alerts make no sound for now.", metadata=READ)
    shown: StreamAlertShown | None = strawberry.field(
        description="The one that is shown; null for none.", metadata=READ
    )
    waiting: int = strawberry.field(description="How many wait, at most 100.", metadata=READ)
    next_at: datetime | None = strawberry.field(
        description="When takeStreamAlert gives the next one at the earliest, should the one that is shown be over; "
        "null where none waits.",
        metadata=READ,
    )
    rules: list[StreamAlertRules] = strawberry.field(description="The rules, kind by kind.", metadata=READ)
    loader: strawberry.Private[StreamAlertStageLoader]

    @strawberry.field(description="Alerts that are over, newest first.", metadata=enforced(MANAGE))
    async def history(self, first: First, after: After = None) -> Connection[StreamAlertPast]:
        """The past."""
        return await self.loader.history(first, after)
