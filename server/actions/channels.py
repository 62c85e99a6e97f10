"""Channels: attach them, and note what becomes of their streams."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.domain.audit import Audited
from server.domain.instants import instant_of, micros
from server.domain.refusals import Refused
from server.domain.watchtime.values import Live
from server.events.happening import Person
from server.events.streams import StreamDescribed, StreamEnded, StreamSeen, StreamStarted, StreamStopped
from server.events.watchtime import ChannelAttached, ChannelCaughtUp, RecountNeeded, StreamChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, inbox, jobs, stream_records
from server.store.jobs import LeasedJob, NewJob

CHANNELS_MAX = 20
ORPHANS_AT_ONCE = 1_000
ADOPT = "channels.adopt_orphans"
ADOPT_AFTER = timedelta(seconds=2)
LIVE = "stream_live"
NEWS_FOR = timedelta(hours=2)
"""So long after its start it is worth telling that a channel is live."""
RECORDED_WITHIN = timedelta(minutes=1)


async def note_started(tx: Tx, scope: Scope, started: Sequence[StreamStarted]) -> list[StreamChanged]:
    """Note that streams began. Telling it again, even after the end, changes nothing."""
    changes: list[StreamChanged] = []
    for event in started:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        before = await channels.neighbours(tx, channel_id, event.started_at)
        if await channels.note_start(tx, channel_id, event.started_at, event.title):
            changes += await changed(tx, channel_id, event.started_at, "start", before)
    return changes


async def announce(tx: Tx, scope: Scope, started: Sequence[StreamStarted]) -> tuple[()]:
    """Have the community's Discord told that a stream began, once however often we are told; not of one long past."""
    wanted: list[NewJob] = []
    for event in started:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        stream = await stream_records.latest_stream(tx, channel_id)
        is_news = stream is not None and stream.started_at == event.started_at and stream.until is None
        if stream is None or not is_news or scope.now - event.started_at > NEWS_FOR:
            continue
        channel = (await channels.by_ids(tx, [channel_id]))[channel_id]
        wanted.append(
            NewJob(
                kind=LIVE,
                key=f"{scope.community_id}:{stream.id}",
                payload={
                    "platform": channel.platform,
                    "platformId": channel.external_id,
                    "name": channel.name,
                    "slug": channel.slug,
                    "title": event.title or channel.title or "",
                    "category": channel.category,
                    "startedAt": event.started_at.isoformat(),
                },
                run_at=scope.now,
                community_id=scope.community_id,
                audience="discord",
                order_key=f"{LIVE}:{channel_id}",
            )
        )
    await jobs.add(tx, wanted, scope.now)
    return ()


async def note_ended(tx: Tx, scope: Scope, ended: Sequence[StreamEnded]) -> list[StreamChanged]:
    """Note that streams ended; an end closes only the stream with its start."""
    changes: list[StreamChanged] = []
    for event in ended:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        before = await channels.neighbours(tx, channel_id, event.started_at)
        await channels.note_start(tx, channel_id, event.started_at, event.title)
        await channels.note_end(tx, channel_id, event.started_at, event.ended_at, is_guess=event.is_guess)
        changes += await changed(tx, channel_id, event.started_at, f"end:{micros(event.ended_at)}", before)
    return changes


async def note_stopped(tx: Tx, scope: Scope, stopped: Sequence[StreamStopped]) -> list[StreamChanged]:
    """Note that a channel went off the air: its newest stream ended then, if its own end is not told."""
    changes: list[StreamChanged] = []
    for event in stopped:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        latest = await stream_records.latest_stream(tx, channel_id)
        if latest is None or latest.started_at > event.at:
            continue
        before = await channels.neighbours(tx, channel_id, latest.started_at)
        await channels.note_end(tx, channel_id, latest.started_at, event.at, is_guess=True)
        changes += await changed(tx, channel_id, latest.started_at, f"stop:{micros(event.at)}", before)
    return changes


async def note_seen(tx: Tx, scope: Scope, seen: Sequence[StreamSeen]) -> list[StreamChanged]:
    """Note that streams were seen live: an earlier end that was only guessed was none. A told end stands."""
    changes: list[StreamChanged] = []
    for event in seen:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        before = await channels.neighbours(tx, channel_id, event.started_at)
        await channels.withdraw_guess(tx, channel_id, event.started_at, event.seen_at)
        changes += await changed(tx, channel_id, event.started_at, f"seen:{micros(event.seen_at)}", before)
    return changes


async def changed(
    tx: Tx, channel_id: int, started_at: datetime, cause: str, before: Sequence[Live]
) -> list[StreamChanged]:
    """What must be counted anew: the stream that began at `started_at`, and the one before, which it may have ended.

    One that became shorter concerns only accounts covered beyond its new end.
    """
    starts = micros(started_at)
    until_before = {live.stream: live.until for live in before}
    changes: list[StreamChanged] = []
    for live in await channels.neighbours(tx, channel_id, started_at):
        was = until_before.get(live.stream)
        if was != live.until:
            changes.append(
                StreamChanged(
                    stream_id=live.stream,
                    cause=cause if live.starts == starts else f"next:{starts}",
                    covered_since=live.until if was is not None and live.until < was else None,
                    until_before=was or 0,
                )
            )
    return changes


async def note_described(tx: Tx, scope: Scope, described: Sequence[StreamDescribed]) -> tuple[()]:
    """Keep the latest told title and category of channels."""
    for event in described:
        channel_id = await channels.learn(tx, event.platform, event.broadcaster)
        await channels.describe(tx, channel_id, event.title, event.category_name, event.told_at)
    return ()


async def attach(tx: Tx, scope: Scope, *, platform: str, external_id: str, name: str, slug: str | None) -> Done[int]:
    """Attach a channel to the community and return its id; what was told of it before is delivered by a job."""
    await communities.lock(tx, scope.community_id)
    attached = await channels.attached(tx, scope.community_id)
    if len(attached) >= CHANNELS_MAX:
        raise Refused(
            "too_many_channels", f"A community has at most {CHANNELS_MAX} channels.", "Make another community for it."
        )
    # A channel that is known keeps its name: what one community calls it is no news for the others that attached it.
    known = await channels.ids_of(tx, [(platform, external_id)])
    channel_id = known.get((platform, external_id))
    if channel_id is None:
        channel_id = await channels.learn(tx, platform, Person(id=external_id, name=name, slug=slug))
    attachment_id = await channels.attach(tx, scope.community_id, channel_id, scope.now)
    if attachment_id is None:
        raise Refused(
            "channel_already_attached", f"The {platform} channel {external_id} is attached already.", "Nothing to do."
        )
    happened = ChannelAttached(
        attachment_id=attachment_id, channel_id=channel_id, platform=platform, external_id=external_id
    )
    after = {"platform": platform, "platform_id": external_id}
    return Done(
        channel_id, [happened], [Audited(action="channels.attach", target=("channel", channel_id), after=after)]
    )


async def detach(tx: Tx, scope: Scope, *, platform: str, external_id: str) -> Done[int]:
    """Have the community follow a channel no more; its id. What was counted until now stays, and nothing is added.

    Refuses a channel that is not attached. What was told stays a fact, also for other communities that follow it.
    """
    await communities.lock(tx, scope.community_id)
    found = await channels.ids_of(tx, [(platform, external_id)])
    channel_id = found.get((platform, external_id))
    if channel_id is None or not await channels.detach(tx, scope.community_id, channel_id, scope.now):
        raise Refused(
            "channel_not_attached",
            f"The {platform} channel {external_id[:50]!r} is not attached to this community.",
            "Look at the list of channels again.",
        )
    at = micros(scope.now)
    # The last messages before counted beyond this instant; so does a stream that runs.
    needs = [
        RecountNeeded(stream_id=live.stream, cause=f"detached:{at}")
        for live in await channels.streams_since(tx, channel_id, at)
    ]
    before = {"platform": platform, "platform_id": external_id}
    line = Audited(action="channels.detach", target=("channel", channel_id), before=before)
    return Done(channel_id, needs, [line])


async def request_adoption(tx: Tx, scope: Scope, attached: Sequence[ChannelAttached]) -> tuple[()]:
    """Have the orphans of newly attached channels delivered, a moment later so that none is still being recorded."""
    wanted = [
        NewJob(
            kind=ADOPT,
            key=f"attachment:{event.attachment_id}",
            payload={
                "platform": event.platform,
                "external_id": event.external_id,
                "since": micros(scope.now - RECORDED_WITHIN),
                "attachment": event.attachment_id,
            },
            run_at=scope.now + ADOPT_AFTER,
            community_id=scope.community_id,
        )
        for event in attached
    ]
    await jobs.add(tx, wanted, scope.now)
    return ()


async def adopt_orphans(tx: Tx, scope: Scope, *, job: LeasedJob) -> Done[bool]:
    """Deliver what is under way, and some orphans, of the job's channel; True, and the job is done, at the end."""
    payload = job.payload
    since = instant_of(payload["since"])
    key = (payload["platform"], payload["external_id"])
    under_way = await inbox.deliver_under_way(tx, scope.community_id, *key, since)
    adopted = await inbox.adopt_orphans(tx, *key, ORPHANS_AT_ONCE)
    channel_id = (await channels.ids_of(tx, [key]))[key]
    line = Audited(
        action="channels.catch_up",
        target=("channel", channel_id),
        after={"orphans": adopted, "under_way": under_way},
    )
    if adopted == ORPHANS_AT_ONCE:
        return Done(result=False, audit=[line])
    await jobs.finish(tx, job, scope.now)
    return Done(True, [ChannelCaughtUp(attachment_id=payload["attachment"])], [line])
