"""Wagers that affiliate feeds tell of: strict numbers, running totals, and what of them was gained."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any

from server.domain.instants import MINUTE
from server.domain.refusals import Refused

MICRO_USD = 1_000_000
USD_MAX = 10**11
NAME_LENGTH_MAX = 64
NAMES_MAX = 5_000
CODES_MAX = 20
CODE_LENGTH_MAX = 50
LOWER_POLLS = 3
LOWER_FOR = 20 * MINUTE
DOUBTS_MAX = 3
POLL_EVERY = 2 * MINUTE
POLL_EVERY_MAX = 60 * MINUTE
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,18})?", re.ASCII)


class Provider(StrEnum):
    """Whose feed it is."""

    SHUFFLE = "shuffle"
    HOWL = "howl"

    @property
    def begins_at_zero(self) -> bool:
        """Whether totals are of the time since the feed was set up, and not of somebody's whole life."""
        return self is Provider.HOWL


class Unreadable(Exception):
    """A feed's answer is not what its provider promises; nothing of it is used. Shows nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a feed tells of one name: all that was wagered under a code, in micro-dollars."""

    key: str
    name: str
    code: str | None
    micro_usd: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A feed's answer: the rows that could be read, and how many could not."""

    read: tuple[Row, ...]
    skipped: int


@dataclass(frozen=True, slots=True)
class Total:
    """The one total of a name."""

    name: str
    micro_usd: int


@dataclass(frozen=True, slots=True)
class Lower:
    """A total below the watermark: since when it is told, in how many polls on end, and what was told last."""

    since: int
    polls: int
    micro_usd: int


@dataclass(frozen=True, slots=True)
class Series:
    """How far a name's total was counted, and what speaks for counting back."""

    watermark: int
    lower: Lower | None = None

    def seen(self, total: int, at: int) -> tuple["Series", int]:
        """The series after a poll at an instant in microseconds, and what was gained by it.

        A fall gains nothing and lowers nothing, until three polls on end over 20 minutes have told it and never less
        than before: then it was a correction, and the loss is returned as a gain below zero.
        """
        if total >= self.watermark:
            return Series(total), total - self.watermark
        if self.lower is None or total < self.lower.micro_usd:
            return Series(self.watermark, Lower(at, 1, total)), 0
        lower = Lower(self.lower.since, self.lower.polls + 1, total)
        if lower.polls >= LOWER_POLLS and at - lower.since >= LOWER_FOR:
            return Series(total), total - self.watermark
        return Series(self.watermark, lower), 0


def decoded(body: bytes) -> Any:
    """What a JSON text says, with exact numbers; Unreadable for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Unreadable("The feed did not answer with JSON.") from None


def _no_number(_: str) -> Any:
    raise ValueError


def rows_of(found: Iterable[Row | None]) -> Rows:
    """An answer of rows, None for each that could not be read; Unreadable where that is half of them or more."""
    listed = list(found)
    read = tuple(one for one in listed if one is not None)
    skipped = len(listed) - len(read)
    if skipped and skipped * 2 >= len(listed):
        raise Unreadable("Half of the feed's rows or more are not what its provider promises.")
    return Rows(read, skipped)


def amount_of(value: object) -> int | None:
    """Micro-dollars, rounded down, of an amount in dollars as a number or as plain digits; None for anything else."""
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    if not amount.is_finite() or not 0 <= amount <= USD_MAX:
        return None
    return int((amount * MICRO_USD).to_integral_value(ROUND_FLOOR))


def name_of(value: object) -> str | None:
    """A name as it is shown; None for what can be none."""
    if not isinstance(value, str):
        return None
    name = value.strip()
    return (
        name
        if 1 <= len(name) <= NAME_LENGTH_MAX and name.isprintable() and len(name_key(name)) <= NAME_LENGTH_MAX
        else None
    )


def name_key(name: str) -> str:
    """A name as names are compared: without regard to upper and lower case."""
    return name.strip().casefold()


def totals_of(rows: Iterable[Row], codes: frozenset[str]) -> dict[str, Total]:
    """The total of everybody under these codes, by key; under any code where there are none.

    Of a name that comes twice the highest counts: a second row never adds to the first. Refuses too many names.
    """
    found: dict[str, Total] = {}
    for row in rows:
        if codes and (row.code is None or name_key(row.code) not in codes):
            continue
        known = found.get(row.key)
        if known is None or row.micro_usd > known.micro_usd:
            found[row.key] = Total(row.name, row.micro_usd)
    if len(found) > NAMES_MAX:
        raise Refused(
            "wager_names_too_many",
            f"More than {NAMES_MAX:,} names are under these codes.",
            "Name the campaign codes of this community only.",
        )
    return found


def is_plausible(known: Mapping[str, int], missing: int, totals: Mapping[str, Total]) -> bool:
    """Whether an answer can be whole: not more than half of the names of the last one are gone or have fallen.

    `known` are the watermarks of those names of the last answer that are in this one, and `missing` is how many are
    not. Parts of an answer are told with success, and put right by the next one.
    """
    fallen = sum(1 for key, watermark in known.items() if totals[key].micro_usd < watermark)
    return (missing + fallen) * 2 <= len(known) + missing


def codes_of(texts: Iterable[str]) -> frozenset[str]:
    """Campaign codes as they are compared, or a refusal of unusable ones."""
    codes = frozenset(name_key(text) for text in texts)
    usable = all(1 <= len(code) <= CODE_LENGTH_MAX and code.isprintable() and "," not in code for code in codes)
    if not usable or len(codes) > CODES_MAX:
        raise Refused(
            "wager_codes_invalid",
            f"There are up to {CODES_MAX} campaign codes of 1 to {CODE_LENGTH_MAX} characters without commas.",
            "Send them as your affiliate page shows them.",
        )
    return codes


def pause_after(failures: int, jitter: float) -> int:
    """Microseconds until a feed is asked again, two minutes at least; `jitter` from 0 to 1 spreads the polls."""
    pause = min(POLL_EVERY * 2 ** min(failures, 5), POLL_EVERY_MAX)
    return pause + int(pause * 0.2 * jitter)


class ClaimState(StrEnum):
    """Where a person's claim of a name stands."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    ENDED = "ended"


def check_name(provider: Provider, text: str) -> str:
    """A name that somebody claims, or a refusal of what can be none."""
    name = name_of(text)
    if name is None:
        raise Refused(
            "wager_name_invalid",
            f"A name on {provider.title()} has 1 to {NAME_LENGTH_MAX} printable characters.",
            "Write it as your profile there shows it.",
        )
    return name
