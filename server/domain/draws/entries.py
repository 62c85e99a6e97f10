"""Who is in a draw and with how many tickets: ids that name nobody, their order, and the list as a file."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from server.domain.draws.canon import INTEGER_MAX
from server.domain.refusals import Refused

SALT_BYTES = 32
ID_BYTES = 32
ENTRIES_MAX = 1_000_000
LABEL = re.compile(r"[A-Za-z0-9_.*-]{0,64}")
SUBJECT = re.compile(r"(?:kick|twitch):[0-9]{1,20}")
ROW = re.compile(r"([0-9a-f]{64}),([1-9][0-9]{0,15}),([A-Za-z0-9_.*-]{0,64})\n")
TAKE_THE_LIST = "Take the list that was published with the draw, unchanged."


class Entry(NamedTuple):
    """One line of the list: an id that names nobody without its salt, a number of tickets, what is shown."""

    id: bytes
    weight: int
    label: str


class Entrant(NamedTuple):
    """A person before the list is made: the account, the secret salt, tickets, what is shown."""

    subject: str
    salt: bytes
    weight: int
    label: str


def entry_id(salt: bytes, subject: str) -> bytes:
    """The 32 bytes that stand for an account such as `kick:123456` in one draw. Refuses `subject_unfit`, `salt_unfit`.

    Nobody can open them as another account, and nobody without the salt can tell which account it is.
    """
    if len(salt) != SALT_BYTES:
        raise Refused("salt_unfit", "A salt has 32 bytes.", "Take the salt of this draw, as it was shown to you.")
    if not SUBJECT.fullmatch(subject):
        raise Refused(
            "subject_unfit", "An account is written kick:ID or twitch:ID.", "Use the platform's number, not the name."
        )
    name = subject.encode()
    return sha256(b"rdp1/entry\n%b%b%b" % (salt, len(name).to_bytes(2, "big"), name)).digest()


def listed(entrants: Iterable[Entrant]) -> list[Entry]:
    """The list of a draw, in its order and checked; refuses what `check_entries` refuses."""
    entries = sorted(Entry(entry_id(one.salt, one.subject), one.weight, one.label) for one in entrants)
    check_entries(entries)
    return entries


def check_entries(entries: Sequence[Entry]) -> int:
    """The number of tickets of a list that is in order.

    Refuses `entries_none`, `entries_too_many`, `entry_doubled`, `entries_reordered`, `weight_unfit`, `label_unfit`
    and `tickets_too_many`.
    """
    if not entries:
        raise Refused("entries_none", "The list is empty.", "A draw needs somebody who is in it.")
    if len(entries) > ENTRIES_MAX:
        raise Refused("entries_too_many", f"The list has more than {ENTRIES_MAX} entries.", TAKE_THE_LIST)
    before, total = b"", 0
    for number, (identity, weight, label) in enumerate(entries, 1):
        if identity <= before:
            raise _disorder(number, doubled=identity == before)
        if not 1 <= weight <= INTEGER_MAX:
            raise Refused("weight_unfit", f"Entry {number} has no number of tickets from 1 up.", TAKE_THE_LIST)
        if len(identity) != ID_BYTES or not LABEL.fullmatch(label):
            raise Refused("label_unfit", f"Entry {number} has an id or a label that no list has.", TAKE_THE_LIST)
        before, total = identity, total + weight
    if total > INTEGER_MAX:
        raise Refused("tickets_too_many", "The list has more than 2^53 - 1 tickets.", TAKE_THE_LIST)
    return total


def too_many() -> Refused:
    """The refusal to close a list that no record could hold."""
    return Refused(
        "entries_too_many",
        f"More than {ENTRIES_MAX:,} people would be in the list.",
        "Leave people out until no more are in it.",
    )


def _disorder(number: int, *, doubled: bool) -> Refused:
    if doubled:
        return Refused("entry_doubled", f"Entry {number} is in the list twice.", TAKE_THE_LIST)
    return Refused("entries_reordered", f"Entry {number} is not in its place: ids ascend.", TAKE_THE_LIST)


def entries_csv(entries: Iterable[Entry]) -> bytes:
    """The list as it is published and hashed: `id,tickets,label` with a line feed after every entry."""
    return "".join(f"{one.id.hex()},{one.weight},{one.label}\n" for one in entries).encode()


def read_entries(text: str) -> list[Entry]:
    """The list that a published text holds, whatever its order. Refuses `row_unreadable` with the number of the row."""
    entries: list[Entry] = []
    place = 0
    while place < len(text):
        row = ROW.match(text, place)
        if row is None or len(entries) >= ENTRIES_MAX:
            raise Refused("row_unreadable", f"Row {len(entries) + 1} of the list is none.", TAKE_THE_LIST)
        entries.append(Entry(bytes.fromhex(row[1]), int(row[2]), row[3]))
        place = row.end()
    return entries
