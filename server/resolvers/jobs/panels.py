"""Jobs about panels: each is handed out with how its panel is at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.ports import Reader
from server.schema.ids import id_of
from server.schema.jobs import ClientJob
from server.schema.panels import PanelDueJob, PanelKind, PanelRemovedJob
from server.store import panels
from server.store.jobs import LeasedJob
from server.store.panels import JOB, PanelRecord

Payload = Mapping[str, Any]


async def with_panels(reader: Reader, leased: Sequence[LeasedJob]) -> list[LeasedJob]:
    """The same jobs, those about panels with what is known of each; nothing where it may not be shown any more."""
    wanted: dict[int, set[int]] = {}
    for job in leased:
        if job.kind == JOB and job.community_id is not None:
            wanted.setdefault(job.community_id, set()).add(job.payload["panel"])
    known = {
        number: record
        for community_id, numbers in wanted.items()
        for number, record in (await panels.in_bound_guild(reader, community_id, numbers)).items()
    }
    return [
        replace(job, payload={**job.payload, "shown": known.get(job.payload["panel"])}) if job.kind == JOB else job
        for job in leased
    ]


def panel_due(alike: Payload, payload: Payload) -> ClientJob:
    """A panel to be shown; without a channel where there is none."""
    shown: PanelRecord | None = payload["shown"]
    return PanelDueJob(
        **alike,
        panel_id=id_of("panel", payload["panel"]),
        panel_kind=PanelKind(payload["kind"]),
        channel_id=None if shown is None else shown.channel_id,
        message_id=None if shown is None else shown.message_id,
        former_channel_id=None if shown is None else shown.former_channel_id,
        former_message_id=None if shown is None else shown.former_message_id,
        content_hash=None if shown is None else shown.content_hash,
        is_pinned=shown is not None and shown.is_pinned,
        locale="en-US" if shown is None else shown.locale,
    )


def panel_removed(alike: Payload, payload: Payload) -> ClientJob:
    """A message to be deleted."""
    return PanelRemovedJob(**alike, channel_id=payload["channel"], message_id=payload["message"])
