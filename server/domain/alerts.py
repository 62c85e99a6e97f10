"""Trouble that staff is alerted of: what it is, what it comes from, and what to do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DELIVERIES = "deliveries"
"""What trouble with the quarantine is about."""

INSTALLATION = 0
"""The community of what concerns the whole installation."""

TITLE_LENGTH_MAX = 200
DETAIL_LENGTH_MAX = 1_000
CAUSE_LENGTH_MAX = 200


class AlertKind(StrEnum):
    """A kind of trouble."""

    SOURCE_DEAD = "source_dead"
    QUARANTINE_GROWS = "quarantine_grows"
    CREDENTIAL_LOST = "credential_lost"
    JOB_DEAD = "job_dead"
    DOCTOR_FAILED = "doctor_failed"
    OVERLAY_CROWDED = "overlay_crowded"
    NEWS_MISSED = "news_missed"
    DRAW_STUCK = "draw_stuck"
    PANEL_FAILED = "panel_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Trouble of a community; the same `cause` there is the same trouble."""

    community_id: int
    kind: AlertKind
    about: str
    title: str
    detail: str
    remedy: str

    @property
    def cause(self) -> str:
        """What it comes from."""
        return cause_of(self.kind, self.about)


def cause_of(kind: AlertKind, about: str) -> str:
    """What trouble of a kind comes from that is about something."""
    return f"{kind.value}:{about}"[:CAUSE_LENGTH_MAX]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From when on something is trouble: how long a live channel or a source may be silent, how many unapplied."""

    silence: timedelta
    gap: timedelta
    quarantined: int


def stuck_draw(community_id: int, name: str, why: str, remedy: str) -> Trouble:
    """The trouble that a draw does not go on."""
    return Trouble(
        community_id=community_id,
        kind=AlertKind.DRAW_STUCK,
        about=name,
        title=f"The draw {name} does not go on",
        detail=why,
        remedy=remedy,
    )


def dead_jobs(community_id: int | None, kind: str, many: int | None) -> Trouble:
    """The trouble that jobs of a kind gave up; how many, where that was counted."""
    counted = "A job" if many in {None, 1} else f"{many} jobs"
    return Trouble(
        community_id=community_id or INSTALLATION,
        kind=AlertKind.JOB_DEAD,
        about=kind,
        title=f"Jobs of the kind {kind} gave up",
        detail=f"{counted} of this kind failed as often as jobs are tried.",
        remedy="deadJobs tells what stood in the way at the last try. Mend that, then send retryJob for each of them.",
    )
