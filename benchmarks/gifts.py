"""Gifted subscriptions: from the recorded body through parser, happening and ledger of tickets to the feed.

Whoever gives and whoever is given to is one of the community's people: before anything is measured, everybody has
given once and been given to once, as people of a chat know each other.
"""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks import raw_gifts
from benchmarks.apply import STRIDE, Seen, rate_of, record
from benchmarks.community import found, settings_for
from benchmarks.engines import Engine, count, tidy
from benchmarks.harness import Result, at_least, at_most, no_less
from benchmarks.raw_board import opened
from clients.simulator.bodies import tell
from clients.simulator.happenings import Gifted, Happening, Person
from clients.simulator.people import HARBOUR, plain_person
from server.actions.raffle import periods
from server.app import assembled
from server.domain.instants import micros
from server.garbage import keeping_what_is_there
from server.system import SystemClock

KIND = "channel.subscription.gifts"
FIRST_PERSON = 9_300_000
TICKETS_EACH = 15
RATE_MIN = 2_000
SINCE = timedelta(hours=12)


def person(place: int) -> Person:
    """One of the community's people."""
    return plain_person(FIRST_PERSON + place, f"person_{place}")


def body(number: int, people: int, since: datetime) -> bytes:
    """One gift: everybody gives once before anybody gives again, each time to somebody else."""
    giver, before = number * STRIDE % people, number // people
    at = since + timedelta(milliseconds=3) * number
    fact = Gifted(
        gifter=person(giver),
        giftees=(person((giver + STRIDE + before) % people),),
        expires_at=at + timedelta(days=30),
    )
    return tell(HARBOUR, Happening(number=number, at=at, fact=fact))


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:  # noqa: ARG001 - as every benchmark
    """Our worker and the plain SQL pipeline in turns, over the same gifts, each to one person."""
    people, rounds, many = (5_000, 3, 2_500) if quick else (10_000, 4, 10_000)
    total = people + rounds * many
    seen, statements = Seen(), list[str]()
    now = SystemClock().now()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(engine.migrated())
        other = await stack.enter_async_context(engine.migrated())
        server = await stack.enter_async_context(assembled(settings_for(url), hook=statements.append))
        raw = await stack.enter_async_context(raw_gifts.opened(other, TICKETS_EACH))
        await stack.enter_async_context(keeping_what_is_there())
        community = await found(server, now - 2 * SINCE)
        begin = partial(periods.start, title="", starts=micros(now - 2 * SINCE), ends=None, actor="benchmark")
        await server.units.run(community, begin)
        for first, size in ((0, people), *((first, many) for first in range(people, total, many))):
            bodies = [body(number, people, now - SINCE) for number in range(first, first + size)]
            await record(server, first, bodies, KIND)
            await raw.fill(bodies)
            await tidy(url)
            await tidy(other)
            if not first:
                assert await server.worker.drain() == await raw.drain(size) == size
                continue
            statements.clear()
            async with seen.lag.sampled():
                seen.ours.append(await rate_of(server.worker.drain(), many))
            seen.batch = many // sum("UPDATE delivery SET state = 'applied'" in one for one in statements)
            seen.bare.append(await rate_of(raw.drain(seen.batch), many))
        assert await count(url, "delivery", "state = 'applied'") == await count(other, "ticket_entry") == total
        async with opened(url) as board:
            [[tickets]] = await board.rows("SELECT sum(tickets) FROM ticket_standing")
        assert tickets == TICKETS_EACH * total
    return [
        at_least(f"gifts of {people:,} people, {engine.name}", "/s", seen.ours, seen.bare, share_min=0.30),
        no_less("  of them", "/s", max(seen.ours), RATE_MIN),
        Result(name="  gifts a batch", unit="", ours=seen.batch),
        at_most("  99 % of the event loop's steps", "ms", seen.lag.p99_ms, 20),
        at_most("  longest step of the event loop", "ms", seen.lag.worst_ms, 20),
    ]
