"""Checking a draw from its bundle alone: every step by itself, each with what it found in a sentence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from server.domain.draws.bundle import Bundle, read_bundle
from server.domain.draws.entries import Entry, check_entries, entries_csv, entry_id
from server.domain.draws.records import (
    AnyRecord,
    Commit,
    Result,
    Void,
    check_log,
    is_signed,
    record_hash,
    same_code,
    short_code,
)
from server.domain.draws.rounds import QUICKNET, Beacon
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.selection import Place, draw, seed_of
from server.domain.draws.tree import tree_of
from server.domain.instants import SECOND, micros
from server.domain.refusals import Refused

MARGIN_S_MIN = 60
Verdict = Literal["verified", "late_commit", "not_independently_verifiable", "not_drawn_yet", "void", "failed"]
SignatureFault = Callable[[Beacon], str | None]

VERDICTS: dict[Verdict, str] = {
    "verified": (
        "Verified: the winners follow from the list and from a beacon that nobody knew yet when the code was posted "
        "where the result says."
    ),
    "late_commit": (
        "Late commit: everything adds up, but the code was posted less than 60 seconds before the beacon's round. "
        "Do not take this for proof."
    ),
    "not_independently_verifiable": (
        "Not independently verifiable: everything adds up, but nothing shows that the code was posted anywhere else "
        "before the beacon's round."
    ),
    "not_drawn_yet": "Not drawn yet: what is promised is in order. The winners follow once the beacon's round is here.",
    "void": "Given up: this draw has no winners.",
    "failed": "Failed: this draw is not what it says. Look at the checks that failed.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its name, the stable code of what is wrong or None, and a sentence.

    A fault that bears the name of a verdict breaks nothing, and leaves the draw without proof.
    """

    name: str
    fault: str | None
    sentence: str

    @property
    def mark(self) -> Literal["pass", "WEAK", "FAIL"]:
        """The word that stands before it."""
        return "pass" if self.fault is None else "WEAK" if self.fault in VERDICTS else "FAIL"


@dataclass(frozen=True, slots=True)
class Winner:
    """A drawn place; `passed` says why it does not get the prize, `wins` whether it does."""

    place: Place
    entry: Entry
    passed: str | None
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of checking a draw; `code` is what was to be seen outside before."""

    verdict: Verdict
    sentence: str
    checks: Sequence[Check]
    code: str = ""
    winners: Sequence[Winner] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """What a viewer knows by himself: the code he saw, and the salt and account by which he finds his own entry."""

    code: str | None = None
    subject: str | None = None
    salt: bytes = b""


def verify(value: object, signature_fault: SignatureFault, viewer: Viewer | None = None) -> Report:
    """Check the bundle that a JSON value is; never raises for what is in it.

    `signature_fault` says what is wrong with the beacon's signature of a round, or None.
    """
    try:
        bundle = read_bundle(value)
        commit = bundle.commit
    except Refused as refused:
        return _report([Check("file", refused.code, refused.message)], "failed")
    code = short_code(record_hash(commit))
    checks = [
        Check("file", None, f"The file is a draw of {commit.channel}: {commit.title}"),
        *_promise(bundle, commit, code, viewer or Viewer()),
        *_list(bundle, commit),
    ]
    beacon, winners = _beacon_of(bundle), list[Winner]()
    if beacon is not None and bundle.void is None:
        checks += _beacon(beacon, bundle, commit, signature_fault)
        if not any(check.fault for check in checks):
            checks += _outcome(beacon, bundle, commit)
            winners = _winners(beacon, bundle, commit)
    margin_check, verdict = ([], "void") if bundle.void else _margin(commit, bundle.result)
    checks += margin_check
    return _report(checks, verdict, code, winners, is_test=commit.env == "test")


def _report(
    checks: Sequence[Check], verdict: Verdict, code: str = "", winners: Sequence[Winner] = (), *, is_test: bool = False
) -> Report:
    found: Verdict = "failed" if any(check.mark == "FAIL" for check in checks) else verdict
    sentence = f"{VERDICTS[found]}{' This was a test, and nothing was promised.' if is_test else ''}"
    return Report(verdict=found, sentence=sentence, checks=checks, code=code, winners=winners)


def _promise(bundle: Bundle, commit: Commit, code: str, viewer: Viewer) -> Iterator[Check]:
    """The log, the commit's code and signature."""
    try:
        check_log(bundle.log)
        yield Check("log", None, f"The log is whole: records 1 to {len(bundle.log)}, one commit for this draw.")
    except Refused as refused:
        yield Check("log", refused.code, refused.message)
    if viewer.code is None:
        yield Check("code", None, f"The code is {code}. Compare it with the one that was posted before the draw.")
    elif same_code(viewer.code, code):
        yield Check("code", None, f"The code that you saw, {code}, belongs to this list and these rules.")
    else:
        yield Check("code", "code_differs", f"The code of this draw is {code}, and not the one that you saw.")
    if commit.operator_key is None:
        yield Check("signature", None, "The commit names no key of the operator; the code alone fixes it.")
    elif is_signed(bytes.fromhex(commit.operator_key), commit, bytes.fromhex(bundle.signature or "")):
        yield Check("signature", None, "The operator signed the commit with the key that it names.")
    else:
        yield Check("signature", "operator_signature_wrong", "The operator's signature of the commit does not hold.")
    if viewer.subject is not None:
        yield _own(bundle, viewer.subject, viewer.salt)


def _own(bundle: Bundle, subject: str, salt: bytes) -> Check:
    try:
        identity = entry_id(salt, subject)
    except Refused as refused:
        return Check("own", refused.code, refused.message)
    start = 0
    for entry in bundle.entries:
        if entry.id == identity:
            last = start + entry.weight - 1
            return Check("own", None, f"You are in with {entry.weight} tickets, numbers {start} to {last}.")
        start += entry.weight
    return Check("own", "own_missing", "You are not in the list with this account and this salt.")


def _list(bundle: Bundle, commit: Commit) -> Iterator[Check]:
    """The list against what was promised of it."""
    entries = bundle.entries
    try:
        check_entries(entries)
        yield Check("order", None, "Every entry stands once, in its place.")
    except Refused as refused:
        yield Check("order", refused.code, refused.message)
        return
    count, promised = len(entries), commit.entries_count
    fault = None if count == promised else "entrant_removed" if count < promised else "entrant_added"
    yield Check("count", fault, f"The list has {count} entries, {promised} were promised.")
    total = sum(entry.weight for entry in entries)
    fault = None if total == commit.tickets_total else "tickets_changed"
    yield Check("tickets", fault, f"The list has {total} tickets, {commit.tickets_total} were promised.")
    same = sha256(entries_csv(entries)).hexdigest() == commit.entries_sha256
    yield Check("list", None if same else "list_changed", _same(same, "The list is", "that was promised"))
    same = tree_of(entries).root.hex() == commit.entries_root
    yield Check("root", None if same else "root_differs", _same(same, "The list's sum tree is", "that was promised"))
    if bundle.excluded is not None:
        left_out = bundle.excluded.encode()
        same = (left_out.count(b"\n"), sha256(left_out).hexdigest()) == (commit.excluded_count, commit.excluded_sha256)
        yield Check("excluded", None if same else "excluded_changed", _same(same, "Who was left out is", "promised"))


def _same(same: bool, what: str, which: str) -> str:  # noqa: FBT001 - the first word of a sentence
    return f"{what} the one {which}." if same else f"{what} not the one {which}."


def _beacon_of(bundle: Bundle) -> Beacon | None:
    told = bundle.result
    return bundle.beacon if told is None else Beacon(told.beacon_round, bytes.fromhex(told.beacon_signature))


def _beacon(beacon: Beacon, bundle: Bundle, commit: Commit, fault_of: SignatureFault) -> Iterator[Check]:
    wanted = commit.beacon_round
    if beacon.round != wanted:
        yield Check("round", "round_differs", f"It was drawn from round {beacon.round}, round {wanted} was promised.")
        return
    if bundle.beacon not in (None, beacon):
        yield Check("round", "signature_differs", "The result names another signature than the bundle.")
        return
    yield Check("round", None, f"It was drawn from round {wanted} of quicknet, as promised.")
    fault = fault_of(beacon)
    held = "The beacon signed this round." if fault is None else "The beacon did not sign this round."
    yield Check("beacon", fault, held)


def _seed(beacon: Beacon, commit: Commit) -> bytes:
    return seed_of(record_hash(commit), QUICKNET.hash, beacon.round, beacon.randomness)


def _places(beacon: Beacon, bundle: Bundle, commit: Commit) -> list[Place]:
    weights = [entry.weight for entry in bundle.entries]
    return draw(_seed(beacon, commit), weights, commit.winners + commit.alternates, per_entry=commit.per_entry)


def _outcome(beacon: Beacon, bundle: Bundle, commit: Commit) -> Iterator[Check]:
    """The winners, and who was passed over."""
    result, places = bundle.result, _places(beacon, bundle, commit)
    if result is None:
        yield Check("winners", None, "The winners below follow from the list and the beacon.")
        return
    same = result.seed == _seed(beacon, commit).hex()
    yield Check("seed", None if same else "seed_differs", _same(same, "The seed is", "that follows"))
    same = [list(place) for place in places] == [list(row) for row in result.drawn]
    yield Check("winners", None if same else "winners_differ", _same(same, "Who was drawn is", "that follows"))
    positions = [one.position for one in bundle.passes]
    fair = len(set(positions)) == len(positions) and all(one <= len(places) for one in positions)
    said = f"Passed over, each once and with a reason: {len(positions)}."
    yield Check("passes", None if fair else "passes_odd", said if fair else "Somebody is passed over who cannot be.")


def _winners(beacon: Beacon, bundle: Bundle, commit: Commit) -> list[Winner]:
    """Everybody who was drawn; whoever is passed over makes room for the next alternate."""
    reasons = {one.position: one.reason for one in bundle.passes}
    left, found = commit.winners, list[Winner]()
    for place in _places(beacon, bundle, commit):
        passed = reasons.get(place.position)
        wins = passed is None and left > 0
        left -= wins
        found.append(Winner(place, bundle.entries[place.owner], passed, wins))
    return found


def worth(records: Sequence[AnyRecord]) -> Verdict | None:
    """What the records of one draw are worth where all that they say holds; None before its commit."""
    told = {record.kind: record for record in records}
    commit, result, void = told.get(Commit.kind), told.get(Result.kind), told.get(Void.kind)
    if not isinstance(commit, Commit):
        return None
    return "void" if void else _margin(commit, result if isinstance(result, Result) else None)[1]


def _margin(commit: Commit, result: Result | None) -> tuple[list[Check], Verdict]:
    """How long before the round the code was posted, and what the draw is worth if all else holds."""
    comes_s = micros(time_of(commit.beacon_round)) // SECOND
    if max(commit.created_at, commit.closes_at) >= comes_s:
        return [
            Check("time", "late_commit", "The draw was closed or promised after the round had come.")
        ], "late_commit"
    if result is None:
        return [], "not_drawn_yet"
    first = min(result.evidence, key=lambda one: one["at"], default=None)
    if first is None:
        said = "The result names no place where the code was posted."
        return [Check("time", "not_independently_verifiable", said)], "not_independently_verifiable"
    margin_s = comes_s - first["at"]
    side = "before" if margin_s >= 0 else "after"
    where = f"The code was posted {abs(margin_s)} seconds {side} the round, at {first['place']} ({first['reference']})."
    said = f"{where} See for yourself that it is there."
    if margin_s < MARGIN_S_MIN:
        return [Check("time", "late_commit", said)], "late_commit"
    return [Check("time", None, said)], "verified"
