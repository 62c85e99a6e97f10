"""Buckets of one process."""

from collections import OrderedDict

from server.domain.limits import Bucket, Limit, Taken
from server.ports import Clock

BUCKETS_MAX = 10_000


class MemoryLimiter:
    """A `ports.Limiter` in process.

    Of each limit only the most recent ten thousand buckets are remembered. Who is forgotten begins with a full one, so
    whoever wants to be forgotten needs as many tokens or addresses. A flood on one limit forgets nobody of another.
    """

    __slots__ = ("_buckets", "_buckets_max", "_clock")

    def __init__(self, clock: Clock, *, buckets_max: int = BUCKETS_MAX) -> None:
        self._clock = clock
        self._buckets_max = buckets_max
        self._buckets: dict[str, OrderedDict[str, Bucket]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    async def take(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take at once; there is nobody to ask."""
        return self.take_now(key, cost, limit)

    def take_now(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take from a bucket if it holds enough."""
        return self._filled(key, limit).take(cost, limit)

    def look(self, key: str, limit: Limit) -> Taken:
        """What taking one would say; a bucket that nobody took from is not made for it."""
        buckets = self._buckets.get(limit.name)
        bucket = None if buckets is None else buckets.get(key)
        if bucket is None:
            return Taken(limit.capacity)
        bucket.fill(limit, self._clock.monotonic())
        return Bucket(bucket.level, bucket.at_s).take(1, limit)

    def put(self, key: str, level: float, limit: Limit) -> None:
        """Learn from elsewhere what a bucket holds now."""
        self._filled(key, limit).level = level

    def _filled(self, key: str, limit: Limit) -> Bucket:
        now_s = self._clock.monotonic()
        buckets = self._buckets.get(limit.name)
        if buckets is None:
            buckets = self._buckets[limit.name] = OrderedDict()
        bucket = buckets.get(key)
        if bucket is None:
            bucket = buckets[key] = Bucket(limit.capacity, now_s)
            if len(buckets) > self._buckets_max:
                buckets.popitem(last=False)
        else:
            buckets.move_to_end(key)
            bucket.fill(limit, now_s)
        return bucket
