"""What widgets read from their addresses, as the studio offers it: each is read in clients/overlay/source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

YEARS = range(1971, 9999)
WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
"""Whatever the time zone, such a year is one that everybody can write."""
NO_CHOICES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option: its name in the address, and what people call it.

    `choice` is one of `choices`, `whole` a number from `least` to `most`, `line` a text of at most `most` characters,
    `time` a local time. `usual` is what holds where the address says nothing.
    """

    name: str
    label: str
    kind: Literal["choice", "whole", "line", "time"]
    usual: str = ""
    about: str = ""
    least: int = 0
    most: int = 0
    choices: Mapping[str, str] = field(default_factory=lambda: NO_CHOICES)

    def chosen(self, given: str) -> str:
        """What was given, where it can be chosen; nothing where it cannot, or is the usual anyway."""
        match self.kind:
            case "choice":
                found = given if given in self.choices else ""
            case "whole":
                found = str(min(self.most, max(self.least, int(given)))) if WHOLE.fullmatch(given) else ""
            case "line":
                found = given[: self.most]
            case "time":
                found = given if local(given) is not None else ""
        return "" if found == self.usual else found

    def address(self, chosen: str, zone: ZoneInfo) -> str:
        """What was chosen as it stands in the address: a time of the zone is one for everybody there."""
        at = local(chosen) if self.kind == "time" else None
        return chosen if at is None else at.replace(tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(given: str) -> datetime | None:
    """A local time as browsers write it; None for anything else."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return None
    return at if at.tzinfo is None and at.year in YEARS else None


ROWS = Option(name="first", label="Rows at most", kind="whole", usual="5", least=1, most=10)
GOAL = (
    Option(
        name="of",
        label="What it counts",
        kind="choice",
        usual="tickets",
        choices={
            "tickets": "tickets in the open raffle",
            "people": "people in the open raffle",
            "viewers": "people who ever watched",
            "entries": "people in the open giveaway",
            "calls": "slot calls that wait",
            "subs": "subscriptions",
            "kicks": "KICKs",
            "hours": "hours watched together",
        },
    ),
    Option(name="to", label="Goal", kind="whole", usual="1000", least=1, most=1_000_000_000),
    Option(name="title", label="Title of your own", kind="line", most=48, about="Left empty, it says what is counted."),
    Option(
        name="since",
        label="Since when",
        kind="time",
        about="For subscriptions, KICKs and hours. Left empty: since the open raffle began, or else this month.",
    ),
)
TEXT = (
    Option(
        name="text",
        label="The sentence",
        kind="line",
        usual="{raffle.name} · {tickets.total}",
        most=160,
        about="Values stand in braces, such as {subs.total}, {raffle.left} or {viewers.leader}.",
    ),
    Option(
        name="since",
        label="Since when",
        kind="time",
        about="For {subs.total}, {kicks.total}, {hours.total}. Left empty: since the raffle began, or else this month.",
    ),
)
