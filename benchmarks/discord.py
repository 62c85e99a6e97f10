"""Discord: how soon a fresh bot is there, what memory it takes, and how fast it carries jobs out."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median
from typing import TypeAlias

from benchmarks import raw_discord
from benchmarks.bots import CHANNEL, Bot, Place, bare, ours, placed, played
from benchmarks.engines import Engine
from benchmarks.harness import Result, at_least, at_most
from server.demo.discord import DiscordServer, Unanswered, told_by
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import jobs
from server.store.jobs import NewJob

ROUNDS, ROUNDS_QUICK = 5, 2
ASKED, ASKED_QUICK = 1_000, 200
JOBS, JOBS_QUICK = 1_000, 300
PEOPLE, AT_ONCE = 100, 20
START_S_MAX = 1.5
MIB_MAX = 120
SHARE_MIN = 0.80
IDLE_S = 2.0
POLL_S = 0.05
ANSWER_TIMEOUT_S = 20.0
DRAIN_TIMEOUT_S = 300.0
DONE = re.compile(r'^regulars_bot_jobs_total\{outcome="done"\} ([\d.]+)$', re.MULTILINE)
LINKED = {"platform": "kick", "outcome": "linked", "name": "somebody", "undoUntil": None, "problem": None}
SHOWN = {"embeds": [{"title": "Linked", "description": "Kick: somebody belongs to you here from now on."}]}

Starting: TypeAlias = Callable[[Place, DiscordServer], AbstractAsyncContextManager[Bot]]


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """Our bot and the bare library in turns, each in a fresh process with a Discord of its own."""
    rounds, asked, many = (ROUNDS_QUICK, ASKED_QUICK, JOBS_QUICK) if quick else (ROUNDS, ASKED, JOBS)
    mine: list[Bot] = []
    theirs: list[Bot] = []
    async with placed(engine, folder) as place:
        for _ in range(rounds):
            for start, took in ((ours, mine), (bare, theirs)):
                async with played(place) as home, start(place, home) as bot:
                    took.append(bot)
        memory = await remembering(place, ours, asked)
        least = await remembering(place, bare, asked)
        rate, refused = await drained(place, many)
        limit = await written_to(place, many)
    seconds, limit_s = [median(bot.seconds for bot in bots) for bots in (mine, theirs)]
    processor_s, least_s = [median(bot.processor_s for bot in bots) for bots in (mine, theirs)]
    return [
        at_most(f"start of the bot, {engine.name}", "s", seconds, START_S_MAX, limit=limit_s),
        Result(name="  its processor time", unit="s", ours=processor_s, limit=least_s),
        at_most("  its memory then", "MiB", memory[0], MIB_MAX, limit=least[0]),
        at_most(f"  and after {asked:,} answers", "MiB", memory[1], MIB_MAX, limit=least[1]),
        at_least(f"  {many:,} jobs carried out", "/s", [rate], [limit], share_min=SHARE_MIN),
        at_most("  refused meanwhile with 429", "times", refused, 0),
    ]


async def remembering(place: Place, start: Starting, asked: int) -> tuple[float, float]:
    """The memory of a bot after its start, and after so many answers."""
    async with played(place) as home, start(place, home) as bot:
        people = [await home.joined(f"viewer{number}") for number in range(PEOPLE)]
        await known(home, people[0])
        await asyncio.sleep(IDLE_S)
        first, waiting = bot.mib, [people[number % PEOPLE] for number in range(asked)]

        async def ask() -> None:
            while waiting:
                await home.use(waiting.pop(), CHANNEL, raw_discord.COMMAND)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask())
        return first, bot.mib


async def known(home: DiscordServer, person: str) -> None:
    """Wait until Discord knows the command and the bot answers it; the bare library says `ready` before."""
    async with asyncio.timeout(ANSWER_TIMEOUT_S):
        while True:
            try:
                await home.use(person, CHANNEL, raw_discord.COMMAND)
            except Unanswered:
                await asyncio.sleep(POLL_S)
            else:
                return


async def drained(place: Place, many: int) -> tuple[float, int]:
    """How many jobs a second a bot carries out that finds so many, and how often Discord had to refuse something."""
    async with played(place) as home:
        await wanted(place, [await home.joined(f"viewer{number}") for number in range(many)])
        async with ours(place, home) as bot, asyncio.timeout(DRAIN_TIMEOUT_S):
            begun_s = asyncio.get_running_loop().time()
            while True:
                if await done(place, bot) >= many:
                    break
                await asyncio.sleep(POLL_S)
            took_s = asyncio.get_running_loop().time() - begun_s
        statuses = await told_by(place.session, f"{home.controls}/statuses")
        return many / took_s, int(statuses.get("429", 0))


async def wanted(place: Place, people: Sequence[str]) -> None:
    """Have each of the people told that his account is linked."""

    async def store(tx: Tx, scope: Scope) -> Done[None]:
        told = [
            NewJob(
                kind="link_told",
                key=f"measured {person}",
                payload=LINKED | {"discordId": person},
                run_at=scope.now,
                community_id=place.community,
                audience="discord",
            )
            for person in people
        ]
        await jobs.add(tx, told, scope.now)
        return Done(None)

    await place.server.units.run(place.community, store)


async def done(place: Place, bot: Bot) -> int:
    """How many jobs the bot says it has done."""
    async with place.session.get(f"{bot.pages}/metrics") as answer:
        found = DONE.search(await answer.text())
    return 0 if found is None else int(float(found[1]))


async def written_to(place: Place, many: int) -> float:
    """How many people a second can be written to by bare requests."""
    async with played(place) as home:
        people = [await home.joined(f"viewer{number}") for number in range(many)]
        return await raw_discord.write_to(place.session, home.api, home.token, people, SHOWN)
