"""What a client may say in graphql-transport-ws, read from text or found malformed.

Rules: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

OPERATION_ID_LENGTH_MAX = 200


class Malformed(Exception):
    """A message that the protocol does not know; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Init:
    """The first message; may carry an authorization."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong with the same payload."""

    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a ping, or shows that somebody is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Begins an operation: a document, or the id of one that the server knows, and what goes into it."""

    id: str
    query: str | None
    document_id: str | None
    variables: Mapping[str, Any] | None
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class Complete:
    """Ends an operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read(text: object) -> Message:
    """What a frame says, or `Malformed`; also for one that is no text."""
    if not isinstance(text, str):
        raise Malformed("A message is text")
    try:
        given: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed("A message is JSON") from error
    if not isinstance(given, dict):
        raise Malformed("A message is a JSON object")
    message = cast("dict[str, Any]", given)
    match message.get("type"):
        case "connection_init":
            return Init(_object(message, "payload") or {})
        case "ping":
            return Ping(_repeatable(message))
        case "pong":
            _object(message, "payload")
            return Pong()
        case "subscribe":
            return _subscribe(message)
        case "complete":
            return Complete(_id(message))
        case _:
            raise Malformed("The type is connection_init, ping, pong, subscribe or complete")


def _subscribe(message: Mapping[str, Any]) -> Subscribe:
    payload = _object(message, "payload")
    if payload is None:
        raise Malformed("The payload of subscribe is an object")
    _object(payload, "extensions")
    asked = Subscribe(
        id=_id(message),
        query=_text(payload, "query"),
        document_id=_text(payload, "documentId"),
        variables=_object(payload, "variables"),
        operation_name=_text(payload, "operationName"),
    )
    if (asked.query is None) is (asked.document_id is None):
        raise Malformed("The payload of subscribe has a query (text) or a documentId (text)")
    return asked


def _id(message: Mapping[str, Any]) -> str:
    given = message.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= OPERATION_ID_LENGTH_MAX:
        raise Malformed(f"An id is text of 1 to {OPERATION_ID_LENGTH_MAX} characters")
    return given


def _object(message: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    given = message.get(name)
    if given is not None and not isinstance(given, dict):
        raise Malformed(f"The {name} is an object")
    return cast("Mapping[str, Any] | None", given)


def _repeatable(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The payload, which can also be said: JSON is read deeper than it is written."""
    payload = _object(message, "payload")
    try:
        orjson.dumps(payload)
    except orjson.JSONEncodeError as error:
        raise Malformed("The payload is nested too deeply") from error
    return payload


def _text(message: Mapping[str, Any], name: str) -> str | None:
    given = message.get(name)
    if given is not None and not isinstance(given, str):
        raise Malformed(f"The {name} is text")
    return given
