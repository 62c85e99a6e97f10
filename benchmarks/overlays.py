"""Stream overlays: ten thousand of them on one process, and what the page of one asks of the streamer's machine."""

import asyncio
import secrets
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks import audience, community, overlay_page, raw_board
from benchmarks.audience import Play, Report
from benchmarks.broadcasters import COMMUNITY_ID, serve_ours, serve_plain, serve_raw
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_most, quantile
from benchmarks.processes import SPAWN, started
from server.app import assembled
from server.auth.shown_once import PREFIXES, digest_of
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store.tokens import overlay_keys
from server.system import SystemClock
from server.web.graphql.documents import PREFIX, ROOT
from server.web.graphql.holders import SOCKETS_PER_OVERLAY_MAX

OVERLAYS = 10_000
VIEWERS = 1_000
PAUSE_S = 0.5
CHANGES = 60
PLAIN = 1_000
CHANGES_PLAIN = 5
"""Plain Strawberry takes seconds to tell so many already, and a delivery does not get cheaper with more."""
DOCUMENT = ROOT / "clients" / "overlay" / "documents" / "overlay_leaderboard.graphql"
P99_MS, MEMORY_MIB = 300, 300


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Ours, one frame for everybody, and plain Strawberry, each to as many overlays; then the page in a browser."""
    many, changes = (1_000, 20) if quick else (OVERLAYS, CHANGES)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(community.inhabited(engine, SystemClock().now()))
        await raw_board.populate(url, COMMUNITY_ID, VIEWERS)
        keys = await made_keys(url, many // (SOCKETS_PER_OVERLAY_MAX - 1))
        await tidy(url)
        pool = stack.enter_context(ProcessPoolExecutor(1, mp_context=SPAWN))
        play = Play(
            port=0,
            stage_port=0,
            tokens=keys,
            community=id_of("community", COMMUNITY_ID),
            listeners=many,
            changes=changes,
            pause_s=PAUSE_S,
            has_homes=True,
        )

        async def attended(port: int, changes: int, asks: Mapping[str, Any], many: int = many) -> Report:
            variables = {"community": play.community, "first": 10}
            told = {**asks, "variables": variables}
            given = replace(play, port=port, stage_port=port, changes=changes, listeners=many, asks=told)
            return await loop.run_in_executor(pool, audience.attend, given)

        text = DOCUMENT.read_text(encoding="utf-8")
        async with started(serve_ours, url) as port:
            # First, as a server from which ten thousand have just gone is busy with that for a while; but not while it
            # is busy with its start.
            await asyncio.sleep(audience.IDLE_S)
            page = await overlay_page.looked_at(f"http://127.0.0.1:{port}", keys[-1])
            ours = await attended(port, changes, {"documentId": PREFIX + sha256(text.encode()).hexdigest()})
        async with started(serve_raw) as port:
            raw = await attended(port, changes, {"query": text})
        async with started(serve_plain, url) as port:
            plain = await attended(port, CHANGES_PLAIN, {"query": text}, PLAIN)
    return [*crowd(engine, many, ours, raw, plain), *overlay_page.results(page)]


def crowd(engine: Engine, many: int, ours: Report, raw: Report, plain: Report) -> list[Result]:
    """The lines about very many overlays."""
    p99, bare = (quantile(report.latencies_ms, 0.99) for report in (ours, raw))
    mine, most, least = (report.deliveries / report.processor_s for report in (ours, raw, plain))
    name = "  deliveries a second of the processor"
    return [
        at_most(f"change to the last of {many:,} overlays, {engine.name}: p99", "ms", p99, P99_MS, limit=bare),
        Result(name=name, unit="/s", ours=mine, limit=most, target="ratio >= 0.60", met=mine >= 0.6 * most),
        Result(
            name="  the same beside plain Strawberry",
            unit="/s",
            ours=mine,
            limit=least,
            target="ratio >= 8",
            met=mine >= 8 * least,
        ),
        at_most("  memory of the process with all of them", "MiB", ours.mib, MEMORY_MIB, limit=raw.mib),
    ]


async def made_keys(url: str, many: int) -> list[str]:
    """Keys enough that each has a socket to spare; made past the limit of keys that a community has."""
    secret_of = {f"overlay-{number}": PREFIXES["overlay"] + secrets.token_urlsafe(32) for number in range(many)}

    async def make(tx: Tx, scope: Scope) -> Done[None]:
        for overlay, secret in secret_of.items():
            digest = digest_of(secret)
            await overlay_keys.add(
                tx, COMMUNITY_ID, overlay=overlay, digest=digest, created_by=scope.by.name, now=scope.now
            )
        return Done(None)

    async with assembled(community.settings_for(url)) as server:
        await server.units.run(COMMUNITY_ID, make)
    return list(secret_of.values())
