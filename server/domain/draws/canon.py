"""Canonical JSON: one value, one text, so that everybody who hashes a record hashes the same bytes."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from server.domain.refusals import Refused

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 8
PLANE_END = 0xFFFE


_ODD = re.compile(r"[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ud800-\udfff]")
"""No list that grows with Unicode: controls, ends of lines, what turns the direction, halves, and no characters."""


def is_plain(text: str) -> bool:
    """Whether a text stands in one line and can be read by everybody in the same way."""
    return not _ODD.search(text) and all(ord(char) & PLANE_END != PLANE_END for char in text)


def canon(value: object) -> bytes:
    """The canonical bytes of a value made of objects, lists, texts, booleans and integers from 0 to 2^53 - 1.

    Keys are ASCII and sorted, and no space is added: what RFC 8785 says of such values. Refuses `not_canonical`.
    """
    _check(value, DEPTH_MAX)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _check(value: object, depth: int) -> None:
    if depth == 0:
        raise _no("It is nested too deeply.")
    match value:
        case bool():
            pass
        case int():
            _check_number(value)
        case str():
            _check_text(value)
        case list():
            for one in cast("Sequence[object]", value):
                _check(one, depth - 1)
        case dict():
            _check_keys(cast("Mapping[object, object]", value))
            for one in cast("Mapping[object, object]", value).values():
                _check(one, depth - 1)
        case _:
            raise _no(f"It holds a {type(value).__name__}.")


def _check_keys(told: Mapping[object, object]) -> None:
    if not all(isinstance(key, str) and key.isascii() for key in told):
        raise _no("A key is not ASCII.")


def _check_number(number: int) -> None:
    if not 0 <= number <= INTEGER_MAX:
        raise _no("A number is not between 0 and 2^53 - 1.")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _no("A text holds half of a character.") from None


def _no(why: str) -> Refused:
    return Refused(
        "not_canonical",
        f"This value has no canonical form. {why}",
        "Use objects, lists, texts, booleans and whole numbers only.",
    )
