"""Ask again and again which channels are live, and tell what nobody told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.actions import gaps as gap_actions
from server.actions import sightings as actions
from server.actions import subscriptions
from server.domain.audit import system
from server.domain.gaps import NewGap
from server.domain.instants import micros
from server.domain.sightings import Begun, Followed, Judged, Live, Over, Sighting, StillLive, Verdict, judge
from server.effects.apps import AppAccess
from server.jobs.recorder import NotRecorded
from server.jobs.unit import Units
from server.platforms.kick import polled
from server.ports_platforms import ApiFault, KickLives
from server.store import sightings
from server.store.database import Database
from server.store.inbox import Received

log = structlog.get_logger(__name__)

PLATFORM = "kick"
BY = system("live")
STATUS = "livestream.status.updated"
UNANSWERED = "api_unanswered"
MISSED_LOOKS = 3
"""So many looks in a row must fail before what was missed counts as a gap."""

Record = Callable[[Received], Awaitable[None]]


class LiveWatch:
    """Looks at every attached channel in one batched question, and repairs starts and ends that were missed.

    What it finds is recorded as a delivery like those of the platform itself, so that it takes the same road into every
    community. A stream is over only where two parts of the platform's API say so.
    """

    def __init__(
        self, database: Database, units: Units, *, app: AppAccess, lives: KickLives, record: Record, every: timedelta
    ) -> None:
        self._database = database
        self._units = units
        self._app = app
        self._lives = lives
        self._record = record
        self.every = every

    async def look(self) -> int:
        """Look once at all attached channels; how many findings were told."""
        channels = await sightings.followed(self._database.reader(), PLATFORM)
        if not channels:
            return 0
        now, ids = self._units.now(), [channel.external_id for channel in channels]
        answer = await self._app.ask(partial(self._lives.live_among, broadcaster_ids=ids))
        if isinstance(answer, ApiFault):
            await self._unanswered(channels, answer, now)
            return 0
        live = {one.broadcaster_id: Live(started_at=one.started_at, title=one.title) for one in answer}
        judged = {channel.external_id: judge(channel, live.get(channel.external_id), now) for channel in channels}
        judged |= await self._second_opinions(channels, judged, now)
        told = 0
        for channel in channels:
            for verdict in judged[channel.external_id].verdicts:
                told += await self._tell(channel, verdict, now)
        seen = [(channel.channel_id, judged[channel.external_id].sighting) for channel in channels]
        await self._units.run(0, partial(actions.keep, seen=seen), by=BY)
        failed = [one.channel_id for one in channels if self._is_overdue(one.sighting, now)]
        await self._units.run(0, partial(gap_actions.close_polls, channel_ids=failed, cause=UNANSWERED), by=BY)
        return told

    async def _second_opinions(
        self, channels: Sequence[Followed], judged: Mapping[str, Judged], now: datetime
    ) -> dict[str, Judged]:
        """What becomes of streams that seem to be over once another part of the API was asked about them."""
        doubtful = {
            channel.external_id: channel
            for channel in channels
            if any(isinstance(verdict, Over) for verdict in judged[channel.external_id].verdicts)
        }
        if not doubtful:
            return {}
        answer = await self._app.ask(partial(self._lives.channels_of, broadcaster_ids=list(doubtful)))
        known = {} if isinstance(answer, ApiFault) else {one.broadcaster_id: one for one in answer}
        found: dict[str, Judged] = {}
        for number, channel in doubtful.items():
            other = known.get(number)
            if other is None:
                # No answer is no agreement: it is asked again next time.
                found[number] = Judged(judged[number].sighting)
            elif other.is_live and other.live_since is not None:
                found[number] = judge(channel, Live(started_at=other.live_since, title=other.title or ""), now)
            elif other.is_live:
                found[number] = Judged(replace(judged[number].sighting, missing_since=None))
        return found

    async def _tell(self, channel: Followed, verdict: Verdict, now: datetime) -> bool:
        """Record what was found; False when it could not be, and then the next look finds it again."""
        try:
            await self._record(received(channel, verdict, now))
        except NotRecorded:
            return False
        log.info("live.found", channel=channel.channel_id, found=type(verdict).__name__)
        if isinstance(verdict, Begun | Over):
            happened_at = verdict.started_at if isinstance(verdict, Begun) else verdict.last_seen_at
            note = partial(
                subscriptions.note_silent,
                channel_id=channel.channel_id,
                kind=STATUS,
                cause=subscriptions.UNTOLD,
                began_at=happened_at,
            )
            await self._units.run(0, note, by=BY)
        return True

    async def _unanswered(self, channels: Sequence[Followed], fault: ApiFault, now: datetime) -> None:
        log.warning("live.unanswered", kind=fault.kind, reason=fault.message)
        for channel in channels:
            if self._is_overdue(channel.sighting, now) and channel.sighting.checked_at is not None:
                gap = NewGap(
                    channel_id=channel.channel_id,
                    source="poll",
                    cause=UNANSWERED,
                    kinds=[STATUS],
                    began_at=channel.sighting.checked_at,
                )
                await self._units.run(0, partial(gap_actions.note_state, gap=gap, is_open=True, ended_at=now), by=BY)

    def _is_overdue(self, sighting: Sighting, now: datetime) -> bool:
        return sighting.checked_at is None or now - sighting.checked_at > MISSED_LOOKS * self.every


def received(channel: Followed, verdict: Verdict, now: datetime) -> Received:
    """A finding as a delivery; the same finding has the same id, so that it is told once."""
    owner = polled.owner_of(channel.external_id, channel.name, channel.slug)
    start = micros(verdict.started_at)
    match verdict:
        case Begun():
            told_at, kind, mark = now, polled.STATUS, "start"
            body = polled.status_body(owner, started_at=verdict.started_at, title=verdict.title, is_live=True)
        case Over():
            told_at, kind, mark = verdict.last_seen_at, polled.STATUS, f"end-{micros(verdict.last_seen_at)}"
            title = "" if channel.newest is None else channel.newest.title
            body = polled.status_body(owner, started_at=verdict.started_at, title=title, is_live=False)
        case StillLive():
            told_at, kind, mark = verdict.seen_at, polled.SEEN, f"seen-{micros(verdict.seen_at)}"
            body = polled.seen_body(owner, started_at=verdict.started_at)
    return Received(
        source=PLATFORM,
        message_id=f"{channel.external_id}-{start}-{mark}"[:64],
        kind=kind,
        kind_key=kind,
        subscription_id="",
        broadcaster_id=channel.external_id,
        told_at=told_at,
        received_at=now,
        body=body,
    )
