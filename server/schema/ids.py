"""Opaque ids: a kind and a number, so that the id of one thing is never taken for that of another."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from functools import lru_cache
from typing import Literal

import strawberry
from graphql import GraphQLError

Kind = Literal[
    "community",
    "channel",
    "stream",
    "account",
    "viewer",
    "delivery",
    "orphan",
    "adjustment",
    "link_event",
    "link_offer",
    "staff_grant",
    "invitation",
    "audit_event",
    "happening",
    "happening_review",
    "gap",
    "slot_call",
    "slot_block",
    "slot_pick",
    "slot",
    "forgetting",
    "personal_read",
    "job",
    "alert",
    "overlay_key",
    "api_token",
    "chat_line",
    "timer",
    "reward",
    "redemption",
    "wager_claim",
    "raffle",
    "ticket_entry",
    "draw",
    "giveaway",
    "panel",
    "role_reward",
]

LENGTH_MAX = 64
KEPT_MAX = 16_384
"""The same few viewers are shown over and over; so many ids take about 3 MB."""

NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
NUMBER_MAX = 2**63 - 1


class UnknownId(GraphQLError):
    """An id that names no thing of the wanted kind."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            f"This is not the id of a {kind}.",
            extensions={"code": "id_invalid", "remedy": f"Use the `id` of a {kind}, exactly as the API gave it."},
        )


@lru_cache(maxsize=KEPT_MAX)
def id_of(kind: Kind, number: int) -> strawberry.ID:
    """The id that clients use for a row."""
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("="))


def number_of(kind: Kind, given: str) -> int:
    """The row that an id names; `UnknownId` for anything that `id_of` did not make for this kind."""
    if len(given) > LENGTH_MAX or not given.isascii():
        raise UnknownId(kind)
    try:
        name, _, number = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode("ascii").partition(":")
    except (Error, ValueError) as error:
        raise UnknownId(kind) from error
    if name != kind or not NUMBER.fullmatch(number) or int(number) > NUMBER_MAX or id_of(kind, int(number)) != given:
        raise UnknownId(kind)
    return int(number)
