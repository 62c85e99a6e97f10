"""JSON values of Kick's payloads, each read as one of our values or refused by its path."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from server.events.happening import Person
from server.platforms.kick.instants import read_instant

# Longer texts are cut: they are only shown. Kick's own limits are 25 characters for a name and 500 for a message.
NAME_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 2_000
URL_LENGTH_MAX = 500
# The largest whole number that every JSON reader keeps exact.
COUNT_MAX = 2**53 - 1
ECHO_LENGTH_MAX = 80
UNKNOWN_DEPTH_MAX = 16

ANONYMOUS = Person(id=None, name=None)

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_USER_ID = re.compile(r"[1-9][0-9]{0,19}")
_IDENTIFIER = re.compile(r"[!-~]{1,100}")


class Unparsable(Exception):
    """A delivery's body is not what its kind promises; `message` names the place and shows at most 80 characters."""

    def __init__(self, code: Literal["unknown_kind", "not_json", "wrong_shape"], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def mismatch(path: str, expected: str, value: object) -> Unparsable:
    """Return the refusal of `value`, found at `path` where `expected` should be."""
    return Unparsable("wrong_shape", f"{path}: expected {expected}, found {_described(value)}")


def echo(text: str) -> str:
    """Return the beginning of a foreign text, quoted, escaped and short enough for a message."""
    return repr(text[:ECHO_LENGTH_MAX])[:ECHO_LENGTH_MAX]


def _described(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {str(value)[:ECHO_LENGTH_MAX]}"
        case str():
            return f"the text {echo(value)}"
        case list():
            return "a list"
        case _:
            return "an object"


def fields(value: object, path: str) -> Mapping[str, Any]:
    """Return `value` as an object."""
    if type(value) is not dict:
        raise mismatch(path, "an object", value)
    return value  # pyright: ignore[reportUnknownVariableType] - orjson makes every key a str


def items(value: object, path: str) -> list[Any]:
    """Return `value` as a list; null is an empty one."""
    if value is None:
        return []
    if type(value) is not list:
        raise mismatch(path, "a list", value)
    return value  # pyright: ignore[reportUnknownVariableType] - its items are checked one by one


def text(value: object, path: str, length_max: int) -> str:
    """Return `value` as text without control characters, cut to `length_max`."""
    if type(value) is not str:
        raise mismatch(path, "a text", value)
    return _tidy(value, length_max)


def optional_text(value: object, path: str, length_max: int) -> str | None:
    """Return `value` as text, or None for null and for a text with nothing in it."""
    return None if value is None else text(value, path, length_max) or None


def flag(value: object, path: str) -> bool:
    """Return `value` as true or false."""
    if type(value) is not bool:
        raise mismatch(path, "true or false", value)
    return value


def optional_flag(value: object, path: str) -> bool:
    """Return `value` as true or false; null is false."""
    return False if value is None else flag(value, path)


def count(value: object, path: str) -> int:
    """Return `value` as a whole number from 0 to 2^53 - 1."""
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        raise mismatch(path, "a whole number that is not negative", value)
    return value


def optional_count(value: object, path: str) -> int | None:
    """Return `value` as a count, or None for null."""
    return None if value is None else count(value, path)


def identifier(value: object, path: str) -> str:
    """Return `value`, a number or 1 to 100 visible ASCII characters, as an identifier; never cut, as two might meet."""
    if type(value) is str and _IDENTIFIER.fullmatch(value):
        return value
    if type(value) is int and value >= 0:
        return str(value)
    raise mismatch(path, "an identifier", value)


def optional_identifier(value: object, path: str) -> str | None:
    """Return `value` as an identifier, or None for null."""
    return None if value is None else identifier(value, path)


def instant(value: object, path: str) -> datetime:
    """Return `value`, an RFC 3339 text, as a UTC instant."""
    if type(value) is str:
        at = read_instant(value)
        if at is not None:
            return at
    raise mismatch(path, "an RFC 3339 time with its zone", value)


def optional_instant(value: object, path: str) -> datetime | None:
    """Return `value` as an instant, or None for null and for the year 1, which is how Go writes that it has no time."""
    at = None if value is None else instant(value, path)
    return None if at is None or at.year == 1 else at


def user_id(value: object) -> str | None:
    """Return a user's id, which Kick writes as a number, as text; None when `value` cannot be one."""
    if type(value) is int:
        return str(value) if value > 0 else None
    return value if type(value) is str and _USER_ID.fullmatch(value) else None


def person(value: object, path: str) -> Person:
    """Return `value` as a person, anonymous by the flag or by a null id: Kick does not always set the flag."""
    user = fields(value, path)
    anonymous = user.get("is_anonymous")
    if anonymous is not False and optional_flag(anonymous, f"{path}.is_anonymous"):
        return ANONYMOUS
    if "user_id" not in user:
        raise mismatch(f"{path}.user_id", "a number or null", None)
    return _named(user, path)


def channel_owner(value: object, path: str) -> Person:
    """Return `value` as the broadcaster, who is never anonymous."""
    owner = _named(fields(value, path), path)
    if owner.id is None:
        raise mismatch(f"{path}.user_id", "a number", None)
    return owner


def unknown_fields(body: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """Return what else `body` holds, its texts without control characters and anything too deep left out."""
    return MappingProxyType(
        {_tidy(key, NAME_LENGTH_MAX): _unknown(body[key], UNKNOWN_DEPTH_MAX) for key in body.keys() - known}
    )


def _named(user: Mapping[str, Any], path: str) -> Person:
    raw_id = user.get("user_id")
    known_id = None if raw_id is None else user_id(raw_id)
    if raw_id is not None and known_id is None:
        raise mismatch(f"{path}.user_id", "a positive number", raw_id)
    return Person(
        id=known_id,
        name=_shown(user, path, "username", NAME_LENGTH_MAX),
        slug=_shown(user, path, "channel_slug", NAME_LENGTH_MAX),
        picture=_shown(user, path, "profile_picture", URL_LENGTH_MAX),
    )


def _shown(user: Mapping[str, Any], path: str, key: str, length_max: int) -> str | None:
    value = user.get(key)
    # Twice per chat message: the usual text needs no path, no copy and no further call.
    if type(value) is str and 0 < len(value) <= length_max and value.isprintable():
        return value
    return None if value is None else optional_text(value, f"{path}.{key}", length_max)


def _tidy(raw: str, length_max: int) -> str:
    # Nearly every text is printable, and asking is several times cheaper than searching.
    tidied = raw if raw.isprintable() else _CONTROL_CHARACTERS.sub("", raw)
    return tidied[:length_max]


def _unknown(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _tidy(value, TEXT_LENGTH_MAX)
    if isinstance(value, list | dict) and depth == 0:
        return None
    if isinstance(value, list):
        return [_unknown(item, depth - 1) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        return {_tidy(key, NAME_LENGTH_MAX): _unknown(item, depth - 1) for key, item in inner.items()}
    return value
