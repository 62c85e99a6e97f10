"""Jobs for a bot in a place: made as the server makes them, and waited for."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from clients.discord.app import Bot, Outside
from clients.simulator.discord.world import Json, Message, User
from server.actions import guilds
from server.domain.guilds import Purpose
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.publish import topics
from server.store import jobs
from server.store.jobs import NewJob
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.library.connecting import least

LINKED: dict[str, Any] = {
    "platform": "kick",
    "outcome": "linked",
    "name": "Viewer",
    "undoUntil": "2026-08-02T18:00:00+00:00",
    "problem": None,
}


async def ask(place: Place, kind: str, *payloads: dict[str, Any]) -> None:
    """Have the server want something of the bot, once for each payload."""
    server = place.graph.server

    async def store(tx: Tx, scope: Scope) -> Done[None]:
        known = await tx.fetch("SELECT count(*) AS many FROM job")
        fresh = [
            NewJob(
                kind=kind,
                key=f"asked {known[0]['many'] + number}",
                payload=payload,
                run_at=scope.now,
                community_id=place.community,
                audience="discord",
            )
            for number, payload in enumerate(payloads)
        ]
        await jobs.add(tx, fresh, scope.now)
        return Done(None)

    await server.units.run(place.community, store)
    server.services.bus.poke(topics.jobs())


async def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


async def ended(place: Place, count: int = 1, seconds: float = 30) -> list[tuple[str, str, str | None, str | None]]:
    """The state, outcome, note and reference of all jobs that were asked for so, once so many are over."""
    async with asyncio.timeout(seconds):
        while True:
            rows = await place.graph.server.database.reader().fetch(
                "SELECT state, outcome, error, reference FROM job WHERE key LIKE 'asked %' ORDER BY id"
            )
            found = [(row["state"], row["outcome"], row["error"], row["reference"]) for row in rows]
            if sum(one[0] == "done" for one in found) >= count:
                return found
            await asyncio.sleep(0.05)


@asynccontextmanager
async def another_life(place: Place, **settings: Any) -> AsyncGenerator[Bot, None]:
    """Another bot in the same place, from when it is connected until it is not needed any more."""
    clock = place.graph.server.clock
    bot = Bot(place.settings.model_copy(update=settings), Outside(lambda: clock.now().timestamp(), least))
    life = asyncio.create_task(bot.run())
    try:
        await until(lambda: bot.is_up or life.done())
        assert not life.done(), life.exception()
        yield bot
    finally:
        life.cancel()
        await asyncio.wait({life}, timeout=10)


def written_to(place: Place, user: User) -> list[Message]:
    """What the bot wrote to a person alone."""
    return [one for one in place.discord.world.messages.values() if one.channel.recipient is user]


def embed(message: Message) -> Json:
    [found] = message.shown["embeds"]
    return found


async def chosen(place: Place, purpose: Purpose, channel: str) -> None:
    """Have staff choose a channel, once what the place began with is over."""
    open_jobs = "SELECT count(*) AS many FROM job WHERE audience = 'discord' AND state IN ('ready', 'leased')"
    async with asyncio.timeout(30):
        while (await place.graph.server.database.reader().fetch(open_jobs))[0]["many"]:
            await asyncio.sleep(0.05)
    choose = partial(guilds.choose_channel, purposes=[purpose], channel=channel)
    await place.graph.server.units.run(place.community, choose)
