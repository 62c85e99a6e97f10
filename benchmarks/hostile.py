"""What it costs to refuse oversized, nonsensical and slow requests and bad tokens, and whom a flood of them harms."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from statistics import median

import graphql
import orjson

from benchmarks import asking, community, raw_board
from benchmarks.asking import Line, post
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_most, quantile
from benchmarks.pages import COMMUNITY_ID, PAGE, VIEWERS, trusted_request
from benchmarks.processes import SPAWN, started
from clients.simulator.signing import SigningKey
from server.app import assembled
from server.running import EVERYTHING
from server.system import SystemClock
from server.web.graphql.documents import registered
from server.web.graphql.limits import LIMITS

ATTACKS_A_SECOND = 100
HONEST = 20
"""So many callers share the honest pages, as no single one is given this many points a minute."""
HONEST_A_SECOND = 50
SLOW_BODIES = 200
TURNS = 3
USER_TICKS, SYSTEM_TICKS = 11, 12
"""Places in /proc/PID/stat, counted from after the name."""

Attack = Callable[[int], bytes]


def document(text: str) -> Mapping[str, str]:
    """The body of an operation."""
    return {"query": text}


def aliases(number: int) -> str:
    """20,000 names for the same field."""
    return "{" + " ".join(f"a{n}:me{{kind}}" for n in range(20_000)) + f"}} # {number}"


def deep(number: int) -> str:
    """500 levels."""
    return "{" + "me{community{" * 250 + f"a{number}:id" + "}}" * 250 + "}"


def bomb(number: int) -> str:
    """40 fragments, each of which spreads the next one twice."""
    fragments = " ".join(f"fragment f{n} on Me {{ ...f{n + 1} ...f{n + 1} }}" for n in range(40))
    return f"{{ me {{ ...f0 }} }} {fragments} fragment f40 on Me {{ a{number}: kind }}"


def nested(number: int) -> str:
    """Lists of lists of lists."""
    history = f"watchTimeSettingsHistory(first: 100) {{ nodes {{ excluded {{ a{number}: id }} }} }}"
    return f"{{ communities(first: 100) {{ nodes {{ streams(first: 100) {{ nodes {{ id }} }} {history} }} }} }}"


def attacks(token: str) -> Mapping[str, Attack]:
    """Requests that are refused, by what is wrong with them; no two are the same, so that none is remembered."""
    return {
        "20,000 aliases": lambda n: post(document(aliases(n)), token),
        "depth 500": lambda n: post(document(deep(n)), token),
        "a fragment bomb": lambda n: post(document(bomb(n)), token),
        "lists of lists": lambda n: post(document(nested(n)), token),
        "a body of 1 MB": lambda n: post(orjson.dumps(document(f"{{ a{n} }}".ljust(1_000_000))), token),
        "a bad token": lambda n: post(document("{ serverInfo { name } }"), f"{token[:-6]}{n:06}"),
    }


def largest_document() -> str:
    """A document that is as large as is allowed."""
    fields = [f"field{n:03}" for n in range(LIMITS.tokens - 2)]
    room = LIMITS.characters - 2
    return "{" + " ".join(fields)[:room] + "}"


def parse_cost_s() -> float:
    """What parsing the largest allowed document costs, in seconds of a processor."""
    text, took = largest_document(), list[float]()
    for _ in range(30):
        began = time.process_time()
        graphql.parse(text)
        took.append(time.process_time() - began)
    return median(took)


@dataclass(frozen=True, slots=True)
class Server:
    """A server under attack."""

    port: int
    process_id: int

    def busy_s(self) -> float:
        """The processor's time it has used."""
        figures = Path(f"/proc/{self.process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(figures[USER_TICKS]) + int(figures[SYSTEM_TICKS])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def served(url: str, key_file: Path) -> AsyncGenerator[Server, None]:
    """A server in a process of its own."""
    before = {process.pid for process in active_children()}
    async with started(community.serve, url, key_file, EVERYTHING) as port:
        [process_id] = {process.pid for process in active_children()} - before
        assert process_id is not None
        yield Server(port, process_id)


async def refusal_cost_s(server: Server, attack: Attack, times: int) -> float:
    """The server's processor time for one refusal; every single one must be a refusal."""
    requests = [attack(number) for number in range(times)]
    before = server.busy_s()
    for request in requests:
        line = await Line.to(server.port)
        answer = await line.ask(request)
        assert b'"errors"' in answer.body, answer
        line.close()
    return (server.busy_s() - before) / times


def flood(port: int, token: str, seconds: float) -> int:
    """Attack at a steady rate from this process; how many were refused."""

    async def run() -> int:
        kinds = itertools.cycle(attacks(token).values())
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SLOW_BODIES)]
        for _, writer in slow:
            writer.write(post(b"{" * 1_000, token)[:-999])
        began, refused = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            line = await Line.to(port)
            refused += b'"errors"' in (await line.ask(next(kinds)(1_000_000 + refused))).body
            line.close()
            await asyncio.sleep(max(0, refused / ATTACKS_A_SECOND - (time.perf_counter() - began)))
        for _, writer in slow:
            writer.transport.abort()
        return refused

    return asyncio.run(run())


async def honest(port: int, requests: list[bytes]) -> float:
    """The p99 of pages that are asked for at a steady rate, in milliseconds."""
    line, took_s = await Line.to(port), list[float]()
    for request in requests:
        began = time.perf_counter()
        asking.good(await line.ask(request))
        took_s.append(time.perf_counter() - began)
        await asyncio.sleep(1 / HONEST_A_SECOND)
    line.close()
    return quantile(took_s, 0.99) * 1000


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """The cost of every kind of refusal, and what a flood of them does to others."""
    times, asked = (60, 100) if quick else (200, 300)
    key_file = folder / "hostile.pem"
    key_file.write_text(SigningKey.generate().public_pem, encoding="ascii")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(community.inhabited(engine, SystemClock().now()))
        await raw_board.populate(url, COMMUNITY_ID, VIEWERS)
        await tidy(url)
        async with assembled(community.settings_for(url)) as server:
            token, *others = (server.tokens.mint("admin") for _ in range(1 + HONEST))
            page = trusted_request(registered(server.schema))
        async with raw_board.opened(url) as board:
            rows = await board.rows(raw_board.TOP, COMMUNITY_ID, VIEWERS - PAGE)
        pages = [page((row[1], row[0]), others[n % HONEST]) for n, row in enumerate(rows[:asked])]
        target = await stack.enter_async_context(served(url, key_file))
        parsing = parse_cost_s()
        results = [
            at_most(
                f"refusing {name}, {engine.name}",
                "ms of CPU",
                await refusal_cost_s(target, attack, times) * 1000,
                2000 * parsing,
                limit=parsing * 1000,
            )
            for name, attack in attacks(token).items()
        ]
        return [*results, *await under_flood(target.port, token, pages)]


async def under_flood(port: int, token: str, pages: list[bytes]) -> list[Result]:
    """Honest p99 in turns, without and with a flood."""
    quiet, loud, refused = list[float](), list[float](), 0
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
        for _ in range(TURNS):
            quiet.append(await honest(port, pages))
            flooding = loop.run_in_executor(pool, flood, port, token, 2 * len(pages) / HONEST_A_SECOND)
            await asyncio.sleep(0.5)
            loud.append(await honest(port, pages))
            refused += await flooding
    assert refused > 0
    return [
        at_most(
            f"p99 of pages under {ATTACKS_A_SECOND} attacks/s",
            "ms",
            median(loud),
            2 * median(quiet),
            limit=median(quiet),
        ),
        Result(name="  attacks refused meanwhile", unit="", ours=refused),
    ]
