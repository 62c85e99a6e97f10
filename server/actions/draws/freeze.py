"""Close the list of a draw: in one transaction, after which nothing in its raffle changes.

The list of a test is what tickets are at this moment; its raffle goes on as if nothing had been.
"""

from collections import Counter

from server.actions.draws.plan import is_automatic
from server.actions.draws.record import changed, line
from server.actions.draws.wait import held_up, wait
from server.auth.signing import OperatorKeys
from server.domain.draws.entries import SALT_BYTES
from server.domain.draws.plan import UNLINKED, DrawState, DrawSubject, weight_of
from server.domain.instants import HOUR, micros
from server.domain.raffle.periods import PeriodState
from server.events.raffle import RaffleChanged
from server.jobs.unit import Done, Scope
from server.ports import Chance, Tx
from server.store import communities
from server.store.draws import draws, entrants, standing
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import Entrant
from server.store.raffle import due, periods
from server.store.raffle.periods import PeriodRecord

VIEWERS_AT_ONCE = 300
OPEN = frozenset({DrawState.PLANNED, DrawState.ASKED})
FREEZABLE = frozenset({PeriodState.SETTLING, PeriodState.FROZEN})


async def freeze(tx: Tx, scope: Scope, *, draw_id: int, chance: Chance, keys: OperatorKeys) -> Done[bool]:
    """Close a draw's list where its time has come and all that was heard is counted; whether that was done.

    Everybody with tickets is in it, or left out with a reason. It is read in pages, so that the loop goes on turning,
    and under the community's lock, so that no ticket comes or goes between two of them.
    """
    await communities.lock(tx, scope.community_id)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    if draw is None or draw.subject is not DrawSubject.RAFFLE or draw.state not in OPEN:
        return Done(False)
    period = await periods.by_id(tx, scope.community_id, draw.subject_id)
    if period is not None and draw.is_test:
        return await closed(tx, scope, draw, period, chance)
    if period is None or period.state not in FREEZABLE or await due.is_any(tx, scope.community_id):
        return Done(False)
    if draw.state is DrawState.PLANNED:
        settled = period.span.ends + period.rules.settlement_h * HOUR
        if micros(scope.now) < settled or not await is_automatic(tx, scope.community_id):
            return Done(False)
    if period.state is PeriodState.SETTLING:
        reason = await held_up(tx, scope.community_id, draw, period)
        if reason is not None:
            return await wait(tx, scope, draw, reason, keys)
    done = await closed(tx, scope, draw, period, chance)
    await periods.advance(tx, period.id, PeriodState.FROZEN)
    raffle = RaffleChanged(period_id=period.id, number=period.number, state=PeriodState.FROZEN.value)
    return Done(True, [*done.events, raffle], done.audit)


async def closed(tx: Tx, scope: Scope, draw: DrawRow, period: PeriodRecord, chance: Chance) -> Done[bool]:
    """Write the list of a draw down and note that it is closed, or that nobody is in it."""
    before = None if draw.is_test else await draws.given_up(tx, draw)
    if before is None:
        counts = await listed(tx, scope, draw.id, period, chance)
    else:
        counts = await listed_again(tx, scope, draw.id, before, chance)
    state = DrawState.FROZEN if counts["in"] else DrawState.EMPTY
    await draws.note_frozen(tx, draw.id, state, scope.now)
    told = line("draws.freeze", draw, after={"in": counts["in"], "left_out": counts["out"]})
    return Done(True, [changed(draw, state)], [told])


async def listed(tx: Tx, scope: Scope, draw_id: int, period: PeriodRecord, chance: Chance) -> Counter[str]:
    """Write down everybody with tickets, page by page; how many are in and out."""
    counts: Counter[str] = Counter()
    after = 0
    while viewers := await standing.page(tx, scope.community_id, period.id, after, VIEWERS_AT_ONCE):
        after = viewers[-1].viewer_id
        page: list[Entrant] = []
        for viewer, salt in zip(viewers, salts(chance, len(viewers)), strict=True):
            weight = weight_of(viewer.amounts, period.rules.caps)
            if weight:
                page.append(entrants.entrant_of(viewer.viewer_id, viewer.accounts, weight, salt, viewer.code))
        counts += await written(tx, scope, draw_id, page)
    return counts


async def listed_again(tx: Tx, scope: Scope, draw_id: int, before: int, chance: Chance) -> Counter[str]:
    """Write the list of a draw that was given up down anew, with other salts; how many are in and out.

    Whoever linked or parted with an account since then is in it as he was: nobody shapes a list that was closed.
    """
    counts: Counter[str] = Counter()
    after = 0
    while people := await standing.listed_page(tx, before, after, VIEWERS_AT_ONCE):
        after = people[-1].viewer_id
        page = [
            entrants.entrant_of(
                one.viewer_id, [one.account], one.weight, salt, None if one.excluded == UNLINKED else one.excluded
            )
            for one, salt in zip(people, salts(chance, len(people)), strict=True)
        ]
        counts += await written(tx, scope, draw_id, page)
    return counts


def salts(chance: Chance, count: int) -> list[bytes]:
    """As many new salts."""
    drawn = chance.draw(SALT_BYTES * count)
    return [drawn[SALT_BYTES * nth : SALT_BYTES * (nth + 1)] for nth in range(count)]


async def written(tx: Tx, scope: Scope, draw_id: int, page: list[Entrant]) -> Counter[str]:
    """Put a page into a list; how many of it are in and out."""
    await entrants.add(tx, scope.community_id, draw_id, page)
    out = sum(one.excluded is not None for one in page)
    return Counter({"in": len(page) - out, "out": out})
