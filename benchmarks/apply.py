"""Apply: recorded chat through parser, watch time law and feed, with very many active viewers."""

import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import raw_apply
from benchmarks.community import found, settings_for
from benchmarks.engines import Engine, count, tidy
from benchmarks.harness import Result, at_least, at_most
from benchmarks.looplag import LoopLag
from clients.simulator.bodies import tell
from clients.simulator.happenings import Happening, Spoken
from clients.simulator.people import HARBOUR, plain_person
from server.app import assembled
from server.garbage import keeping_what_is_there
from server.running import Server
from server.store import inbox
from server.store.inbox import Received

START = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
FIRST_ACCOUNT = 9_300_000
RECORDED_AT_ONCE = 1_000
SETTLED = "UPDATE delivery SET state = 'applied'"
ARRIVALS = 10
"""The viewers come in so many parts, with statistics taken in between: nobody finds 100,000 viewers all at once."""

STRIDE = 7_919
"""Neighbouring messages come from viewers far apart, as in a real chat."""


def body(number: int, viewers: int) -> bytes:
    """The chat message with this number: everybody speaks once before anybody speaks again, five minutes later."""
    place = number * STRIDE % viewers
    spoken = Spoken(
        message_id=f"{number:032x}",
        sender=plain_person(FIRST_ACCOUNT + place, f"viewer_{place}"),
        text=f"what a round, that was number {number}",
    )
    return tell(HARBOUR, Happening(number=number, at=START + timedelta(milliseconds=3) * number, fact=spoken))


async def record(server: Server, first: int, bodies: Sequence[bytes], kind: str = "chat.message.sent") -> None:
    """Put bodies of one kind into the inbox as the webhook would."""
    received = [
        Received(
            source="kick",
            message_id=f"{first + place:026}",
            kind=kind,
            kind_key=kind,
            subscription_id="",
            broadcaster_id=str(HARBOUR.account),
            told_at=START,
            received_at=START,
            body=told,
        )
        for place, told in enumerate(bodies)
    ]
    for start in range(0, len(received), RECORDED_AT_ONCE):
        await inbox.record(server.database, received[start : start + RECORDED_AT_ONCE])


@dataclass(slots=True)
class Seen:
    """Messages a second of every round, ours and bare, and the event loop's lag in ours."""

    ours: list[float] = field(default_factory=list[float])
    bare: list[float] = field(default_factory=list[float])
    batch: int = 0
    lag: LoopLag = field(default_factory=LoopLag)


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Our worker and the plain SQL pipeline in turns, over the same messages."""
    viewers, rounds, many = (10_000, 3, 10_000) if quick else (100_000, 3, 34_000)
    arriving, later = Seen(), Seen()
    statements: list[str] = []
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(engine.migrated())
        other = await stack.enter_async_context(engine.empty())
        server = await stack.enter_async_context(assembled(settings_for(url), hook=statements.append))
        raw = await stack.enter_async_context(raw_apply.opened(other))
        await stack.enter_async_context(keeping_what_is_there())
        await found(server, START)
        first = 0
        for seen, size in (*[(arriving, viewers // ARRIVALS)] * ARRIVALS, *[(later, many)] * rounds):
            bodies = [body(number, viewers) for number in range(first, first + size)]
            await record(server, first, bodies)
            await raw.fill(bodies)
            await tidy(url)
            await tidy(other)
            statements.clear()
            async with seen.lag.sampled():
                seen.ours.append(await rate_of(server.worker.drain(), size))
            seen.batch = size // sum(SETTLED in statement for statement in statements)
            seen.bare.append(await rate_of(raw.drain(seen.batch), size))
            first += size
        assert await count(url, "delivery", "state = 'applied'") == await count(other, "ledger") == first
        assert await count(url, "chat_evidence") == first
        assert await count(url, "viewer", "watch_us > 0") == await count(other, "balance") == viewers
    name = f"apply, {viewers:,} viewers, {engine.name}"
    return [
        at_least(name, "/s", later.ours, later.bare, share_min=0.30),
        Result(name="  messages a batch", unit="", ours=later.batch),
        Result(name="  while every viewer is new", unit="/s", ours=median(arriving.ours), limit=median(arriving.bare)),
        at_most("  99 % of the event loop's steps", "ms", later.lag.p99_ms, 20),
        at_most("  longest step of the event loop", "ms", later.lag.worst_ms, 20),
    ]


async def rate_of(draining: Coroutine[Any, Any, int], size: int) -> float:
    """How many messages a second `draining` applies; it must apply all `size` of them."""
    started = time.perf_counter()
    settled = await draining
    took_s = time.perf_counter() - started
    assert settled == size, f"{settled} of {size} messages settled"
    return size / took_s
