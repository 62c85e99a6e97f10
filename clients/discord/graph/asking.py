"""One operation of the graph, asked over HTTP in somebody's name or the bot's own."""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, cast

import structlog
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportError, TransportQueryError, TransportServerError

from clients.discord.graph.documents import Document
from clients.service_key import ActingUser, ServiceKey

PATH = "/graphql"
TIMEOUT_S = 8.0
TRIES = 3
PAUSE_S = 0.4
SERVER_FAULT = 500
UNBOUND = "guild_unbound"
"""The code of a refusal where a Discord server belongs to no community that the bot serves."""

Variables = Mapping[str, Any]

log = structlog.get_logger("regulars.discord")


class ServerAway(Exception):
    """The server cannot be reached, or is not well; nothing says whether what was asked was done."""


class ServerRefused(Exception):
    """The server says no, and says what to do; nothing was changed."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class ServerFailed(Exception):
    """The server made a mistake of its own, which it keeps under an id."""

    def __init__(self, id_: str) -> None:
        super().__init__(id_)
        self.id = id_


class Graph:
    """The server at an address, as long as it is entered; `clock_s` tells seconds since 1970."""

    def __init__(self, url: str, key: ServiceKey, clock_s: Callable[[], float]) -> None:
        self._transport = AIOHTTPTransport(url.rstrip("/") + PATH, timeout=int(TIMEOUT_S), ssl=True)
        # Answers are data: the schema is checked against the documents in the tests, not at every start.
        self._client = Client(transport=self._transport, fetch_schema_from_transport=False, execute_timeout=TIMEOUT_S)
        self._key = key
        self._clock_s = clock_s
        self._session: AsyncClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        self._session = cast("AsyncClientSession", await self._client.connect_async())  # pyright: ignore[reportUnknownMemberType] - gql leaves its arguments untyped
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        await self._client.close_async()

    async def ask(
        self,
        document: Document,
        variables: Variables,
        acting: ActingUser | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> dict[str, Any]:
        """What a query or a mutation gives.

        A mutation carries the interaction's id as its idempotency key, so that it, too, may be sent again when its
        answer is lost. Raises `ServerRefused`, also for a problem that is the result of a mutation, `ServerFailed`, and
        `ServerAway` once no answer came in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return _sound(await self._tried(document, variables, acting))
        except TimeoutError:
            raise ServerAway("no answer in time") from None

    async def _tried(self, document: Document, variables: Variables, acting: ActingUser | None) -> dict[str, Any]:
        for again in range(TRIES):
            try:
                return await self._sent(document, variables, acting)
            except ServerAway as away:
                is_last = again == TRIES - 1
                level = log.warning if is_last else log.info
                level("server_away", operation=document.name, reason=str(away), again=again)
                if is_last:
                    raise
            await asyncio.sleep(PAUSE_S * 2**again)
        raise AssertionError  # pragma: no cover - the last try returns or raises

    async def _sent(self, document: Document, variables: Variables, acting: ActingUser | None) -> dict[str, Any]:
        if self._session is None:
            raise ServerAway("not connected")
        request = GraphQLRequest(document.request, variable_values=dict(variables), operation_name=document.name)
        token = self._key.sign(self._clock_s(), acting)
        try:
            return await self._session.execute(request, extra_args={"headers": {"Authorization": f"Bearer {token}"}})
        except TransportQueryError as told:
            raise _refusal(told) from None
        except TransportServerError as broken:
            raise ServerAway(f"status {broken.code}") from None
        except (TransportError, OSError, TimeoutError) as away:
            raise ServerAway(type(away).__name__) from None


def _sound(data: dict[str, Any]) -> dict[str, Any]:
    """The data, unless what it says is a problem."""
    for value in data.values():
        match value:
            case {"code": str(code), "message": str(message), "remedy": str(remedy)}:
                raise ServerRefused(code, message, remedy)
            case _:
                pass
    return data


def _refusal(told: TransportQueryError) -> Exception:
    """What the first error of an answer means."""
    error: Mapping[str, Any] = (told.errors or [{}])[0]
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    code, message = str(extensions.get("code", "")), str(error.get("message", ""))
    if code == "unavailable":
        return ServerAway(code)
    if code in {"", "internal"}:
        return ServerFailed(str(extensions.get("errorId", "")))
    if code == "forbidden" and (error.get("path") or ()) == ["communityOfGuild"]:
        # To whoever may not look, a server of no community and a foreign one are the same.
        code = UNBOUND
    return ServerRefused(code, message, str(extensions.get("remedy", "")))
