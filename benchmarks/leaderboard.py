"""The leaderboard of a very large community: its top, and where one viewer stands."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from benchmarks import community, raw_board
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_least, at_most, at_most_above, quantile
from benchmarks.processes import started
from clients.simulator.signing import SigningKey
from server.app import assembled
from server.store import leaderboards
from server.system import SystemClock

PAGE = 50
COMMUNITY_ID = 1
TOP = """
query Top($slug: String!, $first: Int!) {
  community(slug: $slug) { leaderboard(first: $first) { nodes { rank seconds viewerId account { name } } } }
}
"""
RANK = """
query Rank($slug: String!, $platformId: String!) {
  community(slug: $slug) { viewerOfAccount(platform: KICK, platformId: $platformId) { rank } }
}
"""

Question = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """How long the same question took, in milliseconds, ours and bare in turns."""

    ours: list[float]
    bare: list[float]


async def in_turns(ours: Question, bare: Question, times: int) -> Asked:
    """Ask both `times` times, after asking each twice for nothing."""
    asked = Asked([], [])
    for number in range(times + 2):
        for question, took in ((ours, asked.ours), (bare, asked.bare)):
            started_at = time.perf_counter()
            await question()
            if number >= 2:
                took.append((time.perf_counter() - started_at) * 1000)
    return asked


@dataclass(frozen=True, slots=True)
class Crowd:
    """The community that is asked about, with a bare connection to its database."""

    url: str
    board: raw_board.Board
    viewers: int
    times: int

    @property
    def middle(self) -> int:
        """The viewer whose rank is asked."""
        return self.viewers // 2

    def bare_top(self) -> Awaitable[Sequence[Any]]:
        """The top page in plain SQL."""
        return self.board.rows(raw_board.TOP, COMMUNITY_ID, PAGE)

    def bare_ahead(self, watch_us: int) -> Awaitable[Sequence[Any]]:
        """How many stand before the viewer in the middle, in plain SQL."""
        return self.board.rows(raw_board.AHEAD, COMMUNITY_ID, watch_us, self.middle)


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """The top and the rank in the middle, through the store and through the graph, against plain SQL."""
    viewers, times = (100_000, 30) if quick else (1_000_000, 100)
    async with community.inhabited(engine, SystemClock().now()) as url:
        await raw_board.populate(url, COMMUNITY_ID, viewers)
        await tidy(url)
        async with raw_board.opened(url) as board:
            crowd = Crowd(url, board, viewers, times)
            top, rank = await through_store(crowd)
            top_told, rank_told = await through_graph(crowd, folder)
    of = f"of {viewers:,}, {engine.name}"
    rates = [[1000 / took for took in one] for one in (rank.ours, rank.bare)]
    return [
        at_most_above(f"top {PAGE} {of}", "ms", median(top.ours), median(top.bare), excess_max=5),
        at_most_above("  through GraphQL", "ms", median(top_told.ours), median(top_told.bare), excess_max=5),
        Result(name="  through GraphQL, p99", unit="ms", ours=quantile(top_told.ours, 0.99)),
        at_least(f"rank in the middle {of}", "/s", *rates, share_min=0.7),
        at_most("  p99", "ms", quantile(rank.ours, 0.99), 100, limit=quantile(rank.bare, 0.99)),
        at_most("  through GraphQL, p99", "ms", quantile(rank_told.ours, 0.99), 100),
    ]


async def through_store(crowd: Crowd) -> tuple[Asked, Asked]:
    """The top page and a rank, asked of the store; the answers must be those of plain SQL."""
    async with assembled(community.settings_for(crowd.url)) as server:
        reader = server.database.reader
        standing = await leaderboards.standing_of(reader(), COMMUNITY_ID, crowd.middle)
        assert standing is not None
        place = standing.place
        first = await leaderboards.below(reader(), COMMUNITY_ID, None, PAGE)
        assert [one.viewer_id for one in first] == [row[0] for row in await crowd.bare_top()], "the same top"
        [[ahead]] = await crowd.bare_ahead(standing.watch_us)
        assert await leaderboards.rank_of(reader(), COMMUNITY_ID, place) == ahead + 1, "the same rank"
        top = await in_turns(
            lambda: leaderboards.below(reader(), COMMUNITY_ID, None, PAGE), crowd.bare_top, crowd.times
        )
        rank = await in_turns(
            lambda: leaderboards.rank_of(reader(), COMMUNITY_ID, place),
            lambda: crowd.bare_ahead(standing.watch_us),
            crowd.times,
        )
        return top, rank


async def through_graph(crowd: Crowd, folder: Path) -> tuple[Asked, Asked]:
    """The same over HTTP, asked of a server in a process of its own."""
    key_file = folder / "unused.pem"
    key_file.write_text(SigningKey.generate().public_pem, encoding="ascii")
    async with assembled(community.settings_for(crowd.url)) as server:
        token = server.tokens.mint("admin")
    [[watch_us]] = await crowd.board.rows("SELECT watch_us FROM viewer WHERE id = $1", crowd.middle)
    account = str(raw_board.FIRST_ACCOUNT + crowd.middle)
    async with (
        started(community.serve, crowd.url, key_file) as port,
        ClientSession(headers={"Authorization": f"Bearer {token}"}, timeout=ClientTimeout(total=30)) as session,
    ):
        ask = partial(asked_of, session, f"http://127.0.0.1:{port}/graphql")
        shown = await ask(TOP, first=PAGE)
        assert len(shown["leaderboard"]["nodes"]) == PAGE
        top = await in_turns(lambda: ask(TOP, first=PAGE), crowd.bare_top, crowd.times)
        rank = await in_turns(lambda: ask(RANK, platformId=account), lambda: crowd.bare_ahead(watch_us), crowd.times)
        return top, rank


async def asked_of(session: ClientSession, url: str, document: str, **variables: Any) -> Mapping[str, Any]:
    """What an operation tells about the community; anything but an answer without errors fails the run."""
    body = {"query": document, "variables": {"slug": community.SLUG, **variables}}
    async with session.post(url, json=body) as answer:
        told = await answer.json()
    assert answer.status == 200, told
    assert "errors" not in told, told
    return told["data"]["community"]
