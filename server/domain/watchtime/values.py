"""The facts and the settings that watch time is computed from."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter

from server.domain.instants import SECOND

# Whole microseconds, so that sums are exact: either a length, or an instant counted from the epoch in UTC.
Micros = int

# Later than any instant that fits a 64-bit column.
FOREVER: Micros = 2**63

# A tally keeps this many texts whatever the rules of the day ask for, so that asking for more later needs no rereading.
REPEATS_MAX = 5


@dataclass(frozen=True, slots=True)
class Message:
    """Something an account wrote in a channel's chat at `at`; `digest` is a keyed digest of the normalised text."""

    at: Micros
    account: int
    channel: int
    digest: int


@dataclass(frozen=True, slots=True)
class Live:
    """A channel was live during `[starts, ends)`; `ends` is None while nobody told an end."""

    stream: int
    channel: int
    starts: Micros
    ends: Micros | None = None

    @property
    def until(self) -> Micros:
        """The end for comparisons: an open stream lasts for ever."""
        return FOREVER if self.ends is None else self.ends


def settle_lives(lives: Iterable[Live]) -> list[Live]:
    """Return the streams such that a channel has one at a time, sorted by channel and start.

    A stream ends no later than the next one of its channel starts, so an end that was never told is the next start and
    only the last stream may stay open. A stream that then lasted no time is left out. The order given does not matter,
    and settling twice changes nothing.
    """
    settled: list[Live] = []
    ordered = sorted(set(lives), key=lambda live: (live.channel, live.starts, live.stream, live.until))
    for _, of_channel in groupby(ordered, key=attrgetter("channel")):
        streams = list(of_channel)
        settled += [_clipped(live, following.starts) for live, following in pairwise(streams)]
        settled.append(streams[-1])
    return [live for live in settled if live.starts < live.until]


def _clipped(live: Live, latest: Micros) -> Live:
    return Live(live.stream, live.channel, live.starts, min(live.until, latest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A community's settings of watch time while one version of them is in force.

    `window`: how long one message is worth. `repeats`: how many of the account's previous messages a new one must
    differ from. `quorum`: how many accounts must be active in a minute for it to count. `daily_cap`: the most a viewer
    earns in a local day. `tracking`: whether anything is earned at all. `excluded`: accounts that never earn, such as
    bots. Values outside these meanings raise ValueError.
    """

    window: Micros = 300 * SECOND
    repeats: int = 3
    quorum: int = 1
    daily_cap: Micros | None = None
    tracking: bool = True
    excluded: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"A window lasts at least one microsecond, not {self.window}.")
        if not 0 <= self.repeats <= REPEATS_MAX:
            raise ValueError(f"A message is compared with 0 to {REPEATS_MAX} previous ones, not {self.repeats}.")
        if self.quorum < 1:
            raise ValueError(f"A quorum is at least one account, not {self.quorum}.")
        if self.daily_cap is not None and self.daily_cap < 0:
            raise ValueError(f"A daily cap is not negative, unlike {self.daily_cap}.")


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every version of a community's rules with the instant it came into force, oldest first.

    No versions, or versions out of order, raise ValueError.
    """

    versions: tuple[tuple[Micros, Rules], ...]

    def __post_init__(self) -> None:
        if not self.versions:
            raise ValueError("A rule book needs at least one version.")
        if any(earlier >= later for (earlier, _), (later, _) in pairwise(self.versions)):
            raise ValueError("The versions of a rule book must be in the order in which they came into force.")

    def at(self, instant: Micros) -> Rules:
        """Return the rules in force at `instant`; before the first version the first applies."""
        newest_from, newest = self.versions[-1]
        if instant >= newest_from:
            return newest
        following = bisect_right(self.versions, instant, key=itemgetter(0))
        return self.versions[max(following - 1, 0)][1]

    @property
    def longest_window(self) -> Micros:
        """How long before a stream's start a message may lie that is worth something in it."""
        return max(rules.window for _, rules in self.versions)

    @property
    def asks_quorum(self) -> bool:
        """Whether in some version a viewer's watch time depends on other viewers."""
        return any(rules.quorum > 1 for _, rules in self.versions)

    @property
    def caps_days(self) -> bool:
        """Whether in some version a viewer's day has a most."""
        return any(rules.daily_cap is not None for _, rules in self.versions)
