"""The doctor: looks at everything that should hold, and says what does not and what to do. It changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from statistics import median

from server.actions.watchtime.recount import book_of, quorum_of, together_with
from server.actions.watchtime.verify import Wrong, verify_chunk
from server.auth.sealing import Vault
from server.domain.instants import MICROSECOND, SECOND, micros
from server.domain.raffle.periods import COUNTING
from server.effects.findings import EXAMPLES_MAX, Finding, Patient, ago, counted, found
from server.effects.promises import Kept, promised
from server.effects.secrets import credentials, secrets
from server.jobs.unit import Units
from server.ports import Clock, Reader
from server.store import channels, communities, health
from server.store.communities import CommunityRecord
from server.store.database import Database
from server.store.happenings import happenings
from server.store.raffle import checks, periods

DELAYS_LOOKED_AT = 500
DELAY_MIN, DELAY_MAX = timedelta(seconds=-5), timedelta(minutes=5)
SILENCE_MAX = timedelta(minutes=30)
BACKLOG_AGE_MAX = timedelta(minutes=1)
OVERDUE = timedelta(minutes=10)
COMMUNITIES_AT_ONCE = 100
PERIODS_LOOKED_AT = 24
HAPPENINGS_AT_ONCE = 500


async def examine(
    database: Database, clock: Clock, vault: Vault | None = None, kept: Kept | None = None
) -> list[Finding]:
    """Check everything once, in an order in which earlier findings explain later ones.

    It may run beside a working server. Where the schema is out of date nothing else is looked at. Without a `vault`
    nobody can tell whether stored tokens open, which is a finding where there are any. With `kept` it is looked whether
    anything is older than that.
    """
    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock)
    patient = Patient(database, units, clock.now(), vault)
    try:
        findings = [await schema(patient)]
        if findings[0].ok:
            findings += [await check(patient) for check in CHECKS]
            if kept is not None:
                findings.append(await promised(patient, kept))
    finally:
        await units.close()
    return findings


async def schema(patient: Patient) -> Finding:
    """Whether every migration has run."""
    missing = await health.missing_migrations(patient.reader)
    return found("schema", missing, "The schema is up to date.", "Run: regulars migrate")


async def file(patient: Patient) -> Finding:
    """Whether SQLite finds its file and foreign keys sound."""
    fine = "The file is sound." if patient.database.dialect == "sqlite" else "PostgreSQL checks its own files."
    return found(
        "file",
        await health.sqlite_faults(patient.reader),
        fine,
        "Stop the server, keep a copy of the file, and restore the latest backup. Then look at the disk.",
    )


async def clock_skew(patient: Patient) -> Finding:
    """Whether deliveries seem to arrive about when they were sent."""
    delays = await health.delays_us(patient.reader, DELAYS_LOOKED_AT)
    if not delays:
        return Finding(check="clock", ok=True, detail="There are no deliveries yet to compare the clock with.")
    usual = median(delays) * MICROSECOND
    told = f"The last {len(delays)} deliveries arrived {seconds(usual)} after they were sent (median)."
    if usual < DELAY_MIN:
        return Finding(
            check="clock", ok=False, detail=told, remedy="This machine's clock is slow: set it by a time service (NTP)."
        )
    if usual > DELAY_MAX:
        return Finding(
            check="clock",
            ok=False,
            detail=told,
            remedy="Either this machine's clock is fast (set it by NTP) or the platform delivers late.",
        )
    return Finding(check="clock", ok=True, detail=told)


def seconds(span: timedelta) -> str:
    """A span as seconds, with one digit."""
    return f"{span.total_seconds():.1f} s"


async def all_communities(reader: Reader) -> list[CommunityRecord]:
    """Every community, read page by page."""
    everybody: list[CommunityRecord] = []
    while page := await communities.page(reader, everybody[-1].slug if everybody else "", COMMUNITIES_AT_ONCE):
        everybody += page
    return everybody


async def silence(patient: Patient) -> Finding:
    """Whether communities that are live hear anything."""
    heard: list[str] = []
    troubles: list[str] = []
    for community in await all_communities(patient.reader):
        now = micros(patient.now)
        counted = await channels.counted(patient.reader, community.id)
        lives = await channels.lives_between(patient.reader, counted, now, now + 1)
        if not lives:
            continue
        newest = await health.last_received_by_kind(patient.reader, community.id)
        ages = ", ".join(f"{kind} {ago(patient.now - at)}" for kind, at in newest.items())
        told = f"{community.slug} is live; last heard: {ages or 'nothing'}"
        last = max([micros(at) for at in newest.values()] + [live.starts for live in lives])
        (troubles if (now - last) * MICROSECOND > SILENCE_MAX else heard).append(told)
    return found(
        "silence",
        troubles,
        "; ".join(heard[:EXAMPLES_MAX]) or "No community is live.",
        "Check that the platform's event subscriptions of this app exist and point to this server's webhook address. "
        "If the stream is over, its end was never told; the next stream closes it.",
    )


async def backlog(patient: Patient) -> Finding:
    """Whether deliveries are applied soon."""
    waiting = await health.backlog(patient.reader)
    if waiting.oldest_received_at is None:
        return Finding(check="backlog", ok=True, detail="No delivery waits.")
    age = patient.now - waiting.oldest_received_at
    told = f"{waiting.waiting} deliveries wait, the oldest for {ago(age)}."
    return found(
        "backlog",
        [told] if age > BACKLOG_AGE_MAX else [],
        told,
        "Start the server, or a worker (regulars serve). If one runs, look for worker.interrupted in its log.",
    )


async def quarantine(patient: Patient) -> Finding:
    """Whether deliveries could not be applied."""
    by_code = await health.quarantined_by_code(patient.reader)
    return found(
        "quarantine",
        counted(by_code),
        "No delivery is in quarantine.",
        "Read their errors in the API (deliveries with the state QUARANTINED), and replay them (replayDeliveries) once "
        "a version runs that understands them.",
    )


async def orphans(patient: Patient) -> Finding:
    """Whether deliveries of attached channels reached no community."""
    return found(
        "orphans",
        counted(await health.stranded_orphans(patient.reader)),
        "Every delivery of an attached channel reached its communities.",
        "Deliver them again through the API, as the operator: replayOrphans.",
    )


async def jobs_dead(patient: Patient) -> Finding:
    """Whether jobs gave up."""
    return found(
        "jobs dead",
        counted(await health.jobs_dead(patient.reader)),
        "No job gave up.",
        "Look for job.failed in the log, mend the reason or report it; then send the mutation recountWatchTime.",
    )


async def jobs_overdue(patient: Patient) -> Finding:
    """Whether due jobs are done."""
    return found(
        "jobs overdue",
        counted(await health.jobs_overdue(patient.reader, patient.now - OVERDUE)),
        "No job is overdue.",
        "Start the server, or a worker (regulars serve). If one runs, look for jobs.interrupted in its log.",
    )


async def tallies(patient: Patient) -> Finding:
    """Whether every tally is what the evidence gives by the watch time law."""
    wrong: list[str] = []
    unsettled: set[str] = set()
    for community in await all_communities(patient.reader):
        for stream_id in await health.tallied_streams(patient.reader, community.id):
            differing, waiting = await wrong_tallies(patient, community.id, stream_id)
            if waiting:
                unsettled.add(community.slug)
            else:
                wrong += [f"{community.slug}: {described(one)}" for one in differing]
    fine = "Every tally equals its evidence."
    if unsettled:
        fine = f"Every settled tally equals its evidence; not everything is applied in {', '.join(sorted(unsettled))}."
    return found(
        "tallies",
        wrong,
        fine,
        "Send the mutation recountWatchTime for the community, then run the doctor again.",
    )


async def wrong_tallies(patient: Patient, community_id: int, stream_id: int) -> tuple[list[Wrong], bool]:
    """The tallies of a stream that differ from their evidence, and whether something waits that may mend them."""
    [live] = await channels.lives_by_id(patient.reader, [stream_id])
    quorum = None
    book = await book_of(patient.reader, community_id)
    if book.asks_quorum and live.starts < live.until:
        quorum = await quorum_of(patient.reader, await together_with(patient.reader, community_id, live, book))
    wrong: list[Wrong] = []
    waiting, after = False, 0
    while True:
        chunk = partial(verify_chunk, stream_id=stream_id, after=after, quorum=quorum)
        verified = await patient.units.run(community_id, chunk)
        if verified.last is None:
            return wrong, waiting
        wrong += verified.wrong
        waiting = waiting or verified.waiting
        after = verified.last
        await asyncio.sleep(0)


def described(wrong: Wrong) -> str:
    """A wrong tally in words."""
    return (
        f"account {wrong.account_id} in stream {wrong.stream_id} has {wrong.tallied_us / SECOND:g} s, "
        f"its evidence gives {wrong.due_us / SECOND:g} s"
    )


async def balances(patient: Patient) -> Finding:
    """Whether every viewer's balance is the sum of his tallies and adjustments, and a stream's that of its tallies."""
    wrong: list[str] = []
    for community in await all_communities(patient.reader):
        after: int | None = 0
        while after is not None:
            page = await health.balances_page(patient.reader, community.id, after)
            wrong += [
                f"{community.slug}: viewer {viewer} has {held / SECOND:g} s, the sum is {due / SECOND:g} s"
                for viewer, held, due in page.wrong
            ]
            after = page.last
            await asyncio.sleep(0)
        for stream in await health.tallied_streams(patient.reader, community.id):
            held, due = await health.watched_of(patient.reader, community.id, stream)
            if held != due:
                wrong.append(
                    f"{community.slug}: stream {stream} has {held / SECOND:g} s, the sum is {due / SECOND:g} s"
                )
    return found(
        "balances",
        wrong,
        "Every balance is the sum of its tallies and adjustments, and every stream's that of its tallies.",
        "Restore the latest backup from before the difference, and report it: both always change in one transaction.",
    )


async def tickets(patient: Patient) -> Finding:
    """Whether every sum of tickets is that of its entries, and the board that of the accounts while a raffle counts."""
    wrong: list[str] = []
    for community in await all_communities(patient.reader):
        for period in await periods.newest(patient.reader, community.id, PERIODS_LOOKED_AT):
            troubles = list(await checks.wrong_sums(patient.reader, period.id, EXAMPLES_MAX + 1))
            if period.state in COUNTING:
                troubles += await checks.wrong_standings(patient.reader, period.id, EXAMPLES_MAX + 1)
            wrong += [
                f"{community.slug}, raffle {period.number}: {what} has {held} tickets, the sum is {due}"
                for what, held, due in troubles
            ]
    return found(
        "tickets",
        wrong,
        "Every number of tickets is the sum of its entries.",
        "Restore the latest backup from before the difference, and report it: both always change in one transaction.",
    )


async def amounts(patient: Patient) -> Finding:
    """Whether the amount of every happening, which totals add up, is what is told of it."""
    wrong: list[str] = []
    for community in await all_communities(patient.reader):
        after: int | None = 0
        while after is not None:
            page = await happenings.amounts_page(patient.reader, community.id, after, HAPPENINGS_AT_ONCE)
            wrong += [
                f"{community.slug}: happening {number} counts {held}, {due} is told of it"
                for number, held, due in page.wrong
            ]
            after = page.last
            await asyncio.sleep(0)
    return found(
        "amounts",
        wrong,
        "Every happening counts for what is told of it.",
        "Restore the latest backup from before the difference, and report it: both are written in one statement.",
    )


async def links(patient: Patient) -> Finding:
    """Whether every viewer of several accounts is the oldest of those that they were before, and can be parted."""
    troubles = [
        f"{community.slug}: the links of viewer {viewer} do not fit his accounts"
        for community in await all_communities(patient.reader)
        for viewer in await health.unsound_links(patient.reader, community.id)
    ]
    return found(
        "links",
        troubles,
        "Every link fits the accounts of its viewer.",
        "Something else has written to the database: restore the latest backup from before that.",
    )


async def strays(patient: Patient) -> Finding:
    """Whether rows name rows that do not exist, where no foreign key holds them."""
    troubles: list[str] = []
    for reference in health.REFERENCES:
        table, column, named = reference
        first, last = await health.ids_between(patient.reader, table)
        many = 0
        for start in range(first, last + 1, health.IDS_AT_ONCE):
            many += await health.strays(patient.reader, reference, start)
        if many:
            troubles.append(f"{many} of {table} name a missing {named} ({column})")
    return found(
        "strays",
        troubles,
        "Every row names rows that exist.",
        "Something else has written to the database: restore the latest backup from before that.",
    )


async def feeds(patient: Patient) -> Finding:
    """Whether every feed holds exactly the cursors it says."""
    broken = [
        f"{feed.slug}: head {feed.head}, tail {feed.tail}, but {feed.entries} entries from {feed.first} to {feed.last}"
        for feed in await health.feeds(patient.reader)
        if not feed.sound
    ]
    return found(
        "feeds",
        broken,
        "Every feed is without gaps up to its head.",
        "Something else has written to the database: restore the latest backup from before that.",
    )


Examination = Callable[[Patient], Awaitable[Finding]]
CHECKS: tuple[Examination, ...] = (
    file,
    clock_skew,
    silence,
    backlog,
    quarantine,
    orphans,
    secrets,
    credentials,
    jobs_dead,
    jobs_overdue,
    strays,
    tallies,
    balances,
    tickets,
    amounts,
    links,
    feeds,
)
