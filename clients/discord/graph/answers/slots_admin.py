"""The answers to the operations with which staff runs slot calls."""

from typing import TypedDict

from clients.discord.graph.answers.shared import Account


class SlotRules(TypedDict):
    """The rules of slot calls that staff changes here; `cooldown` in seconds."""

    isOpen: bool
    perViewer: int
    cooldown: int
    queueMax: int


class AllSlotRules(TypedDict):
    """The rules of slot calls."""

    isOpen: bool
    perViewer: int
    cooldown: int
    queueMax: int
    allowsDuplicates: bool
    catalogueOnly: bool


class Caller(TypedDict):
    """An account by its platform, the platform's number, and its name."""

    platform: str
    platformId: str
    name: str


class WaitingCall(TypedDict):
    """A slot call that waits."""

    id: str
    title: str
    account: Caller


class Queue(TypedDict):
    """The slot calls that wait, oldest first."""

    nodes: list[WaitingCall]


class Block(TypedDict):
    """Somebody or something that is blocked."""

    id: str
    kind: str
    label: str
    reason: str


class Blocks(TypedDict):
    """What is blocked."""

    nodes: list[Block]
    totalCount: int


class SlotCallsOfStaff(TypedDict):
    """The slot calls with what staff needs of them."""

    waiting: int
    settings: AllSlotRules
    queue: Queue
    blocks: Blocks


class SlotCallsCommunity(TypedDict):
    """A community with its slot calls."""

    slotCalls: SlotCallsOfStaff


class SlotCallsForStaff(TypedDict):
    """The answer to `slot_calls_for_staff`."""

    communityOfGuild: SlotCallsCommunity | None


class FormerCall(TypedDict):
    """A slot call of before."""

    account: Caller


class FormerCalls(TypedDict):
    """The last slot calls."""

    nodes: list[FormerCall]


class CallersOfSlots(TypedDict):
    """The slot calls of before."""

    history: FormerCalls


class CallersCommunity(TypedDict):
    """A community with who called slots."""

    slotCalls: CallersOfSlots


class SlotCallers(TypedDict):
    """The answer to `slot_callers`."""

    communityOfGuild: CallersCommunity | None


class SuggestedSlot(TypedDict):
    """A slot of the catalogue."""

    title: str


class SuggestedSlots(TypedDict):
    """Slots that may be meant."""

    suggestions: list[SuggestedSlot]


class SuggestionsCommunity(TypedDict):
    """A community with its catalogue."""

    slotCalls: SuggestedSlots


class SlotSuggestions(TypedDict):
    """The answer to `slot_suggestions`."""

    communityOfGuild: SuggestionsCommunity | None


class SlotRulesSet(TypedDict):
    """The rules after a change; a problem is raised before it is read."""

    settings: SlotRules


class SetSlotCalls(TypedDict):
    """The answer to `set_slot_calls`."""

    updateSlotCallSettings: SlotRulesSet


class PickedCall(TypedDict):
    """The slot call that was picked."""

    title: str
    provider: str | None
    calledAt: str
    account: Account


class Pick(TypedDict):
    """Among which calls one was picked."""

    candidates: list[str]


class SlotPicked(TypedDict):
    """A pick."""

    call: PickedCall
    pick: Pick


class PickSlotCall(TypedDict):
    """The answer to `pick_slot_call`."""

    pickSlotCall: SlotPicked


class SlotsCleared(TypedDict):
    """How many slot calls were dropped."""

    count: int


class ClearSlotCalls(TypedDict):
    """The answer to `clear_slot_calls`."""

    clearSlotCalls: SlotsCleared


class NewBlock(TypedDict):
    """What is blocked now."""

    kind: str
    label: str
    reason: str


class SlotsBlocked(TypedDict):
    """A new block."""

    block: NewBlock


class BlockSlotCalls(TypedDict):
    """The answer to `block_slot_calls`."""

    blockSlotCalls: SlotsBlocked


class SlotsUnblocked(TypedDict):
    """The block that was taken away."""

    blockId: str


class UnblockSlotCalls(TypedDict):
    """The answer to `unblock_slot_calls`."""

    unblockSlotCalls: SlotsUnblocked
