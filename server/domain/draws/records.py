"""The records of a draw: what is promised, what came of it, and the log in which none can be missing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any, ClassVar, Literal, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.domain.draws.canon import INTEGER_MAX, canon, is_plain
from server.domain.draws.entries import ENTRIES_MAX
from server.domain.draws.rounds import CHAINS, ROUND_MAX
from server.domain.draws.selection import PLACES_MAX
from server.domain.refusals import Refused

VERSION = "rdp1"
NO_RECORD = "00" * 32
TITLE_LENGTH_MAX = 200
EVIDENCE_MAX = 20
CODE_BYTES = 10
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBERED = re.compile(r"((?:raffle|giveaway)-[0-9]{1,20})-[0-9]{1,20}")
"""The id of a draw, where it says what the draw is of and which one of its draws it is."""
FIELD = 2**255 - 19
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = frozenset({0, 1, FIELD - 1, _EIGHTH, FIELD - _EIGHTH})
"""The heights of the eight points of small order, under which one signature fits whatever was written."""
REASONS = ("unclaimed", "ineligible_rules", "banned_platform", "declined", "duplicate_person")

_HASH = re.compile(r"[0-9a-f]{64}")
_CHANNEL = re.compile(r"(?:kick|twitch|community):[0-9]{1,20}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{96}")

Environment = Literal["live", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record of a channel's log holds; `prev` is the hash of the record before, `seq` counts from 1."""

    kind: ClassVar[str]
    env: Environment
    channel: str
    seq: int
    prev: str
    draw_id: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(Record):
    """What is promised before the beacon's round: the list, the rules, how many are drawn and from which round."""

    kind = "commit"
    title: str
    entries_root: str
    entries_count: int
    entries_sha256: str
    tickets_total: int
    excluded_count: int
    excluded_sha256: str
    rules_sha256: str
    winners: int
    alternates: int
    per_entry: bool
    beacon_chain: str
    beacon_round: int
    closes_at: int
    manual_tickets_total: int | None = None
    ledger_head: str | None = None
    prizes_sha256: str | None = None
    operator_key: str | None = None
    supplement_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Record):
    """What was drawn, from which signature of the beacon, and where the commit had been posted before.

    `drawn` holds position, ticket and place in the list of each; `evidence` objects with place, reference and `at`.
    """

    kind = "result"
    commit: str
    beacon_round: int
    beacon_signature: str
    seed: str
    drawn: Sequence[Sequence[int]]
    evidence: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Record):
    """Somebody who was drawn does not get the prize, and why; the next alternate does."""

    kind = "pass"
    commit: str
    position: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Record):
    """The draw is given up, for everybody to see; another one has another id."""

    kind = "void"
    commit: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed(Record):
    """Before its commit, a draw is moved from the round that was named to another, and why."""

    kind = "postponed"
    from_round: int
    beacon_round: int
    reason: str


AnyRecord = Commit | Result | Pass | Void | Postponed
KINDS: Mapping[str, type[AnyRecord]] = {one.kind: one for one in (Commit, Result, Pass, Void, Postponed)}


def _text(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _number(least: int, most: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_drawn(value: object) -> bool:
    whole = _number(0, INTEGER_MAX)
    if not isinstance(value, list) or len(cast("list[object]", value)) > PLACES_MAX:
        return False
    rows = cast("list[object]", value)
    return all(
        isinstance(row, list) and [whole(one) for one in cast("list[object]", row)] == [True] * 3 for row in rows
    )


def _is_evidence(value: object) -> bool:
    """A list of objects with `place`, `reference` and `at`: where the code was posted, under which id, and when."""
    if not isinstance(value, list) or len(cast("list[object]", value)) > EVIDENCE_MAX:
        return False
    for one in cast("list[object]", value):
        told = cast("dict[str, object]", one) if isinstance(one, dict) else {}
        texts = [told.get("place"), told.get("reference")]
        if set(told) != {"place", "reference", "at"} or not all(_short(text) for text in texts):
            return False
        if not _number(0, INTEGER_MAX)(told["at"]):
            return False
    return True


def _short(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= TITLE_LENGTH_MAX and is_plain(value)


_is_hash, _is_id, _is_instant = _text(_HASH), _text(_ID), _number(0, INTEGER_MAX)
_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "env": lambda value: value in ("live", "test"),
    "channel": _text(_CHANNEL),
    "seq": _number(1, INTEGER_MAX),
    "prev": _is_hash,
    "draw_id": _is_id,
    "created_at": _is_instant,
    "title": _short,
    "entries_root": _is_hash,
    "entries_count": _number(1, ENTRIES_MAX),
    "entries_sha256": _is_hash,
    "tickets_total": _number(1, INTEGER_MAX),
    "excluded_count": _is_instant,
    "excluded_sha256": _is_hash,
    "rules_sha256": _is_hash,
    "winners": _number(1, PLACES_MAX),
    "alternates": _number(0, PLACES_MAX),
    "per_entry": lambda value: isinstance(value, bool),
    "beacon_chain": _is_hash,
    "beacon_round": _number(1, ROUND_MAX),
    "from_round": _number(1, ROUND_MAX),
    "closes_at": _is_instant,
    "manual_tickets_total": _is_instant,
    "ledger_head": _is_hash,
    "prizes_sha256": _is_hash,
    "operator_key": _is_hash,
    "supplement_of": _is_id,
    "commit": _is_hash,
    "beacon_signature": _text(_SIGNATURE),
    "seed": _is_hash,
    "drawn": _is_drawn,
    "evidence": _is_evidence,
    "position": _number(1, PLACES_MAX),
    "reason": _is_id,
}


def written(record: AnyRecord) -> dict[str, Any]:
    """The JSON object of a record; what is optional and None is left out."""
    told: dict[str, Any] = {"v": VERSION, "kind": record.kind}
    for one in fields(record):
        value = getattr(record, one.name)
        if value is not None:
            told[one.name] = value
    return told


def read_record(value: object) -> AnyRecord:
    """The record that a JSON object is. Refuses `record_unfit` where a key is missing, unknown or odd."""
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    kind = KINDS.get(str(told.get("kind")))
    if kind is None or told.get("v") != VERSION:
        raise _unfit("It is no record of rdp1.")
    content = {key: one for key, one in told.items() if key not in ("v", "kind")}
    known = {one.name: one.default is None for one in fields(kind)}
    odd = sorted(
        {name for name, optional in known.items() if not optional} - content.keys() | content.keys() - known.keys()
    )
    odd += [name for name, one in content.items() if name in known and not _CHECKS[name](one)]
    if kind is Commit and not odd:
        odd += _odd_together(content)
    if kind is Pass and content.get("reason") not in REASONS:
        odd.append("reason")
    if odd:
        raise _unfit(f"Look at: {', '.join(dict.fromkeys(odd))}.")
    return kind(**content)


def _odd_together(told: Mapping[str, Any]) -> list[str]:
    if told["winners"] + told["alternates"] > PLACES_MAX:
        return ["alternates"]
    if told["beacon_chain"] not in CHAINS:
        raise Refused(
            "wrong_chain", "The record names a beacon that is not quicknet.", "Do not trust a draw from another beacon."
        )
    return []


def _unfit(why: str) -> Refused:
    return Refused("record_unfit", f"This is not a record as RDP-1 has it. {why}", "Take it as it was published.")


def is_of(draw_id: str, another: str) -> bool:
    """Whether two draws are of the same raffle or giveaway, as their ids say; a draw is of the same as itself."""
    one, other = NUMBERED.fullmatch(draw_id), NUMBERED.fullmatch(another)
    return draw_id == another or (one is not None and other is not None and one[1] == other[1])


def signed_bytes(record: AnyRecord) -> bytes:
    """What is hashed, and signed, of a record."""
    return f"{VERSION}/{record.kind}\n".encode() + canon(written(record))


def record_hash(record: AnyRecord) -> bytes:
    """The hash of a record; of a commit, it is the commit."""
    return sha256(signed_bytes(record)).digest()


def short_code(commit: bytes) -> str:
    """The first 80 bits of a commit for chat and screen, like `2HVJ-W8M3-71PS-Q8Q7`."""
    number = int.from_bytes(commit[:CODE_BYTES], "big")
    letters = "".join(CODE_LETTERS[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def plain_code(typed: str) -> str:
    """A code as a person typed it; case, spaces and dashes do not matter, and O, I and L are read as digits."""
    plain = "".join(letter for letter in typed.upper() if letter not in "- \t\n")
    return plain.translate(str.maketrans("OIL", "011"))


def same_code(typed: str, code: str) -> bool:
    """Whether a person typed this code."""
    return plain_code(typed) == plain_code(code)


def sign(key: Ed25519PrivateKey, record: AnyRecord) -> bytes:
    """The operator's signature of a record, 64 bytes."""
    return key.sign(signed_bytes(record))


def is_signed(key: bytes, record: AnyRecord, signature: bytes) -> bool:
    """Whether the owner of this public key signed the record; of a key of small order nobody is the owner."""
    if not is_key(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(record))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_key(key: bytes) -> bool:
    """Whether these bytes may be a public key: written in the one way there is, and not of small order."""
    height = int.from_bytes(key, "little") & (1 << 255) - 1
    return height < FIELD and height not in SMALL_ORDER


def check_log(records: Sequence[AnyRecord]) -> None:
    """Check a channel's whole log.

    Refuses `log_empty`, `log_mixed`, `log_gap`, `log_broken`, `second_commit`, `second_result`, `log_orphan`,
    `log_after_void` and `postponed_late`.
    """
    if not records:
        raise _bad_log("log_empty", "The log has no record.")
    first, before = records[0], NO_RECORD
    commits: dict[str, str] = {}
    ended: set[tuple[str, str]] = set()
    for number, record in enumerate(records, 1):
        if (record.channel, record.env) != (first.channel, first.env):
            raise _bad_log("log_mixed", f"Record {number} belongs to another channel, or one is a test.")
        if record.seq != number:
            raise _bad_log("log_gap", f"Record {number} is missing or out of its place.")
        if record.prev != before:
            raise _bad_log("log_broken", f"Record {number} does not follow from the one before.")
        before = record_hash(record).hex()
        _check_place(record, before, commits, ended)


def _check_place(record: AnyRecord, hashed: str, commits: dict[str, str], ended: set[tuple[str, str]]) -> None:
    """Whether a record may stand after those that were seen, by draw."""
    if (record.draw_id, Void.kind) in ended:
        raise _bad_log("log_after_void", f"Record {record.seq} goes on with a draw that was given up.")
    if isinstance(record, Commit):
        if record.draw_id in commits:
            raise _bad_log("second_commit", f"Record {record.seq} is a second commit of one draw.")
        commits[record.draw_id] = hashed
    elif isinstance(record, Postponed):
        if record.draw_id in commits:
            raise _bad_log("postponed_late", f"Record {record.seq} moves a draw after its commit.")
    elif commits.get(record.draw_id) != record.commit:
        raise _bad_log("log_orphan", f"Record {record.seq} belongs to no commit before it.")
    if isinstance(record, Result | Void):
        if (record.draw_id, record.kind) in ended:
            raise _bad_log("second_result", f"Record {record.seq} is a second result of one draw.")
        ended.add((record.draw_id, record.kind))


def _bad_log(code: str, why: str) -> Refused:
    return Refused(code, why, "Ask for the channel's whole log, and do not trust a draw whose log is not in order.")
