"""The strings of the played Discord for other processes: people who act, what they see, and what goes wrong next."""

from aiohttp import web

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.people import People
from clients.simulator.discord.refusals import INVALID_FORM, Refused
from clients.simulator.discord.rest import refused
from clients.simulator.discord.stage import Stage, answer, body_of, nothing
from clients.simulator.discord.world import Json, Message, User

PREFIX = "/simulator"
LATENCY_MAX_S = 60.0


class Controls:
    """Endpoints under /simulator; each takes a small JSON object with ids of the played Discord."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._people = People(stage)

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(f"{PREFIX}/world", self.world)
        site.router.add_get(f"{PREFIX}/transcript", self.transcript)
        site.router.add_get(f"{PREFIX}/statuses", self.statuses)
        site.router.add_post(f"{PREFIX}/people", self.person)
        site.router.add_post(f"{PREFIX}/acts", self.act)
        site.router.add_get(f"{PREFIX}/acts/{{token}}", self.seen)
        site.router.add_post(f"{PREFIX}/faults", self.fault)

    async def world(self, _: web.Request) -> web.Response:
        """Guilds with their channels and roles, people, the ids of messages, and the token that a bot needs."""
        world = self._stage.world
        guilds = [
            {
                "id": guild.id,
                "name": guild.name,
                "channels": {channel.name: channel.id for channel in guild.channels.values()},
                "roles": {role.name: role.id for role in guild.roles.values()},
                "members": {member.user.name: member.roles for member in guild.members.values()},
            }
            for guild in world.guilds.values()
        ]
        messages = [{"id": one.id, "channel": one.channel.id, **one.shown} for one in world.messages.values()]
        people = {user.name: user.id for user in world.users.values()}
        told = {"token": self._stage.token, "application": world.bot.id, "guilds": guilds}
        return answer({**told, "people": people, "messages": messages[-100:]})

    async def transcript(self, _: web.Request) -> web.Response:
        """What everybody saw, as text."""
        return web.Response(text=self._stage.transcript.text())

    async def statuses(self, _: web.Request) -> web.Response:
        """How often the API answered with each status."""
        return answer({str(status): many for status, many in sorted(self._stage.statuses.items())})

    async def person(self, request: web.Request) -> web.Response:
        """Let somebody join a guild: {"name": "ada", "guild": "1"}; with {"closed": true} he takes no messages."""
        match await body_of(request):
            case {"name": str(name), "guild": str(guild)} as asked if guild in self._stage.world.guilds:
                user = self._stage.world.user(name, is_closed=asked.get("closed") is True)
                await self._people.join(user, self._stage.world.guilds[guild])
                return answer({"id": user.id})
            case _:
                return refused(INVALID_FORM)

    async def act(self, request: web.Request) -> web.Response:
        """Have somebody do something: {"user": "1", "use": "board", "channel": "2", "options": []}.

        Or {"user", "click", "message"}, {"user", "choose", "values", "message"}, {"user", "fill_in": {}, "form"} with
        the token of what the bot answered with the form, {"user", "react", "message"}. Most give a token.
        """
        try:
            asked = await self._act(await body_of(request))
        except Refused as no:
            return refused(no.refusal)
        except LookupError as missing:
            return answer({"message": str(missing), "code": 0}, status=400)
        return nothing() if asked is None else answer({"token": asked.token})

    async def seen(self, request: web.Request) -> web.Response:
        """What the bot answered, and what is seen of it now; `is_settled` once it is more than that the bot thinks."""
        asked = self._stage.asked.get(request.match_info["token"])
        if asked is None:
            return refused(INVALID_FORM)
        shown = None if asked.message is None else asked.message.shown
        return answer({"answer": asked.answer, "shown": shown, "is_settled": asked.is_settled})

    async def fault(self, request: web.Request) -> web.Response:
        """Let something go wrong: {"drop": true}, {"reconnect": true}, {"invalidate": true}, {"close": 4000}.

        {"die": true} kills the gateway, which forgets its sessions and lets nobody in until {"die": false}.
        Or {"latency_s": 0.5} for every answer from now on, or {"skip_s": 3600} to let so much time have passed.
        """
        gateway = self._stage.gateway
        match await body_of(request):
            case {"drop": True}:
                gateway.drop()
            case {"reconnect": True}:
                await gateway.reconnect()
            case {"invalidate": bool(is_resumable)}:
                await gateway.invalidate(resumable=not is_resumable)
            case {"die": bool(is_dead)}:
                (gateway.die if is_dead else gateway.come_back)()
            case {"close": int(code)} if 4000 <= code <= 4999:  # noqa: PLR2004 - the codes an application may use
                await gateway.close(code)
            case {"latency_s": int() | float() as seconds} if 0 <= seconds <= LATENCY_MAX_S:
                self._stage.faults.latency_s = float(seconds)
            case {"skip_s": int() | float() as seconds} if seconds >= 0:
                self._stage.world.clock.skip(float(seconds))
            case _:
                return refused(INVALID_FORM)
        return nothing()

    async def _act(self, asked: Json) -> Asked | None:
        people, world = self._people, self._stage.world
        match asked:
            case {"user": str(user), "use": str(command), "channel": str(channel)}:
                options: list[Json] = asked.get("options") or []
                return await people.use(world.user_of(user), world.channel_of(channel), command, options)
            case {"user": str(user), "click": str(button), "message": str(message)}:
                return await people.click(*self._both(user, message), button)
            case {"user": str(user), "choose": str(name), "values": list(), "message": str(message)}:
                return await people.choose(*self._both(user, message), name, asked["values"])
            case {"user": str(user), "fill_in": dict(), "form": str(token)} if token in self._stage.asked:
                return await people.fill_in(world.user_of(user), self._stage.asked[token], asked["fill_in"])
            case {"user": str(user), "react": str(emoji), "message": str(message)}:
                await people.react(*self._both(user, message), emoji)
                return None
            case _:
                raise Refused(INVALID_FORM)

    def _both(self, user: str, message: str) -> tuple[User, Message]:
        if message not in self._stage.world.messages:
            raise LookupError(f"there is no message {message}")
        return self._stage.world.user_of(user), self._stage.world.messages[message]
