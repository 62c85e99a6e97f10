"""Kick's API, as far as sign-in needs it: https://docs.kick.com/apis."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal, cast

from aiohttp import ClientSession

from server.platforms.kick import values
from server.platforms.kick.calls import Answer, Parameters, TooLong, Unanswered, call, is_token, secure_origin
from server.platforms.kick.values import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, URL_LENGTH_MAX, Unparsable
from server.ports import ApiFault, ApiFaultKind, Introspection, KickChannel, KickUser

CALL_TIMEOUT_S = 10.0
SCOPE_LENGTH_MAX = 2_000
INSTANT_MAX_S = 253_402_300_799  # the last second of the year 9999

_MEANINGS: Mapping[int, tuple[ApiFaultKind, str]] = {
    HTTPStatus.UNAUTHORIZED: ("unauthorised", "Kick takes this token no more; refresh it, or sign in again."),
    HTTPStatus.FORBIDDEN: ("forbidden", "Kick does not allow this; a scope is missing, or the right to do it."),
    HTTPStatus.TOO_MANY_REQUESTS: ("limited", "Kick was asked too often; ask again later."),
    HTTPStatus.REQUEST_TIMEOUT: ("unavailable", "Kick gave up waiting for the request; ask again later."),
}


class KickClient:
    """Kick's API on behalf of whoever owns the token of each call."""

    def __init__(
        self, session: ClientSession, *, api_url: str, auth_url: str, timeout_s: float = CALL_TIMEOUT_S
    ) -> None:
        """Raise ValueError unless both addresses are https, or http on this machine."""
        self._session = session
        self._api = secure_origin(api_url, "Kick's API")
        self._auth = secure_origin(auth_url, "Kick's sign-in")
        self._timeout_s = timeout_s

    async def me(self, access_token: str) -> KickUser | ApiFault:
        """Return who owns the token, or the fault; his mail address, which Kick tells as well, is not read."""
        answer = await self._ask("GET", f"{self._api}/public/v1/users", access_token)
        if isinstance(answer, ApiFault):
            return answer
        try:
            [user] = _data_list(answer)
            return _user(user)
        except (Unparsable, ValueError):
            return _unreadable("who signed in")

    async def channel_of(
        self, access_token: str, *, broadcaster_id: str | None = None, slug: str | None = None
    ) -> KickChannel | ApiFault | None:
        """Return the channel, None when Kick knows none, or the fault; ValueError unless exactly one is named."""
        match broadcaster_id, slug:
            case str(), None:
                query = [("broadcaster_user_id", broadcaster_id)]
            case None, str():
                query = [("slug", slug)]
            case _:
                raise ValueError("Name a channel either by its broadcaster or by its slug.")
        answer = await self._ask("GET", f"{self._api}/public/v1/channels", access_token, query)
        if isinstance(answer, ApiFault):
            return answer
        try:
            channels = [_channel(channel) for channel in _data_list(answer)]
        except (Unparsable, ValueError):
            return _unreadable("a channel")
        # Kick forgives letters of another case in a slug, and could one day answer with more than was asked for.
        asked = broadcaster_id or (slug or "").lower()
        return next((found for found in channels if asked in {found.broadcaster_id, found.slug.lower()}), None)

    async def channel_number(self, access_token: str, *, broadcaster_id: str) -> str | ApiFault | None:
        """Return what Kick itself calls the channel, None while it is not live, or the fault."""
        query = [("broadcaster_user_id", broadcaster_id)]
        answer = await self._ask("GET", f"{self._api}/public/v1/livestreams", access_token, query)
        if isinstance(answer, ApiFault):
            return answer
        try:
            streams = [values.fields(stream, "livestream") for stream in _data_list(answer)]
            ours = [one for one in streams if _id(one.get("broadcaster_user_id"), "owner") == broadcaster_id]
            return _id(ours[0].get("channel_id"), "channel_id") if ours else None
        except (Unparsable, ValueError):
            return _unreadable("a live channel")

    async def introspect(self, access_token: str) -> Introspection | ApiFault:
        """Return what Kick knows of this token, or the fault."""
        answer = await self._ask("POST", f"{self._auth}/oauth/token/introspect", access_token)
        if isinstance(answer, ApiFault):
            return answer
        try:
            return _introspection(_data(answer))
        except Unparsable:
            return _unreadable("a token")

    async def _ask(
        self, method: Literal["GET", "POST"], url: str, token: str, query: Parameters = ()
    ) -> Answer | ApiFault:
        """The answer if its status is 200, else what the status means."""
        if not is_token(token):
            kind, message = _MEANINGS[HTTPStatus.UNAUTHORIZED]
            return ApiFault(kind=kind, message=message)
        try:
            answer = await call(self._session, method, url, timeout_s=self._timeout_s, bearer=token, query=query)
        except Unanswered as fault:
            return ApiFault(kind="unavailable", message=str(fault))
        except TooLong as fault:
            return ApiFault(kind="unreadable", message=str(fault))
        return answer if answer.status == HTTPStatus.OK else _fault(answer)


def _fault(answer: Answer) -> ApiFault:
    status = answer.status
    if status in _MEANINGS:
        kind, message = _MEANINGS[status]
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind, message = "unavailable", f"Kick answered {status}; ask again later."
    elif status >= HTTPStatus.BAD_REQUEST:
        kind, message = "rejected", f"Kick refused the request with {status}."
    else:
        kind, message = "unreadable", f"Kick answered {status} where it promises 200."
    return ApiFault(kind=kind, message=message, retry_after_s=answer.retry_after_s)


def _unreadable(what: str) -> ApiFault:
    return ApiFault(kind="unreadable", message=f"Kick's answer about {what} is not what Kick promises.")


def _data(answer: Answer) -> Any:
    return values.fields(answer.json(), "answer").get("data")


def _data_list(answer: Answer) -> list[Any]:
    data = _data(answer)
    if type(data) is not list:
        raise values.mismatch("data", "a list", data)
    return cast("list[Any]", data)


def _id(value: object, path: str) -> str:
    known = values.user_id(value)
    if known is None:
        raise values.mismatch(path, "a positive number", value)
    return known


def _needed(value: object, path: str) -> str:
    told = values.text(value, path, NAME_LENGTH_MAX)
    if not told:
        raise values.mismatch(path, "a text with something in it", value)
    return told


def _user(value: object) -> KickUser:
    user = values.fields(value, "user")
    return KickUser(
        id=_id(user.get("user_id"), "user_id"),
        name=_needed(user.get("name"), "name"),
        picture=values.optional_text(user.get("profile_picture"), "profile_picture", URL_LENGTH_MAX),
    )


def _channel(value: object) -> KickChannel:
    channel = values.fields(value, "channel")
    told = channel.get("stream")
    stream: Mapping[str, Any] = {} if told is None else values.fields(told, "stream")
    is_live = values.optional_flag(stream.get("is_live"), "stream.is_live")
    return KickChannel(
        broadcaster_id=_id(channel.get("broadcaster_user_id"), "broadcaster_user_id"),
        slug=_needed(channel.get("slug"), "slug"),
        title=values.optional_text(channel.get("stream_title"), "stream_title", TEXT_LENGTH_MAX),
        is_live=is_live,
        live_since=values.optional_instant(stream.get("start_time"), "stream.start_time") if is_live else None,
    )


def _introspection(value: object) -> Introspection:
    told = values.fields(value, "data")
    if not values.flag(told.get("active"), "active"):
        return Introspection(is_active=False)
    kind = told.get("token_type")
    if kind not in ("user", "app"):
        raise values.mismatch("token_type", "user or app", kind)
    scope = values.optional_text(told.get("scope"), "scope", SCOPE_LENGTH_MAX) or ""
    expires_s = values.count(told.get("exp"), "exp")
    if expires_s > INSTANT_MAX_S:
        raise values.mismatch("exp", "seconds before the year 10000", expires_s)
    return Introspection(
        is_active=True,
        client_id=_needed(told.get("client_id"), "client_id"),
        token_type=kind,
        scopes=frozenset(scope.split()),
        expires_at=datetime.fromtimestamp(expires_s, UTC),
    )
