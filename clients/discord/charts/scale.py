"""Where the lines behind columns are: at round figures, so few that each can be read."""

from collections.abc import Callable
from itertools import count

MINUTE_S, HOUR_S = 60, 3_600
LINES_MAX = 4
TIMES_S = (
    *(many * MINUTE_S for many in (1, 2, 5, 10, 15, 30)),
    *(many * HOUR_S for many in (1, 2, 3, 4, 6, 8, 12, 24)),
)


def lines(most: int, steps: Callable[[int], int], told: Callable[[int], str]) -> list[tuple[int, str]]:
    """Lines from nothing to the first that is not below `most`; `steps` gives the step by its number, ever larger."""
    step = next(one for one in map(steps, count()) if most <= one * LINES_MAX)
    return [(at, told(at)) for at in range(0, -(-most // step) * step + 1, step)]


def of_time(number: int) -> int:
    """Steps of minutes and hours; beyond a day, ever twice as long."""
    return TIMES_S[number] if number < len(TIMES_S) else TIMES_S[-1] << (number - len(TIMES_S) + 1)


def of_counts(number: int) -> int:
    """1, 2, 5, 10, 20, 50 and so on."""
    return (1, 2, 5)[number % 3] * 10 ** (number // 3)
