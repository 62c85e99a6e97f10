"""Builds the stage of an evening: a community in a fresh database, and everybody outside, before anything runs."""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from clients.simulator.beacon import OwnBeacon
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import Guild
from clients.simulator.grants import KickApp
from clients.simulator.people import HARBOUR
from clients.simulator.played import KickPlayed
from server.actions import channels, communities
from server.actions.tokens import service_keys
from server.app import assembled
from server.auth.service_tokens import handed_out, new_pair
from server.settings import Settings
from server.store.database import open_database
from server.system import SystemChance
from server.web.pages.platforms import CALLBACK
from tests.clients.discord.contract import contract
from tests.clients.discord.evening.clock import SharedClock
from tests.clients.discord.evening.stage import ANSWERED_WITHIN, PEOPLE, Stage
from tests.clients.discord.evening.traps import Traps
from tests.clients.discord.evening.victims import PlayedGateway, Program
from tests.keys import kicks_key
from tests.programs import environment, free_port
from tests.resolvers.proving import guild_bound
from tests.running import SECRET

CLIENT_ID, CLIENT_SECRET = "01EVENING", "opens-nothing-but-the-played-kick"
CHANNELS = ("links", "live", "slots", "log", "raffle", "giveaways", "general")
ROLES = ("Linked", "Fan")
LOOKS_WITHIN_S = 5.0


@dataclass(frozen=True)
class Seeds:
    """What there is before anything runs: the community, a token of the operator, and the bot's key."""

    community: int
    token: str
    key: str


async def seeded(settings: Settings, clock: SharedClock, guild: str) -> Seeds:
    """A community with a channel on Kick and a server on Discord."""
    private, public = new_pair()
    kid = SystemChance().draw(12).hex()
    async with assembled(settings, roles=frozenset({"web"}), clock=clock) as server:
        create = partial(communities.create, slug="harbour", name="Harbour Lights", timezone="Europe/Stockholm")
        community = await server.units.run(0, create)
        account = {"external_id": str(HARBOUR.account), "name": HARBOUR.name, "slug": HARBOUR.slug}
        await server.units.run(community, partial(channels.attach, platform="kick", **account))
        await guild_bound(server, community, guild)
        key = partial(service_keys.add, kid=kid, kind="bot", name="bot", public_key=public)
        await server.units.run(0, key)
        token = server.tokens.mint("admin", lifetime=timedelta(hours=12))
    return Seeds(community, token, handed_out("bot", kid, private))


def furnished(discord: DiscordPlayed) -> Guild:
    """A Discord server with channels and roles."""
    guild = discord.world.guild("Harbour")
    for name in CHANNELS:
        discord.world.channel(guild, name)
    for position, name in enumerate(ROLES, 1):
        discord.world.role(guild, name, position)
    return guild


@asynccontextmanager
async def beacon_at(clock: SharedClock) -> AsyncGenerator[str, None]:
    """Where the demo's beacon answers."""
    site = web.Application()
    OwnBeacon(clock.now).add_to(site)
    async with TestServer(site) as relay:
        yield str(relay.make_url("")).rstrip("/")


def server_environment(database_url: str, folder: Path, kick: str, relay: str, port: int) -> dict[str, str]:
    """The settings of the server."""
    pem = folder / "kick.pem"
    pem.write_text(kicks_key().public_pem)
    return environment(
        REGULARS_DATABASE_URL=database_url,
        REGULARS_PORT=str(port),
        REGULARS_KICK_PUBLIC_KEY_FILE=str(pem),
        REGULARS_KICK_CLIENT_ID=CLIENT_ID,
        REGULARS_KICK_CLIENT_SECRET=CLIENT_SECRET,
        REGULARS_KICK_API_URL=kick,
        REGULARS_KICK_AUTH_URL=kick,
        REGULARS_KICK_WEB_URL=kick,
        REGULARS_KICK_SOCKETS="off",
        REGULARS_DRAND_RELAYS=relay,
    )


def bot_environment(folder: Path, discord: DiscordPlayed, url: str, key: str) -> dict[str, str]:
    """The settings of the bot."""
    return {
        "PATH": os.environ["PATH"],
        "REGULARS_DISCORD_TOKEN": discord.stage.token,
        "REGULARS_BOT_SERVICE_KEY": key,
        "REGULARS_BOT_SERVER_URL": url,
        "REGULARS_BOT_DISCORD_API": discord.api,
        "REGULARS_BOT_DATA": str(folder / "bot"),
        "REGULARS_BOT_HEALTH_PORT": "0",
    }


@asynccontextmanager
async def staged(database_url: str, folder: Path) -> AsyncGenerator[Stage, None]:
    """The stage; server and bot are not started yet."""
    clock, traps, port = SharedClock(folder / "clock"), Traps(), free_port()
    url = f"http://127.0.0.1:{port}"
    app = KickApp(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uris=frozenset({url + CALLBACK}))
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordPlayed(traps.inspecting(contract())))
        kick = await stack.enter_async_context(KickPlayed(app, [HARBOUR, *PEOPLE]))
        relay = await stack.enter_async_context(beacon_at(clock))
        session = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=LOOKS_WITHIN_S)))
        discord.stage.faults, discord.stage.answered_within = traps, ANSWERED_WITHIN
        guild = furnished(discord)
        settings = Settings(database_url=database_url, secret_key=SecretStr(SECRET), public_url=url)
        seeds = await seeded(settings, clock, guild.id)
        database = await open_database(database_url, shared=True)
        stack.push_async_callback(database.close)

        async def is_ready() -> bool:
            try:
                async with session.get(f"{url}/readyz") as answer:
                    return answer.status == 200
            except (ClientError, TimeoutError):
                return False

        async def is_connected() -> bool:
            return any(one.session is not None for one in discord.gateway.connections)

        clock_file = (str(folder / "clock"),)
        of_server = server_environment(database_url, folder, kick.url, relay, port)
        of_bot = bot_environment(folder, discord, url, seeds.key)
        yield Stage(
            clock=clock,
            discord=discord,
            kick=kick,
            traps=traps,
            server=Program("server_driver.py", clock_file, of_server, folder / "server.log", is_ready),
            bot=Program("bot_driver.py", clock_file, of_bot, folder / "bot.log", is_connected),
            gateway=PlayedGateway(discord.gateway),
            database=database,
            session=session,
            url=url,
            token=seeds.token,
            community=seeds.community,
            guild=guild,
            channels={one.name: one for one in guild.channels.values()},
            roles={one.name: one for one in guild.roles.values()},
        )
