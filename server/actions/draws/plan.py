"""Draws are planned when a raffle begins, moved with a signed record, asked for by staff, and tried out."""

from server.actions.draws import supplement
from server.actions.draws.record import changed, known, line, recorded
from server.auth.signing import OperatorKeys
from server.domain.audit import Audited
from server.domain.draws.plan import ON_ITS_WAY, POSTPONED_BY, TESTS_MAX, DrawState, soonest
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.rounds import round_at_or_after
from server.domain.draws.rules import round_in
from server.domain.instants import instant_of, micros
from server.domain.raffle.periods import COUNTING, PeriodState
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import communities
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.raffle import periods
from server.store.raffle.periods import PeriodRecord

SETTINGS = "draws"
REASON_LENGTH_MAX = 300
END_CHANGED = "end_changed"
NOT_IN_TIME = "not_frozen_in_time"
BY_STAFF = "by_staff"


async def plan(tx: Tx, scope: Scope, *, period_id: int, keys: OperatorKeys) -> Done[DrawRow | None]:
    """Name the round of a period's draw, which is public from then on; where its time was changed, another, on record.

    Nothing where that was done, or the draw is on its way already.
    """
    scope = await locked(tx, scope)
    period = await periods.by_id(tx, scope.community_id, period_id)
    if period is None or period.state not in COUNTING:
        return Done(None)
    planned_for, last = micros(period.draw_at), await draws.latest(tx, period_id)
    if last is not None and (last.state is not DrawState.PLANNED or last.planned_for == planned_for):
        return Done(None)
    draw, audit = (await planned(tx, scope, period)) if last is None else (last, list[Audited]())
    # The end may have been changed since the rules named a round, before a draw was planned by it.
    wanted = round_at_or_after(period.draw_at)
    wanted = wanted if wanted == draw.beacon_round else max(wanted, soonest(scope.now))
    audit += await moved(tx, scope, draw, wanted, END_CHANGED, keys, planned_for=planned_for)
    return Done(draw, [changed(draw, DrawState.PLANNED)], audit)


async def planned(tx: Tx, scope: Scope, period: PeriodRecord) -> tuple[DrawRow, list[Audited]]:
    """The first draw of a period, which waits for the round that its rules name."""
    named = round_in(await periods.rules_text(tx, period.id))
    draw = await draws.add(
        tx,
        scope.community_id,
        subject_id=period.id,
        number=await draws.next_number(tx, period.id),
        state=DrawState.PLANNED,
        beacon_round=named or round_at_or_after(period.draw_at),
        planned_for=micros(period.draw_at),
        actor=scope.by.name,
        now=scope.now,
    )
    return draw, [line("draws.plan", draw, after={"round": draw.beacon_round})]


async def moved(
    tx: Tx,
    scope: Scope,
    draw: DrawRow,
    beacon_round: int,
    reason: str,
    keys: OperatorKeys,
    *,
    planned_for: int | None = None,
    told: str = "",
) -> list[Audited]:
    """Have a draw that is not committed wait for another round, with a signed record of it."""
    await draws.await_round(tx, draw.id, beacon_round, draw.planned_for if planned_for is None else planned_for)
    if beacon_round == draw.beacon_round:
        return []
    await recorded(
        tx, scope, draw, "postponed", keys, from_round=draw.beacon_round, beacon_round=beacon_round, reason=reason
    )
    after = {"from_round": draw.beacon_round, "round": beacon_round, "code": reason}
    return [line("draws.postpone", draw, after={**after}, reason=told)]


async def postpone(tx: Tx, scope: Scope, *, draw_id: int, to: int, reason: str, keys: OperatorKeys) -> Done[int]:
    """Have a planned draw wait for the first round at an instant (microseconds) or later; that round.

    Refuses a draw that is committed already, an instant that is not later than planned, and a missing reason.
    """
    scope = await locked(tx, scope)
    draw = await known(tx, scope.community_id, draw_id)
    told = checked_reason(reason)
    if draw.state not in {DrawState.PLANNED, DrawState.FROZEN} or draw.is_manual:
        raise Refused(
            "draw_not_planned",
            f"This draw is {draw.state.value}; its round stays.",
            "Void it, where something is wrong with it.",
        )
    wanted = round_at_or_after(instant_of(to))
    if wanted <= draw.beacon_round or wanted < soonest(scope.now):
        raise Refused(
            "draw_not_later",
            f"This draw waits for {time_of(draw.beacon_round):%Y-%m-%d %H:%M} UTC already.",
            "Choose a later time, or have it drawn now.",
        )
    audit = await moved(tx, scope, draw, wanted, BY_STAFF, keys, told=told)
    return Done(wanted, [changed(draw, draw.state)], audit)


async def postpone_late(tx: Tx, scope: Scope, draw: DrawRow, keys: OperatorKeys) -> list[Audited]:
    """Have a planned draw whose list was not closed in time wait for a round half an hour from now."""
    return await moved(tx, scope, draw, round_at_or_after(scope.now + POSTPONED_BY), NOT_IN_TIME, keys)


async def ask(tx: Tx, scope: Scope, *, period_id: int, actor: str, reason: str) -> Done[DrawRow]:
    """Have a raffle that is over be drawn now, whatever is left of its settlement; the draw.

    However many ask, it is one draw: whoever asks again gets the same while it is on its way. After it, a further one
    for the prizes that nobody is left to have. Refuses a raffle that is unknown, not over yet, or archived, one whose
    draw was promised by itself, and one all of whose prizes have winners, or whose list is used up.
    """
    scope = await locked(tx, scope)
    period = await known_raffle(tx, scope, period_id)
    if period.state is PeriodState.OPEN:
        raise Refused("raffle_open", "This raffle is not over yet.", "End it first, then draw.")
    last = await draws.latest(tx, period_id)
    if last is not None and last.state in ON_ITS_WAY and (last.is_manual or last.state is DrawState.COMMITTED):
        return Done(asked_before(last))
    if period.state is PeriodState.ARCHIVED:
        raise Refused("raffle_archived", "This raffle is history.", "Draw the one after it.")
    earlier = await draws.last_drawn(tx, period_id)
    if earlier is not None:
        prizes = period.rules.winners
        return await supplement.ask(tx, scope, earlier=earlier, prizes=prizes, actor=actor, reason=reason)
    if last is not None and last.state in {DrawState.PLANNED, DrawState.FROZEN}:
        await draws.ask(tx, last.id, actor)
        draw = await known(tx, scope.community_id, last.id)
    else:
        draw = await draws.add(
            tx,
            scope.community_id,
            subject_id=period_id,
            number=await draws.next_number(tx, period_id),
            state=DrawState.ASKED,
            beacon_round=soonest(scope.now),
            planned_for=micros(scope.now),
            actor=actor,
            now=scope.now,
        )
    settled = micros(period.draw_at) <= micros(scope.now)
    told = line("draws.ask", draw, after={"settlement_shortened": not settled}, reason=reason)
    return Done(draw, [changed(draw, draw.state)], [told])


def asked_before(draw: DrawRow) -> DrawRow:
    """A draw that is on its way, for whoever asks again; refuses one that was promised without anybody asking."""
    if draw.is_manual:
        return draw
    raise Refused(
        "draw_promised",
        f"This draw was promised by itself: it comes at {time_of(draw.beacon_round):%Y-%m-%d %H:%M:%S} UTC, with "
        f"round {draw.beacon_round} of the beacon.",
        "Wait for it; or give it up before then (`voidDraw`), and ask for another.",
    )


async def ask_test(tx: Tx, scope: Scope, *, period_id: int, actor: str, reason: str) -> Done[DrawRow]:
    """Have a draw of a raffle's tickets as they stand now be tried out, in which nothing is won; the test.

    The raffle knows nothing of it. Refuses a raffle that is unknown, or drawn already, and more than 3 tests of a
    raffle at once.
    """
    scope = await locked(tx, scope)
    period = await known_raffle(tx, scope, period_id)
    if period.state in {PeriodState.DRAWN, PeriodState.ARCHIVED}:
        raise Refused("raffle_drawn", "This raffle is drawn; a test of it shows nothing more.", "Test the next one.")
    if await draws.tests_on_their_way(tx, period_id) >= TESTS_MAX:
        raise Refused(
            "draw_tests_many",
            f"{TESTS_MAX} tests of this raffle are on their way.",
            "Wait until one is drawn, or give one up.",
        )
    draw = await draws.add(
        tx,
        scope.community_id,
        subject_id=period_id,
        number=await draws.next_number(tx, period_id),
        state=DrawState.ASKED,
        beacon_round=soonest(scope.now),
        planned_for=micros(scope.now),
        actor=actor,
        now=scope.now,
        env="test",
    )
    return Done(draw, [changed(draw, DrawState.ASKED)], [line("draws.test", draw, reason=reason)])


async def known_raffle(tx: Tx, scope: Scope, period_id: int) -> PeriodRecord:
    """A raffle of the community, or a refusal."""
    period = await periods.by_id(tx, scope.community_id, period_id)
    if period is None:
        raise Refused("raffle_unknown", "This community has no such raffle.", "Use the `id` of one of its raffles.")
    return period


async def is_automatic(tx: Tx, community_id: int) -> bool:
    """Whether raffles are drawn without anybody asking, which they are unless staff said otherwise."""
    versions = await communities.setting_versions(tx, community_id, SETTINGS)
    return bool(versions[-1].data["automatic"]) if versions else True


async def set_automatic(tx: Tx, scope: Scope, *, automatic: bool, actor: str) -> Done[bool]:
    """Have raffles be drawn by themselves when their time has come, or only when staff asks."""
    await communities.lock(tx, scope.community_id)
    before = await is_automatic(tx, scope.community_id)
    if automatic != before:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), {"automatic": automatic}, actor, scope.now
        )
    told = Audited(
        action="draws.change_settings",
        target=("settings", SETTINGS),
        before={"automatic": before},
        after={"automatic": automatic},
    )
    return Done(automatic, audit=[told])


def checked_reason(reason: str) -> str:
    """A reason to keep; refuses none, and one that is too long."""
    told = reason.strip()
    if not 1 <= len(told) <= REASON_LENGTH_MAX:
        raise Refused("reason_missing", f"Say why, in 1 to {REASON_LENGTH_MAX} characters.", "Give a reason.")
    return told
