"""Gifted subscriptions: from the recorded body through parser, happening and ledger of tickets to the feed."""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import orjson

from benchmarks import raw_apply
from benchmarks.apply import STRIDE, Seen, rate_of, record
from benchmarks.community import found, settings_for
from benchmarks.engines import Engine, count, tidy
from benchmarks.harness import Result, at_least, at_most, no_less
from benchmarks.raw_board import opened
from clients.simulator.bodies import tell
from clients.simulator.happenings import Gifted, Happening
from clients.simulator.people import HARBOUR, plain_person
from server.actions.raffle import periods
from server.app import assembled
from server.domain.instants import micros
from server.system import SystemClock, keep_what_is_there

KIND = "channel.subscription.gifts"
FIRST_GIVER, FIRST_GIFTEE = 9_300_000, 9_600_000
TICKETS_EACH = 15
RATE_MIN = 2_000
SINCE = timedelta(hours=12)


def body(number: int, people: int, since: datetime) -> bytes:
    """One gift: everybody gives once before anybody gives again, each time to somebody else."""
    place = number * STRIDE % people
    at = since + timedelta(milliseconds=3) * number
    fact = Gifted(
        gifter=plain_person(FIRST_GIVER + place, f"giver_{place}"),
        giftees=(plain_person(FIRST_GIFTEE + number, f"giftee_{number}"),),
        expires_at=at + timedelta(days=30),
    )
    return tell(HARBOUR, Happening(number=number, at=at, fact=fact))


def given(body: bytes) -> raw_apply.Line:
    """What a gift writes into the bare ledger."""
    one = orjson.loads(body)
    giver = int(one["gifter"]["user_id"])
    return f"{giver}:{one['created_at']}", giver, TICKETS_EACH * len(one["giftees"])


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Our worker and the plain SQL pipeline in turns, over the same gifts, each to one person."""
    people, rounds, many = (5_000, 3, 2_500) if quick else (10_000, 4, 10_000)
    seen, statements = Seen(), list[str]()
    now = SystemClock().now()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(engine.migrated())
        other = await stack.enter_async_context(engine.empty())
        server = await stack.enter_async_context(assembled(settings_for(url), hook=statements.append))
        raw = await stack.enter_async_context(raw_apply.opened(other, given))
        keep_what_is_there()
        community = await found(server, now - 2 * SINCE)
        begin = partial(periods.start, title="", starts=micros(now - 2 * SINCE), ends=None, actor="benchmark")
        await server.units.run(community, begin)
        for first in range(0, rounds * many, many):
            bodies = [body(number, people, now - SINCE) for number in range(first, first + many)]
            await record(server, first, bodies, KIND)
            await raw.fill(bodies)
            await tidy(url)
            await tidy(other)
            statements.clear()
            async with seen.lag.sampled():
                seen.ours.append(await rate_of(server.worker.drain(), many))
            seen.batch = many // sum("UPDATE delivery SET state = 'applied'" in one for one in statements)
            seen.bare.append(await rate_of(raw.drain(seen.batch), many))
        assert await count(url, "delivery", "state = 'applied'") == await count(other, "ledger") == rounds * many
        async with opened(url) as board:
            [[tickets]] = await board.rows("SELECT sum(tickets) FROM ticket_standing")
        assert tickets == TICKETS_EACH * rounds * many
    return [
        at_least(f"gifts of {people:,} people, {engine.name}", "/s", seen.ours, seen.bare, share_min=0.30),
        no_less("  of them", "/s", max(seen.ours), RATE_MIN),
        Result(name="  gifts a batch", unit="", ours=seen.batch),
        at_most("  99 % of the event loop's steps", "ms", seen.lag.p99_ms, 20),
        at_most("  longest step of the event loop", "ms", seen.lag.worst_ms, 20),
    ]
