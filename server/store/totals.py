"""What a community adds up to within a span of time: subscriptions, KICKs and watch time."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.raffle.periods import PeriodSpan
from server.ports import Reader, Tx
from server.store import feed

KEPT_MAX = 1_000
HAPPENED = (
    "SELECT CAST(COALESCE(sum(CASE WHEN kind = 'kicks' THEN 0 ELSE amount END), 0) AS BIGINT) AS subs, "
    "CAST(COALESCE(sum(CASE WHEN kind = 'kicks' THEN amount ELSE 0 END), 0) AS BIGINT) AS kicks FROM happening "
    "WHERE community_id = $1 AND at >= $2 AND at < $3 AND state = 'told' AND amount > 0"
)
WATCHED = (
    "SELECT CAST(COALESCE(sum(w.total_us), 0) AS BIGINT) AS total_us FROM watch_total w "
    "JOIN stream s ON s.id = w.stream_id WHERE w.community_id = $1 AND s.started_at >= $2 AND s.started_at < $3"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many subscriptions and KICKs there were, and how much was watched, in microseconds."""

    subs: int
    kicks: int
    watched_us: int


async def move_watched(tx: Tx, community_id: int, gains: Mapping[int, int]) -> None:
    """Move what was watched of streams by differences in microseconds, by stream."""
    moved = {stream: gain for stream, gain in sorted(gains.items()) if gain}
    if not moved:
        return
    await tx.bulk(
        "INSERT INTO watch_total (community_id, stream_id, total_us) SELECT {p1}, r.stream_id, r.total_us FROM r "
        "WHERE TRUE ON CONFLICT (community_id, stream_id) DO UPDATE SET "
        "total_us = watch_total.total_us + excluded.total_us",
        {"stream_id": ("bigint", list(moved)), "total_us": ("bigint", list(moved.values()))},
        community_id,
    )


async def within(reader: Reader, community_id: int, span: PeriodSpan) -> Totals:
    """What happened within a span, and what was watched of streams that began in it."""
    [happened] = await reader.fetch(HAPPENED, community_id, span.starts, span.ends)
    [watched] = await reader.fetch(WATCHED, community_id, span.starts, span.ends)
    return Totals(subs=happened["subs"], kicks=happened["kicks"], watched_us=watched["total_us"])


@dataclass(slots=True)
class Asked:
    """One question, and its answer as soon as somebody has it."""

    answering: asyncio.Lock = field(default_factory=asyncio.Lock)
    answer: Totals | None = None


@dataclass(slots=True)
class SharedTotals:
    """Totals, added up once for all who ask between two changes of a community."""

    _kept: OrderedDict[tuple[int, PeriodSpan, int], Asked] = field(
        default_factory=OrderedDict[tuple[int, PeriodSpan, int], Asked]
    )

    async def within(self, reader: Reader, community_id: int, span: PeriodSpan) -> Totals:
        """What `within` says, as of the newest change or later."""
        # The head is asked for first: what is read after it is no older than what it stands for.
        key = (community_id, span, await feed.head(reader, community_id))
        asked = self._kept.setdefault(key, Asked())
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        async with asked.answering:
            if asked.answer is None:
                asked.answer = await within(reader, community_id, span)
            return asked.answer
