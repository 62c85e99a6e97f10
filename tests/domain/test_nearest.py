"""Finding what is nearest gives what comparing everything with everything gives."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from server.domain.happenings.nearest import Nearest, Span, apart, couples

stretches = st.builds(lambda at, long: (at, at + long), st.integers(0, 60), st.sampled_from((0, 0, 1, 7, 40)))


@given(st.lists(stretches, max_size=20), st.lists(stretches, max_size=20))
def test_the_nearest_is_found_and_taken_out(kept: list[Span], asked: list[Span]) -> None:
    nearest, left = Nearest(), dict(enumerate(kept))
    for number, stretch in left.items():
        nearest.put(number, stretch)
    for one in asked:
        found = [(apart(one, other), abs(one[0] - other[0]), number) for number, other in left.items()]
        assert nearest.to(one) == min(found, default=None)
        if found:
            _, _, number = min(found)
            nearest.take(number)
            del left[number]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 9), st.booleans()), max_size=20), st.integers(0, 60))
def test_couples_are_the_nearest_two_again_and_again(drawn: list[tuple[int, int, bool]], within: int) -> None:
    ends = list(accumulate(gap + long for gap, long, _ in drawn))
    spans = [(end - long, end) for end, (_, long, _) in zip(ends, drawn, strict=True)]
    sorts = [is_one for _, _, is_one in drawn]
    pairs = sorted(
        (apart(span, other), one, far)
        for one, span in enumerate(spans)
        for far, other in enumerate(spans)
        if sorts[one] and not sorts[far] and apart(span, other) < within
    )
    wanted: dict[int, int] = {}
    for _, one, far in pairs:
        if one not in wanted and far not in wanted.values():
            wanted[one] = far
    assert couples(spans, sorts, within) == wanted
