"""The board of a raffle with very many entrants: its top, a page in the middle, and where one viewer stands."""

from collections.abc import Awaitable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import community, raw_board
from benchmarks.draws import PERIOD, RULES
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_least, at_most, at_most_above, quantile
from benchmarks.leaderboard import in_turns
from server.app import assembled
from server.store.raffle import board
from server.system import SystemClock

PAGE = 50
STANDINGS = (
    "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) "
    "SELECT 1, 1, i, 1 + i * 7919 % 1000003 FROM {numbers}"
)
AFTER = (
    "SELECT s.viewer_id, s.tickets, a.platform, a.external_id, a.name FROM ticket_standing s "
    "JOIN viewer v ON v.id = s.viewer_id JOIN account a ON a.id = v.face WHERE s.period_id = 1 AND s.tickets <= $1 "
    "AND (s.tickets < $1 OR s.viewer_id > $2) AND s.tickets > 0 ORDER BY s.tickets DESC, s.viewer_id LIMIT $3"
)
HALF_WAY = "SELECT tickets, viewer_id FROM ticket_standing ORDER BY tickets DESC, viewer_id LIMIT 1 OFFSET $1"
AHEAD = (
    "SELECT count(*) FROM ticket_standing WHERE period_id = 1 AND tickets >= $1 AND (tickets > $1 OR viewer_id < $2)"
)


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Each question asked of the store, in turns with plain SQL on a connection of its own."""
    many, times = (100_000, 30) if quick else (1_000_000, 50)
    async with community.inhabited(engine, SystemClock().now()) as url:
        await populate(url, many)
        await tidy(url)
        async with raw_board.opened(url) as bare, assembled(community.settings_for(url)) as server:
            [[tickets, viewer]] = await bare.rows(HALF_WAY, many // 2)
            middle = (tickets, viewer)

            async def bare_middle() -> Sequence[Any]:
                await bare.rows(AHEAD, *middle)
                return await bare.rows(AFTER, *middle, PAGE)

            def ours(place: board.Place | None) -> Awaitable[tuple[int, Sequence[board.TicketStanding]]]:
                return board.page(server.database.reader(), 1, place, PAGE)

            rank, page = await ours(middle)
            [[ahead]] = await bare.rows(AHEAD, *middle)
            assert rank == ahead + 2, "the first on the page is the next after the viewer in the middle"
            assert [one.viewer_id for one in page] == [row[0] for row in await bare.rows(AFTER, *middle, PAGE)]
            top = await in_turns(partial(ours, None), lambda: bare.rows(AFTER, *board.TOP, PAGE), times)
            deep = await in_turns(partial(ours, middle), bare_middle, times)
            own = await in_turns(
                lambda: board.rank_of(server.database.reader(), 1, middle), lambda: bare.rows(AHEAD, *middle), times
            )
    rates = [[[1000 / took for took in one] for one in (asked.ours, asked.bare)] for asked in (deep, own)]
    return [
        at_most_above(f"board of {many:,}, {engine.name}", "ms", median(top.ours), median(top.bare), excess_max=5),
        at_least("  page in the middle, with its rank", "/s", *rates[0], share_min=0.7),
        at_least("  own rank in the middle", "/s", *rates[1], share_min=0.7),
        at_most("  p99 of it", "ms", quantile(own.ours, 0.99), 100, limit=quantile(own.bare, 0.99)),
    ]


async def populate(url: str, many: int) -> None:
    """Give `many` viewers tickets, spread evenly, in one raffle."""
    await raw_board.populate(url, 1, many)
    numbers = raw_board.NUMBERS_SQLITE if url.startswith("sqlite://") else raw_board.NUMBERS_POSTGRES
    async with raw_board.opened(url) as bare:
        await bare.rows(PERIOD.format(rules=RULES, hash="00" * 32))
        await bare.rows(STANDINGS.format(numbers=numbers.format(many=many)))
