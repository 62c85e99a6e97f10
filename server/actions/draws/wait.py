"""What a list waits for before it is closed: nothing that was heard is left out, and nobody is waited for in vain."""

from collections import defaultdict
from datetime import timedelta

from server.actions.draws.plan import moved
from server.actions.draws.record import changed
from server.auth.signing import OperatorKeys
from server.domain.draws.plan import FREEZE_LEAD, POSTPONED_BY, DrawState, DrawSubject, soonest
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.rounds import round_at_or_after
from server.domain.gaps import EARNING, untold
from server.domain.giveaways import APPLIED_WITHIN
from server.domain.happenings.sources import IngestSources
from server.domain.instants import HOUR, instant_of, micros
from server.jobs.unit import Done, Scope, locked
from server.ports import Reader, Tx
from server.store import communities
from server.store.draws import draws, waiting
from server.store.draws.draws import DrawRow
from server.store.giveaways import giveaways
from server.store.raffle.periods import PeriodRecord

UNAPPLIED = "deliveries_waiting"
UNFIT = "deliveries_quarantined"
BEHIND = "past_not_counted"
SILENT = "source_silent"
UNREAD = "wagers_unread"
SOURCES = "happenings"
BACKFILL = "raffle.backfill"
POSTPONED_BY_MAX = timedelta(days=1)


async def held_up(reader: Reader, community_id: int, draw: DrawRow, period: PeriodRecord) -> str | None:
    """Why the list of a raffle that is settling cannot be closed yet, as a code; None when it can.

    What was told before the settlement was over, before the raffle's end where staff asked for the draw sooner, is
    applied first. That some of it could not be applied, that a source is silent, or an affiliate feed unread since the
    end, holds up only what goes on by itself: staff says that it does not matter by acknowledging the alert, or by
    asking for the draw.
    """
    settled = period.span.ends + (0 if draw.state is DrawState.ASKED else period.rules.settlement_h * HOUR)
    if await waiting.is_unapplied(reader, community_id, settled):
        return UNAPPLIED
    if not await waiting.is_caught_up(reader, community_id, period.id, BACKFILL):
        return BEHIND
    return None if draw.state is DrawState.ASKED else await unheard(reader, community_id, period, settled)


async def unheard(reader: Reader, community_id: int, period: PeriodRecord, settled: int) -> str | None:
    """Why something that gives tickets of a raffle may not have been heard, as a code; None where all was."""
    if await waiting.is_quarantined(reader, community_id, period.span.starts, settled):
        return UNFIT
    if await is_silent(reader, community_id, settled):
        return SILENT
    if period.rules.wager and await waiting.is_feed_behind(reader, community_id, period.span.ends):
        return UNREAD
    return None


async def is_silent(reader: Reader, community_id: int, before: int) -> bool:
    """Whether something that gives tickets is told by nobody whom the community believes, since before an instant."""
    silences = await waiting.silences(reader, community_id, before)
    if not silences:
        return False
    versions = await communities.setting_versions(reader, community_id, SOURCES)
    sources = IngestSources.restored(versions[-1].data) if versions else IngestSources()
    listening = await waiting.listening(reader, community_id)
    by_channel: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in silences:
        by_channel[one.channel_id][one.source] |= one.kinds
    return any(
        untold(silent, sources, listens=channel in listening) & EARNING for channel, silent in by_channel.items()
    )


async def go_on_without(tx: Tx, scope: Scope, *, draw_id: int, keys: OperatorKeys) -> Done[bool]:
    """Put on record, once, that a giveaway waits no longer for what was told in time and is not applied."""
    scope = await locked(tx, scope)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    if draw is None or draw.subject is not DrawSubject.GIVEAWAY or draw.state is not DrawState.ASKED:
        return Done(False)
    row = await giveaways.by_id(tx, scope.community_id, draw.subject_id)
    asked_at = instant_of(draw.planned_for)
    if row is None or scope.now < asked_at + APPLIED_WITHIN or draw.beacon_round != soonest(asked_at):
        return Done(False)
    if not await waiting.is_uncounted(tx, scope.community_id, micros(row.ends_at or scope.now), row.period_id):
        return Done(False)
    later = max(soonest(scope.now, timedelta(seconds=row.rules.lead_s)), draw.beacon_round + 1)
    audit = await moved(tx, scope, draw, later, UNAPPLIED, keys)
    return Done(True, [changed(draw, draw.state)], audit)


async def wait(tx: Tx, scope: Scope, draw: DrawRow, reason: str, keys: OperatorKeys) -> Done[bool]:
    """Leave a list open; a planned draw whose round comes too soon for it gets another one, on record with the reason.

    The longer it has waited, the longer it is put off: half an hour at first, a day at last.
    """
    if draw.state is not DrawState.PLANNED or scope.now < time_of(draw.beacon_round) - FREEZE_LEAD:
        return Done(False)
    late = scope.now - instant_of(draw.planned_for)
    audit = await moved(
        tx, scope, draw, round_at_or_after(scope.now + min(max(late, POSTPONED_BY), POSTPONED_BY_MAX)), reason, keys
    )
    return Done(False, [changed(draw, draw.state)], audit)
