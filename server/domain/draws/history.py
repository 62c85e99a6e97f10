"""What a log says beside a draw's own promise: who signed it, which round was named before, what else was drawn."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from server.domain.draws.bundle import Bundle
from server.domain.draws.checks import Check, listed
from server.domain.draws.records import NUMBERED, AnyRecord, Commit, Postponed, Result, Void, is_of, is_signed
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.rules import numbers_in, rules_hash
from server.domain.draws.supplements import line_of, supplements
from server.domain.instants import SECOND, micros


def comes_at(commit: Commit) -> int:
    """When the round of a commit comes, in seconds."""
    return micros(time_of(commit.beacon_round)) // SECOND


def check_signatures(bundle: Bundle, commit: Commit, known: str | None = None) -> Iterator[Check]:
    """Every record of the log against the key that it counts under, and that key against the one a viewer knows."""
    if commit.operator_key is None:
        yield Check("signature", None, "The commit names no key of the operator; the code alone fixes it.")
        if known is not None:
            yield Check("key", "key_differs", "The commit names no key, and so not the one that you know.")
        return
    if bundle.signatures is None:
        yield Check("signature", "operator_signature_missing", "The file has no signatures of its records.")
        return
    used, about = dict[str, int](), set[str]()
    for record, keys, signature in zip(bundle.log, keys_of(bundle.log), bundle.signatures, strict=True):
        if not keys:
            said = f"Record {record.seq} is signed by nobody: its draw's commit names no key."
            yield Check("signature", "operator_signature_missing", said)
            return
        fit = (key for key in keys if is_signed(bytes.fromhex(key), record, bytes.fromhex(signature)))
        key = next(fit, None)
        if key is None:
            said = f"The operator's signature of record {record.seq} does not hold."
            yield Check("signature", "operator_signature_wrong", said)
            return
        used[key] = used.get(key, 0) + 1
        if is_of(record.draw_id, bundle.draw_id):
            about.add(key)
    by = listed([f"{key} ({count})" for key, count in used.items()]) if len(used) > 1 else commit.operator_key
    which = "keys" if len(used) > 1 else "key"
    yield Check("signature", None, f"All {len(bundle.log)} records of the log are signed, with the {which} {by}.")
    yield _check_key(bundle.log, commit.operator_key, about, known)


def keys_of(log: Sequence[AnyRecord]) -> Iterator[Sequence[str]]:
    """The keys that each record of a log counts under: the one that its own draw's commit names, and no other.

    A draw that is put off before its commit may be so under the key of the commit before.
    """
    commits = [one for one in log if isinstance(one, Commit)]
    own = {one.draw_id: one.operator_key for one in reversed(commits)}
    before = next((one.operator_key for one in commits), None)
    for record in log:
        named = own.get(record.draw_id)
        if isinstance(record, Commit):
            before = named = record.operator_key
        fit = [named, before] if isinstance(record, Postponed) else [named]
        yield [key for key in dict.fromkeys(fit) if key is not None]


def _check_key(log: Sequence[AnyRecord], key: str, about: Collection[str], known: str | None) -> Check:
    """Whether a draw's key is the one that a viewer knows, or the operator had one key all along."""
    named = [(one.seq, one.operator_key) for one in log if isinstance(one, Commit)]
    changed = [str(seq) for (_, before), (seq, after) in pairwise(named) if after != before]
    if known is not None and known != key:
        return Check(
            "key", "key_differs", f"The draw is signed with the key {key}, and not with the one that you know."
        )
    if known is not None and set(about) == {known}:
        return Check("key", None, "All records about this are signed with the key that you know.")
    if changed:
        said = (
            f"The key is another since record {listed(changed)}, and no record can show that the operator changed it. "
            "Ask him which one is his, and check with that one."
        )
        return Check("key", "key_changed", said)
    said = "The operator has had one key since the log began. Compare it with the one that you know."
    return Check("key", None, said)


def check_rules(bundle: Bundle, commit: Commit) -> Iterator[Check]:
    """The text of the rules against the commit, and the commit's round against the one that was named before."""
    told = numbers_in(bundle.rules)
    if bundle.rules is not None:
        same = rules_hash(bundle.rules) == commit.rules_sha256
        winners = told.get("winners", commit.winners)
        # A supplement draws for those prizes alone that nobody is left to have.
        fits = commit.winners == winners if commit.supplement_of is None else commit.winners <= winners
        kept = fits and told.get("alternates", commit.alternates) == commit.alternates
        if not same:
            yield Check("rules", "rules_differ", "The rules in the file are not the ones that were promised.")
        elif not kept:
            yield Check("rules", "rules_broken", "The rules in the file speak of other numbers of winners.")
        else:
            yield Check("rules", None, "The rules in the file are the ones that were promised.")
    moved = [one.beacon_round for one in bundle.log if isinstance(one, Postponed) and one.draw_id == bundle.draw_id]
    named = moved[-1] if moved else told.get("beacon_round")
    if named is None:
        return
    wanted = commit.beacon_round
    if named == wanted:
        yield Check("named", None, f"Round {wanted} was named in public before, and no other after it.")
    else:
        said = f"Round {named} was named last in public, and round {wanted} was promised without saying why."
        yield Check("named", "round_unannounced", said)


@dataclass(slots=True, kw_only=True)
class Other:
    """Another draw of the same raffle or giveaway; what came of it."""

    commit: Commit
    is_drawn: bool = False
    given_up: int | None = None

    @property
    def is_given_up_in_time(self) -> bool:
        """Whether it was given up before its round."""
        return self.given_up is not None and self.given_up < comes_at(self.commit)

    def __str__(self) -> str:
        name = f"{self.commit.draw_id} (round {self.commit.beacon_round}, "
        if self.given_up is not None:
            after = self.given_up - comes_at(self.commit)
            return f"{name}given up {abs(after)} seconds {'after' if after >= 0 else 'before'} it)"
        return f"{name}{'drawn' if self.is_drawn else 'neither drawn nor given up'})"


def others(log: Sequence[AnyRecord], draw_id: str) -> list[Other]:
    """The other promised draws of what a draw is of, first things first."""
    found: dict[str, Other] = {}
    for one in log:
        if one.draw_id == draw_id or not is_of(one.draw_id, draw_id):
            continue
        if isinstance(one, Commit):
            found.setdefault(one.draw_id, Other(commit=one))
        elif isinstance(one, Result | Void) and one.draw_id in found:
            other = found[one.draw_id]
            other.is_drawn |= isinstance(one, Result)
            other.given_up = one.created_at if isinstance(one, Void) else other.given_up
    return list(found.values())


def check_others(log: Sequence[AnyRecord], commit: Commit) -> Iterator[Check]:
    """Whether the same was drawn before or after, when somebody could choose what he likes; tests may be repeated."""
    if commit.env == "test":
        return
    found = others(log, commit.draw_id)
    adding = {name for name, check in supplements(log, commit.draw_id).items() if check.fault is None}
    line = line_of(log, commit)

    def is_harmless(one: Other) -> bool:
        adds = one.given_up is None and (one.commit.draw_id in line or one.commit.draw_id in adding)
        return adds or one.is_given_up_in_time

    harmful = [str(one) for one in found if not is_harmless(one)]
    if harmful:
        yield Check("again", "drawn_again", f"The same was promised another time: {listed(harmful)}.")
    elif found:
        said = f"Other draws of the same leave this one as it is: {listed([str(one) for one in found])}."
        yield Check("again", None, said)
    elif NUMBERED.fullmatch(commit.draw_id):
        yield Check("again", None, "The log has no other draw of the same.")
