"""/settings set and /settings feature: a setting by its name, told as it was and as it is now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients.discord.asked.commands import Asked, Choice, Command, Option, Suggest, Type
from clients.discord.asked.times import TEXT_MAX
from clients.discord.commands.knobs import KNOBS, Kind, Knob, Value
from clients.discord.commands.staffing import Staffing, done
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.limits import shown


@dataclass(frozen=True, slots=True)
class Setting:
    """The commands; the server says who may change what, and within which bounds."""

    staffing: Staffing

    @property
    def commands(self) -> Sequence[Command]:
        """The commands."""
        setting = self._typed("setting", self._names(lambda one: one.kind is not Kind.SWITCH, "setting"))
        feature = self._typed("feature", self._names(lambda one: one.kind is Kind.SWITCH, "feature"))
        value = self._typed("value", self._values)
        is_on = Option(name="on", type=Type.YES_NO, required=True)
        return [
            Command(name="settings set", run=self.set, options=[setting, value]),
            Command(name="settings feature", run=self.feature, options=[feature, is_on]),
        ]

    @staticmethod
    def _typed(name: str, suggest: Suggest) -> Option:
        return Option(name=name, type=Type.TEXT, required=True, most=TEXT_MAX, suggest=suggest)

    async def set(self, asked: Asked) -> Card:
        """Set a setting to a value."""
        words, knob = asked.words, self._known(asked, "setting", is_switch=False)
        try:
            value = knob.read(asked.text("value"))
        except ValueError:
            what = words("knob.no_span" if knob.kind is Kind.SPAN else "knob.no_count", text=shown(asked.text("value")))
            raise ServerRefused("value_unreadable", what) from None
        return await self._wanted(asked, knob, value)

    async def feature(self, asked: Asked) -> Card:
        """Turn something on or off."""
        knob = self._known(asked, "feature", is_switch=True)
        return await self._wanted(asked, knob, asked.is_on("on", default=False))

    async def _wanted(self, asked: Asked, knob: Knob, value: Value) -> Card:
        """Change it, once it is confirmed where that is dangerous; nothing is done where it is so already."""
        words, before = asked.words, await self._now(asked, knob)
        title = words(f"knob.name.{knob.name}")
        if before == value:
            return Card(title=title, lines=[words("knob.same", value=knob.shown(words, value))])
        if knob.danger is None or value is not knob.danger:
            return await self._changed(asked, knob, value)
        change = words("knob.change", before=knob.shown(words, before), after=knob.shown(words, value))

        async def run(confirmed: Asked) -> Card:
            return await self._changed(confirmed, knob, value)

        lines = [words(f"knob.danger.{knob.name}"), "", change]
        return self.staffing.confirming.card(asked, title=title, lines=lines, label=words("knob.confirm"), run=run)

    async def _changed(self, asked: Asked, knob: Knob, value: Value) -> Card:
        """Change it, and say as what the server has it now."""
        words, before = asked.words, await self._now(asked, knob)
        told = await self.staffing.do(asked, knob.group.changes, **{knob.field: value})
        after: Value = told[knob.group.changed][knob.field]
        change = words("knob.change", before=knob.shown(words, before), after=knob.shown(words, after))
        return done(words(f"knob.name.{knob.name}"), change)

    async def _now(self, asked: Asked, knob: Knob) -> Value:
        return knob.group.found(await self.staffing.read(asked, knob.group.reads))[knob.field]

    def _known(self, asked: Asked, option: str, *, is_switch: bool) -> Knob:
        """The setting that was chosen; refuses a name that was typed and is none."""
        words, knob = asked.words, KNOBS.get(asked.text(option))
        if knob is None or (knob.kind is Kind.SWITCH) is not is_switch:
            raise ServerRefused("setting_unknown", words("knob.unknown"), words("knob.choose"))
        return knob

    def _names(self, fits: Callable[[Knob], bool], option: str) -> Suggest:
        async def suggest(asked: Asked) -> Sequence[Choice]:
            """Settings whose name in the reader's language, or for programs, has what is being typed."""
            typed = asked.text(option).casefold()
            named = [(asked.words(f"knob.name.{one.name}"), one.name) for one in KNOBS.values() if fits(one)]
            return [one for one in named if typed in " ".join(one).casefold()]

        return suggest

    async def _values(self, asked: Asked) -> Sequence[Choice]:
        """The value as it is, and usual ones, for the setting that was chosen before."""
        words, knob, typed = asked.words, KNOBS.get(asked.text("setting")), asked.text("value").strip()
        if knob is None or knob.kind is Kind.SWITCH:
            return []
        found = [(knob.shown(words, knob.read(one)), one) for one in knob.presets if one.startswith(typed.lower())]
        if typed:
            return found
        now = knob.shown(words, await self._now(asked, knob))
        return [(words("knob.now", value=name) if name == now else name, value) for name, value in found]
