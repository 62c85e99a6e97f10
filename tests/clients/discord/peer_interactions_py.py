"""A bot on interactions.py, started as `python peer_interactions_py.py API GATEWAY TOKEN ROLE`."""

import sys

from interactions import Client, Intents, SlashContext, listen, slash_command
from interactions.api.events import Startup
from interactions.api.http.route import Route

API, _, TOKEN, ROLE = sys.argv[1:]


@slash_command("grant", description="Give me the role")
async def grant(ctx: SlashContext) -> None:
    await ctx.defer(ephemeral=True)
    await ctx.client.http.add_guild_member_role(ctx.guild_id, ctx.author.id, ROLE)
    await ctx.send("Granted")


@listen(Startup)
async def on_startup() -> None:
    print("ready", flush=True)  # noqa: T201 - how the test learns that it may begin


Route.BASE = API
Client(token=TOKEN, intents=Intents.GUILDS).start()
