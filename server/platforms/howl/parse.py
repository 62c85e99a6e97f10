"""Reads the leaderboard of Howl's affiliates: names with what they wagered within the time that was asked about."""

import re
from typing import Any, cast

from server.domain.wagers import Row, Rows, Unreadable, amount_of, decoded, name_of, rows_of
from server.ports_platforms import ApiFault

ROWS_MAX = 1_000
KEY = re.compile(r"[!-~]{1,64}", re.ASCII)


def parse(body: bytes) -> Rows | ApiFault:
    """The rows of an answer with status 200; the fault where Howl tells one in it. Raises Unreadable."""
    told = decoded(body)
    if not isinstance(told, dict):
        raise Unreadable("Howl did not answer with an object.")
    fields = cast("dict[str, Any]", told)
    if fields.get("success") is not True:
        return ApiFault(kind="rejected", message="Howl refused the question.", status=200)
    data = fields.get("data")
    if not isinstance(data, list):
        raise Unreadable("Howl did not answer with a list.")
    listed = cast("list[Any]", data)
    if len(listed) > ROWS_MAX:
        raise Unreadable("Howl's list is longer than was asked for.")
    return rows_of(map(_row, listed))


def _row(told: object) -> Row | None:
    if not isinstance(told, dict):
        return None
    fields = cast("dict[str, Any]", told)
    name, amount, key = name_of(fields.get("name")), amount_of(fields.get("wageredUSD")), fields.get("userId")
    if isinstance(key, bool) or not isinstance(key, int | str) or not KEY.fullmatch(str(key)):
        return None
    return None if name is None or amount is None else Row(str(key), name, None, amount)
