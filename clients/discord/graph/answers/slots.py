"""The answers to the operations of slot calls."""

from typing import TypedDict

from clients.discord.graph.answers.link import IdentifiedAccount
from clients.discord.graph.answers.shared import PageInfo


class SlotRules(TypedDict):
    """Whether and how slots are called."""

    isOpen: bool
    perViewer: int
    catalogueOnly: bool


class SlotCall(TypedDict):
    """A slot that somebody wants played."""

    title: str
    provider: str | None
    account: IdentifiedAccount
    calledAt: str


class SlotQueue(TypedDict):
    """A page of the calls that wait."""

    nodes: list[SlotCall]
    pageInfo: PageInfo


class SlotCalls(TypedDict):
    """The calls that wait, and the rules."""

    settings: SlotRules
    waiting: int
    queue: SlotQueue


class SlotsCommunity(TypedDict):
    """A community with its slot calls."""

    name: str
    slotCalls: SlotCalls


class SlotsList(TypedDict):
    """The answer to `slots_list`."""

    communityOfGuild: SlotsCommunity | None


class Slot(TypedDict):
    """A slot of the catalogue."""

    title: str
    provider: str | None


class SlotsFound(TypedDict):
    """Slots that are like a text."""

    suggestions: list[Slot]


class MeantCommunity(TypedDict):
    """A community whose catalogue was searched."""

    slotCalls: SlotsFound


class SlotsMeant(TypedDict):
    """The answer to `slots_meant`."""

    communityOfGuild: MeantCommunity | None


class SlotCalled(TypedDict):
    """The slot waits; a problem is raised before it is read."""

    title: str
    provider: str | None
    place: int


class CallSlot(TypedDict):
    """The answer to `call_slot`."""

    callSlot: SlotCalled
