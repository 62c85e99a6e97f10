"""Reads the feed of Shuffle's affiliates: a list of names with all that they ever wagered."""

from typing import Any, cast

from server.domain.wagers import Row, Rows, Unreadable, amount_of, decoded, name_key, name_of, rows_of
from server.ports_platforms import ApiFault

ROWS_MAX = 20_000
CODE_LENGTH_MAX = 100
LIMITED = "TOO_MANY_REQUEST"


def parse(body: bytes) -> Rows | ApiFault:
    """The rows of an answer with status 200; the fault where Shuffle tells one in it. Raises Unreadable."""
    told = decoded(body)
    if isinstance(told, dict):
        message = cast("dict[str, Any]", told).get("message")
        if message == LIMITED:
            return ApiFault(kind="limited", message="Shuffle says that it was asked too often.", status=200)
        return ApiFault(kind="rejected", message="Shuffle refused the question.", status=200)
    if not isinstance(told, list):
        raise Unreadable("Shuffle did not answer with a list.")
    listed = cast("list[Any]", told)
    if len(listed) > ROWS_MAX:
        raise Unreadable("Shuffle's list is too long to be one.")
    return rows_of(map(_row, listed))


def _row(told: object) -> Row | None:
    if not isinstance(told, dict):
        return None
    fields = cast("dict[str, Any]", told)
    name, amount, code = (
        name_of(fields.get("username")),
        amount_of(fields.get("wagerAmount")),
        fields.get("campaignCode"),
    )
    if name is None or amount is None or not (code is None or (isinstance(code, str) and len(code) <= CODE_LENGTH_MAX)):
        return None
    # Shuffle has no ids: the name is the key, whatever its case.
    return Row(name_key(name), name, code, amount)
