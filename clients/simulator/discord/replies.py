"""Discord's endpoints with which a bot answers interactions, and the three seconds it has for that."""

from datetime import timedelta

from aiohttp import web

from clients.simulator.discord.asked import ALLOWED, Asked, Reply
from clients.simulator.discord.messages import amend
from clients.simulator.discord.refusals import (
    ALREADY_ANSWERED,
    INVALID_FORM,
    INVALID_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    Refused,
)
from clients.simulator.discord.shapes import message_json
from clients.simulator.discord.stage import API, Stage, answer, body_of, nothing
from clients.simulator.discord.uploads import Upload
from clients.simulator.discord.world import EPHEMERAL, Json, Message

TOKEN_LIVES = timedelta(minutes=15)
LOADING = 1 << 7


class Replies:
    """The endpoints."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        route, webhook = site.router, f"{API}/webhooks/{{application}}/{{token}}"
        route.add_post(f"{API}/interactions/{{interaction}}/{{token}}/callback", self.first)
        route.add_post(webhook, self.follow_up)
        route.add_get(f"{webhook}/messages/{{message}}", self.message)
        route.add_patch(f"{webhook}/messages/{{message}}", self.edit)
        route.add_delete(f"{webhook}/messages/{{message}}", self.remove)

    async def first(self, request: web.Request) -> web.Response:
        """Take the first answer, once and within three seconds."""
        asked = self._stage.asked.get(request.match_info["token"])
        if asked is None or asked.id != request.match_info["interaction"]:
            raise Refused(UNKNOWN_INTERACTION)
        if asked.answer is not None:
            raise Refused(ALREADY_ANSWERED)
        if self._stage.world.clock.now() - asked.at > self._stage.answered_within:
            self._stage.transcript.note(f"{asked.user.name} sees: the application did not respond")
            raise Refused(UNKNOWN_INTERACTION)
        body = await body_of(request)
        if body.get("type") not in ALLOWED[asked.kind]:
            raise Refused(INVALID_FORM)
        self._take(asked, body, Reply(body["type"]))
        return self._receipt(asked) if request.query.get("with_response", "").lower() in {"true", "1"} else nothing()

    async def follow_up(self, request: web.Request) -> web.Response:
        """Post another message; the first one after a deferred answer takes its place."""
        asked, body = self._asked(request), await body_of(request)
        waits = asked.message is not None and asked.message.flags & LOADING
        if asked.message is not None and waits:
            return self._fill(asked, asked.message, body)
        message = self._post(asked, body)
        asked.followups.append(message)
        self._stage.transcript.show(message)
        asked.note(is_settled=True)
        return answer(self._json(message))

    async def message(self, request: web.Request) -> web.Response:
        """An answer as it can be seen now."""
        return answer(self._json(self._message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        """Change an answer; a deferred one appears."""
        return self._fill(self._asked(request), self._message(request), await body_of(request))

    async def remove(self, request: web.Request) -> web.Response:
        """Take an answer away."""
        self._stage.world.messages.pop(self._message(request).id)
        return nothing()

    def _take(self, asked: Asked, body: Json, reply: Reply) -> None:
        data: Json = {**(body.get("data") or {}), **{key: one for key, one in body.items() if isinstance(one, Upload)}}
        asked.answer = body
        match reply:
            case Reply.MESSAGE:
                asked.message = self._post(asked, data)
                self._stage.transcript.show(asked.message)
            case Reply.DEFERRED:
                asked.message = self._post(asked, data, flags=LOADING)
            case Reply.DEFERRED_UPDATE:
                asked.message = asked.source
            case Reply.UPDATE if asked.source is not None:
                asked.message = asked.source
                amend(asked.source, data, self._stage.world.clock.snowflake)
                self._stage.transcript.show(asked.source, " (edited)")
            case Reply.MODAL:
                self._stage.transcript.note(f"{asked.user.name} sees the form {data.get('title')!r}")
            case _:
                pass
        asked.note(is_settled=reply not in {Reply.DEFERRED, Reply.DEFERRED_UPDATE})

    def _fill(self, asked: Asked, message: Message, body: Json) -> web.Response:
        kept = message.flags & EPHEMERAL
        amend(message, body, self._stage.world.clock.snowflake)
        message.flags = (message.flags & ~LOADING) | kept
        message.edited_at = self._stage.world.clock.now()
        self._stage.transcript.show(message, f" answers {asked.user.name}")
        asked.note(is_settled=True)
        return answer(self._json(message))

    def _post(self, asked: Asked, body: Json, *, flags: int = 0) -> Message:
        flags |= int(body.get("flags") or 0)
        world = self._stage.world
        return world.post(asked.channel, world.bot, body, flags=flags, of_interaction=True)

    def _receipt(self, asked: Asked) -> web.Response:
        message, reply = asked.message, (asked.answer or {}).get("type")
        interaction: Json = {"id": asked.id, "type": asked.kind}
        resource: Json = {"type": reply}
        if message is not None:
            interaction |= {
                "response_message_id": message.id,
                "response_message_loading": bool(message.flags & LOADING),
                "response_message_ephemeral": bool(message.flags & EPHEMERAL),
            }
            resource |= {"message": self._json(message)} if reply in {Reply.MESSAGE, Reply.UPDATE} else {}
        return answer({"interaction": interaction, "resource": resource})

    def _asked(self, request: web.Request) -> Asked:
        asked = self._stage.asked.get(request.match_info["token"])
        if asked is None or request.match_info["application"] != self._stage.world.bot.id or asked.answer is None:
            raise Refused(UNKNOWN_WEBHOOK)
        if self._stage.world.clock.now() - asked.at > TOKEN_LIVES:
            raise Refused(INVALID_TOKEN)
        return asked

    def _message(self, request: web.Request) -> Message:
        asked, wanted = self._asked(request), request.match_info["message"]
        own = [*asked.followups, *([asked.message] if asked.message is not None else [])]
        found = asked.message if wanted == "@original" else next((one for one in own if one.id == wanted), None)
        if found is None or found.id not in self._stage.world.messages:
            raise Refused(UNKNOWN_MESSAGE)
        return found

    def _json(self, message: Message) -> Json:
        return message_json(message, self._stage.world.bot)
