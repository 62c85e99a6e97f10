"""Wake-ups through Redis publish and subscribe; the broker keeps nothing and may be wiped or killed at any time."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Protocol, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.publish.relay import (
    CHANNEL,
    CONNECT_TIMEOUT_S,
    HEARTBEAT_S,
    SEND_TIMEOUT_S,
    Ended,
    Hear,
    LinkLostError,
    RelayBus,
    end,
)

# Our own heartbeats come back to us; without any the subscription is dead, whatever the socket says.
SILENCE_MAX_S = 2.5 * HEARTBEAT_S
FAILURES = (RedisError, OSError)


class _Subscription(Protocol):
    """What we use of redis' PubSub, whose own types are partly unknown."""

    async def subscribe(self, channel: str, /) -> object: ...

    async def get_message(self, *, timeout: float) -> Mapping[str, Any] | None: ...  # noqa: ASYNC109 - redis names it so

    async def aclose(self) -> None: ...


class _Client(Protocol):
    """What we use of redis' client, whose own types are partly unknown."""

    async def publish(self, channel: str, message: str, /) -> int: ...

    def pubsub(self) -> _Subscription: ...

    async def aclose(self) -> None: ...


class RedisLink:
    """One subscription, read by a task of its own, and one connection to publish through."""

    __slots__ = ("_client", "_ended", "_hear", "_reader", "_subscription")

    def __init__(self, client: _Client, subscription: _Subscription, hear: Hear, ended: Ended) -> None:
        self._client = client
        self._subscription = subscription
        self._hear = hear
        self._ended = ended
        self._reader = asyncio.create_task(self._read(), name="redis bus reader")

    async def send(self, payload: str) -> None:
        """Publish to every subscribed process."""
        if self._reader.done():
            raise LinkLostError("the subscription ended")
        try:
            await self._client.publish(CHANNEL, payload)
        except FAILURES as error:
            raise LinkLostError(type(error).__name__) from error

    async def close(self) -> None:
        """End the reader and both connections."""
        await end(self._reader)
        await _close(self._client, self._subscription)

    async def _read(self) -> None:
        try:
            # A failure ends the reader, which is all that `send` needs to know.
            with suppress(*FAILURES):
                while (message := await self._subscription.get_message(timeout=SILENCE_MAX_S)) is not None:
                    if message["type"] == "message":
                        self._hear(message["data"].decode(errors="replace"))
        finally:
            self._ended()


class RedisBus(RelayBus):
    """A `ports.Bus` for any number of processes beside one Redis."""

    def __init__(self, url: str, origin: str) -> None:
        self._url = url
        self._name = f"regulars-bus-{origin}"
        super().__init__(self._open, origin)

    async def _open(self, hear: Hear, ended: Ended) -> RedisLink:
        client = _client(self._url, self._name)
        subscription = client.pubsub()
        async with AsyncExitStack() as undo:
            undo.push_async_callback(_close, client, subscription)
            try:
                await subscription.subscribe(CHANNEL)
                await subscription.get_message(timeout=CONNECT_TIMEOUT_S)
            except FAILURES as error:
                raise LinkLostError(type(error).__name__) from error
            undo.pop_all()
        return RedisLink(client, subscription, hear, ended)


def _client(url: str, name: str) -> _Client:
    from_url = cast("Callable[..., _Client]", Redis.from_url)  # pyright: ignore[reportUnknownMemberType] - untyped keywords
    return from_url(
        url,
        client_name=name,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=SEND_TIMEOUT_S,
        # The relay mends its connection itself, and must hear of every loss.
        retry=Retry(NoBackoff(), 0),
    )


async def _close(client: _Client, subscription: _Subscription) -> None:
    for connection in (subscription, client):
        with suppress(*FAILURES):
            await connection.aclose()
