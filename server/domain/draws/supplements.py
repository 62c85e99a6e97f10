"""Further draws for prizes that nobody is left to have: what the log says of whether there were such."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.domain.draws.checks import Check
from server.domain.draws.records import AnyRecord, Commit, Pass, Result, Void, is_of


@dataclass(slots=True, kw_only=True)
class Told:
    """What a log has told of a draw so far; `prizes` is how many there are to win in it and in those it supplements."""

    commit: Commit
    prizes: int
    drawn: Sequence[Sequence[int]] | None = None
    passed: set[int] = field(default_factory=set[int])
    is_void: bool = False

    def take(self, record: AnyRecord) -> None:
        """Take the next record of the draw."""
        if isinstance(record, Result):
            self.drawn = record.drawn
        elif isinstance(record, Pass):
            self.passed.add(record.position)
        elif isinstance(record, Void):
            self.is_void = True

    @property
    def kept(self) -> int:
        """How many prizes somebody has, or may have yet."""
        if self.is_void:
            return 0
        if self.drawn is None:
            return self.commit.winners
        return min(self.commit.winners, max(0, len(self.drawn) - len(self.passed)))


def supplements(log: Sequence[AnyRecord], draw_id: str) -> dict[str, Check]:
    """What the log says of each supplement among the draws of what a draw is of, at the time of its promise, by id."""
    told: dict[str, Told] = {}
    found: dict[str, Check] = {}
    kept = 0
    for one in log:
        if not is_of(one.draw_id, draw_id):
            continue
        draw = told.get(one.draw_id)
        if isinstance(one, Commit) and draw is None:
            earlier = told.get(one.supplement_of or "")
            if one.supplement_of is not None:
                found[one.draw_id] = _checked(one, earlier, kept)
            told[one.draw_id] = Told(commit=one, prizes=one.winners if earlier is None else earlier.prizes)
            kept += one.winners
        elif draw is not None:
            kept -= draw.kept
            draw.take(one)
            kept += draw.kept
    return found


def _checked(commit: Commit, earlier: Told | None, kept: int) -> Check:
    """Whether a draw may supplement an earlier one, while so many prizes are kept."""
    name = commit.supplement_of
    if earlier is None or earlier.drawn is None or earlier.is_void:
        said = f"It supplements {name}, of which the log has no result before."
        return Check("supplement", "supplement_of_nothing", said)
    lacking = max(0, earlier.prizes - kept)
    if commit.winners > lacking:
        said = f"It draws {commit.winners} more, while {lacking} of {earlier.prizes} prizes had nobody left."
        return Check("supplement", "supplement_unneeded", said)
    out = len({place for _, _, place in earlier.drawn})
    listed = earlier.commit
    more = listed.entries_count - out - commit.entries_count
    same = commit.entries_count + commit.excluded_count == listed.entries_count + listed.excluded_count
    if not same or more < 0 or commit.tickets_total > listed.tickets_total - out:
        said = f"Its list cannot be the one of {name} without the {out} who were drawn there."
        return Check("supplement", "supplement_list_differs", said)
    others = f", and without {more} more, whom its list of those left out names" if more else ""
    said = (
        f"It draws for {commit.winners} of {earlier.prizes} prizes that nobody was left to have. Its list has as many "
        f"entries as the one of {name} without the {out} who were drawn there{others}."
    )
    return Check("supplement", None, said)


def check_supplement(log: Sequence[AnyRecord], commit: Commit) -> Iterator[Check]:
    """Whether a draw that supplements another may."""
    if commit.supplement_of is not None:
        yield supplements(log, commit.draw_id)[commit.draw_id]


def line_of(log: Sequence[AnyRecord], commit: Commit) -> frozenset[str]:
    """The draws that a draw supplements, the one before and those before that."""
    before = {one.draw_id: one.supplement_of for one in reversed(log) if isinstance(one, Commit)}
    line: set[str] = set()
    name = commit.supplement_of
    while name is not None and name not in line:
        line.add(name)
        name = before.get(name)
    return frozenset(line)
