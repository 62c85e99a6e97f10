"""The settings that can be set by name: where each lies in the graph, and what its values look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from typing import Any

from clients.discord.asked.times import span
from clients.discord.words.language import MINUTE_S, Words

DIGITS_MAX = 6
OFF = frozenset({"off", "none", "aus", "0"})

Value = bool | int | None


class Kind(Enum):
    """What a setting holds."""

    SWITCH = auto()
    COUNT = auto()
    SPAN = auto()


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are read and changed together, and where they lie in the community and in a change's answer."""

    reads: str
    path: Sequence[str]
    changes: str
    changed: str = "settings"

    def found(self, community: Any) -> Mapping[str, Value]:
        """The settings, of a community as it was read."""
        return reduce(lambda part, name: part[name], self.path, community)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """A setting. Its name in words lies in the catalogues, and what is dangerous about a value, too."""

    name: str
    group: Group
    field: str
    kind: Kind
    presets: Sequence[str] = ()
    danger: bool | None = None
    """The value that is asked twice."""
    off: Value = 0
    """What `off` means, where it means anything."""

    def read(self, text: str) -> Value:
        """The value that a text means; raises `ValueError` where it means none."""
        typed = text.strip().lower()
        if typed in OFF and self.kind is Kind.SPAN:
            return self.off
        if self.kind is Kind.SPAN:
            length = span(typed)
            if length is None:
                raise ValueError(text)
            return int(length.total_seconds())
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= DIGITS_MAX):
            raise ValueError(text)
        return int(typed)

    def shown(self, words: Words, value: Value) -> str:
        """A value in words."""
        if isinstance(value, bool):
            return words("knob.on" if value else "knob.off")
        if value is None:
            return words("knob.none")
        if self.kind is Kind.COUNT:
            return words.number(value)
        rest = value % MINUTE_S
        seconds = [words("duration.seconds", seconds=rest)] if rest or not value else []
        return " ".join([*([words.duration(value - rest)] if value >= MINUTE_S else []), *seconds])


WATCH = Group("watch_settings", ("watchTimeSettings",), "change_watch_settings")
LINK = Group("link_settings", ("linkSettings",), "change_link_settings")
NAME = Group("name_settings", ("nameSettings",), "change_name_settings")
CHAT = Group("chat_settings", ("chat", "settings"), "change_chat_settings")
SLOT = Group("slots_settings", ("slotCalls", "settings"), "change_slot_settings")
RAFFLE = Group("raffle_settings", ("raffles", "nextRules"), "change_raffle_settings", "rules")

FEW, SPANS = ("1", "2", "3", "5"), ("1m", "5m", "10m", "1h")


def _switch(name: str, group: Group, field: str, *, danger: bool | None = None) -> Knob:
    return Knob(name=name, group=group, field=field, kind=Kind.SWITCH, danger=danger)


def _count(name: str, group: Group, field: str, *presets: str) -> Knob:
    return Knob(name=name, group=group, field=field, kind=Kind.COUNT, presets=presets or FEW)


def _span(name: str, group: Group, field: str, *presets: str, off: Value = 0) -> Knob:
    return Knob(name=name, group=group, field=field, kind=Kind.SPAN, presets=presets or SPANS, off=off)


KNOBS: Mapping[str, Knob] = {
    one.name: one
    for one in (
        _switch("watch-time", WATCH, "tracking", danger=False),
        _switch("hosts-left-out", WATCH, "excludeHosts", danger=False),
        _span("window", WATCH, "window", "3m", "5m", "10m"),
        _count("repeats", WATCH, "repeats", "0", "1", "3", "5"),
        _count("quorum", WATCH, "quorum"),
        _span("daily-cap", WATCH, "dailyCap", "off", "4h", "8h", "12h", off=None),
        _switch("link-code", LINK, "codeRequired", danger=False),
        _switch("link-log", LINK, "logLinks"),
        _span("link-pause", LINK, "cooldown", "off", "1d", "7d", "30d"),
        _span("link-valid", LINK, "valid", "10m", "15m", "1h"),
        _switch("masked-names", NAME, "masks", danger=False),
        _switch("chat", CHAT, "speaks", danger=False),
        _switch("slot-calls", SLOT, "isOpen"),
        _switch("slot-repeats", SLOT, "allowsDuplicates"),
        _switch("slot-catalogue", SLOT, "catalogueOnly"),
        _switch("slot-posts", SLOT, "tellsDiscord"),
        _count("slots-each", SLOT, "perViewer", "0", *FEW),
        _span("slot-pause", SLOT, "cooldown", "off", *SPANS),
        _count("slots-most", SLOT, "queueMax", "20", "50", "100"),
        _switch("raffle-renews", RAFFLE, "renews"),
        _switch("raffle-rewards", RAFFLE, "rewards"),
        _count("tickets-gifted-sub", RAFFLE, "giftedSub", "0", "10", "15"),
        _count("tickets-own-sub", RAFFLE, "ownSub", "0", "5", "10"),
        _count("tickets-hour", RAFFLE, "watchTime", "0", "5", "10"),
        _count("tickets-kicks", RAFFLE, "kicks", "0", "1", "5"),
        _count("tickets-free", RAFFLE, "freeEntry", "0", "1", "10"),
        _count("raffle-winners", RAFFLE, "winners"),
        _count("raffle-alternates", RAFFLE, "alternates", "0", *FEW),
        _count("raffle-settles", RAFFLE, "settlementHours", "1", "6", "24"),
        _count("raffle-claim", RAFFLE, "claimHours", "0", "24", "48"),
    )
}
