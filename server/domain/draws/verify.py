"""Checking a draw from its bundle alone: every step by itself, each with what it found in a sentence."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from server.domain.draws.bundle import Bundle, read_bundle
from server.domain.draws.checks import VERDICTS, Check, Verdict
from server.domain.draws.entries import Entry, check_entries, entries_csv
from server.domain.draws.history import check_others, check_rules, check_signatures, comes_at
from server.domain.draws.records import (
    AnyRecord,
    Commit,
    Result,
    Void,
    check_log,
    plain_code,
    record_hash,
    same_code,
    short_code,
)
from server.domain.draws.rounds import CHAINS, QUICKNET, Beacon, Chain
from server.domain.draws.selection import Place, draw, seed_of
from server.domain.draws.supplements import check_supplement
from server.domain.draws.tree import tree_of
from server.domain.draws.typed import Viewer, code_fault, key_fault, known_key, own_entry, own_faults
from server.domain.refusals import Refused

MARGIN_S_MIN = 60
PROOF: Collection[Verdict] = ("verified", "not_drawn_yet")
DOUBTS: Sequence[Verdict] = ("drawn_again", "key_changed")
"""Where one of these was found, it is said instead of proof."""
SignatureFault = Callable[[Beacon, Chain], str | None]


@dataclass(frozen=True, slots=True)
class Winner:
    """A drawn place; `passed` says why it does not get the prize, `wins` whether it does."""

    place: Place
    entry: Entry
    passed: str | None
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of checking a draw; `code` is what was to be seen outside before.

    `typed` is what is wrong with what the viewer typed. It is told beside the verdict and never changes it: a mistyped
    salt is no fault of the draw.
    """

    verdict: Verdict
    sentence: str
    checks: Sequence[Check]
    code: str = ""
    winners: Sequence[Winner] = ()
    typed: Sequence[Check] = ()


def verify(value: object, signature_fault: SignatureFault, viewer: Viewer | None = None) -> Report:
    """Check the bundle that a JSON value is; never raises for what is in it.

    `signature_fault` says what is wrong with a chain's signature of a round, or None.
    """
    try:
        bundle = read_bundle(value)
        commit = bundle.commit
    except Refused as refused:
        return _report([Check("file", refused.code, refused.message)], "failed")
    code, viewer = short_code(record_hash(commit)), viewer or Viewer()
    own, typed = _typed(bundle, viewer)
    checks = [
        Check("file", None, f"The file is a draw of {commit.channel}: {commit.title}"),
        *_promise(bundle, commit, code, viewer),
        *own,
        *_list(bundle, commit),
    ]
    beacon, winners = _beacon_of(bundle), list[Winner]()
    if beacon is not None and bundle.void is None:
        checks += _beacon(beacon, bundle, commit, signature_fault)
        if all(check.mark != "FAIL" for check in checks):
            checks += _outcome(beacon, bundle, commit)
            winners = _winners(beacon, bundle, commit)
    margin_check, verdict = _given_up(commit, bundle.void) if bundle.void else _margin(commit, bundle.result)
    checks += margin_check
    doubts: Sequence[Verdict] = [doubt for doubt in DOUBTS if any(check.fault == doubt for check in checks)]
    if verdict in PROOF and doubts:
        verdict = doubts[0]
    return _report(checks, verdict, code, winners, typed, is_test=commit.env == "test")


def _report(
    checks: Sequence[Check],
    verdict: Verdict,
    code: str = "",
    winners: Sequence[Winner] = (),
    typed: Sequence[Check] = (),
    *,
    is_test: bool = False,
) -> Report:
    found: Verdict = "failed" if any(check.mark == "FAIL" for check in checks) else verdict
    sentence = f"{VERDICTS[found]}{' This was a test, and nothing was promised.' if is_test else ''}"
    return Report(verdict=found, sentence=sentence, checks=checks, code=code, winners=winners, typed=typed)


def _typed(bundle: Bundle, viewer: Viewer) -> tuple[list[Check], list[Check]]:
    """The viewer's own entry as a check, and what is wrong with what was typed."""
    code, own = code_fault(viewer), list(own_faults(viewer))
    if viewer.subject and not own:
        own = [own_entry(viewer, bundle.entries)]
    found = [check for check in own if check.fault is None]
    return found, [check for check in (code, key_fault(viewer), *own) if check is not None and check.fault is not None]


def _promise(bundle: Bundle, commit: Commit, code: str, viewer: Viewer) -> Iterator[Check]:
    """The log, the commit's code, and what else the log says about what is drawn."""
    try:
        check_log(bundle.log)
        yield Check("log", None, f"The log is whole: records 1 to {len(bundle.log)}, one commit for this draw.")
    except Refused as refused:
        yield Check("log", refused.code, refused.message)
    if not plain_code(viewer.code) or code_fault(viewer):
        yield Check("code", None, f"The code is {code}. Compare it with the one that was posted before the draw.")
    elif same_code(viewer.code, code):
        yield Check("code", None, f"The code that you saw, {code}, belongs to this list and these rules.")
    else:
        yield Check("code", "code_differs", f"The code of this draw is {code}, and not the one that you saw.")
    yield from check_signatures(bundle, commit, known_key(viewer))
    yield from check_rules(bundle, commit)
    yield from check_others(bundle.log, commit)
    yield from check_supplement(bundle.log, commit)


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
    chain = CHAINS[commit.beacon_chain]
    yield Check("round", None, f"It was drawn from round {wanted} of {chain.name}, as promised.")
    fault = fault_of(beacon, chain)
    held = "The beacon signed this round." if fault is None else "The beacon did not sign this round."
    yield Check("beacon", fault, held)


def _seed(beacon: Beacon, commit: Commit) -> bytes:
    return seed_of(record_hash(commit), bytes.fromhex(commit.beacon_chain), beacon.round, beacon.randomness)


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


def worth(draw_id: str, records: Sequence[AnyRecord]) -> Verdict | None:
    """What a draw is worth where all holds that its records say, and those of others of the same; None unpromised."""
    told = {record.kind: record for record in records if record.draw_id == draw_id}
    commit, result, void = told.get(Commit.kind), told.get(Result.kind), told.get(Void.kind)
    if not isinstance(commit, Commit):
        return None
    if isinstance(void, Void):
        return _given_up(commit, void)[1]
    verdict = _margin(commit, result if isinstance(result, Result) else None)[1]
    beside = [*check_others(records, commit), *check_supplement(records, commit)]
    again = verdict in PROOF and any(check.fault for check in beside)
    return "drawn_again" if again else verdict


def _given_up(commit: Commit, void: Void) -> tuple[list[Check], Verdict]:
    """Whether a draw was given up before anybody could know who was drawn; of a test that does not matter."""
    after = void.created_at - comes_at(commit)
    if after < 0 or commit.env == "test":
        return [], "void"
    said = f"The draw was given up {after} seconds after its round."
    return [Check("time", "given_up_late", said)], "given_up_late"


def _margin(commit: Commit, result: Result | None) -> tuple[list[Check], Verdict]:
    """How long before the round the code was posted, and what the draw is worth if all else holds."""
    if commit.beacon_chain != QUICKNET.hash.hex():
        said = "The beacon is the one of a demo: whoever runs that can tell its rounds beforehand, and choose who wins."
        weak = Check("chain", "not_independently_verifiable", said)
        return [weak], "not_independently_verifiable" if result else "not_drawn_yet"
    comes_s = comes_at(commit)
    if max(commit.created_at, commit.closes_at) >= comes_s:
        return [
            Check("time", "late_commit", "The draw was closed or promised after the round had come.")
        ], "late_commit"
    if result is None:
        return [], "not_drawn_yet"
    # Nobody can have seen a code that was not made yet.
    seen = [one for one in result.evidence if one["at"] >= max(commit.created_at, commit.closes_at)]
    early = len(result.evidence) - len(seen)
    beside = f" Left aside, as the code was not made yet: {early}." if early else ""
    first = min(seen, key=lambda one: one["at"], default=None)
    if first is None:
        said = f"The result names no place where the code was posted.{beside}"
        return [Check("time", "not_independently_verifiable", said)], "not_independently_verifiable"
    margin_s = comes_s - first["at"]
    side = "before" if margin_s >= 0 else "after"
    where = f"The code was posted {abs(margin_s)} seconds {side} the round, at {first['place']} ({first['reference']})."
    said = f"{where} See for yourself that it is there.{beside}"
    if margin_s < MARGIN_S_MIN:
        return [Check("time", "late_commit", said)], "late_commit"
    return [Check("time", None, said)], "verified"
