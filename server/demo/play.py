"""The demo from its start to its end.

A server on a fresh SQLite file, a simulated Kick that talks to it, and the Discord bot with viewers who use it. A short
raffle is drawn within three minutes, from a beacon that the simulator plays: no network is needed, and nothing is
proved by it.
"""

import asyncio
import shutil
import sys
from contextlib import AsyncExitStack

import orjson
from aiohttp import ClientSession
from pydantic import SecretStr

from server.app import assembled
from server.demo.community import begun, overlay_key, seeded
from server.demo.discord import (
    TRANSCRIPT,
    bot_started,
    bot_there,
    bound,
    discord_started,
    discord_there,
    free_port,
    service_key,
)
from server.demo.invitation import invitation, table
from server.demo.kick import CLIENT_ID, WRITTEN, addresses_of, kick_started
from server.demo.processes import FOLDER, Program
from server.demo.screen import Screen, follow
from server.demo.telling import drawn, status_line
from server.demo.viewers import Viewers
from server.domain.draws.rounds import DEMO
from server.logs import configure_logs
from server.running import listening, running
from server.settings import Settings
from server.store.migrations import migrate
from server.system import SystemClock, SystemIds


async def run(settings: Settings, *, as_json: bool) -> None:
    """Run the demo until cancelled."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    secret = SystemIds().token()
    demo = settings.model_copy(
        update={
            "database_url": f"sqlite://{FOLDER}/regulars.sqlite3",
            "secret_key": SecretStr(SystemIds().token() + SystemIds().token()),
            "kick_public_key_file": FOLDER / "kick.pem",
            # Whatever app the settings know: its secret is not for a simulator.
            "kick_client_id": CLIENT_ID,
            "kick_client_secret": SecretStr(secret),
            "redis_url": None,
            "public_url": origin_of(settings),
        }
    )
    with (FOLDER / "server.log").open("w") as log:
        configure_logs(level="info", layout="console", stream=log, secrets=demo.secret_values())
        await play(demo, secret, as_json=as_json)


async def play(settings: Settings, client_secret: str, *, as_json: bool) -> None:
    """Run server, simulators and bot, and tell where everything is and what happens, until cancelled."""
    origin, screen, is_drawn = origin_of(settings), Screen(sys.stdout, is_on=not as_json), asyncio.Event()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        # Both simulators start while the database is made.
        kick = await stack.enter_async_context(kick_started(settings, origin, client_secret))
        discord = await stack.enter_async_context(discord_started())
        await migrate(settings.database_url, SystemClock().now())
        settings = settings.model_copy(update=addresses_of(settings, (await kick.written(WRITTEN)).decode()))
        server = await stack.enter_async_context(assembled(settings, chain=DEMO))
        await stack.enter_async_context(running(server))
        await stack.enter_async_context(listening(server))
        community_id = await seeded(server)
        raffle = await begun(server, community_id)
        home, health_url = await discord_there(discord, session), f"http://127.0.0.1:{free_port()}/healthz"
        await bound(server, community_id, home)
        bot = await stack.enter_async_context(bot_started(origin, await service_key(server), home, health_url))
        # The way out begins here; Discord stays until the bot has said goodbye.
        stack.callback(dismiss, bot, kick)
        overlay = await overlay_key(server, community_id)
        told = invitation(server, community_id, raffle, origin=origin, home=home, bot=health_url, overlay=overlay)
        print(orjson.dumps(told).decode() if as_json else table(told), flush=True)
        viewers = Viewers(server, community_id, origin, home, screen, is_drawn)
        async with asyncio.TaskGroup() as group:
            group.create_task(drawn(server, community_id, raffle, screen, is_drawn))
            group.create_task(act(viewers, session, bot, health_url))
            for program in (kick, discord, bot):
                group.create_task(watched(program, screen))
            if not as_json:
                group.create_task(follow(TRANSCRIPT, screen))
                group.create_task(status_line(server, community_id, screen))
            await asyncio.Event().wait()


async def act(viewers: Viewers, session: ClientSession, bot: Program, health_url: str) -> None:
    """Have viewers act on Discord as soon as the bot is there."""
    if await bot_there(session, bot, health_url):
        await viewers.run()


def dismiss(*programs: Program) -> None:
    """Ask programs to end, all at once."""
    for program in programs:
        program.dismiss()


async def watched(program: Program, screen: Screen) -> None:
    """Say so where another process of the demo ends before it does."""
    screen.say("", f"  {await program.ended()}")


def origin_of(settings: Settings) -> str:
    """The address at which a program on this machine reaches the server."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    return f"http://{host}:{settings.port}"
