"""Leased jobs as the graph shows them, each kind in fields of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from server.domain.guilds import Purpose, purpose_of
from server.domain.names import NameSettings, public_name
from server.resolvers.context import Context
from server.resolvers.jobs.alerts import staff_alert, with_messages
from server.resolvers.jobs.panels import panel_due, panel_removed, with_panels
from server.schema.draws.jobs import DrawCommittedJob, DrawDoneJob, DrawWinner
from server.schema.ids import id_of
from server.schema.jobs import (
    ClientJob,
    JobCommunity,
    LinkLoggedJob,
    LinkOutcome,
    LinkToldJob,
    OtherJob,
    RoleChangedJob,
    SlotCalledJob,
    StreamLiveJob,
    WagerRoleJob,
)
from server.schema.linking import Platform
from server.schema.roles import RoleChangeReason
from server.schema.scalars import BigInt
from server.store import communities, guilds
from server.store.guilds import ChannelRecord
from server.store.jobs import LeasedJob

DISCORD = "discord"
SITES = {"kick": "https://kick.com", "twitch": "https://www.twitch.tv"}
"""Where the channels of a platform are watched, each under its slug."""

Payload = Mapping[str, Any]


async def job_nouns(context: Context, leased: Sequence[LeasedJob]) -> list[ClientJob]:
    """Leased jobs as the graph shows them."""
    known: dict[int, JobCommunity] = {}
    chosen: dict[int, Mapping[Purpose, ChannelRecord]] = {}
    for number in sorted({job.community_id for job in leased if job.community_id is not None}):
        found = await communities.by_id(context.reader, number)
        if found is not None:
            guild = await guilds.of_community(context.reader, number)
            chosen[number] = await guilds.channels(context.reader, number)
            known[number] = JobCommunity(
                id=id_of("community", number),
                slug=found.slug,
                name=found.name,
                guild_id=None if guild is None else guild.external_id,
            )
    told = await with_messages(context.reader, await with_panels(context.reader, leased))
    return [job_noun(job, known.get(job.community_id or 0), chosen.get(job.community_id or 0, {})) for job in told]


def job_noun(job: LeasedJob, community: JobCommunity | None, chosen: Mapping[Purpose, ChannelRecord]) -> ClientJob:
    """A leased job as the graph shows it; one that is posted with the channel that was chosen for it."""
    alike: dict[str, Any] = {
        "id": id_of("job", job.id),
        "kind": job.kind,
        "cause": job.key,
        "community": community,
        "created_at": job.created_at,
        "attempts": job.attempts,
        "lease": str(job.lease),
        "lease_until": job.leased_until,
    }
    purpose = purpose_of(job.kind, job.payload)
    if purpose is not None:
        channel = chosen.get(purpose) if job.audience == DISCORD else None
        alike["channel_id"] = None if channel is None else channel.external_id
    make = KINDS.get(job.kind)
    return OtherJob(**alike) if make is None else make(alike, job.payload)


def link_result(payload: Payload) -> dict[str, Any]:
    """What became of a link, from a job's payload."""
    return {
        "discord_id": payload["discordId"],
        "outcome": LinkOutcome(payload["outcome"]),
        "account_platform": Platform(payload["platform"]) if payload["platform"] else None,
        "account_name": payload["name"] or None,
        "undo_until": None if payload["undoUntil"] is None else datetime.fromisoformat(payload["undoUntil"]),
        "problem": payload["problem"],
    }


def stream_live(alike: Payload, payload: Payload) -> ClientJob:
    """A channel that went live."""
    return StreamLiveJob(
        **alike,
        platform=Platform(payload["platform"]),
        platform_id=payload["platformId"],
        channel_name=payload["name"],
        url=f"{SITES[payload['platform']]}/{payload['slug']}" if payload["slug"] else None,
        title=payload["title"],
        category=payload["category"],
        started_at=datetime.fromisoformat(payload["startedAt"]),
    )


def slot_called(alike: Payload, payload: Payload) -> ClientJob:
    """A slot that a viewer called; what was written before names had a rule masks him."""
    return SlotCalledJob(
        **alike,
        call_id=id_of("slot_call", payload["call"]),
        title=payload["title"],
        slot_provider=payload["provider"],
        caller_platform=Platform(payload["platform"]),
        caller_name=payload["name"],
        public_name=public_name(payload["name"], NameSettings(masks=payload.get("masks", True))),
        waiting=payload["waiting"],
    )


def wager_role(alike: Payload, payload: Payload) -> ClientJob:
    """A role of a verified wager account."""
    return WagerRoleJob(
        **alike,
        discord_id=payload["discordId"],
        provider=Platform(payload["provider"]),
        name=payload["name"],
        role=payload["role"],
        is_given=payload["given"],
    )


def role_changed(alike: Payload, payload: Payload) -> ClientJob:
    """A role that somebody reached, or does not have any more."""
    return RoleChangedJob(
        **alike,
        role_guild_id=payload["guild"],
        discord_id=payload["discordId"],
        role_id=payload["roleId"],
        role=payload["role"],
        is_given=payload["given"],
        role_reason=RoleChangeReason(payload["reason"]),
        minutes=payload["minutes"],
    )


def draw_committed(alike: Payload, payload: Payload) -> ClientJob:
    """The code of a draw."""
    return DrawCommittedJob(
        **alike,
        draw_id=id_of("draw", payload["draw"]),
        title=payload["title"],
        is_test=payload.get("test", False),
        code=payload["code"],
        round=BigInt(payload["round"]),
        round_at=datetime.fromisoformat(payload["draws_at"]),
        entrants=payload["entrants"],
        tickets=BigInt(payload["tickets"]),
        file_url=payload["url"],
    )


def draw_done(alike: Payload, payload: Payload) -> ClientJob:
    """The winners of a draw; what was written before names had a rule masks them."""
    rule = NameSettings(masks=payload.get("masks", True))
    return DrawDoneJob(
        **alike,
        draw_id=id_of("draw", payload["draw"]),
        title=payload["title"],
        is_test=payload.get("test", False),
        reveal_at=datetime.fromisoformat(payload["reveal_at"]),
        claim_seconds=payload["speaks_within_s"],
        winners=[
            DrawWinner(
                position=one["position"],
                ticket=BigInt(one["ticket"]),
                platform=Platform(one["platform"]),
                platform_id=one["platformId"],
                name=one["name"],
                public_name=public_name(one["name"], rule),
            )
            for one in payload["winners"]
        ],
        count=payload["won"],
        file_url=payload["url"],
    )


KINDS: Mapping[str, Callable[[Payload, Payload], ClientJob]] = {
    "link_told": lambda alike, payload: LinkToldJob(**alike, **link_result(payload)),
    "link_logged": lambda alike, payload: LinkLoggedJob(**alike, **link_result(payload)),
    "staff_alert": staff_alert,
    "stream_live": stream_live,
    "slot_called": slot_called,
    "wager.role": wager_role,
    "role_changed": role_changed,
    "draw_committed": draw_committed,
    "draw_done": draw_done,
    "panel_due": panel_due,
    "panel_removed": panel_removed,
}
