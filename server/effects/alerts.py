"""Look for trouble again and again, and have staff alerted when it begins and when it is over."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.actions import alerts as actions
from server.actions.happenings.note import sources_in_force
from server.domain.alerts import DELIVERIES, INSTALLATION, AlertKind, Thresholds, Trouble, dead_jobs
from server.domain.gaps import CAUSES, unrecovered
from server.domain.happenings.sources import IngestSources
from server.effects.findings import Finding, counted
from server.jobs.unit import Units
from server.ports import Clock
from server.store import alerts, gaps
from server.store.alerts import LiveChannel
from server.store.database import Database
from server.store.gaps import GapRecord, GapThere
from server.store.raffle import periods

log = structlog.get_logger(__name__)

WATCHED = frozenset(
    {
        AlertKind.SOURCE_DEAD,
        AlertKind.QUARANTINE_GROWS,
        AlertKind.CREDENTIAL_LOST,
        AlertKind.JOB_DEAD,
        AlertKind.NEWS_MISSED,
    }
)
SEEN_BY_WATCH = frozenset({"silence", "quarantine", "credentials", "jobs dead"})
"""Checks of the doctor that are watched all the time, so that nobody is told twice."""

FOR_A_DAY = frozenset({AlertKind.OVERLAY_CROWDED, AlertKind.DRAW_STUCK})
"""Alerts that are raised when it happens, and end after a day; if it happens again, there is another."""

DAY = timedelta(days=1)
MISSED_FOR = timedelta(days=1)
LIVE_AT_MOST = timedelta(days=2)
"""A stream that runs longer has ended, and its end was never told."""

RECONNECT = {
    "channel": "Connect the channel again on the community's page, signed in as its owner.",
    "bot": "Connect the bot again, signed in as the bot's account.",
}


Examine = Callable[[], Awaitable[Sequence[Finding]]]


class Watch:
    """Compares the trouble that there is with the alerts that are open."""

    def __init__(self, database: Database, units: Units, *, thresholds: Thresholds, clock: Clock) -> None:
        self._database = database
        self._units = units
        self._thresholds = thresholds
        self._clock = clock

    async def look(self) -> int:
        """Alert of what is new, and end what is over; how many changed."""
        troubles = [
            *await self._dead_sources(),
            *await self._quarantines(),
            *await self._lost_credentials(),
            *await self._dead_jobs(),
            *await self._missed_news(),
        ]
        return await self._settle(WATCHED, troubles) + await self._end_after_a_day()

    async def visit(self, examine: Examine) -> int:
        """Have the doctor look, alert of what he finds, and end what he finds no more; how many changed."""
        findings = await examine()
        return await self._settle({AlertKind.DOCTOR_FAILED}, [*ailments(findings)])

    async def _settle(self, kinds: Collection[AlertKind], troubles: Sequence[Trouble]) -> int:
        open_now = await alerts.open_alerts(self._database.reader(), kinds)
        known = {(alert.community_id, alert.cause): alert.detail for alert in open_now}
        present = {(trouble.community_id, trouble.cause): trouble for trouble in troubles}
        changed = 0
        for community_id in sorted({place for place, _ in (*known, *present)}):
            fresh = [
                trouble
                for key, trouble in present.items()
                if key[0] == community_id and known.get(key) != trouble.detail
            ]
            over = [cause for place, cause in known if place == community_id and (place, cause) not in present]
            if fresh or over:
                settle = partial(actions.settle, causes=over, troubles=fresh)
                changed += await self._units.run(community_id, settle, by=actions.BY)
        if changed:
            log.warning("alerts.changed", changed=changed, open=len(present))
        return changed

    async def _end_after_a_day(self) -> int:
        """End what nobody watches and is a day old; an overlay that is still crowded, say, raises another alert."""
        day_ago = self._clock.now() - DAY
        changed = 0
        for alert in await alerts.open_alerts(self._database.reader(), FOR_A_DAY):
            if alert.opened_at < day_ago:
                settle = partial(actions.settle, causes=[alert.cause], troubles=())
                changed += await self._units.run(alert.community_id, settle, by=actions.BY)
        return changed

    async def _dead_sources(self) -> list[Trouble]:
        """Channels that are live and of which nothing arrives."""
        reader, now = self._database.reader(), self._clock.now()
        silent_since = now - self._thresholds.silence
        live = await alerts.live_channels(reader, now - LIVE_AT_MOST, silent_since)
        return [
            silent(channel, self._thresholds.silence)
            for channel in live
            if not await alerts.is_heard(reader, channel, silent_since)
        ]

    async def _quarantines(self) -> list[Trouble]:
        """Many deliveries that could not be applied; one is enough while a raffle settles, which waits for it."""
        reader = self._database.reader()
        settling = await periods.settling(reader)
        return [
            Trouble(
                community_id=community_id,
                kind=AlertKind.QUARANTINE_GROWS,
                about=DELIVERIES,
                title="Deliveries could not be applied",
                detail=f"In quarantine, by reason: {', '.join(counted(by_code))}.",
                remedy="Read their errors in the API (deliveries with the state QUARANTINED), and replay them "
                "(replayDeliveries) once a version runs that understands them.",
            )
            for community_id, by_code in (await alerts.quarantined(reader)).items()
            if sum(by_code.values()) >= (1 if community_id in settling else self._thresholds.quarantined)
        ]

    async def _lost_credentials(self) -> list[Trouble]:
        return [
            Trouble(
                community_id=owner.community_id,
                kind=AlertKind.CREDENTIAL_LOST,
                about=f"{owner.provider}:{owner.external_id}:{owner.purpose}",
                title=f"{owner.provider.title()} no longer lets us act for a {owner.purpose}",
                detail=f"The {owner.purpose} with the id {owner.external_id} must be allowed anew (reason: {reason}).",
                remedy=RECONNECT.get(owner.purpose, "Connect it again, signed in as its owner."),
            )
            for owner, reason in await alerts.lost_credentials(self._database.reader())
        ]

    async def _dead_jobs(self) -> list[Trouble]:
        return [
            dead_jobs(community_id, kind, many)
            for community_id, kind, many in await alerts.dead(self._database.reader())
        ]

    async def _missed_news(self) -> list[Trouble]:
        """Spans in which a source was silent: long ones, and for a day those in which nobody else told all."""
        reader, now = self._database.reader(), self._clock.now()
        causes: dict[tuple[int, str, str, str], list[GapThere]] = {}
        believed: dict[int, IngestSources] = {}
        for one in await gaps.lately(reader, now - MISSED_FOR):
            if one.community_id not in believed:
                believed[one.community_id] = await sources_in_force(reader, one.community_id)
            if self._matters(one.gap, believed[one.community_id], now):
                causes.setdefault((one.community_id, one.platform, one.external_id, one.gap.cause), []).append(one)
        return [missed(found, believed[key[0]]) for key, found in causes.items()]

    def _matters(self, gap: GapRecord, sources: IngestSources, now: datetime) -> bool:
        if gap.ended_at is None:
            return now - gap.began_at > self._thresholds.gap
        return bool(unrecovered(gap.source, gap.kinds, gap.filled_by, sources))


def missed(found: Sequence[GapThere], sources: IngestSources) -> Trouble:
    """The trouble that a channel's news was missed for one cause, however many gaps that made."""
    [one, *_] = found
    why, remedy = CAUSES[one.gap.cause]
    began_at, lasts = min(there.gap.began_at for there in found), any(there.gap.ended_at is None for there in found)
    ended_at = max((there.gap.ended_at for there in found if there.gap.ended_at is not None), default=began_at)
    until = "and it lasts" if lasts else f"until {ended_at:%Y-%m-%d %H:%M} UTC"
    lost = set[str]()
    for gap in (there.gap for there in found):
        lost.update(unrecovered(gap.source, gap.kinds, gap.filled_by, sources))
    told = f" Nobody else told: {', '.join(sorted(lost))}." if lost else ""
    return Trouble(
        community_id=one.community_id,
        kind=AlertKind.NEWS_MISSED,
        about=f"{one.platform}:{one.external_id}:{one.gap.cause}",
        title=f"News of the channel {one.name} was missed",
        detail=f"{why} Since {began_at:%Y-%m-%d %H:%M} UTC, {until}.{told} What Kick delivers late still counts.",
        remedy=remedy,
    )


def silent(channel: LiveChannel, silence: timedelta) -> Trouble:
    """The trouble that a live channel is not heard."""
    minutes = silence // timedelta(minutes=1)
    return Trouble(
        community_id=channel.community_id,
        kind=AlertKind.SOURCE_DEAD,
        about=f"{channel.platform}:{channel.external_id}",
        title=f"Nothing arrives from the channel {channel.name}",
        detail=f"It is live since {channel.live_since:%Y-%m-%d %H:%M} UTC, and for more than {minutes} minutes nothing "
        "of it has arrived. Nobody earns watch time meanwhile.",
        remedy="Check that the platform's event subscriptions of this app exist and point to this server's webhook "
        "address. If the stream is over, its end was never told; the next stream closes it.",
    )


def ailments(findings: Sequence[Finding]) -> Iterable[Trouble]:
    """The troubles that the doctor found and that nobody else watches for."""
    for finding in findings:
        if not finding.ok and finding.check not in SEEN_BY_WATCH:
            yield Trouble(
                community_id=INSTALLATION,
                kind=AlertKind.DOCTOR_FAILED,
                about=finding.check,
                title=f"The doctor's check of {finding.check} failed",
                detail=finding.detail,
                remedy=finding.remedy,
            )
