"""A server that dies at every statement of what it does, one after the other, on one database."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from time import monotonic

import asyncpg

from tests.effects.draw_driver import Life
from tests.lives import Driver

DRIVER = "tests.effects.draw_driver"
DEATHS_MAX = 1_000
AHEAD_S = 1.0
# What tells that a life left something behind; taking a lock leaves nothing.
TRACE = """
SELECT (SELECT count(*) FROM audit_event), (SELECT count(*) FROM draw_record), (SELECT count(*) FROM ticket_entry),
    (SELECT count(*) FROM ticket_due), (SELECT count(*) FROM chat_line), (SELECT count(*) FROM draw_entrant),
    (SELECT count(*) FROM job), (SELECT count(*) FROM job WHERE state = 'done'), (SELECT count(*) FROM wager_gain),
    (SELECT count(*) FROM happening), (SELECT count(*) FROM delivery WHERE state = 'applied')
"""
# As a server does when it starts, on PostgreSQL after a while; else the tenth death would be a job's last try.
TAKE_BACK = (
    "UPDATE job SET state = 'ready', leased_until = NULL, attempts = 0 WHERE state = 'leased'",
    "DELETE FROM lease",
)


async def between_lives(url: str) -> tuple[int, ...]:
    """Take back what the dead held; what all lives have left so far."""
    if url.startswith("sqlite://"):
        with sqlite3.connect(url.removeprefix("sqlite://")) as file:
            for statement in TAKE_BACK:
                file.execute(statement)
            return tuple(file.execute(TRACE).fetchone())
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(";".join(TAKE_BACK))
        [traced] = await connection.fetch(TRACE)
        return tuple(traced)
    finally:
        await connection.close()


async def do_at_once(drivers: Sequence[Driver], life: Life) -> None:
    """Have several servers do the same at the same instant, and take back what they held."""
    at_once = asdict(replace(life, begins_s=monotonic() + AHEAD_S))
    await asyncio.gather(*(one.life(**at_once) for one in drivers))
    await between_lives(life.url)


@dataclass
class Mortal:
    """A server that dies at every statement of what it does, one after the other, on one database."""

    url: str
    community: int
    driver: Driver
    deaths: list[str] = field(default_factory=list[str])

    async def does(self, deed: str, at: datetime, about: int = 0) -> None:
        """Die in the first place, in the second and so on, from the first again once something was left; then live.

        So there is a death between any two statements, also after the last one of each transaction.
        """
        kill_at, left = 1, await between_lives(self.url)
        while await self._live(Life(self.url, self.community, at.isoformat(), deed, about, kill_at)) is None:
            self.deaths.append(deed)
            assert len(self.deaths) < DEATHS_MAX
            before, left = left, await between_lives(self.url)
            kill_at = 1 if left != before else kill_at + 1

    async def _live(self, life: Life) -> int | None:
        return await self.driver.life(**asdict(life))
