"""The limits of discord: the library alone as a bot, and the same messages by bare requests at the pace Discord allows.

As a process: python -m benchmarks.raw_discord, with the API in REGULARS_BOT_DISCORD_API and the token in
REGULARS_DISCORD_TOKEN. It says `ready` once the gateway is.
"""

# The library says only in part what its values are.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedFunctionDecorator=false

import asyncio
import os
from collections.abc import Sequence

import orjson
from aiohttp import ClientSession
from interactions import Client, Embed, Intents, SlashContext, listen, slash_command
from interactions.api.events.internal import WebsocketReady
from interactions.api.http.route import Route

COMMAND = "watchtime"
AT_ONCE = 50
WINDOW_S = 1.0
WORKERS = 20


@slash_command(COMMAND, description="The least that answers")
async def answer(ctx: SlashContext) -> None:
    """Answer with a card that is there already."""
    await ctx.send(embeds=Embed(title="Watch time of somebody", description="**35 min**\nPlace 1"), ephemeral=True)


@listen(WebsocketReady)
async def tell(_: WebsocketReady) -> None:
    """Say that the gateway is ready."""
    print("ready", flush=True)


class Pace:
    """Fifty requests in each second that the first of them opens, as Discord counts."""

    def __init__(self) -> None:
        self._opened_s = 0.0
        self._left = 0
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Wait until one more may be sent."""
        async with self._lock:
            if not self._left:
                # A hair beyond its end: the other side began to count a moment later.
                await asyncio.sleep(self._opened_s + 1.02 * WINDOW_S - asyncio.get_running_loop().time())
                self._opened_s, self._left = asyncio.get_running_loop().time(), AT_ONCE
            self._left -= 1


async def write_to(session: ClientSession, api: str, token: str, people: Sequence[str], shown: object) -> float:
    """Open a direct channel to each of the people and post there; how many a second had their message."""
    headers = {"Authorization": f"Bot {token}", "Content-Type": "application/json"}
    pace, waiting, body = Pace(), list(people), orjson.dumps(shown)

    async def post(path: str, data: bytes) -> bytes:
        await pace.take()
        async with session.post(f"{api}{path}", data=data, headers=headers) as said:
            assert said.status == 200, await said.text()
            return await said.read()

    async def work() -> None:
        while waiting:
            channel = await post("/users/@me/channels", orjson.dumps({"recipient_id": waiting.pop()}))
            await post(f"/channels/{orjson.loads(channel)['id']}/messages", body)

    begun_s = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as workers:
        for _ in range(WORKERS):
            workers.create_task(work())
    return len(people) / (asyncio.get_running_loop().time() - begun_s)


def main() -> None:
    """Be a bot until ended."""
    Route.BASE = os.environ["REGULARS_BOT_DISCORD_API"]  # noqa: TID251 - as our bot is told
    Client(token=os.environ["REGULARS_DISCORD_TOKEN"], intents=Intents.GUILDS).start()  # noqa: TID251 - as our bot is


if __name__ == "__main__":
    main()
