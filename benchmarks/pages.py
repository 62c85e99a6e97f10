"""Pages of the leaderboard at varying places, with permissions and limits on: registered, free-form, and plain."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import asking, community, raw_board, raw_pages
from benchmarks.asking import Line, post
from benchmarks.engines import Engine, tidy
from benchmarks.generator import Report
from benchmarks.harness import Result, at_least
from benchmarks.processes import SPAWN, started
from clients.simulator.signing import SigningKey
from server.app import assembled
from server.resolvers.leaderboards import BEST_FIRST
from server.running import EVERYTHING
from server.system import SystemClock
from server.web.graphql.documents import Documents, registered

COMMUNITY_ID = 1
PAGE = 50
VIEWERS = 2_000
CONNECTIONS = 16
TOKENS = 200
"""So many callers share the pages, as no single one is given this many points a minute."""

FREE_FORM = """
query Board($slug: String!, $n: Int!, $from: String) {
  community(slug: $slug) {
    id
    name
    leaderboard(first: $n, after: $from) {
      edges { cursor node { rank seconds viewerId account { platform platformId name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

Place = tuple[int, int]
Request = Callable[[Place, str], bytes]


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who serves pages, and how he is asked for one."""

    port: int
    request: Request
    reports: list[Report]

    @property
    def rates(self) -> list[float]:
        """Pages a second of every round."""
        return [report.rate for report in self.reports]


def trusted_request(documents: Documents) -> Request:
    """A page by the id of its document."""
    [document] = [one for one in documents if one.name == "LeaderboardPage"]

    def request(place: Place, token: str) -> bytes:
        variables = {"community": community.SLUG, "first": PAGE, "after": BEST_FIRST.cursor(*place)}
        return post({"documentId": document.id, "variables": variables}, token)

    return request


def free_request(place: Place, token: str) -> bytes:
    """A page by a text of the client's own."""
    variables = {"slug": community.SLUG, "n": PAGE, "from": BEST_FIRST.cursor(*place)}
    return post({"query": FREE_FORM, "variables": variables}, token)


def bare_request(place: Place, _: str) -> bytes:
    """A page of the bare handler."""
    return post({"community": community.SLUG, "first": PAGE, "place": place}, path="/pages")


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """All contenders in turns, a round each, until all rounds are through."""
    rounds, many = (3, 400) if quick else (5, 2_000)
    key_file = folder / "pages.pem"
    key_file.write_text(SigningKey.generate().public_pem, encoding="ascii")
    async with AsyncExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(1, mp_context=SPAWN))
        mine, other = [await stack.enter_async_context(community.inhabited(engine, SystemClock().now())) for _ in "ab"]
        for url in (mine, other):
            await raw_board.populate(url, COMMUNITY_ID, VIEWERS)
            await tidy(url)
        async with assembled(community.settings_for(mine)) as server:
            tokens = [server.tokens.mint("admin") for _ in range(TOKENS)]
            documents = registered(server.schema)
        async with raw_board.opened(mine) as board:
            places = [(row[1], row[0]) for row in await board.rows(raw_board.TOP, COMMUNITY_ID, VIEWERS - PAGE)]
        ours = await stack.enter_async_context(started(community.serve, mine, key_file, EVERYTHING))
        contenders = [
            Contender(ours, trusted_request(documents), []),
            Contender(ours, free_request, []),
            Contender(await stack.enter_async_context(started(raw_pages.serve_bare, mine)), bare_request, []),
            Contender(await stack.enter_async_context(started(raw_pages.serve_plain, other)), free_request, []),
        ]
        await agree(contenders, places[7], tokens[0])
        await compete(pool, contenders, places, tokens, rounds=rounds, many=many)
    trusted, free, bare, plain = contenders
    name = f"pages of {PAGE}, {engine.name}"
    return [
        at_least(f"{name}, registered", "/s", trusted.rates, bare.rates, share_min=0.40),
        at_least(f"{name}, free-form", "/s", free.rates, bare.rates, share_min=0.10),
        Result(name="  plain Strawberry", unit="/s", ours=sorted(plain.rates)[rounds // 2]),
        Result(name="  p99 of a registered one", unit="ms", ours=p99_of(trusted), limit=p99_of(bare)),
        Result(name="  the load generator's share of a core", unit="", ours=bare.reports[-1].processor_share),
    ]


async def agree(contenders: Sequence[Contender], place: Place, token: str) -> None:
    """Fail where anybody shows other viewers than the others, or lets in whom he should not."""
    shown: list[Any] = []
    for one in contenders:
        line = await Line.to(one.port)
        answer = await line.ask(one.request(place, token))
        asking.good(answer)
        edges = answer.json()["data"]["community"]["leaderboard"]["edges"]
        shown.append(
            [(edge["node"]["rank"], edge["node"]["seconds"], edge["node"]["account"]["name"]) for edge in edges]
        )
        line.close()
    assert len(shown[0]) == PAGE
    assert all(one == shown[0] for one in shown)
    line = await Line.to(contenders[0].port)
    assert b"token_invalid" in (await line.ask(contenders[0].request(place, "nobody"))).body
    line.close()


async def compete(
    pool: ProcessPoolExecutor,
    contenders: Sequence[Contender],
    places: Sequence[Place],
    tokens: Sequence[str],
    *,
    rounds: int,
    many: int,
) -> None:
    """Ask everybody for as many pages in every round, after one that does not count; no two the same in a round."""
    loop = asyncio.get_running_loop()
    for number in range(rounds + 1):
        for one in contenders:
            size = many if number else many // 10
            requests = [one.request(places[n * 7 % len(places)], tokens[n % len(tokens)]) for n in range(size)]
            report = await loop.run_in_executor(pool, asking.drive, one.port, requests, CONNECTIONS)
            assert report.answered == size
            if number:
                one.reports.append(report)


def p99_of(contender: Contender) -> float:
    """The middle one of the rounds' p99."""
    return sorted(report.p99_ms for report in contender.reports)[len(contender.reports) // 2]
