"""What a setting is, and when its value is sound."""

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

SECRET_KEY_LENGTH_MIN = 32
SECRET_KEY_DISTINCT_MIN = 8
GUESSABLE = (
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "default",
    "example",
    "placeholder",
    "insecure",
)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Value = TypeVar("Value")


def sound(value: Value, *, good: bool) -> Value:
    """`value` if it is good; ValueError otherwise."""
    if not good:
        raise ValueError
    return value


def origin_of(url: str) -> str:
    """The address that a URL without a path is; ValueError for any other."""
    parts = urlsplit(url.removesuffix("/"))
    bare = parts.hostname and parts.port != 0 and "@" not in parts.netloc
    return sound(
        f"{parts.scheme}://{parts.netloc}", good=parts.scheme in {"http", "https"} and bool(bare) and not any(parts[2:])
    )


def origins_of(listed: str | tuple[str, ...]) -> tuple[str, ...]:
    """The addresses in a list, which may be one text with commas; ValueError where one has a path."""
    several = listed.split(",") if isinstance(listed, str) else listed
    return tuple(origin_of(origin.strip()) for origin in several if origin.strip())


@dataclass(frozen=True, slots=True)
class Setting:
    """What a field means, and what its value must be, in words that complete "must be"."""

    meaning: str
    expects: str


DAYS = "a whole number of days from 1 to 3650"
SECURE_ORIGIN = "an address with https and without a path (http only on this machine, such as http://127.0.0.1:8090)"
