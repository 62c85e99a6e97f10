"""The way of a draw: how many tickets a person brings, by which account he is in, and which round is waited for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from server.domain.draws.canon import is_plain
from server.domain.draws.entries import SALT_BYTES, SUBJECT, entry_id
from server.domain.draws.records import TITLE_LENGTH_MAX
from server.domain.draws.rounds import instant_of, round_at_or_after
from server.domain.raffle.rules import TicketSource

COMMIT_LEAD = timedelta(seconds=75)
"""A commit names no round that comes sooner: its code is to be seen 60 seconds before, and posting takes its time."""

FREEZE_LEAD = timedelta(minutes=10)
"""A planned draw whose list is closed later than this before its round gets another round."""

POSTPONED_BY = timedelta(minutes=30)
CLAIM_WINDOW = timedelta(hours=48)
REVEAL_AFTER = timedelta(seconds=10)
TEST_TITLE = "TEST, nothing is won: "
TESTS_MAX = 3
"""As many tests of a raffle are on their way at once."""

NO_BEACON_AFTER = timedelta(days=7)
UNLINKED = "unlinked"
ALREADY_DRAWN = "already_drawn"
"""Why whoever was drawn before is out of a further draw."""
FURTHER_TITLE = "Further draw: "
ENTRY_PLATFORMS = ("kick", "twitch")
"""Whoever has both is in by the first, which also comes first by its letters."""
EXCLUSIONS = ("staff", "ineligible_rules", "banned_platform", "duplicate_person", "on_request")
"""Why staff may leave somebody out."""


class DrawSubject(StrEnum):
    """What is drawn."""

    RAFFLE = "raffle"
    GIVEAWAY = "giveaway"


class DrawState(StrEnum):
    """Where a draw is on its way.

    Planned ones wait for their time; staff may have asked for one sooner. Once the list is closed it is frozen, then
    committed, and drawn when the beacon has come. Empty ones had nobody in them.
    """

    PLANNED = "planned"
    ASKED = "asked"
    FROZEN = "frozen"
    COMMITTED = "committed"
    DRAWN = "drawn"
    VOID = "void"
    EMPTY = "empty"


ON_ITS_WAY = frozenset({DrawState.ASKED, DrawState.FROZEN, DrawState.COMMITTED})
"""Something is left to do in these, whatever its time."""

OVER = frozenset({DrawState.VOID, DrawState.EMPTY})
"""After these, another draw of the same raffle or giveaway may be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a draw goes by, whatever is drawn; `manual_tickets` are those that staff gave, where tickets are counted.

    `lead` is how far ahead of its commit the round is at least. Nobody is passed over as unclaimed within `claim` of
    being named, or moved up; where `speaks` he claims by writing in chat. `named_round` is the one that was named in
    public last, None where none is before the commit.
    """

    title: str
    rules_sha256: str
    winners: int
    alternates: int
    prizes: str
    manual_tickets: int | None
    lead: timedelta = COMMIT_LEAD
    claim: timedelta = CLAIM_WINDOW
    speaks: bool = False
    named_round: int | None = None


def draw_name(subject: DrawSubject, subject_id: int, number: int) -> str:
    """What a draw is called in its records."""
    return f"{subject.value}-{subject_id}-{number}"


def draw_title(title: str, otherwise: str, *, is_test: bool = False, is_further: bool = False) -> str:
    """What a draw is called where people read: in one line, without what cannot be seen; what it is comes first."""
    seen = "".join(char if char.isprintable() and is_plain(char) else " " for char in title).strip()
    first = TEST_TITLE if is_test else FURTHER_TITLE if is_further else ""
    return f"{first}{seen or otherwise}"[:TITLE_LENGTH_MAX]


def weight_of(amounts: Mapping[TicketSource, int], caps: Mapping[TicketSource, int]) -> int:
    """The tickets that a person brings into a draw: of each source at most its cap, and a sum below zero is none.

    What staff took is taken from what is left under the caps: taking r tickets lowers this by r at most.
    """
    if not caps:
        return max(0, sum(amounts.values()))
    return max(0, sum([min(amount, caps.get(source, amount)) for source, amount in amounts.items()]))


def subject_of(accounts: Iterable[tuple[str, str, int]]) -> tuple[str, int] | None:
    """The account by which a person is in, and its number: of Kick before Twitch, the one known longest.

    `accounts` are platform, the platform's own id and our number. None where he has none of either.
    """
    best: tuple[str, int, str] | None = None
    for platform, external_id, number in accounts:
        if platform in ENTRY_PLATFORMS and (best is None or (platform, number) < best):
            name = f"{platform}:{external_id}"
            if SUBJECT.fullmatch(name):
                best = platform, number, name
    return None if best is None else (best[2], best[1])


def nameless_id(salt: bytes, account: int) -> bytes:
    """What stands for somebody who is left out because he has no account to be in by."""
    if len(salt) != SALT_BYTES:
        raise ValueError("A salt has 32 bytes.")
    return sha256(b"rdp1/entry\n" + salt + account.to_bytes(8, "big")).digest()


def identity(salt: bytes, subject: str | None, account: int) -> bytes:
    """The id that a person has in one draw."""
    return nameless_id(salt, account) if subject is None else entry_id(salt, subject)


def is_in_time(beacon_round: int, closed_at: datetime, now: datetime) -> bool:
    """Whether a planned round may still be committed to: the list was closed early enough, and nobody knows it yet."""
    comes = instant_of(beacon_round)
    return closed_at <= comes - FREEZE_LEAD and now <= comes - COMMIT_LEAD


def soonest(now: datetime, lead: timedelta = COMMIT_LEAD) -> int:
    """The first round that a commit made now may name."""
    return round_at_or_after(now + lead)
