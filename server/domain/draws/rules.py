"""The rules of what is drawn, as the exact text that is published and hashed when it opens."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast

from server.domain.draws.canon import canon
from server.domain.draws.rounds import round_at_or_after
from server.domain.instants import instant_of
from server.domain.raffle.rules import RaffleRules
from server.domain.refusals import Refused

VERSION = "rules1"


def rules_text(subject: str, terms: Mapping[str, Any]) -> str:
    """The canonical JSON of what is promised to whoever takes part; what is None is left out."""
    told = {name: value for name, value in terms.items() if value is not None}
    return canon({"v": VERSION, "subject": subject, **told}).decode()


def raffle_rules(
    rules: RaffleRules, *, community_id: int, title: str, starts: int, ends: int, timezone: str, draw_at: int
) -> str:
    """The text of a raffle's rules as it is published and hashed when it begins: with its dates and its draw's round.

    0 is off; what a free entry gives is said as a number.
    """
    return rules_text(
        "raffle",
        {
            **rules.stored(),
            "free_entry": rules.free_tickets,
            "channel": f"community:{community_id}",
            "title": title,
            "starts_at": instant_of(starts).isoformat(),
            "ends_at": instant_of(ends).isoformat(),
            "timezone": timezone,
            "draw_at": instant_of(draw_at).isoformat(),
            "beacon_round": round_at_or_after(instant_of(draw_at)),
        },
    )


def rules_hash(text: str) -> str:
    """The hash of a text, as commits hold it."""
    return sha256(text.encode()).hexdigest()


def numbers_in(text: str | None) -> Mapping[str, int]:
    """The numbers that a text names at its top; none where it is no canonical JSON object."""
    try:
        told: object = json.loads(text or "")
        is_canonical = isinstance(told, dict) and canon(cast("object", told)) == (text or "").encode()
    except (ValueError, RecursionError, Refused):
        return {}
    named = cast("dict[str, object]", told) if is_canonical else {}
    return {name: one for name, one in named.items() if type(one) is int}


def round_in(text: str | None) -> int | None:
    """The beacon's round that a text names, or None."""
    return numbers_in(text).get("beacon_round")
