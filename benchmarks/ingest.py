"""Ingest: signed deliveries over HTTP until they are durable and answered."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import community, generator, raw_ingest
from benchmarks.engines import Engine, count
from benchmarks.generator import TRAFFIC, Part, Report
from benchmarks.harness import Result, at_least, at_most
from benchmarks.processes import SPAWN, started
from clients.simulator.presign import presigned
from server.running import Role

CONNECTIONS = 64
OPEN_CONNECTIONS = 256
OPEN_RATE = 2_000
WARM_UP = 1_000
SETTLE_TIMEOUT_S = 60
WARMING = Part(first=0, count=WARM_UP, connections=CONNECTIONS)
WEB: frozenset[Role] = frozenset({"web"})


@dataclass(frozen=True, slots=True)
class Traffic:
    """The prepared requests, the key they are signed with, and the process that sends them."""

    pool: ProcessPoolExecutor
    cache: Path
    public_pem: str
    key_file: Path

    async def send(self, port: int, part: Part) -> Report:
        """Send a part of the traffic from the generator's process."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, generator.drive, self.cache, port, part)


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """Ingest in a closed and in an open loop."""
    cache = folder.parent / "regulars-bench-traffic.jsonl"
    public_pem, _ = presigned(TRAFFIC, cache, processes=2)
    key_file = folder / "kick.pem"
    key_file.write_text(public_pem, encoding="ascii")
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
        traffic = Traffic(pool, cache, public_pem, key_file)
        return [
            *await closed_loop(engine, traffic, quick=quick),
            *await open_loop(engine, traffic, quick=quick),
        ]


async def closed_loop(engine: Engine, traffic: Traffic, *, quick: bool) -> list[Result]:
    """Ours and the bare handler in turns, each as fast as it answers; what is stored must be what was answered."""
    rounds, many = (3, 4_000) if quick else (5, 8_000)
    ours: list[Report] = []
    bare: list[Report] = []
    async with AsyncExitStack() as stack:
        mine = await stack.enter_async_context(community.inhabited(engine, TRAFFIC.start))
        other = await stack.enter_async_context(engine.empty())
        my_port = await stack.enter_async_context(started(community.serve, mine, traffic.key_file, WEB))
        raw_port = await stack.enter_async_context(started(raw_ingest.serve, other, traffic.public_pem))
        for number in range(rounds + 1):
            part = WARMING if number == 0 else replace(WARMING, first=WARM_UP + (number - 1) * many, count=many)
            ours.append(await traffic.send(my_port, part))
            bare.append(await traffic.send(raw_port, part))
        for url, table, reports in ((mine, "inbox", ours), (mine, "delivery", ours), (other, "event", bare)):
            assert await count(url, table) == sum(report.answered for report in reports), f"rows of {table}"
    share = max(report.processor_share for report in [*ours[1:], *bare[1:]])
    return [
        at_least(
            f"ingest, {CONNECTIONS} connections, {engine.name}",
            "/s",
            [report.rate for report in ours[1:]],
            [report.rate for report in bare[1:]],
            share_min=0.70,
        ),
        Result(name="  p99 of the answer", unit="ms", ours=worst(ours[1:]), limit=worst(bare[1:])),
        Result(name="  the load generator's share of a core", unit="", ours=share),
    ]


def worst(reports: list[Report]) -> float:
    """The middle one of the runs' p99."""
    return sorted(report.p99_ms for report in reports)[len(reports) // 2]


async def open_loop(engine: Engine, traffic: Traffic, *, quick: bool) -> list[Result]:
    """A fixed rate while the worker applies in the same process; all that was answered must end up applied."""
    many = OPEN_RATE * (3 if quick else 10)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(community.inhabited(engine, TRAFFIC.start))
        port = await stack.enter_async_context(started(community.serve, url, traffic.key_file))
        warm = await traffic.send(port, WARMING)
        paced = Part(first=WARM_UP, count=many, connections=OPEN_CONNECTIONS, rate=OPEN_RATE)
        report = await traffic.send(port, paced)
        answered = warm.answered + report.answered
        assert await count(url, "inbox") == answered, "rows of inbox"
        await applied(url, answered)
    name = f"ingest, {OPEN_RATE:,}/s with the worker, {engine.name}"
    return [
        Result(name=f"{name}: p50", unit="ms", ours=report.p50_ms),
        at_most(f"{name}: p99", "ms", report.p99_ms, 50),
        Result(name="  slowest answer", unit="ms", ours=report.worst_ms),
        Result(name="  the load generator's share of a core", unit="", ours=report.processor_share),
    ]


async def applied(url: str, many: int) -> None:
    """Wait until `many` deliveries are applied; they must be within a minute."""
    for _ in range(SETTLE_TIMEOUT_S * 10):
        if await count(url, "delivery", "state = 'applied'") == many:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"Not all of {many} deliveries were applied.")
