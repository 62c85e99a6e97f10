"""Which transport Kick wants its visitors to use today, and the token that the newer one takes.

None of it is documented. Kick may refuse servers altogether; then the older transport is used, which needs none of it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlsplit

from aiohttp import ClientSession

from server.platforms.kick.calls import LOOPBACK, TooLong, Unanswered, call, secure_origin
from server.platforms.kick.centrifugo import Centrifugo
from server.platforms.kick.pusher import Pusher
from server.platforms.kick.sockets import Transport

TIMEOUT_S = 10.0
ANSWER_SIZE_MAX = 64 * 1024
TOKEN_LENGTH_MAX = 8_192


class NotNegotiated(Exception):
    """Kick gave no answer that can be used; the sentence is made of our own words only."""


class Negotiation:
    """Kick's web endpoints for its chat's sockets."""

    def __init__(self, session: ClientSession, *, web_url: str, pusher_url: str, client_id: str) -> None:
        """Raise ValueError unless `web_url` is https, or http on this machine."""
        self._session = session
        self._web = secure_origin(web_url, "Kick's web server")
        self._pusher_url = pusher_url
        self._client_id = client_id

    def pusher(self) -> Transport:
        """The older transport, which takes no negotiation."""
        return Pusher(self._pusher_url)

    async def transport(self, channel_ref: str) -> Transport:
        """Return the transport that Kick names for a channel; raise NotNegotiated."""
        asked: dict[str, Any] = {
            "client": {"id": self._client_id, "type": "web"},
            "capabilities": {"accepted_providers": [{"provider": "pusher"}, {"provider": "centrifugo"}]},
        }
        path = f"/api/v1/realtime/channels/{quote(channel_ref, safe='')}/chat/connection"
        for offer in _offers(await self._post(path, asked)):
            match offer:
                case {"provider": "pusher"}:
                    # Its app and cluster are the setting's, so that nobody else can send us elsewhere.
                    return self.pusher()
                case {"provider": "centrifugo", "credentials": {"url": str(url)}} if _is_secure(url):
                    return Centrifugo(url, await self.token())
                case _:
                    continue
        raise NotNegotiated("Kick named no way to its chat that we know.")

    async def token(self) -> str:
        """Return a guest's token; raise NotNegotiated."""
        match await self._post("/api/v1/realtime/auth/connection", {"client_id": self._client_id}):
            case {"data": {"token": str(token)}} if 0 < len(token) <= TOKEN_LENGTH_MAX:
                return token
            case _:
                raise NotNegotiated("Kick gave no token for its chat.")

    async def _post(self, path: str, content: Mapping[str, Any]) -> Any:
        try:
            answer = await call(
                self._session,
                "POST",
                f"{self._web}{path}",
                timeout_s=TIMEOUT_S,
                size_max=ANSWER_SIZE_MAX,
                content=content,
            )
        except Unanswered as fault:
            raise NotNegotiated(f"{fault} It was asked about its chat.") from None
        except TooLong:
            raise NotNegotiated("Kick's answer about its chat is too long to be one.") from None
        if answer.status != HTTPStatus.OK:
            raise NotNegotiated(f"Kick answered {answer.status} when asked about its chat.")
        return answer.json()


def _offers(answer: object) -> list[Any]:
    data: Any = cast("dict[str, Any]", answer).get("data") if isinstance(answer, dict) else None
    offers: Any = cast("dict[str, Any]", data).get("connections") if isinstance(data, dict) else None
    return cast("list[Any]", offers) if isinstance(offers, list) else []


def _is_secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "wss" or (parts.scheme == "ws" and host in LOOPBACK))
