"""Discord's endpoints about the bot, its commands, people and direct channels."""

from typing import Any, cast

import orjson
from aiohttp import web

from clients.simulator.discord.refusals import INVALID_FORM, NOT_FOUND, Refusal, Refused
from clients.simulator.discord.shapes import application_json, channel_json, own_json, user_json
from clients.simulator.discord.stage import API, Stage, answer, body_of
from clients.simulator.discord.world import EVERYWHERE, Json

COMMANDS_MAX = {1: 100, 2: 5, 3: 5}
"""So many of each type a scope has: slash commands, and entries in the menus of members and of messages."""

DEFAULTS: Json = {
    "type": 1,
    "default_member_permissions": None,
    "dm_permission": True,
    "nsfw": False,
    "options": [],
    "integration_types": [0],
    "contexts": None,
}


class Accounts:
    """The endpoints."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        route = site.router
        route.add_get(f"{API}/gateway", self.gateway)
        route.add_get(f"{API}/gateway/bot", self.gateway_of_bot)
        route.add_get(f"{API}/users/@me", self.own)
        route.add_get(f"{API}/users/{{user}}", self.user)
        route.add_post(f"{API}/users/@me/channels", self.direct)
        route.add_get(f"{API}/applications/@me", self.application)
        route.add_get(f"{API}/oauth2/applications/@me", self.application)
        for scope in ("", "/guilds/{guild}"):
            commands = f"{API}/applications/{{application}}{scope}/commands"
            route.add_get(commands, self.commands)
            route.add_put(commands, self.replace)
            route.add_post(commands, self.create)
            route.add_delete(f"{commands}/{{command}}", self.remove)

    async def gateway(self, request: web.Request) -> web.Response:
        """Say where the gateway is."""
        return answer({"url": f"ws://{request.host}/gateway"})

    async def gateway_of_bot(self, request: web.Request) -> web.Response:
        """Say where it is, how many shards are wise, and how often the bot may still identify today."""
        left = self._stage.gateway.identifies_left
        limit = {"total": 1_000, "remaining": max(0, left), "reset_after": 86_400_000, "max_concurrency": 1}
        return answer({"url": f"ws://{request.host}/gateway", "shards": 1, "session_start_limit": limit})

    async def own(self, _: web.Request) -> web.Response:
        """The bot's account."""
        return answer(own_json(self._stage.world.bot))

    async def user(self, request: web.Request) -> web.Response:
        """Somebody's account."""
        return answer(user_json(self._stage.world.user_of(request.match_info["user"])))

    async def direct(self, request: web.Request) -> web.Response:
        """The direct channel with a person, also where he takes no messages there."""
        body = await body_of(request)
        user = self._stage.world.user_of(str(body.get("recipient_id")))
        return answer(channel_json(self._stage.world.direct(user)))

    async def application(self, _: web.Request) -> web.Response:
        """The bot's application."""
        return answer(application_json(self._stage.world))

    async def commands(self, request: web.Request) -> web.Response:
        """The commands of a scope."""
        return answer(self._stage.world.commands.get(self._scope(request), []))

    async def replace(self, request: web.Request) -> web.Response:
        """Put exactly these commands in place of those of the scope; a name that stays keeps its id."""
        scope, wanted = self._scope(request), orjson.loads(await request.read())
        old = {_key(command): command for command in self._stage.world.commands.get(scope, [])}
        new = [self._command(scope, command, old) for command in _objects(wanted)]
        self._set(scope, new)
        return answer(new)

    async def create(self, request: web.Request) -> web.Response:
        """Create a command, or change the one of this name."""
        scope = self._scope(request)
        old = {_key(command): command for command in self._stage.world.commands.get(scope, [])}
        command = self._command(scope, await body_of(request), old)
        self._set(scope, [*(old | {_key(command): command}).values()])
        return answer(command, status=200 if _key(command) in old else 201)

    async def remove(self, request: web.Request) -> web.Response:
        """Forget a command."""
        scope, gone = self._scope(request), request.match_info["command"]
        left = [command for command in self._stage.world.commands.get(scope, []) if command["id"] != gone]
        self._set(scope, left)
        return web.Response(status=204)

    def _scope(self, request: web.Request) -> str:
        if request.match_info["application"] != self._stage.world.bot.id:
            raise Refused(NOT_FOUND)
        guild = request.match_info.get("guild", EVERYWHERE)
        return self._stage.world.guild_of(guild).id if guild else EVERYWHERE

    def _command(self, scope: str, wanted: Json, old: dict[tuple[str, int], Json]) -> Json:
        world, known = self._stage.world, old.get(_key(wanted))
        of_guild = {"guild_id": scope} if scope else {}
        ids = {"id": known["id"] if known else world.clock.snowflake(), "application_id": world.bot.id}
        command = DEFAULTS | wanted | of_guild | ids | {"version": world.clock.snowflake()}
        needed = command["default_member_permissions"]
        return command | {"default_member_permissions": None if needed is None else str(needed)}

    def _set(self, scope: str, commands: list[Json]) -> None:
        names = {_key(command) for command in commands}
        full = [most for kind, most in COMMANDS_MAX.items() if sum(one == kind for _, one in names) > most]
        if full or len(names) < len(commands):
            most = full[0] if full else COMMANDS_MAX[1]
            raise Refused(Refusal(400, 30032, f"Maximum number of application commands reached ({most})"))
        self._stage.world.commands[scope] = commands
        self._stage.transcript.note(f"The bot registers {len(commands)} commands {'here' if scope else 'everywhere'}")


def _key(command: Json) -> tuple[str, int]:
    return str(command.get("name")), int(command.get("type") or 1)


def _objects(wanted: Any) -> list[Json]:
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in cast("list[Any]", wanted)):
        raise Refused(INVALID_FORM)
    return cast("list[Json]", wanted)
