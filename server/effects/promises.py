"""What is kept about people for a time only: how long, the deleting of it, and whether that is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.privacy import REMEMBERED
from server.effects.findings import Finding, Patient, found
from server.ports import Tx
from server.store import guilds, invitations, signin
from server.store.privacy import forgetting, forgotten, promises, reads
from server.store.wagers import series

OVER_KEPT = timedelta(days=30)
"""So long a sign-in that is over, an attempt, and a one-time code stay."""

SETTLED_KEPT = timedelta(days=90)
"""So long links that were handed out and wishes to be forgotten stay once they are over."""

GAINS_KEPT = timedelta(days=400)
"""So long what somebody gained in an affiliate feed stays: longer than any raffle with its settlement."""

LATE = timedelta(days=2)
"""So much later than promised is trouble: the deleting runs every hour, and a server may rest over a weekend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long things are kept: raw bodies, changes in the feed, first results of mutations, lines of the audit log.

    Who looked at whom is kept as long as the audit log.
    """

    bodies: timedelta
    feed: timedelta
    results: timedelta
    audit: timedelta


Forgetting = tuple[timedelta, Callable[[Tx, datetime, int], Awaitable[int]]]


def about_people(kept: Kept) -> Mapping[str, Forgetting]:
    """What is deleted how long after it is over, by the words of `promises.AGES`."""
    return {
        "sign-ins": (OVER_KEPT, signin.forget_sessions_before),
        "attempts to sign in": (OVER_KEPT, signin.forget_attempts_before),
        "codes of Discord servers": (OVER_KEPT, guilds.forget_codes_before),
        "codes of new communities": (OVER_KEPT, invitations.forget_before),
        "links that were handed out": (SETTLED_KEPT, promises.forget_proofs_before),
        "looks of staff": (kept.audit, reads.forget_before),
        "digests of forgotten accounts": (REMEMBERED, forgotten.let_go),
        "gains in affiliate feeds": (GAINS_KEPT, series.forget_before),
        "wishes to be forgotten": (SETTLED_KEPT, forgetting.forget_settled_before),
    }


def ages(kept: Kept) -> Mapping[str, timedelta]:
    """How long everything is kept."""
    return {
        "raw bodies": kept.bodies,
        "events of the feed": kept.feed,
        "first results of mutations": kept.results,
        "lines of the audit log": kept.audit,
        **{what: age for what, (age, _) in about_people(kept).items()},
    }


async def promised(patient: Patient, kept: Kept) -> Finding:
    """Whether nothing is older than promised, and everybody who asked for it is forgotten."""
    troubles: list[str] = []
    for what, age in ages(kept).items():
        if many := await promises.older(patient.reader, what, patient.now - age - LATE):
            troubles.append(f"{many} {what} are older than {age.days} days")
    if late := await forgetting.overdue(patient.reader, patient.now - LATE):
        troubles.append(f"{late} should have been forgotten")
    return found(
        "promises",
        troubles,
        "Nothing is kept for longer than promised, and everybody who asked for it is forgotten.",
        "Start the server, or a worker (regulars serve): it deletes every hour. If one runs, look for schedule.failed "
        "in its log.",
    )
