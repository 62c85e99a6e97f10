"""Fan-out: from a change to the last of a thousand subscribers, what that costs, and what a subscriber weighs."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks import audience, community, raw_board
from benchmarks.audience import Play, Report
from benchmarks.broadcasters import COMMUNITY_ID, serve_ours, serve_plain, serve_raw
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_most, quantile
from benchmarks.processes import SPAWN, started
from server.app import assembled
from server.running import Role
from server.schema.ids import id_of
from server.system import SystemClock

LISTENERS = 1_000
VIEWERS = 1_000
TOKENS = 10
PAUSE_S = 0.3
"""A board is told at most four times a second; slower changes are each told at once."""

WEB: frozenset[Role] = frozenset({"web"})
WORKER: frozenset[Role] = frozenset({"worker"})


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Ours, one frame for everybody, and plain Strawberry, one after the other, each to an audience of its own."""
    changes, visits = (30, 2_000) if quick else (120, 10_000)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(community.inhabited(engine, SystemClock().now()))
        await raw_board.populate(url, COMMUNITY_ID, VIEWERS)
        await tidy(url)
        pool = stack.enter_context(ProcessPoolExecutor(1, mp_context=SPAWN))
        play = Play(
            port=0,
            stage_port=0,
            tokens=await tokens(url),
            community=id_of("community", COMMUNITY_ID),
            listeners=LISTENERS,
            changes=changes,
            pause_s=PAUSE_S,
        )

        async def attended(port: int, stage_port: int, many: int = changes) -> Report:
            given = replace(play, port=port, stage_port=stage_port, changes=many)
            return await loop.run_in_executor(pool, audience.attend, given)

        async with AsyncExitStack() as serving:
            roles = (WEB, WORKER) if engine.name == "PostgreSQL" else (WEB | WORKER,)
            ports = [await serving.enter_async_context(started(serve_ours, url, one)) for one in roles]
            ours = await attended(ports[0], ports[-1])
            come_and_gone = await loop.run_in_executor(
                pool, audience.visit, replace(play, port=ports[0], listeners=visits)
            )
        async with started(serve_raw) as port:
            raw = await attended(port, port)
        async with started(serve_plain, url) as port:
            plain = await attended(port, port, 5)
    return results(engine, ours, raw, plain, come_and_gone)


def results(engine: Engine, ours: Report, raw: Report, plain: Report, come_and_gone: Report) -> list[Result]:
    """The lines of the table."""
    name = f"change to the last of {LISTENERS:,}, {engine.name}"
    p99, bare = (quantile(report.latencies_ms, 0.99) for report in (ours, raw))
    mine, most, least = (report.deliveries / report.processor_s for report in (ours, raw, plain))
    return [
        at_most(f"{name}: p99", "ms", p99, 150 if engine.name == "PostgreSQL" else 50, limit=bare),
        Result(name="  p50", unit="ms", ours=quantile(ours.latencies_ms, 0.5), limit=quantile(raw.latencies_ms, 0.5)),
        Result(
            name="  deliveries a second of the processor",
            unit="/s",
            ours=mine,
            limit=most,
            target="ratio >= 0.60",
            met=mine >= 0.6 * most,
        ),
        Result(
            name="  the same beside plain Strawberry",
            unit="/s",
            ours=mine,
            limit=least,
            target="ratio >= 8",
            met=mine >= 8 * least,
        ),
        at_most("  memory of an idle subscriber", "KiB", ours.kib_each, 20, limit=plain.kib_each),
        at_most(f"  kept of {come_and_gone.deliveries:,} who came and went", "KiB", come_and_gone.kib_each, 4_096),
        Result(
            name="  who come, hear once and go",
            unit="/s",
            ours=come_and_gone.deliveries / come_and_gone.latencies_ms[0] * 1000,
        ),
    ]


async def tokens(url: str) -> list[str]:
    """Tokens enough that none holds more sockets than it may."""
    async with assembled(community.settings_for(url)) as server:
        return [server.tokens.mint("admin") for _ in range(TOKENS)]
