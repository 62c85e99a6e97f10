# The library says only in part what its values are.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Discord's REST API as the bot uses it: one call at a time where Discord counts, and no mention unless asked for."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, cast
from weakref import WeakValueDictionary

import orjson
from aiohttp import ClientError
from interactions.api.http.route import Route
from interactions.client.errors import HTTPException

from clients.discord.library.buckets import SteadyHTTP, wait_asked_s
from clients.discord.library.pictures import Picture
from clients.discord.library.refusals import DiscordAway, DiscordBusy, DiscordRefused

# As long as the longest wait for a bucket that Discord announces, and the answer after it.
TIMEOUT_S = 30.0
NONCE_LENGTH_MAX = 25
SPACING_S = 1 / 45
"""Discord takes 50 requests a second of a bot; answers to interactions are not counted."""
REMEMBERED_MAX = 10_000
UNCOUNTED = ("/interactions/", "/webhooks/")
SERVER_FAULT = 500
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
NOBODY: Mapping[str, Any] = {"parse": []}

Json = dict[str, Any]


class Rest:
    """Each method returns Discord's answer, or raises `DiscordRefused` or `DiscordAway`."""

    def __init__(self, http: SteadyHTTP) -> None:
        self._http = http
        self._next_s = 0.0
        self._guilds: dict[str, str] = {}
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, interaction: str, token: str, kind: int, data: Json | None = None) -> None:
        """Answer an interaction, within 3 seconds of it."""
        route = Route(
            "POST", "/interactions/{interaction}/{webhook_token}/callback", interaction=interaction, webhook_token=token
        )
        await self._ask(route, {"type": kind} | ({} if data is None else {"data": _silent(data)}))

    async def edit_answer(self, application: str, token: str, data: Json, pictures: Sequence[Picture] = ()) -> None:
        """Change the answer to an interaction, within 15 minutes of it."""
        route = Route(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=application,
            webhook_token=token,
        )
        await self._ask(route, _silent(data), pictures)

    async def post(
        self, channel: str, data: Json, *, nonce: str | None = None, pictures: Sequence[Picture] = ()
    ) -> Json:
        """Post into a channel; with a nonce, Discord takes it once however often it is sent within minutes."""
        once: Json = {} if nonce is None else {"nonce": fit_nonce(nonce), "enforce_nonce": True}
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        async with self._lane(f"messages:{channel}"):
            return await self._ask(route, _silent(data) | once, pictures)

    async def write_to(self, user: str, data: Json, *, nonce: str | None = None) -> Json:
        """Post to a person alone, who shares a server with the bot and takes direct messages."""
        async with self._lane("direct"):
            channel = await self._ask(Route("POST", "/users/@me/channels"), {"recipient_id": user})
        return await self.post(str(channel["id"]), data, nonce=nonce)

    async def find(self, channel: str, message: str) -> Json:
        """A message."""
        return await self._ask(_message("GET", channel, message))

    async def edit(self, channel: str, message: str, data: Json) -> Json:
        """Change a message of the bot."""
        async with self._lane(f"messages:{channel}"):
            return await self._ask(_message("PATCH", channel, message), _silent(data))

    async def remove(self, channel: str, message: str) -> None:
        """Delete a message of the bot."""
        async with self._lane(f"messages:{channel}"):
            await self._ask(_message("DELETE", channel, message))

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message, which takes the permission to pin messages; the library's own way takes another one."""
        await self._ask(_message("PUT", channel, message, "/channels/{channel_id}/messages/pins/{message_id}"))

    async def react(self, channel: str, message: str, emoji: str) -> None:
        """React to a message as the bot."""
        await self._ask(_message("PUT", channel, message, f"{MESSAGE}/reactions/{{emoji}}/@me", emoji=emoji))

    async def unreact(self, channel: str, message: str, emoji: str, user: str) -> None:
        """Take somebody's reaction away, which takes the permission to manage messages."""
        await self._ask(
            _message("DELETE", channel, message, f"{MESSAGE}/reactions/{{emoji}}/{{user}}", emoji=emoji, user=user)
        )

    async def give_role(self, guild: str, user: str, role: str, reason: str) -> None:
        """Give a role to a member, who need not be known."""
        route = Route("PUT", "/guilds/{guild_id}/members/{user}/roles/{role}", guild_id=guild, user=user, role=role)
        async with self._lane(f"roles:{guild}"):
            await self._ask(route, reason=reason)

    async def take_role(self, guild: str, user: str, role: str, reason: str) -> None:
        """Take a role from a member, who may not have it."""
        route = Route("DELETE", "/guilds/{guild_id}/members/{user}/roles/{role}", guild_id=guild, user=user, role=role)
        async with self._lane(f"roles:{guild}"):
            await self._ask(route, reason=reason)

    async def guild(self, guild: str) -> Json:
        """A server."""
        return await self._ask(Route("GET", "/guilds/{guild_id}", guild_id=guild))

    async def roles(self, guild: str) -> list[Json]:
        """The roles of a server."""
        return cast("list[Json]", await self._ask(Route("GET", "/guilds/{guild_id}/roles", guild_id=guild)))

    async def role_counts(self, guild: str) -> Json:
        """How many members of a server have each of its roles, by the role's id; @everyone is left out."""
        return await self._ask(Route("GET", "/guilds/{guild_id}/roles/member-counts", guild_id=guild))

    async def member(self, guild: str, user: str) -> Json:
        """A member of a server."""
        return await self._ask(Route("GET", "/guilds/{guild_id}/members/{user}", guild_id=guild, user=user))

    async def channel(self, channel: str) -> Json:
        """A channel."""
        return await self._ask(Route("GET", "/channels/{channel_id}", channel_id=channel))

    async def guild_of(self, channel: str) -> str:
        """The server that a channel is in, which never changes; empty for a direct one."""
        if channel not in self._guilds:
            found = await self.channel(channel)
            if len(self._guilds) >= REMEMBERED_MAX:
                self._guilds.clear()
            self._guilds[channel] = str(found.get("guild_id") or "")
        return self._guilds[channel]

    async def set_commands(self, application: str, commands: Sequence[Json]) -> list[Json]:
        """Replace all commands of the bot at once."""
        route = Route("PUT", "/applications/{application}/commands", application=application)
        return cast("list[Json]", await self._ask(route, list(commands)))

    async def _ask(
        self,
        route: Route,
        payload: Json | list[Json] | None = None,
        pictures: Sequence[Picture] = (),
        reason: str | None = None,
    ) -> Json:
        beside: list[Any] = list(pictures)
        await self._pace(route)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._http.request(route, payload, beside or None, reason)
        except HTTPException as refused:
            if refused.status >= SERVER_FAULT:
                raise DiscordAway(f"Discord answers {refused.status}.") from None
            code = refused.code if isinstance(refused.code, int) else 0
            raise DiscordRefused(int(refused.status), code, str(refused.text or "")) from None
        except (TimeoutError, OSError, ClientError, RuntimeError) as away:
            # The library waits for a bucket without a word, and its locks complain when others wait, too.
            if wait_asked_s(route):
                raise DiscordBusy(wait_asked_s(route)) from None
            raise DiscordAway(f"Discord does not answer: {type(away).__name__}.") from None
        if answer is None:
            # The library gave up after three tries and says nothing of it; an empty answer is an empty text.
            if wait_asked_s(route):
                raise DiscordBusy(wait_asked_s(route))
            raise DiscordAway("Discord is not well.")
        return _read(answer) if isinstance(answer, str) else answer

    async def _pace(self, route: Route) -> None:
        """Wait so that all requests together stay below what Discord takes; the library's own count lets bursts by."""
        if route.path.startswith(UNCOUNTED):
            return
        now_s = asyncio.get_running_loop().time()
        mine_s = self._next_s = max(now_s, self._next_s + SPACING_S)
        await asyncio.sleep(mine_s - now_s)

    @asynccontextmanager
    async def _lane(self, name: str) -> AsyncGenerator[None, None]:
        """One call at a time: the library learns of a bucket's limit only from an answer, and a burst overruns it."""
        lane = self._lanes.setdefault(name, asyncio.Lock())
        async with lane:
            yield


def fit_nonce(name: str) -> str:
    """A nonce that Discord takes, another one for every name: the name itself, or its digest where it is longer."""
    return name if len(name) <= NONCE_LENGTH_MAX else sha256(name.encode()).hexdigest()[:NONCE_LENGTH_MAX]


def _read(text: str) -> Json:
    """An answer that the library left as text: there is none, or it came as `application/json; charset=utf-8`."""
    try:
        return orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        raise DiscordAway("Discord answers with something that is no JSON.") from None


def _message(method: str, channel: str, message: str, path: str = MESSAGE, **more: str) -> Route:
    """The way to a message, or to something of it."""
    return Route(method, path, channel_id=channel, message_id=message, **more)


def _silent(data: Mapping[str, Any]) -> Json:
    """What is said, without anybody being called by it, unless it says whom."""
    return {"allowed_mentions": NOBODY, **data}
