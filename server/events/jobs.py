"""What becomes of jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDied:
    """A job was tried as often as it may be, and gave up; `community_id` is None for one of the installation."""

    job_id: int
    kind: str
    audience: str
    community_id: int | None
