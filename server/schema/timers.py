"""Timed messages."""

from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.policies import READ, needs
from server.schema.problems import Refused

MANAGE = needs(Capability.CHAT_MANAGE)
KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.type(description="A message that is said in chat again and again while a channel is live.")
class Timer:
    """A timed message."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    name: str = strawberry.field(description="Its name, for staff.", metadata=READ)
    text: str = strawberry.field(description="What is said, with its placeholders.", metadata=READ)
    preview: str = strawberry.field(description="What is said in the first attached channel.", metadata=READ)
    minutes: int = strawberry.field(
        description="It comes every so many minutes, and up to a tenth of that later.", metadata=READ
    )
    lines: int = strawberry.field(description="So many lines of others lie at least between two times.", metadata=READ)
    is_on: bool = strawberry.field(description="Whether it is said.", metadata=READ)
    next_due: datetime | None = strawberry.field(
        description="When it is due next, if the channel is live and had its lines; null before it had its first turn.",
        metadata=READ,
    )


class TimerLoader(Protocol):
    """What a community is asked about timed messages."""

    async def all(self) -> list[Timer]:
        """All of them."""
        ...


@strawberry.input(description="The timed message to plan.")
class CreateTimerInput:
    """Input of createTimer."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    name: str = strawberry.field(description="Its name, 1 to 50 characters; must be free.")
    text: str = strawberry.field(description="1 to 500 characters; may name {channel} and {community}.")
    minutes: int = strawberry.field(default=15, description="Every how many minutes: 1 to 1,440.")
    lines: int = strawberry.field(default=5, description="How many lines of others lie between: 0 to 10,000.")
    is_on: bool = strawberry.field(default=True, description="Whether it is said.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The message is planned.")
class TimerCreated:
    """Success of createTimer."""

    timer: Timer = strawberry.field(description="The timed message.", metadata=MANAGE)


CreateTimerResult = Annotated[
    TimerCreated | Refused, strawberry.union("CreateTimerResult", description="What became of planning a message.")
]


@strawberry.input(description="The timed message to change; what is left out stays.")
class UpdateTimerInput:
    """Input of updateTimer."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    timer_id: strawberry.ID = strawberry.field(description="Which one.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="Its name, 1 to 50 characters.")
    text: strawberry.Maybe[str] = strawberry.field(default=None, description="What is said, 1 to 500 characters.")
    minutes: strawberry.Maybe[int] = strawberry.field(default=None, description="Every how many minutes: 1 to 1,440.")
    lines: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many lines of others lie between: 0 to 10,000."
    )
    is_on: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether it is said.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The timed message is like this now.")
class TimerUpdated:
    """Success of updateTimer."""

    timer: Timer = strawberry.field(description="The timed message.", metadata=MANAGE)


UpdateTimerResult = Annotated[
    TimerUpdated | Refused, strawberry.union("UpdateTimerResult", description="What became of changing a message.")
]


@strawberry.input(description="The timed message to delete.")
class DeleteTimerInput:
    """Input of deleteTimer."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    timer_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The timed message is gone.")
class TimerDeleted:
    """Success of deleteTimer."""

    timer_id: strawberry.ID = strawberry.field(description="The one that is gone.", metadata=MANAGE)


DeleteTimerResult = Annotated[
    TimerDeleted | Refused, strawberry.union("DeleteTimerResult", description="What became of deleting a message.")
]
