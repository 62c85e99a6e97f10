"""Periods of a raffle begin, end, are renewed and get other dates; the rules of the next one change."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import orjson

from server.actions.raffle.earn import SERVER
from server.domain.audit import Audited, Plain, changed
from server.domain.draws.rules import raffle_rules, rules_hash
from server.domain.instants import instant_of, micros
from server.domain.raffle.periods import PeriodSpan, PeriodState, draw_time, following, month_around
from server.domain.raffle.rules import RaffleRules
from server.domain.refusals import Refused
from server.events.raffle import RaffleChanged
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import communities, jobs
from server.store.jobs import NewJob
from server.store.raffle import due, periods
from server.store.raffle.periods import PeriodRecord

SETTINGS = "raffle"
BACKFILL = "raffle.backfill"
TITLE_LENGTH_MAX = 100


async def rules_in_force(reader: Reader, community_id: int) -> RaffleRules:
    """The rules that the next period will begin with."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return RaffleRules.restored(versions[-1].data) if versions else RaffleRules()


async def change_rules(
    tx: Tx, scope: Scope, *, revised: Callable[[RaffleRules], RaffleRules], wagers_confirmed: bool, actor: str
) -> Done[RaffleRules]:
    """Append a version of the rules and return it. It holds from the next period on: the open one keeps its own.

    Wagers give tickets only after whoever turns them on has confirmed that the law and the platforms allow it.
    """
    await communities.lock(tx, scope.community_id)
    current = await rules_in_force(tx, scope.community_id)
    rules = revised(current)
    rules.check()
    if rules.wager and not current.wager and not wagers_confirmed:
        raise Refused(
            "raffle_wagers_unconfirmed",
            "Tickets for wagers are off until it is confirmed that law and platforms allow them here.",
            "Read about wagers in the guide to raffles, and send `confirmsWagers: true`.",
        )
    if rules != current:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), rules.stored(), actor, scope.now
        )
    before, after = changed(flat(current), flat(rules))
    line = Audited(action="raffle.change_rules", target=("settings", SETTINGS), before=before, after=after)
    return Done(rules, audit=[line])


def flat(rules: RaffleRules) -> dict[str, Plain]:
    """Rules as the audit log tells them."""
    stored = rules.stored()
    caps: dict[str, int] = stored.pop("caps")
    return {**stored, "caps": ", ".join(f"{source} {cap}" for source, cap in caps.items())}


async def start(
    tx: Tx, scope: Scope, *, title: str, starts: int | None, ends: int | None, actor: str
) -> Done[PeriodRecord]:
    """Open a period: from now, or from a given instant, to the end of the month, or to a given one.

    A start that is over already counts what happened since. Refuses a second open period, dates that make no period,
    and dates that share time with another one.
    """
    await communities.lock(tx, scope.community_id)
    if (running := await periods.current(tx, scope.community_id)) is not None:
        raise Refused(
            "raffle_open",
            f"Raffle {running.number} is open until {instant_of(running.span.ends):%Y-%m-%d %H:%M} UTC.",
            "End it first, or restart it.",
        )
    zone = await zone_of(tx, scope.community_id)
    begins = micros(scope.now) if starts is None else starts
    span = PeriodSpan(begins, month_around(begins, zone).ends if ends is None else ends)
    return await opened(tx, scope, title=title, span=span, zone=zone, actor=actor)


async def opened(
    tx: Tx, scope: Scope, *, title: str, span: PeriodSpan, zone: ZoneInfo, actor: str
) -> Done[PeriodRecord]:
    """Open a period with the rules in force; the caller has seen that none is open."""
    span.check(micros(scope.now))
    named = title.strip()
    if len(named) > TITLE_LENGTH_MAX:
        raise Refused("raffle_title_long", f"A title has at most {TITLE_LENGTH_MAX} characters.", "Shorten it.")
    await refuse_overlap(tx, scope.community_id, span)
    rules = await rules_in_force(tx, scope.community_id)
    draw_at = draw_time(span.ends, rules.settlement_h)
    text = raffle_rules(
        rules,
        community_id=scope.community_id,
        title=named,
        starts=span.starts,
        ends=span.ends,
        timezone=str(zone),
        draw_at=draw_at,
    )
    period = await periods.add(
        tx,
        scope.community_id,
        title=named,
        span=span,
        timezone=str(zone),
        rules=orjson.dumps(rules.stored(), option=orjson.OPT_SORT_KEYS).decode(),
        rules_text=text,
        rules_sha256=rules_hash(text),
        draw_at=draw_at,
        actor=actor,
        now=scope.now,
    )
    if span.starts < micros(scope.now):
        await catch_up(tx, scope, period)
    return Done(period, [changed_to(period, PeriodState.OPEN)], [line("raffle.start", period, after=dates(span))])


async def end(tx: Tx, scope: Scope, *, reason: str) -> Done[PeriodRecord]:
    """End the open period now; late events are waited for as its rules say, and no other begins by itself."""
    await communities.lock(tx, scope.community_id)
    period = await open_period(tx, scope.community_id)
    now = micros(scope.now)
    if now <= period.span.starts:
        raise Refused("raffle_not_begun", "This raffle has not begun yet.", "Give it other dates instead.")
    done = await moved(tx, period, PeriodSpan(period.span.starts, min(now, period.span.ends)))
    await periods.advance(tx, period.id, PeriodState.SETTLING)
    ended = line("raffle.end", period, before=dates(period.span), after=dates(done.span), reason=reason)
    return Done(done, [changed_to(period, PeriodState.SETTLING)], [ended])


async def restart(tx: Tx, scope: Scope, *, title: str, actor: str, reason: str) -> Done[PeriodRecord]:
    """End the open period now and begin the next at the same instant."""
    ended = await end(tx, scope, reason=reason)
    zone = await zone_of(tx, scope.community_id)
    begun = await opened(tx, scope, title=title, span=following(ended.result.span, zone), zone=zone, actor=actor)
    told = replace(begun.audit[0], action="raffle.restart", before=ended.audit[0].before, reason=ended.audit[0].reason)
    return Done(begun.result, [*ended.events, *begun.events], [told])


async def set_dates(tx: Tx, scope: Scope, *, starts: int | None, ends: int | None, reason: str) -> Done[PeriodRecord]:
    """Give the open period other dates; what is left out stays.

    The start of a period that has begun cannot become later: what was earned would be lost. Refuses dates that make no
    period, and dates that share time with another one.
    """
    await communities.lock(tx, scope.community_id)
    period = await open_period(tx, scope.community_id)
    span = PeriodSpan(period.span.starts if starts is None else starts, period.span.ends if ends is None else ends)
    now = micros(scope.now)
    span.check(now)
    if span.starts > period.span.starts <= now:
        raise Refused(
            "raffle_begun",
            "This raffle has begun; with a later start, tickets that were earned already would be lost.",
            "Keep its start, or restart it.",
        )
    await refuse_overlap(tx, scope.community_id, span, period.id)
    done = await moved(tx, period, span)
    if span.starts < min(now, period.span.starts):
        await catch_up(tx, scope, done)
    told = line("raffle.set_dates", period, before=dates(period.span), after=dates(span), reason=reason)
    return Done(done, [changed_to(period, PeriodState.OPEN)], [told])


async def find_over(tx: Tx, scope: Scope) -> Done[list[tuple[int, int]]]:
    """The open periods of all communities that are over: (community, period)."""
    return Done(await periods.over(tx, scope.now))


async def pass_end(tx: Tx, scope: Scope, *, period_id: int) -> Done[PeriodRecord | None]:
    """Let a period that is over settle, and open the next where the rules say so; nothing where that was done."""
    await communities.lock(tx, scope.community_id)
    period = await periods.by_id(tx, scope.community_id, period_id)
    if period is None or period.state is not PeriodState.OPEN or period.span.ends > micros(scope.now):
        return Done(None)
    await periods.advance(tx, period.id, PeriodState.SETTLING)
    ended = Done(None, [changed_to(period, PeriodState.SETTLING)], [line("raffle.pass_end", period)])
    rules = await rules_in_force(tx, scope.community_id)
    if not rules.renews:
        return Done(None, ended.events, ended.audit)
    zone = await zone_of(tx, scope.community_id)
    span = following(period.span, zone)
    while span.ends <= micros(scope.now):  # the server was away for longer than a month
        span = following(span, zone)
    if await periods.overlapping(tx, scope.community_id, span) is not None:
        return Done(None, ended.events, ended.audit)
    begun = await opened(tx, scope, title="", span=span, zone=zone, actor=SERVER)
    return Done(begun.result, [*ended.events, *begun.events], [*ended.audit, *begun.audit])


async def archive(tx: Tx, scope: Scope, *, period_id: int) -> Done[bool]:
    """Let a raffle become history that was drawn, or had nobody in it; whether that was done now."""
    await communities.lock(tx, scope.community_id)
    period = await periods.by_id(tx, scope.community_id, period_id)
    if period is None or period.state not in {PeriodState.DRAWN, PeriodState.FROZEN}:
        return Done(False)
    await periods.advance(tx, period.id, PeriodState.ARCHIVED)
    return Done(True, [changed_to(period, PeriodState.ARCHIVED)], [line("raffle.archive", period)])


async def moved(tx: Tx, period: PeriodRecord, span: PeriodSpan) -> PeriodRecord:
    """The period with other dates, and the time of its draw with them."""
    return await periods.move(tx, period.id, span, draw_time(span.ends, period.rules.settlement_h))


async def catch_up(tx: Tx, scope: Scope, period: PeriodRecord) -> None:
    """Have what happened since the period's start, before it was known, counted for it."""
    await due.mark_all(tx, scope.community_id, period.id)
    payload = {"period": period.id, "after": 0}
    job = NewJob(
        kind=BACKFILL,
        key=f"{period.id}:{period.span.starts}",
        payload=payload,
        run_at=scope.now,
        community_id=scope.community_id,
    )
    await jobs.add(tx, [job], scope.now)


async def open_period(reader: Reader, community_id: int) -> PeriodRecord:
    """The open period, or a refusal."""
    period = await periods.current(reader, community_id)
    if period is None:
        raise Refused("raffle_none", "There is no open raffle.", "Start one.")
    return period


async def refuse_overlap(reader: Reader, community_id: int, span: PeriodSpan, but: int = 0) -> None:
    """Refuse dates that share time with another period."""
    other = await periods.overlapping(reader, community_id, span, but)
    if other is not None:
        raise Refused(
            "raffle_dates_overlap",
            f"Raffle {other.number} covers {instant_of(other.span.starts):%Y-%m-%d %H:%M} to "
            f"{instant_of(other.span.ends):%Y-%m-%d %H:%M} UTC.",
            "Choose dates outside it.",
        )


async def zone_of(reader: Reader, community_id: int) -> ZoneInfo:
    """The time zone of a community's days."""
    community = await communities.by_id(reader, community_id)
    return ZoneInfo(community.timezone if community else "UTC")


def changed_to(period: PeriodRecord, state: PeriodState) -> RaffleChanged:
    """The event of a period that is in a state now."""
    return RaffleChanged(period_id=period.id, number=period.number, state=state.value)


def dates(span: PeriodSpan) -> dict[str, Plain]:
    """A span as the audit log tells it."""
    return {"starts_at": instant_of(span.starts).isoformat(), "ends_at": instant_of(span.ends).isoformat()}


def line(
    action: str,
    period: PeriodRecord,
    *,
    before: dict[str, Plain] | None = None,
    after: dict[str, Plain] | None = None,
    reason: str = "",
) -> Audited:
    """The line of the audit log about a period."""
    return Audited(
        action=action, target=("raffle", period.id), before=before, after=after, reason=reason.strip() or None
    )
