"""Jobs about alerts: the end of one is handed out with the message that told of the trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from server.ports import Reader
from server.schema.ids import id_of
from server.schema.jobs import ClientJob, StaffAlertJob
from server.store import alerts
from server.store.jobs import LeasedJob

Payload = Mapping[str, Any]


async def with_messages(reader: Reader, leased: Sequence[LeasedJob]) -> list[LeasedJob]:
    """The same jobs, those about the end of an alert with the message that told of it, where one is known."""
    wanted: dict[int, set[int]] = {}
    for job in leased:
        if is_end(job) and job.community_id is not None:
            wanted.setdefault(job.community_id, set()).add(job.payload["alert"])
    known = {
        (community_id, number): message
        for community_id, numbers in wanted.items()
        for number, message in (await alerts.messages(reader, community_id, numbers)).items()
    }
    return [
        replace(job, payload={**job.payload, "message": known.get((job.community_id or 0, job.payload["alert"]))})
        if is_end(job)
        else job
        for job in leased
    ]


def is_end(job: LeasedJob) -> bool:
    """Whether a job tells that an alert is over."""
    return job.kind == alerts.TOLD and job.payload["over"]


def staff_alert(alike: Payload, payload: Payload) -> ClientJob:
    """An alert of the staff."""
    return StaffAlertJob(
        **alike,
        alert_id=id_of("alert", payload["alert"]),
        alert_kind=payload["kind"],
        is_over=payload["over"],
        title=payload["title"],
        detail=payload["detail"],
        remedy=payload["remedy"],
        since=datetime.fromisoformat(payload["since"]),
        message_id=payload.get("message"),
    )
