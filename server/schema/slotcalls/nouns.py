"""Slot calls: what viewers want played, and the catalogue of slots."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Account
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import BigInt, Duration

MANAGE = needs(Capability.SLOTCALLS_MANAGE)


@strawberry.enum(description="Where a slot call stands.")
class SlotCallState(Enum):
    """A state; it goes only forward."""

    CALLED = strawberry.enum_value("called", description="It waits to be picked.")
    PICKED = strawberry.enum_value("picked", description="It is the one to be played, or one of them.")
    PLAYED = strawberry.enum_value("played", description="It was played.")
    DROPPED = strawberry.enum_value("dropped", description="It was dropped.")


@strawberry.enum(description="Where a slot call came from.")
class SlotCallSource(Enum):
    """A way to call."""

    CHAT = strawberry.enum_value("chat", description="A command in chat.")
    CLIENT = strawberry.enum_value("client", description="The viewer, by a client such as the Discord bot.")
    STAFF = strawberry.enum_value("staff", description="Staff, for the viewer.")
    REWARD = strawberry.enum_value("reward", description="A channel reward.")


@strawberry.enum(description="How a slot call is picked.")
class SlotPickMethod(Enum):
    """A method."""

    OLDEST = strawberry.enum_value("oldest", description="The one that waits longest.")
    RANDOM = strawberry.enum_value("random", description="A random one; every call that waits has the same chance.")
    CHOSEN = strawberry.enum_value("chosen", description="The one that staff names.")


@strawberry.enum(description="What of slot calls is blocked.")
class SlotBlockKind(Enum):
    """A kind of block."""

    VIEWER = strawberry.enum_value("viewer", description="A viewer, by whichever of his accounts.")
    SLOT = strawberry.enum_value("slot", description="A slot.")
    PROVIDER = strawberry.enum_value("provider", description="All slots of a provider, as the catalogue knows them.")


@strawberry.type(description="How playing a slot went.")
class SlotResult:
    """A result."""

    cost_minor: BigInt | None = strawberry.field(
        description="What it cost, in the currency's smallest unit.", metadata=READ
    )
    payout_minor: BigInt | None = strawberry.field(
        description="What it paid, in the currency's smallest unit.", metadata=READ
    )
    multiplier_hundredths: BigInt | None = strawberry.field(
        description="The multiplier in hundredths: 12345 is 123.45x. Told, or what cost and payout give.",
        metadata=READ,
    )
    currency: str | None = strawberry.field(description="The currency, such as USD.", metadata=READ)


@strawberry.type(description="A viewer wants a slot played.")
class SlotCall:
    """A call."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    title: str = strawberry.field(description="The slot, as the catalogue or the viewer wrote it.", metadata=READ)
    provider: str | None = strawberry.field(description="Who makes the slot, where that is known.", metadata=READ)
    account: Account = strawberry.field(description="Who called.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)
    source: SlotCallSource = strawberry.field(description="Where the call came from.", metadata=READ)
    state: SlotCallState = strawberry.field(description="Where it stands.", metadata=READ)
    called_at: datetime = strawberry.field(description="When it was called.", metadata=READ)
    picked_at: datetime | None = strawberry.field(description="When it was picked.", metadata=READ)
    settled_at: datetime | None = strawberry.field(description="When it was played or dropped.", metadata=READ)
    result: SlotResult = strawberry.field(description="How it went; empty where nobody told.", metadata=READ)


@strawberry.type(description="How a call was picked. It is never edited, so that anybody can check it.")
class SlotPick:
    """A pick."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    call_id: strawberry.ID = strawberry.field(description="The call that was picked.", metadata=READ)
    method: SlotPickMethod = strawberry.field(description="How.", metadata=READ)
    candidates: list[strawberry.ID] = strawberry.field(
        description="The calls that waited then, oldest first; at most 500.", metadata=READ
    )
    roll: str | None = strawberry.field(
        description="For a random one the roll: 16 bytes in hexadecimal digits. Read as a number and multiplied by how "
        "many candidates there are, its bits above the lowest 128 tell which it is, counted from 0.",
        metadata=READ,
    )
    actor: str = strawberry.field(description="Who had it picked.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="Who may not call, or what is not called.")
class SlotBlock:
    """A block."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    kind: SlotBlockKind = strawberry.field(description="What is blocked.", metadata=MANAGE)
    key: str = strawberry.field(
        description="The account as platform:id, or the title in lower case without accents and punctuation.",
        metadata=MANAGE,
    )
    label: str = strawberry.field(description="What it was called when it was blocked.", metadata=MANAGE)
    reason: str = strawberry.field(description="Why; whoever is refused is told.", metadata=MANAGE)
    actor: str = strawberry.field(description="Who blocked it.", metadata=MANAGE)
    at: datetime = strawberry.field(description="When.", metadata=MANAGE)


@strawberry.type(description="A slot of the catalogue.")
class Slot:
    """A slot."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    title: str = strawberry.field(description="Its title.", metadata=READ)
    provider: str | None = strawberry.field(description="Who makes it, where that is known.", metadata=READ)


@strawberry.type(description="The rules of slot calls.")
class SlotCallSettings:
    """Settings of slot calls."""

    is_open: bool = strawberry.field(description="Whether viewers may call.", metadata=READ)
    per_viewer: int = strawberry.field(
        description="How many calls of one viewer may wait at once; 0 for any number.", metadata=READ
    )
    cooldown: Duration = strawberry.field(
        description="How long a viewer waits after a call of his that was accepted.", metadata=READ
    )
    queue_max: int = strawberry.field(description="How many calls may wait in all.", metadata=READ)
    allows_duplicates: bool = strawberry.field(description="Whether a slot may wait more than once.", metadata=READ)
    catalogue_only: bool = strawberry.field(
        description="Whether only slots of the catalogue are accepted.", metadata=READ
    )
    tells_discord: bool = strawberry.field(description="Whether new calls are posted on Discord.", metadata=READ)


class SlotCallLoader(Protocol):
    """What a community is asked about slot calls."""

    async def settings(self) -> SlotCallSettings:
        """The rules in force."""
        ...

    async def waiting(self) -> int:
        """How many calls wait."""
        ...

    async def queue(self, first: int, after: str | None) -> Connection[SlotCall]:
        """The calls that wait, oldest first."""
        ...

    async def history(self, state: SlotCallState | None, first: int, after: str | None) -> Connection[SlotCall]:
        """All calls, newest first."""
        ...

    async def picks(self, first: int, after: str | None) -> Connection[SlotPick]:
        """How calls were picked, newest first."""
        ...

    async def blocks(self, first: int, after: str | None) -> Connection[SlotBlock]:
        """What is blocked, newest first."""
        ...

    async def catalogue(self, first: int, after: str | None) -> Connection[Slot]:
        """The catalogue."""
        ...

    async def suggestions(self, text: str, first: int) -> list[Slot]:
        """The slots of the catalogue whose titles are most like a text."""
        ...


@strawberry.type(description="The slot calls of a community.")
class SlotCalls:
    """Slot calls."""

    loader: strawberry.Private[SlotCallLoader]

    @strawberry.field(description="The rules in force.", metadata=READ)
    async def settings(self) -> SlotCallSettings:
        """The rules."""
        return await self.loader.settings()

    @strawberry.field(description="How many calls wait.", metadata=READ)
    async def waiting(self) -> int:
        """The length of the queue."""
        return await self.loader.waiting()

    @strawberry.field(description="The calls that wait, oldest first.", metadata=READ)
    async def queue(self, first: First, after: After = None) -> Connection[SlotCall]:
        """The queue."""
        return await self.loader.queue(first, after)

    @strawberry.field(description="Every call, newest first.", metadata=READ)
    async def history(
        self,
        first: First,
        after: After = None,
        state: Annotated[
            SlotCallState | None, strawberry.argument(description="Only those in a state; all if left out.")
        ] = None,
    ) -> Connection[SlotCall]:
        """The calls."""
        return await self.loader.history(state, first, after)

    @strawberry.field(description="How calls were picked, newest first.", metadata=READ)
    async def picks(self, first: First, after: After = None) -> Connection[SlotPick]:
        """The picks."""
        return await self.loader.picks(first, after)

    @strawberry.field(description="What is blocked, newest first.", metadata=enforced(MANAGE))
    async def blocks(self, first: First, after: After = None) -> Connection[SlotBlock]:
        """The blocks."""
        return await self.loader.blocks(first, after)

    @strawberry.field(description="The catalogue of slots, by title.", metadata=READ)
    async def catalogue(self, first: First, after: After = None) -> Connection[Slot]:
        """The catalogue."""
        return await self.loader.catalogue(first, after)

    @strawberry.field(
        description="The slots of the catalogue whose titles are most like a text, best first.", metadata=READ
    )
    async def suggestions(
        self,
        text: Annotated[str, strawberry.argument(description="What somebody wrote; the first 80 characters count.")],
        first: Annotated[int, strawberry.argument(description="How many at most: 1 to 25.")] = 10,
    ) -> list[Slot]:
        """Slots that may be meant."""
        return await self.loader.suggestions(text, first)
