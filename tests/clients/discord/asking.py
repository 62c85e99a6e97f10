"""How the tests ask the played Discord as a bot does."""

from typing import Any

import orjson
from aiohttp import ClientSession

from clients.simulator.discord.played import DiscordPlayed


async def ask(
    bot: ClientSession, discord: DiscordPlayed, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    """The status and the content of an answer."""
    sent = {} if body is None else {"json": body}
    async with bot.request(method, discord.api + path, **sent) as answer:
        content = await answer.read()
        assert not content or answer.headers["Content-Type"] == "application/json"
        return answer.status, orjson.loads(content) if content else None
