"""What mutations of slot calls take and give."""

from enum import Enum
from typing import Annotated

import strawberry

from server.domain.staff import Capability
from server.schema.linking import AccountInput
from server.schema.policies import READ, SIGNED_IN, needs
from server.schema.problems import Refused
from server.schema.scalars import BigInt, Duration
from server.schema.slotcalls.nouns import (
    MANAGE,
    SlotBlock,
    SlotBlockKind,
    SlotCall,
    SlotCallSettings,
    SlotPick,
    SlotPickMethod,
)

EDIT = needs(Capability.SETTINGS_EDIT)
KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.input(description="The slot to call.")
class CallSlotInput:
    """Input of callSlot."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    slot: str = strawberry.field(description="Its name, 2 to 80 characters.")
    account: AccountInput | None = strawberry.field(
        default=None,
        description="Who calls: one of your own accounts, or with slotcalls.manage anybody's. Left out, it is you.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The slot waits to be picked.")
class SlotCalled:
    """Success of callSlot."""

    call_id: strawberry.ID = strawberry.field(description="The call.", metadata=SIGNED_IN)
    title: str = strawberry.field(
        description="The slot, as the catalogue writes it where it knows it.", metadata=SIGNED_IN
    )
    provider: str | None = strawberry.field(description="Who makes the slot, where that is known.", metadata=SIGNED_IN)
    place: int = strawberry.field(description="Its place among those that waited then, from 1.", metadata=SIGNED_IN)


CallSlotResult = Annotated[
    SlotCalled | Refused, strawberry.union("CallSlotResult", description="What became of calling a slot.")
]


@strawberry.input(description="Which call to pick.")
class PickSlotCallInput:
    """Input of pickSlotCall."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    method: SlotPickMethod = strawberry.field(description="How.")
    call_id: strawberry.ID | None = strawberry.field(default=None, description="The one to pick, for CHOSEN alone.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="A call is picked.")
class SlotCallPicked:
    """Success of pickSlotCall."""

    call: SlotCall = strawberry.field(description="The call.", metadata=READ)
    pick: SlotPick = strawberry.field(description="How it was picked.", metadata=READ)


PickSlotCallResult = Annotated[
    SlotCallPicked | Refused, strawberry.union("PickSlotCallResult", description="What became of picking a call.")
]


@strawberry.input(description="How playing a slot went; what nobody knows is left out.")
class SlotResultInput:
    """A result."""

    cost_minor: BigInt | None = strawberry.field(
        default=None, description="What it cost, in the currency's smallest unit: 0 to 10^15."
    )
    payout_minor: BigInt | None = strawberry.field(
        default=None, description="What it paid, in the currency's smallest unit: 0 to 10^15."
    )
    multiplier_hundredths: BigInt | None = strawberry.field(
        default=None, description="The multiplier in hundredths; left out, cost and payout give it."
    )
    currency: str | None = strawberry.field(
        default=None, description="2 to 8 capital letters, such as USD; needed where there is an amount."
    )


@strawberry.enum(description="How a call ends.")
class SlotCallOutcome(Enum):
    """An end."""

    PLAYED = strawberry.enum_value("played", description="It was played; told again, its result is another.")
    DROPPED = strawberry.enum_value("dropped", description="It is not played.")


@strawberry.input(description="What became of a call.")
class SettleSlotCallInput:
    """Input of settleSlotCall."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    call_id: strawberry.ID = strawberry.field(description="Which call.")
    outcome: SlotCallOutcome = strawberry.field(description="How it ended.")
    result: SlotResultInput | None = strawberry.field(default=None, description="How playing it went.")
    reason: str | None = strawberry.field(default=None, description="Why, at most 300 characters; for the audit log.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The call has ended.")
class SlotCallSettled:
    """Success of settleSlotCall."""

    call: SlotCall = strawberry.field(description="The call.", metadata=READ)


SettleSlotCallResult = Annotated[
    SlotCallSettled | Refused, strawberry.union("SettleSlotCallResult", description="What became of ending a call.")
]


@strawberry.input(description="The queue to empty.")
class ClearSlotCallsInput:
    """Input of clearSlotCalls."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    reason: str | None = strawberry.field(default=None, description="Why, at most 300 characters; for the audit log.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="No call waits.")
class SlotCallsCleared:
    """Success of clearSlotCalls."""

    count: int = strawberry.field(description="How many calls were dropped.", metadata=READ)


ClearSlotCallsResult = Annotated[
    SlotCallsCleared | Refused, strawberry.union("ClearSlotCallsResult", description="What became of emptying a queue.")
]


@strawberry.input(description="The rules to set; what is left out stays.")
class UpdateSlotCallSettingsInput:
    """Input of updateSlotCallSettings."""

    community_id: strawberry.ID = strawberry.field(description="Whose rules.")
    is_open: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether viewers may call.")
    per_viewer: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many calls of one viewer may wait at once: 1 to 100, 0 for any number."
    )
    cooldown: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long a viewer waits after a call that was accepted: 0 to 86,400 seconds."
    )
    queue_max: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many calls may wait in all: 1 to 500."
    )
    allows_duplicates: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether a slot may wait more than once."
    )
    catalogue_only: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether only slots of the catalogue are accepted."
    )
    tells_discord: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether new calls are posted on Discord."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The rules of slot calls are these now.")
class SlotCallSettingsUpdated:
    """Success of updateSlotCallSettings."""

    settings: SlotCallSettings = strawberry.field(description="The rules now in force.", metadata=READ)


UpdateSlotCallSettingsResult = Annotated[
    SlotCallSettingsUpdated | Refused,
    strawberry.union("UpdateSlotCallSettingsResult", description="What became of changing the rules of slot calls."),
]


@strawberry.input(description="What to block; an account for a viewer, a text for a slot or provider.")
class BlockSlotCallsInput:
    """Input of blockSlotCalls."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    kind: SlotBlockKind = strawberry.field(description="What is blocked.")
    account: AccountInput | None = strawberry.field(
        default=None, description="An account of the viewer; his linked accounts are blocked with it."
    )
    text: str | None = strawberry.field(default=None, description="The slot's title, or the provider's name.")
    reason: str = strawberry.field(description="Why, 1 to 300 characters; whoever is refused is told.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is blocked.")
class SlotCallsBlocked:
    """Success of blockSlotCalls."""

    block: SlotBlock = strawberry.field(description="The block.", metadata=MANAGE)


BlockSlotCallsResult = Annotated[
    SlotCallsBlocked | Refused, strawberry.union("BlockSlotCallsResult", description="What became of blocking.")
]


@strawberry.input(description="The block to take away.")
class UnblockSlotCallsInput:
    """Input of unblockSlotCalls."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    block_id: strawberry.ID = strawberry.field(description="Which block.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is blocked no more.")
class SlotCallsUnblocked:
    """Success of unblockSlotCalls."""

    block_id: strawberry.ID = strawberry.field(description="The block that is gone.", metadata=MANAGE)


UnblockSlotCallsResult = Annotated[
    SlotCallsUnblocked | Refused,
    strawberry.union("UnblockSlotCallsResult", description="What became of taking a block away."),
]


@strawberry.enum(description="How a list of slots is written.")
class SlotListFormat(Enum):
    """A format."""

    CSV = strawberry.enum_value("csv", description="Lines with a head line: title and, if known, provider.")
    JSON = strawberry.enum_value("json", description="A list of objects with title and, if known, provider.")


@strawberry.input(
    description="A list of slots; a longer one is sent in parts, or imported on the server's command line."
)
class ImportSlotsInput:
    """Input of importSlots."""

    community_id: strawberry.ID = strawberry.field(description="Whose catalogue.")
    format: SlotListFormat = strawberry.field(description="How the list is written.")
    content: str = strawberry.field(description="The list itself: at most 500 slots and 65,536 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The slots are in the catalogue.")
class SlotsImported:
    """Success of importSlots."""

    listed: int = strawberry.field(description="How many different slots the list has.", metadata=EDIT)
    added: int = strawberry.field(description="How many of them were not in the catalogue.", metadata=EDIT)


ImportSlotsResult = Annotated[
    SlotsImported | Refused, strawberry.union("ImportSlotsResult", description="What became of importing slots.")
]


@strawberry.input(description="The catalogue to empty.")
class ClearSlotsInput:
    """Input of clearSlots."""

    community_id: strawberry.ID = strawberry.field(description="Whose catalogue.")
    reason: str | None = strawberry.field(default=None, description="Why, at most 300 characters; for the audit log.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Slots were taken out of the catalogue; calls stay as they are.")
class SlotsCleared:
    """Success of clearSlots."""

    removed: int = strawberry.field(
        description="How many: at most 1,000 at a time. Ask again, with another key, while there are more.",
        metadata=EDIT,
    )


ClearSlotsResult = Annotated[
    SlotsCleared | Refused, strawberry.union("ClearSlotsResult", description="What became of emptying a catalogue.")
]
