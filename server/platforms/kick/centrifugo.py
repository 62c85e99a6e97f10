"""Centrifugo's JSON protocol, which Kick moves its sockets to: https://centrifugal.dev/docs/transports/client_protocol.

It carries the same frames as Pusher. Several messages may come in one, a line each.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from server.platforms.kick.sockets import Again, Failed, Odd, Pushed, Ready, Reply, Signal, Subscribed, shortened

PING_S = 25.0
PING_MAX_S = 600.0
GRACE_S = 10.0
"""How long after the server should have asked it is given up."""
LINES_MAX = 1_000
# https://centrifugal.dev/docs/server/codes: these ends are for good.
NEVER = (range(3500, 4000), range(4500, 5000))
UNSUBSCRIBED_FOR_GOOD = range(2000, 2500)


class Centrifugo:
    """The newer transport: it needs a token that anybody may have, and asks us again and again whether we live."""

    name = "centrifugo"

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token
        self._number = 1
        self._asked: dict[int, str] = {}

    def greeting(self) -> str | None:
        """Show the token."""
        return self._command({"connect": {"token": self._token, "name": "js"}}, 1)

    def subscribe(self, channel: str) -> str:
        """Ask for a channel."""
        self._number += 1
        self._asked[self._number] = channel
        return self._command({"subscribe": {"channel": channel, "flag": 1}}, self._number)

    def unsubscribe(self, channel: str) -> str:
        """Ask for it no more."""
        self._number += 1
        return self._command({"unsubscribe": {"channel": channel}}, self._number)

    def ping(self) -> str | None:
        """Nothing: here the server asks."""
        return None

    def refresh(self, token: str) -> str | None:
        """Show a fresh token."""
        self._number += 1
        return self._command({"refresh": {"token": token}}, self._number)

    def read(self, text: str) -> Sequence[Signal]:
        """What the lines of a message mean."""
        return [
            signal for line in text.split("\n", LINES_MAX)[:LINES_MAX] if line.strip() for signal in self._line(line)
        ]

    def again(self, code: int | None) -> Again:
        """By the ranges of the codes; anything else is worth trying later."""
        return Again.NEVER if code is not None and any(code in codes for codes in NEVER) else Again.LATER

    def _line(self, line: str) -> Iterator[Signal]:
        told = _object(line)
        if told is None:
            yield Odd("It is not JSON.")
        elif not told:
            yield Reply("{}")
        elif isinstance(told.get("push"), dict):
            yield from _push(told["push"])
        elif isinstance(told.get("error"), dict):
            yield self._refused(told["error"], self._asked.pop(_number(told.get("id")), None))
        elif isinstance(told.get("connect"), dict):
            yield _ready(told["connect"])
        elif "subscribe" in told:
            yield Subscribed(self._asked.pop(_number(told.get("id")), ""))
        elif "refresh" not in told and "unsubscribe" not in told:
            yield Odd("A message that the protocol does not know.")

    def _refused(self, error: Mapping[str, Any], channel: str | None) -> Signal:
        """One channel that is not to be had is no reason to leave the others."""
        if channel is not None:
            return Subscribed(channel, is_refused=True)
        return Failed(_code(error.get("code")), shortened(error.get("message")))

    def _command(self, command: Mapping[str, Any], number: int) -> str:
        return orjson.dumps({**command, "id": number}).decode()


def _object(line: str) -> dict[str, Any] | None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


def _push(push: Mapping[str, Any]) -> Iterator[Signal]:
    publication, end = push.get("pub"), push.get("disconnect") or push.get("unsubscribe")
    if isinstance(end, dict):
        told = cast("dict[str, Any]", end)
        yield Failed(_code(told.get("code")), shortened(told.get("reason")))
        return
    data: object = cast("dict[str, Any]", publication).get("data") if isinstance(publication, dict) else None
    if isinstance(data, dict):
        yield _frame(cast("dict[str, Any]", data), push.get("channel"))
    elif "join" not in push and "leave" not in push and "subscribe" not in push and "message" not in push:
        yield Odd("A push that holds nothing.")


def _frame(data: Mapping[str, Any], channel: object) -> Signal:
    try:
        return Pushed(orjson.dumps({**data, "channel": channel}).decode())
    except orjson.JSONEncodeError:
        return Odd("A push that is nested too deep.")


def _ready(connect: Mapping[str, Any]) -> Ready:
    ping_s, ttl_s = connect.get("ping"), connect.get("ttl")
    usable = type(ping_s) is int and 1 <= ping_s <= PING_MAX_S
    expires = connect.get("expires") is True and type(ttl_s) is int and ttl_s > 0
    return Ready(
        (float(cast("int", ping_s)) if usable else PING_S) + GRACE_S, float(cast("int", ttl_s)) if expires else None
    )


def _code(code: object) -> int | None:
    return code if type(code) is int else None


def _number(number: object) -> int:
    return number if type(number) is int else 0
