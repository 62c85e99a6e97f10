"""Giveaways are opened, closed, drawn and given up."""

from datetime import datetime

from server.actions.giveaways.known import changed, known, line, said
from server.domain.draws.plan import DrawState, DrawSubject, soonest
from server.domain.draws.rules import rules_hash
from server.domain.giveaways import (
    ENTERABLE,
    LASTS_MAX,
    OPEN_MAX,
    TITLE_LENGTH_MAX,
    GiveawayKind,
    GiveawayRules,
    GiveawayState,
    giveaway_rules,
)
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.events.draws import DrawChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import communities
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.giveaways import giveaways
from server.store.giveaways.giveaways import GiveawayRow
from server.store.raffle import periods


def check_end(ends: datetime | None, now: datetime) -> None:
    """Refuse an end that is over, or too far away."""
    if ends is not None and ends <= now:
        raise Refused(
            "giveaway_end",
            f"That end is over: it is {now:%Y-%m-%d %H:%M:%S} UTC now.",
            "Choose a later end; or none, and close it yourself.",
        )
    if ends is not None and ends > now + LASTS_MAX:
        raise Refused("giveaway_end", f"A giveaway ends within {LASTS_MAX.days} days.", "Choose an earlier end.")


def check_title(title: str) -> str:
    """The title without space around it; refuses none, and one that is too long."""
    named = title.strip()
    if not 1 <= len(named) <= TITLE_LENGTH_MAX:
        raise Refused("giveaway_title", f"A title has 1 to {TITLE_LENGTH_MAX} characters.", "Choose another one.")
    return named


async def open_up(
    tx: Tx, scope: Scope, *, title: str, rules: GiveawayRules, ends: datetime | None, actor: str
) -> Done[GiveawayRow]:
    """Open a giveaway for whoever writes from now on; the giveaway.

    Refuses rules that make no sense, a title that is none, an end that is over or too far away, a keyword by which one
    is open already, more than 20 at once, and tickets where no raffle is open.
    """
    rules.check()
    named = check_title(title)
    check_end(ends, scope.now)
    await communities.lock(tx, scope.community_id)
    await refuse_twin(tx, scope, rules)
    period = await periods.current(tx, scope.community_id) if rules.kind is GiveawayKind.TICKETS else None
    if period is None and rules.kind is GiveawayKind.TICKETS:
        raise Refused("giveaway_no_raffle", "No raffle is open, so nobody has tickets.", "Start one, or choose a kind.")
    text = giveaway_rules(rules, community_id=scope.community_id, title=named, opens=scope.now, ends=ends)
    row = await giveaways.add(
        tx,
        scope.community_id,
        title=named,
        rules=rules,
        rules_text=text,
        rules_sha256=rules_hash(text),
        period_id=None if period is None else period.id,
        ends_at=ends,
        actor=actor,
        now=scope.now,
    )
    after = {"title": named, "kind": rules.kind.value, "winners": rules.winners}
    how = f" Type {rules.keyword} to enter." if rules.keyword else ""
    until = f" Until {ends:%H:%M} UTC." if ends else ""
    lines = await said(tx, scope, row, "open", f"Giveaway: {named}.{how}{until}", ends)
    opened = await changed(tx, row, GiveawayState.OPEN)
    return Done(row, [opened, *lines], [line("giveaways.open", row, after={**after, "keyword": rules.keyword})])


async def refuse_twin(tx: Tx, scope: Scope, rules: GiveawayRules) -> None:
    """Refuse a keyword by which a giveaway is open already, and more of them than anybody follows."""
    running = await giveaways.in_states(tx, scope.community_id, {GiveawayState.OPEN})
    twin = next((one for one in running if rules.keyword and one.rules.keyword == rules.keyword), None)
    if twin is not None:
        raise Refused(
            "giveaway_keyword_taken",
            f"Giveaway {twin.number}, {twin.title}, is open with the keyword {rules.keyword}.",
            "Close it first, or choose another keyword.",
        )
    if len(running) >= OPEN_MAX:
        raise Refused("giveaways_full", f"{OPEN_MAX} giveaways are open at once at most.", "Close some first.")


async def close(tx: Tx, scope: Scope, *, giveaway_id: int) -> Done[GiveawayRow]:
    """Let nobody enter any more who writes from now on; the giveaway. Refuses one that is not open."""
    scope = await locked(tx, scope)
    row = await known(tx, scope.community_id, giveaway_id)
    if row.state is not GiveawayState.OPEN:
        raise Refused("giveaway_not_open", f"This giveaway is {row.state.value}.", "Look at the giveaway again.")
    ends = min(scope.now, row.ends_at or scope.now)
    await giveaways.close(tx, row.id, ends)
    closed = await known(tx, scope.community_id, giveaway_id)
    lines = await said(tx, scope, row, "closed", f"{row.title}: entering is over.")
    told = line("giveaways.close", row, after={"ends_at": ends.isoformat()})
    return Done(closed, [await changed(tx, closed, GiveawayState.CLOSED), *lines], [told])


async def draw(tx: Tx, scope: Scope, *, giveaway_id: int, actor: str) -> Done[GiveawayRow]:
    """Have a giveaway be drawn, and closed where it is open; the giveaway.

    However many ask, it is one draw. Refuses one that was given up.
    """
    scope = await locked(tx, scope)
    row = await known(tx, scope.community_id, giveaway_id)
    if row.state is GiveawayState.VOIDED:
        raise Refused("giveaway_voided", "This giveaway was given up.", "Open another one.")
    if await draws.latest(tx, row.id, DrawSubject.GIVEAWAY) is not None:
        return Done(row)
    closed = await close(tx, scope, giveaway_id=giveaway_id) if row.state is GiveawayState.OPEN else Done(row)
    made = await draws.add(
        tx,
        scope.community_id,
        subject=DrawSubject.GIVEAWAY,
        subject_id=row.id,
        number=1,
        state=DrawState.ASKED,
        beacon_round=soonest(scope.now),
        planned_for=micros(scope.now),
        actor=actor,
        now=scope.now,
    )
    told = line("giveaways.draw", row, after={"draw": made.name, "was": row.state.value})
    return Done(closed.result, [*closed.events, event_of(made, DrawState.ASKED)], [told])


async def end(tx: Tx, scope: Scope, *, giveaway_id: int) -> Done[bool]:
    """Have a giveaway whose end has come be drawn; whether that was done."""
    await communities.lock(tx, scope.community_id)
    row = await giveaways.by_id(tx, scope.community_id, giveaway_id)
    if row is None or row.state is not GiveawayState.OPEN or row.ends_at is None or row.ends_at > scope.now:
        return Done(False)
    return (await draw(tx, scope, giveaway_id=giveaway_id, actor=scope.by.name)).giving(True)


async def cancel(tx: Tx, scope: Scope, *, giveaway_id: int, reason: str) -> Done[GiveawayRow]:
    """Give a giveaway up of which nothing is promised yet; the giveaway. Refuses one whose promise is in the log."""
    await communities.lock(tx, scope.community_id)
    row = await known(tx, scope.community_id, giveaway_id)
    made = await draws.latest(tx, row.id, DrawSubject.GIVEAWAY)
    if row.state not in ENTERABLE:
        raise Refused("giveaway_settled", f"This giveaway is {row.state.value}.", "Pass winners on, if need be.")
    told = line("giveaways.cancel", row, after={"state": GiveawayState.VOIDED.value}, reason=reason)
    if made is not None:
        await draws.note_void(tx, made.id)
        return Done(row, [event_of(made, DrawState.VOID)], [told])
    await giveaways.move(tx, row.id, GiveawayState.VOIDED)
    lines = await said(tx, scope, row, "voided", f"{row.title}: called off.")
    return Done(row, [await changed(tx, row, GiveawayState.VOIDED), *lines], [told])


def event_of(draw: DrawRow, state: DrawState) -> DrawChanged:
    """The event of a draw that is in a state now."""
    return DrawChanged(
        draw_id=draw.id, subject=draw.subject.value, subject_id=draw.subject_id, number=draw.number, state=state.value
    )
