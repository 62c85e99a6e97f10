"""Answers the buttons of panels, each for the clicker alone; the server says who may do what."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from clients.discord.asked.answering import Click, Clicks, Opens, custom_id
from clients.discord.asked.commands import Asked, Run
from clients.discord.asked.confirming import Confirming
from clients.discord.graph.answers.panels import PanelCallSlot, PanelClearSlots, PanelOpenSlots, PanelPickSlot
from clients.discord.graph.asking import Graph
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.panels.cards import AREA, TITLE_MAX
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.form import Form, TextField
from clients.discord.render.limits import shown

SLOT_MAX = 80
FIELD = "slot"


class PanelClicks:
    """The buttons; what a command answers already, a button answers alike, as `known` says by its verb."""

    def __init__(
        self, graph: Graph, communities: Communities, confirming: Confirming, known: Mapping[str, Run]
    ) -> None:
        self._graph = graph
        self._communities = communities
        self._confirming = confirming
        self._known = known

    @property
    def clicks(self) -> Clicks:
        """Who answers a click, by its place."""
        own: Mapping[str, Run] = {
            **self._known,
            "called": self._called,
            "pick": self._pick,
            "shut": self._opening(is_open=False),
            "open": self._opening(is_open=True),
            "clear": self._clear,
        }
        answers = {f"{AREA}:{verb}": Click(run=_alone(run), is_apart=True) for verb, run in own.items()}
        return {**answers, f"{AREA}:call": Opens(form)}

    async def _called(self, asked: Asked) -> Card:
        """The slot of the form waits now."""
        typed = asked.interaction.fields.get(FIELD, "")
        slot = typed if isinstance(typed, str) else ""
        told = cast("PanelCallSlot", await self._change(asked, "panel_call_slot", slot=slot))["callSlot"]
        line = asked.words("panel.slots.called", slot=shown(told["title"], TITLE_MAX), place=told["place"])
        return Card(title=asked.words("panel.slots.called_title"), lines=[line], tone=Tone.GOOD, look=Look.CHECK)

    async def _pick(self, asked: Asked) -> Card:
        """The call that waits longest is picked."""
        told = cast("PanelPickSlot", await self._change(asked, "panel_pick_slot"))["pickSlotCall"]["call"]
        slot, name = shown(told["title"], TITLE_MAX), shown(told["publicName"])
        line = asked.words("panel.slots.picked", slot=slot, name=name)
        return Card(title=asked.words("panel.slots.picked_title"), lines=[line], tone=Tone.GOOD, look=Look.CHECK)

    def _opening(self, *, is_open: bool) -> Run:
        async def run(asked: Asked) -> Card:
            told = cast("PanelOpenSlots", await self._change(asked, "panel_open_slots", open=is_open))
            now = told["updateSlotCallSettings"]["settings"]["isOpen"]
            title = asked.words("panel.slots.open" if now else "panel.slots.closed")
            return Card(title=title, tone=Tone.GOOD, look=Look.CHECK)

        return run

    async def _clear(self, asked: Asked) -> Card:
        """Ask first."""
        words = asked.words
        return self._confirming.card(
            asked,
            title=words("panel.slots.clear_title"),
            lines=[words("panel.slots.clear")],
            label=words("panel.button.clear"),
            run=self._cleared,
        )

    async def _cleared(self, asked: Asked) -> Card:
        told = cast("PanelClearSlots", await self._change(asked, "panel_clear_slots"))
        line = asked.words("panel.slots.cleared", count=told["clearSlotCalls"]["count"])
        return Card(title=asked.words("panel.slots.clear_title"), lines=[line], tone=Tone.GOOD, look=Look.CHECK)

    async def _change(self, asked: Asked, name: str, **more: Any) -> dict[str, Any]:
        interaction = asked.interaction
        community = await self._communities.of(interaction.guild, asked.words("failed.unbound"))
        given = {"community": community, "key": interaction.id, **more}
        return await self._graph.ask(document(name), given, interaction.acting)


def _alone(run: Run) -> Callable[[Asked, str], Awaitable[Card]]:
    """What answers a command, as what answers a click."""

    async def clicked(asked: Asked, _: str) -> Card:
        return await run(asked)

    return clicked


def form(asked: Asked, _: str) -> Form:
    """Asks for the slot."""
    words = asked.words
    field = TextField(name=FIELD, label=words("panel.slots.which"), hint=words("panel.slots.hint"), most=SLOT_MAX)
    return Form(title=words("panel.button.call"), custom_id=custom_id(AREA, "called"), fields=[field])
