"""A bot on discord.py, started as `python peer_discord_py.py API GATEWAY TOKEN ROLE`."""

import sys

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

API, GATEWAY, TOKEN, ROLE = sys.argv[1:]


class Peer(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = discord.app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        print("ready", flush=True)  # noqa: T201 - how the test learns that it may begin


peer = Peer()


@peer.tree.command(description="Give me the role")
async def grant(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.user.add_roles(discord.Object(int(ROLE)))
    await interaction.followup.send("Granted")


Route.BASE = API
DiscordWebSocket.DEFAULT_GATEWAY = URL(GATEWAY)
peer.run(TOKEN)
