"""Pusher's protocol 7: https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/."""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from server.platforms.kick.sockets import Again, Alive, Failed, Odd, Pushed, Ready, Reply, Signal, Subscribed, shortened

ACTIVITY_TIMEOUT_S = 120.0
ACTIVITY_TIMEOUT_MAX_S = 600.0
QUERY = "?protocol=7&client=js&version=8.4.0&flash=false"
NEVER, LATER, AT_ONCE = range(4000, 4100), range(4100, 4200), range(4200, 4300)


class Pusher:
    """The transport that Kick has used for years; it needs no token."""

    name = "pusher"

    def __init__(self, url: str) -> None:
        """`url` is that of the app, without a query."""
        self.url = url + QUERY

    def greeting(self) -> str | None:
        """Nothing: the server speaks first."""
        return None

    def subscribe(self, channel: str) -> str:
        """Ask for a public channel."""
        return _message("pusher:subscribe", {"auth": "", "channel": channel})

    def unsubscribe(self, channel: str) -> str:
        """Ask for it no more."""
        return _message("pusher:unsubscribe", {"channel": channel})

    def ping(self) -> str | None:
        """Ask whether the server lives."""
        return _message("pusher:ping", "{}")

    def refresh(self, token: str) -> str | None:  # noqa: ARG002 - the other transport needs it
        """Nothing: a connection does not expire."""
        return None

    def read(self, text: str) -> Sequence[Signal]:
        """What a message means."""
        told = _object(text)
        return (Odd("It is not JSON.") if told is None else _signal(told, text),)

    def again(self, code: int | None) -> Again:
        """By the protocol's ranges; an end without a code of theirs is worth trying later."""
        if code in NEVER:
            return Again.NEVER
        return Again.AT_ONCE if code in AT_ONCE else Again.LATER


def _signal(told: dict[str, Any], text: str) -> Signal:
    match told.get("event"):
        case "pusher:connection_established":
            signal: Signal = Ready(_bounded((_data(told) or {}).get("activity_timeout")))
        case "pusher_internal:subscription_succeeded":
            signal = Subscribed(str(told.get("channel")))
        case "pusher:subscription_error":
            signal = Subscribed(str(told.get("channel")), is_refused=True)
        case "pusher:ping":
            signal = Reply(_message("pusher:pong", "{}"))
        case "pusher:pong":
            signal = Alive()
        case "pusher:error":
            signal = _failed(_data(told) or {})
        case str(event) if not event.startswith(("pusher:", "pusher_internal:")):
            signal = Pushed(text)
        case _:
            signal = Odd("An event that the protocol does not know.")
    return signal


def _message(event: str, data: object) -> str:
    return orjson.dumps({"event": event, "data": data}).decode()


def _object(text: str) -> dict[str, Any] | None:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


def _data(told: dict[str, Any]) -> dict[str, Any] | None:
    """The data of a message of the protocol's own: an object, or the text of one."""
    data = told.get("data")
    if isinstance(data, str):
        return _object(data)
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None


def _failed(data: dict[str, Any]) -> Failed:
    code = data.get("code")
    return Failed(code if type(code) is int else None, shortened(data.get("message")))


def _bounded(timeout_s: object) -> float:
    if isinstance(timeout_s, int | float) and 1 <= timeout_s <= ACTIVITY_TIMEOUT_MAX_S:
        return float(timeout_s)
    return ACTIVITY_TIMEOUT_S
