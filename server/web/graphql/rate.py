"""How much every caller may ask for: points that run out with what operations cost and come back with time."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.ports import Clock

PER_MINUTE = 300_000
CALLERS_MAX = 10_000
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left after an operation, or would need for it.

    `missing_s` is how long the caller has to wait for the points that the operation lacks, 0 when it may begin.
    """

    cost: int
    limit: int
    remaining: int
    reset_at: datetime
    missing_s: float = 0.0


@dataclass(slots=True)
class Bucket:
    """The points of one caller at an instant of the monotonic clock."""

    points: float
    at_s: float


class Rates:
    """A bucket of points for every caller; full again after a minute in which nothing was asked.

    Only the most recent ten thousand callers are remembered. Who is forgotten begins with a full bucket, so whoever
    wants to be forgotten needs as many tokens.
    """

    def __init__(self, clock: Clock, *, per_minute: int = PER_MINUTE, callers_max: int = CALLERS_MAX) -> None:
        self._clock = clock
        self._limit = per_minute
        self._per_second = per_minute / MINUTE_S
        self._callers_max = callers_max
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def spend(self, caller: str, cost: int) -> Allowance:
        """Take the points of an operation, if the caller has them; otherwise take none and tell how long to wait."""
        bucket = self._filled(caller)
        missing = min(cost, self._limit) - bucket.points
        if missing <= 0:
            bucket.points -= cost
        return Allowance(
            cost=cost,
            limit=self._limit,
            remaining=max(0, math.floor(bucket.points)),
            reset_at=self._clock.now() + timedelta(seconds=(self._limit - bucket.points) / self._per_second),
            missing_s=max(0.0, missing / self._per_second),
        )

    def _filled(self, caller: str) -> Bucket:
        now_s = self._clock.monotonic()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(self._limit, now_s)
            if len(self._buckets) > self._callers_max:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(caller)
            bucket.points = min(self._limit, bucket.points + (now_s - bucket.at_s) * self._per_second)
            bucket.at_s = now_s
        return bucket
