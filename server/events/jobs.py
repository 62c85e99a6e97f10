"""What becomes of jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDied:
    """A job was tried as often as it may be, and gave up; `community_id` is None for one of the installation."""

    job_id: int
    kind: str
    audience: str
    community_id: int | None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """A client said of a community's job that it is over: `done` or `gone`, with the reference that it gave."""

    kind: str
    key: str
    community_id: int
    outcome: str
    reference: str
