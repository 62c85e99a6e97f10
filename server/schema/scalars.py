"""Scalars: how instants, lengths of time and large whole numbers look on the wire."""

import re
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
Duration = NewType("Duration", int)

INT64_MAX = 2**63 - 1
EXACT_MAX = 2**53 - 1
WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """`text` without control characters, which nobody can see and not every database can keep."""
    return CONTROL_CHARACTERS.sub("", text)


def printable_lines(text: str) -> str:
    """`text` in lines that are `printable` each, however they were broken, without blank ones before and after.

    Whoever lists prizes means one on each line.
    """
    return "\n".join(printable(line).rstrip() for line in text.splitlines()).strip()


def write_instant(instant: datetime) -> str:
    """An aware instant as RFC 3339 in UTC, with microseconds where it has any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_instant(value: Any) -> datetime:
    """The instant that RFC 3339 text names, in UTC; an instant without an offset is refused."""
    if isinstance(value, str) and RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("A DateTime is RFC 3339 text with an offset, such as 2026-11-20T18:30:00Z.")


def read_big(value: Any) -> BigInt:
    """The whole number of 64 bits that text or a JSON integer names."""
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is int and -INT64_MAX <= value <= INT64_MAX:
        return BigInt(value)
    raise GraphQLError("A BigInt is a whole number of 64 bits, written as text.")


def read_duration(value: Any) -> Duration:
    """The whole number of seconds that a JSON integer names."""
    if type(value) is int and -EXACT_MAX <= value <= EXACT_MAX:
        return Duration(value)
    raise GraphQLError("A Duration is a whole number of seconds.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant as RFC 3339 text, always UTC: 2026-11-20T18:30:00Z.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_instant,
        parse_value=read_instant,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number that may not fit 32 bits, as text so that no client rounds it.",
        serialize=str,
        parse_value=read_big,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="A length of time in whole seconds, rounded down; a JSON integer below 2^53.",
        serialize=int,
        parse_value=read_duration,
    ),
}
