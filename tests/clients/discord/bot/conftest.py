"""A bot of ours between a real server and the played Discord."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from clients.discord.app import Bot, Outside
from clients.discord.settings import Settings
from clients.simulator.discord.asked import Asked
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import Channel, Guild, Json, User
from server.actions.tokens import service_keys
from server.auth.service_tokens import handed_out, new_pair
from server.system import SystemChance
from tests.clients.discord.library.connecting import least
from tests.graph import Graph, graph
from tests.resolvers.proving import guild_bound

__all__ = ["graph"]


@dataclass
class Place:
    """A Discord server with a community behind it, and the bot in it."""

    graph: Graph
    community: int
    discord: DiscordPlayed
    guild: Guild
    channel: Channel
    bot: Bot
    settings: Settings
    running: asyncio.Task[None]

    def person(self, name: str) -> User:
        user = self.discord.world.user(name)
        self.discord.world.join(self.guild, user)
        return user

    async def use(self, user: User, command: str, *options: Json) -> Asked:
        return await self.discord.people.use(user, self.channel, command, options)

    async def told(self, user: User, command: str, *options: Json) -> Json:
        """The card that somebody is shown."""
        asked = await self.use(user, command, *options)
        shown = await asked.settled()
        return shown["embeds"][0]


@pytest.fixture
async def place(
    graph: Graph,
    discord: DiscordPlayed,
    tmp_path: Path,
) -> AsyncGenerator[Place, None]:
    """A bot that is connected; the community's stream was watched by three viewers."""
    community = await graph.live.community("house", "100001")
    await graph.watched()
    guild = discord.world.guild("Cardroom")
    channel = discord.world.channel(guild, "general")
    await guild_bound(graph.server, community, guild.id)
    private, public = new_pair()
    kid = SystemChance().draw(12).hex()
    await graph.server.units.run(0, partial(service_keys.add, kid=kid, kind="bot", name="bot", public_key=public))
    settings = Settings(
        REGULARS_DISCORD_TOKEN=SecretStr(discord.stage.token),
        service_key=SecretStr(handed_out("bot", kid, private)),
        server_url=str(graph.live.http.make_url("")).rstrip("/"),
        discord_api=discord.api,
        data=tmp_path / "bot",
        health_port=0,
    )
    clock = graph.server.clock
    bot = Bot(settings, Outside(lambda: clock.now().timestamp(), least))
    await bot.sync_commands()
    running = asyncio.create_task(bot.run())
    async with asyncio.timeout(20):
        while not bot.is_up:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.01)
    yield Place(graph, community, discord, guild, channel, bot, settings, running)
    running.cancel()
    await asyncio.wait({running}, timeout=10)
