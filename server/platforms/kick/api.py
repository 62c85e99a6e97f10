"""Kick's API, as far as sign-in needs it: https://docs.kick.com/apis."""

from datetime import UTC, datetime

from aiohttp import ClientSession

from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.livestreams import CHANNELS, channels_in
from server.platforms.kick.lookups import USERS, users_in
from server.platforms.kick.requests import CALL_TIMEOUT_S, Requests, account, data_of, list_of, needed, read
from server.ports_platforms import ApiFault, Introspection, KickChannel, KickUser

SCOPE_LENGTH_MAX = 2_000
INSTANT_MAX_S = 253_402_300_799  # the last second of the year 9999


class KickClient:
    """Kick's API on behalf of whoever owns the token of each call. A person waits, so that nothing is asked twice."""

    def __init__(
        self, session: ClientSession, *, api_url: str, auth_url: str, timeout_s: float = CALL_TIMEOUT_S
    ) -> None:
        """Raise ValueError unless both addresses are https, or http on this machine."""
        self._api = Requests(session, api_url=api_url, timeout_s=timeout_s)
        self._auth = Requests(session, api_url=auth_url, what="Kick's sign-in", timeout_s=timeout_s)

    async def me(self, access_token: str) -> KickUser | ApiFault:
        """Return who owns the token, or the fault; his mail address, which Kick tells as well, is not read."""

        def only_one(answer: Answer) -> KickUser:
            [user] = users_in(answer)
            return user

        return read(await self._api.ask("GET", USERS, access_token), "who signed in", only_one)

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
        channels = read(await self._api.ask("GET", CHANNELS, access_token, query=query), "a channel", channels_in)
        if isinstance(channels, ApiFault):
            return channels
        # Kick forgives letters of another case in a slug, and could one day answer with more than was asked for.
        asked = broadcaster_id or (slug or "").lower()
        return next((found for found in channels if asked in {found.broadcaster_id, found.slug.lower()}), None)

    async def channel_number(self, access_token: str, *, broadcaster_id: str) -> str | ApiFault | None:
        """Return what Kick itself calls the channel, None while it is not live, or the fault."""
        query = [("broadcaster_user_id", broadcaster_id)]
        answer = await self._api.ask("GET", "/public/v1/livestreams", access_token, query=query)

        def number(told: Answer) -> str | None:
            streams = [values.fields(stream, f"data[{place}]") for place, stream in enumerate(list_of(told))]
            ours = [one for one in streams if account(one.get("broadcaster_user_id"), "data.owner") == broadcaster_id]
            return account(ours[0].get("channel_id"), "data.channel_id") if ours else None

        return read(answer, "a live channel", number)

    async def introspect(self, access_token: str) -> Introspection | ApiFault:
        """Return what Kick knows of this token, or the fault."""
        answer = await self._auth.ask("POST", "/oauth/token/introspect", access_token)
        return read(answer, "a token", lambda told: _introspection(data_of(told)))


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
        client_id=needed(told.get("client_id"), "client_id"),
        token_type=kind,
        scopes=frozenset(scope.split()),
        expires_at=datetime.fromtimestamp(expires_s, UTC),
    )
