"""Jobs that clients carry out: whose they are, how they end, and how often they are tried."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from server.domain.refusals import Refused

ATTEMPTS_MAX = 15
"""Tries of a client before a job counts as dead; with the pauses between them that takes about two hours."""

PAUSE_FIRST, PAUSE_MAX = timedelta(seconds=5), timedelta(minutes=30)
LIMIT_MAX = 50
LEASE_S_MIN, LEASE_S_MAX = 5, 600
NOTE_LENGTH_MAX = 300
REFERENCE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Outcome(StrEnum):
    """How a client says that a job ended."""

    DONE = "done"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a client says of a job: by which lease it was his, how it ended, and what stood in the way.

    `reference` is the id under which it posted what was asked for, or empty.
    """

    job_id: int
    lease: int
    outcome: Outcome
    note: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The jobs that somebody may have: of an audience, in these communities or in all, and for one overlay or none.

    With `only_bound` those communities alone count that a Discord server is bound to.
    """

    audience: str
    communities: frozenset[int] | None = None
    only_bound: bool = False
    overlay: str | None = None


def check_lease(limit: int, lease_s: int) -> None:
    """Refuse to hand out more than is handed out at once, or for longer or shorter than makes sense."""
    if not 1 <= limit <= LIMIT_MAX:
        raise Refused("job_limit_invalid", f"1 to {LIMIT_MAX} jobs are handed out at once.", "Ask for that many.")
    if not LEASE_S_MIN <= lease_s <= LEASE_S_MAX:
        raise Refused(
            "job_lease_invalid",
            f"A job is handed out for {LEASE_S_MIN} to {LEASE_S_MAX} seconds.",
            "Ask for about as long as you need; a job that is not acknowledged by then is handed out again.",
        )


def check_many(many: int) -> None:
    """Refuse to take note of more jobs at once than are handed out at once, or of none."""
    if not 1 <= many <= LIMIT_MAX:
        raise Refused(
            "job_limit_invalid",
            f"1 to {LIMIT_MAX} jobs are acknowledged at once.",
            "Send those that you leased together, and the rest with the next mutation.",
        )


def check_note(note: str) -> None:
    """Refuse a note that is too long to be kept."""
    if len(note) > NOTE_LENGTH_MAX:
        raise Refused(
            "job_note_too_long",
            f"A note has {NOTE_LENGTH_MAX} characters at most.",
            "Say in a few words what happened; names and texts of people do not belong there.",
        )


def check_reference(reference: str) -> None:
    """Refuse what cannot be the id of a message."""
    if reference and not REFERENCE.fullmatch(reference):
        raise Refused(
            "job_reference_unfit",
            "A reference is the id of one message: 1 to 64 letters, digits, dots, dashes or underscores.",
            "Send the id that the platform gave the message, or none.",
        )


def lease_lost() -> Refused:
    """What somebody is told who acknowledges a job that is no longer his."""
    return Refused(
        "job_lease_lost",
        "This job was handed out again since, or is not yours.",
        "Leave it to whoever has it now; take longer leases if your work takes that long.",
    )


def already_ended() -> Refused:
    """What somebody is told who acknowledged a job otherwise before."""
    return Refused(
        "job_already_acknowledged",
        "You acknowledged this job with another outcome before.",
        "Leave it; the first outcome counts.",
    )
