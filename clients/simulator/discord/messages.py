"""Discord's endpoints about channels: messages, edits, pins and reactions."""

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from clients.simulator.discord.refusals import (
    CLOSED_TO_MESSAGES,
    EMPTY_MESSAGE,
    NOT_ITS_AUTHOR,
    PINS_FULL,
    UNKNOWN_MESSAGE,
    Refused,
)
from clients.simulator.discord.shapes import channel_json, message_json
from clients.simulator.discord.stage import API, Stage, answer, body_of, nothing
from clients.simulator.discord.transcript import place
from clients.simulator.discord.uploads import attached
from clients.simulator.discord.world import (
    ADD_REACTIONS,
    ATTACH_FILES,
    EPHEMERAL,
    PIN_MESSAGES,
    SEND_MESSAGES,
    Channel,
    Json,
    Message,
    shown,
)

OLD = timedelta(hours=1)
PINS_MAX = 250
NONCES_MAX = 1_000


class Messages:
    """The endpoints."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._nonces: dict[tuple[str, str], Message] = {}

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        route, channel = site.router, f"{API}/channels/{{channel}}"
        route.add_get(channel, self.channel)
        route.add_get(f"{channel}/messages", self.listed)
        route.add_post(f"{channel}/messages", self.post)
        route.add_get(f"{channel}/messages/pins", self.pins)
        for pin in (f"{channel}/messages/pins/{{message}}", f"{channel}/pins/{{message}}"):
            route.add_put(pin, self.pin)
            route.add_delete(pin, self.unpin)
        message = f"{channel}/messages/{{message}}"
        route.add_get(message, self.message)
        route.add_patch(message, self.edit)
        route.add_delete(message, self.remove)
        route.add_put(f"{message}/reactions/{{emoji}}/@me", self.react)
        route.add_delete(f"{message}/reactions/{{emoji}}/{{user}}", self.unreact)

    async def channel(self, request: web.Request) -> web.Response:
        """A channel."""
        return answer(channel_json(self._channel(request)))

    async def listed(self, request: web.Request) -> web.Response:
        """The newest messages of a channel, at most a hundred."""
        channel, size = self._channel(request), min(100, int(request.query.get("limit", "50")))
        found = [
            one for one in self._stage.world.messages.values() if one.channel is channel and not one.flags & EPHEMERAL
        ]
        return answer([self._json(one) for one in found[::-1][:size]])

    async def post(self, request: web.Request) -> web.Response:
        """Post a message; a nonce that must be unique gives the message that it gave before."""
        channel, body = self._channel(request), await body_of(request)
        self._stage.world.must(channel, SEND_MESSAGES)
        if channel.recipient is not None and channel.recipient.is_closed:
            raise Refused(CLOSED_TO_MESSAGES)
        if not any(body.get(part) for part in ("content", "embeds", "components", "attachments", "sticker_ids")):
            raise Refused(EMPTY_MESSAGE)
        if body.get("attachments"):
            self._stage.world.must(channel, ATTACH_FILES)
        nonce = (channel.id, str(body["nonce"])) if body.get("enforce_nonce") and body.get("nonce") else None
        if nonce is not None and nonce in self._nonces:
            return answer(self._json(self._nonces[nonce]))
        message = self._stage.world.post(channel, self._stage.world.bot, body, flags=int(body.get("flags") or 0))
        if nonce is not None:
            self._nonces[nonce] = message
            while len(self._nonces) > NONCES_MAX:
                self._nonces.pop(next(iter(self._nonces)))
        self._stage.transcript.show(message)
        await self._tell("MESSAGE_CREATE", message)
        return answer(self._json(message))

    async def message(self, request: web.Request) -> web.Response:
        """A message."""
        return answer(self._json(self._message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        """Edit a message of the bot; those older than an hour only a few times."""
        message, body = self._message(request), await body_of(request)
        if message.author is not self._stage.world.bot:
            raise Refused(NOT_ITS_AUTHOR)
        now = self._stage.world.clock.now()
        if now - message.at > OLD:
            self._stage.limits.edit_old(message.channel.id)
        amend(message, body, self._stage.world.clock.snowflake)
        message.edited_at = now
        self._stage.transcript.show(message, " (edited)")
        await self._tell("MESSAGE_UPDATE", message)
        return answer(self._json(message))

    async def remove(self, request: web.Request) -> web.Response:
        """Delete a message of the bot."""
        message = self._message(request)
        if message.author is not self._stage.world.bot:
            raise Refused(NOT_ITS_AUTHOR)
        del self._stage.world.messages[message.id]
        self._stage.transcript.note(f"{place(message.channel)} the bot deletes a message")
        gone = {"id": message.id, "channel_id": message.channel.id, "guild_id": message.channel.guild}
        await self._stage.gateway.tell("MESSAGE_DELETE", gone, message.channel.guild)
        return nothing()

    async def pins(self, request: web.Request) -> web.Response:
        """The pinned messages, the newest pin first."""
        channel, world = self._channel(request), self._stage.world
        found = [world.messages[pin] for pin in reversed(channel.pins) if pin in world.messages]
        items = [{"pinned_at": one.at.isoformat(), "message": self._json(one)} for one in found]
        return answer({"items": items, "has_more": False})

    async def pin(self, request: web.Request) -> web.Response:
        """Pin a message."""
        message = self._message(request)
        self._stage.world.must(message.channel, PIN_MESSAGES)
        pins = message.channel.pins
        if message.id not in pins:
            if len(pins) >= PINS_MAX:
                raise Refused(PINS_FULL)
            pins.append(message.id)
            self._stage.transcript.note(f"{place(message.channel)} the bot pins a message")
        return nothing()

    async def unpin(self, request: web.Request) -> web.Response:
        """Pin it no more."""
        message = self._message(request)
        self._stage.world.must(message.channel, PIN_MESSAGES)
        if message.id in message.channel.pins:
            message.channel.pins.remove(message.id)
        return nothing()

    async def react(self, request: web.Request) -> web.Response:
        """React as the bot."""
        message = self._message(request)
        self._stage.world.must(message.channel, ADD_REACTIONS)
        users = message.reactions.setdefault(request.match_info["emoji"], [])
        if self._stage.world.bot.id not in users:
            users.append(self._stage.world.bot.id)
        return nothing()

    async def unreact(self, request: web.Request) -> web.Response:
        """Take back a reaction, the bot's own or somebody's."""
        message, who = self._message(request), request.match_info["user"]
        user = self._stage.world.bot.id if who == "@me" else who
        users = message.reactions.get(request.match_info["emoji"], [])
        if user in users:
            users.remove(user)
        return nothing()

    def _channel(self, request: web.Request) -> Channel:
        return self._stage.world.channel_of(request.match_info["channel"])

    def _message(self, request: web.Request) -> Message:
        message = self._stage.world.message_of(request.match_info["message"], self._channel(request))
        if message.flags & EPHEMERAL:
            raise Refused(UNKNOWN_MESSAGE)  # it is in no channel: only the interaction's token reaches it
        return message

    def _json(self, message: Message) -> Json:
        return message_json(message, self._stage.world.bot)

    async def _tell(self, event: str, message: Message) -> None:
        guild = message.channel.guild
        of_guild = {} if guild is None else {"guild_id": guild}
        await self._stage.gateway.tell(event, self._json(message) | of_guild, guild)


def amend(message: Message, body: Json, new_id: Callable[[], str]) -> None:
    """Change what a body names of a message, and nothing else."""
    message.attachments = attached(body, message.attachments, new_id)
    message.shown = message.shown | {part: value for part, value in shown(body).items() if part in body}
    if "flags" in body:
        message.flags = int(body["flags"] or 0)
