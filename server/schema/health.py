"""How a community, or the whole installation, is doing."""

from datetime import datetime
from typing import Protocol

import strawberry

from server.schema.policies import PUBLIC, READ
from server.schema.scalars import Duration


@strawberry.type(description="What runs here.")
class ServerInfo:
    """The server, as everybody may know it."""

    name: str = strawberry.field(description="The name of the software.", metadata=PUBLIC)
    version: str = strawberry.field(description="Its version.", metadata=PUBLIC)
    public_url: str = strawberry.field(
        description="Where its pages are for everybody, without a slash at the end.", metadata=PUBLIC
    )
    now: datetime = strawberry.field(
        description="What time it is for the server, to a microsecond; whoever shows a draw goes by this clock.",
        metadata=PUBLIC,
    )


@strawberry.type(description="What operations may cost. Points are spent by operations and come back with time.")
class RateLimit:
    """The points of whoever asks."""

    cost: int = strawberry.field(description="What the operation that asks costs.", metadata=PUBLIC)
    limit: int = strawberry.field(
        description="How many points there are at most; so many come back within a minute.", metadata=PUBLIC
    )
    remaining: int = strawberry.field(description="How many are left after this operation.", metadata=PUBLIC)
    reset_at: datetime = strawberry.field(
        description="When all are back, if nothing else is asked until then.", metadata=PUBLIC
    )


@strawberry.type(description="When a kind of news last arrived.")
class LastDelivery:
    """The newest delivery of a kind."""

    kind: str = strawberry.field(description="What the platform calls this kind of news.", metadata=READ)
    received_at: datetime = strawberry.field(description="When the newest arrived.", metadata=READ)
    age: Duration = strawberry.field(description="How long ago that was.", metadata=READ)


@strawberry.type(description="A number of things by what they are.")
class Tally:
    """A count by name."""

    name: str = strawberry.field(description="What is counted.", metadata=READ)
    count: int = strawberry.field(description="How many there are.", metadata=READ)


@strawberry.type(description="How work is going.")
class Health:
    """What waits, what failed, and when something was last heard."""

    waiting: int = strawberry.field(
        description="Deliveries that wait to be applied; counted to 100,000.", metadata=READ
    )
    lag: Duration | None = strawberry.field(
        description="How long the oldest of them has waited; null when none does.", metadata=READ
    )
    quarantined: list[Tally] = strawberry.field(
        description="Deliveries in quarantine, by the code of the reason.", metadata=READ
    )
    jobs: list[Tally] = strawberry.field(description="Jobs by state.", metadata=READ)
    open_gaps: int = strawberry.field(
        description="Spans, not over yet, in which a source does not tell all of a channel; see `gaps`.", metadata=READ
    )
    sockets: list[Tally] = strawberry.field(
        description="Websockets of attached channels by state: listening, late, connecting, waiting, refused, stopped, "
        "or unknown where a channel's names on the sockets are not known. `Community.listening` tells of each.",
        metadata=READ,
    )
    last_deliveries: list[LastDelivery] = strawberry.field(
        description="When each kind of news last arrived, among the latest deliveries.", metadata=READ
    )


class HealthLoader(Protocol):
    """What is asked about health."""

    async def now(self) -> Health:
        """How work is going at this instant."""
        ...
