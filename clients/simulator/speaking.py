"""Plays Kick's chat and moderation endpoints."""

from aiohttp import web

from clients.simulator.answers import bad_request, content_of, forbidden, grant_of, may, ok
from clients.simulator.oauth import unauthorized
from clients.simulator.quirks import Said
from clients.simulator.stage import Stage, as_json

TEXT_LENGTH_MAX = 500
BOT = 7_209_999
"""The account that the app's bot speaks as."""


class Speaking:
    """The endpoints, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_post("/public/v1/chat", self.post)
        site.router.add_delete("/public/v1/chat/{message_id}", self.delete)
        site.router.add_post("/public/v1/moderation/bans", self.ban)
        site.router.add_delete("/public/v1/moderation/bans", self.unban)

    async def post(self, request: web.Request) -> web.Response:
        """Post a line: of the bot where the token belongs, or of the person himself where he says."""
        grant, quirks = grant_of(self._stage, request), self._stage.quirks
        if grant is None:
            return unauthorized()
        if grant.account is None or "chat:write" not in grant.scopes or quirks.chat_forbidden:
            return forbidden()
        if quirks.chat_quota:
            return as_json({"data": "daily message quota exceeded", "message": "Bad request"}, 400)
        match await content_of(request):
            case {"type": "bot", "content": str(text), **rest} if 0 < len(text) <= TEXT_LENGTH_MAX:
                channel, sender, speaker = grant.account, BOT, "bot"
            case {"type": "user", "content": str(text), "broadcaster_user_id": int(channel), **rest} if (
                0 < len(text) <= TEXT_LENGTH_MAX
            ):
                sender, speaker = grant.account, "user"
            case _:
                return bad_request()
        if speaker == "bot" and quirks.bot_fails:
            return as_json({"data": {}, "message": "Internal server error"}, 500)
        said = Said(
            message_id=self._stage.fresh_id(),
            channel=channel,
            sender=sender,
            speaker=speaker,
            text=text.replace("<", "").replace(">", ""),
            reply_to=rest.get("reply_to_message_id"),
        )
        self._stage.said.append(said)
        self._stage.heard(said)
        return ok({"is_sent": True, "message_id": said.message_id})

    async def delete(self, request: web.Request) -> web.Response:
        """Take a message away."""
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        if grant.account is None or not may(grant, "moderation:chat_message:manage"):
            return forbidden()
        wanted = request.match_info["message_id"]
        found = next((one for one in self._stage.said if one.message_id == wanted), None)
        if found is None:
            return as_json({"data": None, "message": "Not Found"}, 404)
        self._stage.said.remove(found)
        return web.Response(status=204)

    async def ban(self, request: web.Request) -> web.Response:
        """Ban somebody."""
        return await self._moderate(request, is_ban=True)

    async def unban(self, request: web.Request) -> web.Response:
        """End a ban."""
        return await self._moderate(request, is_ban=False)

    async def _moderate(self, request: web.Request, *, is_ban: bool) -> web.Response:
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        if grant.account is None or not may(grant, "moderation:ban"):
            return forbidden()
        match await content_of(request):
            case {"broadcaster_user_id": int(channel), "user_id": int(account)}:
                (self._stage.banned.add if is_ban else self._stage.banned.discard)((channel, account))
                return ok({})
            case _:
                return bad_request()
