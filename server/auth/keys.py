"""Keys: derived from the one secret of the settings, one per purpose, and the master keys that seal data keys."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_LENGTH_MIN = 32
KEY_BYTES = 32
DERIVED_ID = "derived"
MASTER_KEYS_MAX = 10
LIST_SIZE_MAX = 16 * 1024
# Of 32 bytes of chance hardly ever fewer than 25 differ.
DISTINCT_BYTES_MIN = 16
MASTER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that seals data keys and nothing else; its id stands beside what it sealed."""

    id: str
    material: bytes = field(repr=False)


class UnfitKeys(ValueError):
    """The list of master keys cannot be used; `problems` names each by its place and shows no part of a key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def derived_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for `purpose` alone (HKDF-SHA256, RFC 5869), so that no two kinds of signature share a key.

    Raises ValueError when the secret is shorter than 32 characters.
    """
    if len(secret) < SECRET_LENGTH_MIN:
        raise ValueError(f"the secret key needs at least {SECRET_LENGTH_MIN} characters; set REGULARS_SECRET_KEY")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"regulars {purpose}".encode()).derive(
        secret.encode()
    )


def key_list(text: str, file: Path | None) -> str:
    """The list of master keys as it was given, as text or in a file; raises UnfitKeys for a file that is none."""
    if file is None:
        return text
    try:
        with file.open("rb") as opened:
            raw = opened.read(LIST_SIZE_MAX + 1)
        listed = raw.decode("ascii")
    except (OSError, UnicodeDecodeError):
        raise UnfitKeys(["The file cannot be read as plain text."]) from None
    if len(raw) > LIST_SIZE_MAX or not listed.strip():
        raise UnfitKeys(["The file is empty, or too long to be a list of keys."])
    return listed


def master_keys(listed: str, secret: str) -> tuple[MasterKey, ...]:
    """Return the master keys, the first of which seals; raises UnfitKeys with everything that is wrong with them.

    The one derived from `secret` is always the last, so that what it sealed before there was a list stays readable.
    Without a list it is the only one; with neither there is none.
    """
    given, problems = _parsed(listed)
    if problems:
        raise UnfitKeys(problems)
    derived = [MasterKey(DERIVED_ID, derived_key(secret, "master key"))] if secret else []
    return (*given, *derived)


def spellings(listed: str) -> Iterator[str]:
    """The texts of a list that nobody may see, for log lines to leave out."""
    for entry in _entries(listed):
        material = entry.rpartition(":")[2]
        yield from {entry, material, material.rstrip("=")}


def _entries(listed: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[,\n]", listed) if entry.strip()]


def _parsed(listed: str) -> tuple[list[MasterKey], list[str]]:
    keys: list[MasterKey] = []
    problems: list[str] = []
    entries = _entries(listed)
    if len(entries) > MASTER_KEYS_MAX:
        return [], [f"There are {len(entries)} keys, at most {MASTER_KEYS_MAX} are taken."]
    for place, entry in enumerate(entries, 1):
        name, _, text = entry.partition(":")
        material = _decoded(text)
        fault = _fault_of(name, material) or _fault_beside(keys, name, material)
        if fault:
            problems.append(f"Key {place} of the list {fault}.")
        elif material is not None:
            keys.append(MasterKey(name, material))
    return keys, problems


def _decoded(text: str) -> bytes | None:
    if not BASE64URL.fullmatch(text):
        return None
    bare = text.rstrip("=")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def _fault_of(name: str, material: bytes | None) -> str | None:
    if not MASTER_ID.fullmatch(name) or name == DERIVED_ID:
        return f"has no id of small letters, digits and hyphens before a colon (and not {DERIVED_ID!r}, which is ours)"
    if material is None:
        return "is not base64url after the colon"
    if len(material) != KEY_BYTES:
        return f"has {len(material)} bytes, {KEY_BYTES} are needed"
    is_text = all(byte in PRINTABLE for byte in material)
    if is_text or len(set(material)) < DISTINCT_BYTES_MIN or material in (material + material)[1:-1]:
        return "can be guessed: it is no chance but a text or a pattern"
    return None


def _fault_beside(keys: Sequence[MasterKey], name: str, material: bytes | None) -> str | None:
    if any(key.id == name for key in keys):
        return "has the id of an earlier one"
    if any(key.material == material for key in keys):
        return "is an earlier one under another id"
    return None
