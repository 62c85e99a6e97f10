"""What a viewer types beside a draw's file, and what is wrong with that: it says nothing about the draw."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain.draws.checks import Check
from server.domain.draws.entries import SUBJECT, Entry, entry_id
from server.domain.draws.records import plain_code

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
CODE_LENGTH = 16
SALT_LENGTH = 64
HEX = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """What a viewer knows by himself: the code, the operator's key, and the account and salt of his own entry."""

    code: str = ""
    key: str = ""
    subject: str = ""
    salt: str = ""


def code_fault(viewer: Viewer) -> Check | None:
    """What is wrong with a code that no draw can have."""
    plain = plain_code(viewer.code)
    if not plain or CODE.fullmatch(plain):
        return None
    if len(plain) != CODE_LENGTH:
        said = f"A code has 16 letters and digits, like XXXX-XXXX-XXXX-XXXX; this one has {len(plain)}."
    else:
        said = "A code has no letters but A to Z without U, and digits; this one has others."
    return Check("code", "code_unfit", said)


def key_fault(viewer: Viewer) -> Check | None:
    """What is wrong with a key that nobody can have."""
    if not viewer.key or HEX.fullmatch(viewer.key):
        return None
    said = "The operator's key has 64 letters from 0 to f. Copy it as the operator shows it."
    return Check("key", "key_unfit", said)


def known_key(viewer: Viewer) -> str | None:
    """The operator's key that a viewer knows, where what he typed is one."""
    return viewer.key.lower() if HEX.fullmatch(viewer.key) else None


def own_faults(viewer: Viewer) -> Iterator[Check]:
    """What is wrong with an account and a salt by which no entry can be found."""
    if not viewer.subject and not viewer.salt:
        return
    if not viewer.subject:
        yield Check("account", "subject_missing", "A salt finds the entry of one account: type your account as well.")
    elif not SUBJECT.fullmatch(viewer.subject):
        said = "An account is written kick:ID or twitch:ID, with the platform's number and not the name."
        yield Check("account", "subject_unfit", said)
    if not viewer.salt:
        yield Check(
            "salt", "salt_missing", "An entry is found by account and salt: type your salt of this draw as well."
        )
    elif not HEX.fullmatch(viewer.salt):
        many = len(viewer.salt)
        said = f"this one has {many}" if many != SALT_LENGTH else "this one has others"
        yield Check("salt", "salt_unfit", f"A salt has 64 letters from 0 to f; {said}.")


def own_entry(viewer: Viewer, entries: Sequence[Entry]) -> Check:
    """The entry of a viewer whose account and salt are fit, or that none is found by them."""
    identity, start = entry_id(bytes.fromhex(viewer.salt), viewer.subject), 0
    for entry in entries:
        if entry.id == identity:
            last = start + entry.weight - 1
            return Check("own", None, f"You are in with {entry.weight} tickets, numbers {start} to {last}.")
        start += entry.weight
    said = "No entry of this list is found by this account and this salt. Copy both again, from this draw."
    return Check("salt", "own_missing", said)
