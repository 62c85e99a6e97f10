"""The answers to the operations of panels."""

from typing import TypedDict

from clients.discord.graph.answers.raffle import RaffleDraw


class SlotSettings(TypedDict):
    """Whether viewers may call."""

    isOpen: bool


class WaitingCall(TypedDict):
    """A call that waits."""

    title: str
    provider: str | None
    publicName: str


class WaitingCalls(TypedDict):
    """The first calls that wait."""

    nodes: list[WaitingCall]


class SlotCalls(TypedDict):
    """The slot calls, as far as a panel shows them."""

    waiting: int
    settings: SlotSettings
    queue: WaitingCalls


class SlotsCommunity(TypedDict):
    """A community with its slot calls."""

    name: str
    slotCalls: SlotCalls


class PanelSlots(TypedDict):
    """The answer to `panel_slots`."""

    communityOfGuild: SlotsCommunity | None


class GiveawayRules(TypedDict):
    """Who is in a giveaway, and what for."""

    kind: str
    keyword: str | None
    subscribersOnly: bool
    linkedOnly: bool
    watchTime: int
    winners: int
    prize: str
    byDiscord: bool


class Giveaway(TypedDict):
    """A giveaway."""

    id: str
    number: int
    title: str
    state: str
    endsAt: str | None
    entries: int
    rules: GiveawayRules
    draw: RaffleDraw | None


class Giveaways(TypedDict):
    """The newest giveaway, if there is one."""

    nodes: list[Giveaway]


class GiveawayCommunity(TypedDict):
    """A community with its newest giveaway."""

    name: str
    giveaways: Giveaways


class PanelGiveaway(TypedDict):
    """The answer to `panel_giveaway`."""

    communityOfGuild: GiveawayCommunity | None


class PanelReported(TypedDict):
    """The panel that was reported."""

    panelId: str


class ReportPanel(TypedDict):
    """The answer to `report_panel`."""

    reportPanel: PanelReported


class Panel(TypedDict):
    """A panel, as staff sees it."""

    id: str
    kind: str
    channelId: str
    messageId: str | None
    guildId: str
    state: str
    problem: str | None
    shownAt: str | None


class PanelsCommunity(TypedDict):
    """A community with its panels."""

    id: str
    name: str
    panels: list[Panel]


class ListPanels(TypedDict):
    """The answer to `list_panels`."""

    communityOfGuild: PanelsCommunity | None


class PanelId(TypedDict):
    """Which panel."""

    id: str


class PanelChanged(TypedDict):
    """The panel that was changed."""

    panel: PanelId


class CreatePanel(TypedDict):
    """The answer to `create_panel`."""

    createPanel: PanelChanged


class MovePanel(TypedDict):
    """The answer to `move_panel`."""

    movePanel: PanelChanged


class RefreshPanel(TypedDict):
    """The answer to `refresh_panel`."""

    refreshPanel: PanelChanged


class PanelsRefreshed(TypedDict):
    """How many panels are looked at."""

    count: int


class RefreshPanels(TypedDict):
    """The answer to `refresh_panels`."""

    refreshPanels: PanelsRefreshed


class DeletePanel(TypedDict):
    """The answer to `delete_panel`."""

    deletePanel: PanelReported


class SlotCalled(TypedDict):
    """A call that waits now, and at which place."""

    title: str
    place: int


class PanelCallSlot(TypedDict):
    """The answer to `panel_call_slot`."""

    callSlot: SlotCalled


class PickedCall(TypedDict):
    """A call that was picked."""

    title: str
    publicName: str


class SlotPicked(TypedDict):
    """What was picked."""

    call: PickedCall


class PanelPickSlot(TypedDict):
    """The answer to `panel_pick_slot`."""

    pickSlotCall: SlotPicked


class SlotsOpened(TypedDict):
    """The settings from now on."""

    settings: SlotSettings


class PanelOpenSlots(TypedDict):
    """The answer to `panel_open_slots`."""

    updateSlotCallSettings: SlotsOpened


class SlotsCleared(TypedDict):
    """How many calls were dropped."""

    count: int


class PanelClearSlots(TypedDict):
    """The answer to `panel_clear_slots`."""

    clearSlotCalls: SlotsCleared
