"""Takes a raffle or a giveaway one step further in a child process that kills itself at a given statement.

A life is told by the fields of `Life`, and answered with the number of places to die at.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server import wiring
from server.actions.draws import plan, settle
from server.actions.giveaways import enter, run
from server.actions.raffle import periods
from server.domain.refusals import Refused
from server.jobs.queue import QueueRunner
from tests.actions.pipeline import Pipeline
from tests.actions.test_raffle import House
from tests.actions.test_wagers import Den
from tests.database import FrozenClock
from tests.effects.drawing import KEYS, Relay, keeper_on
from tests.effects.giving import Giving
from tests.engine import Engine, engine_on
from tests.lives import die, serve_lives

WRITES = ("INSERT", "UPDATE", "DELETE")
BY_HAND = {"actor": "tester", "reason": "A test."}


@dataclass(frozen=True)
class Life:
    """What a process does, in which database and at which instant, and where it dies, counted from 1.

    It may die before each statement that follows upon a writing one: before a second reading one everything is as it
    was before the first. It begins at `begins_s` of the machine's monotonic clock, so that several begin at once.
    """

    url: str
    community: int
    at: str
    deed: str
    about: int
    kill_at: int = 0
    begins_s: float = 0.0


async def live(life: Life) -> int:
    """Do one deed in this process; die at one of the places, unless that is 0."""
    places = 0
    has_written = False

    def failpoint(sql: str) -> None:
        nonlocal places, has_written
        places += has_written
        if has_written and places == life.kill_at:
            die()
        has_written = sql.lstrip().startswith(WRITES)

    clock = FrozenClock(datetime.fromisoformat(life.at))
    async with engine_on(life.url, clock, hook=failpoint) as engine:
        await asyncio.sleep(max(0.0, life.begins_s - time.monotonic()))
        try:
            await DEEDS[life.deed](engine, House(Pipeline(engine, clock), life.community), life.about)
        except Refused as refused:
            # Its first life had done it already.
            sys.stderr.write(f"{refused.code}\n")
    return places


async def look(engine: Engine, house: House, _: int) -> None:
    """What a server does by itself."""
    keeper = keeper_on(engine, Relay())
    effects = {**wiring.effects(engine.database, engine.units), **wiring.draw_effects(keeper)}
    queue = QueueRunner(engine.database, engine.units, effects=effects, clock=engine.clock)
    await house.look()
    await queue.drain()
    await keeper.look()
    await queue.drain()


async def settle_all(engine: Engine, _: House, __: int) -> None:
    """Apply what waits, and do the jobs that follow."""
    await engine.settle()


async def poll(engine: Engine, house: House, dollars: int) -> None:
    """Ask a feed of wagers, where somebody has wagered so much in all."""
    await Den(Pipeline(engine, engine.clock), house.community).poll(("alfa", dollars))


async def give(engine: Engine, house: House, _: int) -> None:
    """What a server does by itself about giveaways."""
    await giving(engine, house).look()


async def open_giveaway(engine: Engine, house: House, lasts_s: int) -> None:
    """Open one by keyword, with an end if `lasts_s` is given."""
    ends = engine.clock.now() + timedelta(seconds=lasts_s) if lasts_s else None
    await giving(engine, house).opened(ends=ends, alternates=1, claim_s=60, by_discord=True)


async def close_giveaway(_: Engine, house: House, giveaway: int) -> None:
    await house.do(run.close, giveaway_id=giveaway)


async def enter_giveaway(_: Engine, house: House, giveaway: int) -> None:
    """Enter from Discord; whoever is in already is in once."""
    await house.do(enter.enter, giveaway_id=giveaway, discord_id="1001")


async def leave_giveaway(_: Engine, house: House, giveaway: int) -> None:
    await house.do(enter.leave, giveaway_id=giveaway, discord_id="1001")


async def draw_giveaway(_: Engine, house: House, giveaway: int) -> None:
    await house.do(run.draw, giveaway_id=giveaway, actor="tester")


def giving(engine: Engine, house: House) -> Giving:
    return Giving(house, Relay(), keeper_on(engine, Relay()))


async def end(_: Engine, house: House, __: int) -> None:
    await house.do(periods.end, reason="A test.")


async def ask(_: Engine, house: House, period: int) -> None:
    await house.do(plan.ask, period_id=period, **BY_HAND)


async def void(_: Engine, house: House, draw: int) -> None:
    await house.do(settle.void, draw_id=draw, reason="A test.", keys=KEYS)


async def pass_on(_: Engine, house: House, draw: int) -> None:
    await house.do(settle.pass_on, draw_id=draw, position=1, code="declined", keys=KEYS, **BY_HAND)


async def confirm(_: Engine, house: House, draw: int) -> None:
    await house.do(settle.confirm, draw_id=draw, position=2, actor="tester")


OF_RAFFLES = (look, settle_all, poll, end, ask, void, pass_on, confirm)
OF_GIVEAWAYS = (give, open_giveaway, enter_giveaway, leave_giveaway, close_giveaway, draw_giveaway)
DEEDS: dict[str, Any] = {one.__name__: one for one in (*OF_RAFFLES, *OF_GIVEAWAYS)}


async def lived(**given: Any) -> int:
    """The number of places to die at in the life that is told."""
    return await live(Life(**given))


if __name__ == "__main__":
    serve_lives(lived)
