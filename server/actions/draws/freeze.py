"""Close the list of a draw: in one transaction, after which nothing in its raffle changes.

The list of a test is what tickets are at this moment; its raffle goes on as if nothing had been.
"""

from collections.abc import Generator, Sequence

from server.actions.draws.plan import is_automatic
from server.actions.draws.record import changed, line
from server.actions.draws.wait import held_up, wait
from server.auth.signing import OperatorKeys
from server.domain.draws.entries import ENTRIES_MAX, SALT_BYTES, too_many
from server.domain.draws.plan import ALREADY_DRAWN, UNLINKED, DrawState, DrawSubject, weight_of
from server.domain.draws.snapshot import Closed, Reading
from server.domain.instants import HOUR, micros
from server.domain.raffle.periods import PeriodState
from server.events.raffle import RaffleChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Chance, Tx
from server.store.draws import draws, entrants, standing
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import Entrant, Gathered, Line
from server.store.draws.standing import Listed
from server.store.raffle import due, periods
from server.store.raffle.periods import PeriodRecord

VIEWERS_AT_ONCE = 300
LINES_AT_ONCE = 500
OPEN = frozenset({DrawState.PLANNED, DrawState.ASKED})
FREEZABLE = frozenset({PeriodState.SETTLING, PeriodState.FROZEN})


async def freeze(tx: Tx, scope: Scope, *, draw_id: int, chance: Chance, keys: OperatorKeys) -> Done[Closed | None]:
    """Close a draw's list where its time has come and all that was heard is counted; what is promised of it then.

    Everybody with tickets is in it, or left out with a reason. It is read in pages, so that the loop goes on turning,
    and under the community's lock, so that no ticket comes or goes between two of them. Refuses more people than a
    record can hold: nothing is closed then, and staff may leave some out.
    """
    scope = await locked(tx, scope)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    if draw is None or draw.subject is not DrawSubject.RAFFLE or draw.state not in OPEN:
        return Done(None)
    period = await periods.by_id(tx, scope.community_id, draw.subject_id)
    if period is not None and draw.is_test:
        return await closed(tx, scope, draw, period, chance)
    if period is None or period.state not in FREEZABLE or await due.is_any(tx, scope.community_id, period.id):
        return Done(None)
    if draw.state is DrawState.PLANNED:
        settled = period.span.ends + period.rules.settlement_h * HOUR
        if micros(scope.now) < settled or not await is_automatic(tx, scope.community_id):
            return Done(None)
    if period.state is PeriodState.SETTLING:
        reason = await held_up(tx, scope.community_id, draw, period)
        if reason is not None:
            return (await wait(tx, scope, draw, reason, keys)).giving(None)
    done = await closed(tx, scope, draw, period, chance)
    await periods.advance(tx, period.id, PeriodState.FROZEN)
    raffle = RaffleChanged(period_id=period.id, number=period.number, state=PeriodState.FROZEN.value)
    return Done(done.result, [*done.events, raffle], done.audit)


async def freeze_further(tx: Tx, scope: Scope, *, draw_id: int, chance: Chance) -> Done[Closed | None]:
    """Close the list of a further draw, of a raffle or a giveaway, which is the one before it; what is promised of it.

    Nothing is waited for, as nothing changes a list that was closed.
    """
    scope = await locked(tx, scope)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    if draw is None or draw.supplement_of is None or draw.state not in OPEN:
        return Done(None)
    return await noted(tx, scope, draw, await listed_again(tx, draw, draw.supplement_of, chance))


async def closed(tx: Tx, scope: Scope, draw: DrawRow, period: PeriodRecord, chance: Chance) -> Done[Closed | None]:
    """Write the list of a draw down and note that it is closed, or that nobody is in it."""
    if await standing.is_beyond(tx, period.id, ENTRIES_MAX):
        raise too_many()
    before = None if draw.is_test else await draws.given_up(tx, draw)
    if before is None:
        reading = await listed(tx, draw, period, chance)
    else:
        reading = await listed_again(tx, draw, before, chance)
    return await noted(tx, scope, draw, reading)


async def noted(tx: Tx, scope: Scope, draw: DrawRow, reading: Reading) -> Done[Closed | None]:
    """Note that the list of a draw is closed, or that nobody is in it."""
    state = DrawState.FROZEN if reading.count else DrawState.EMPTY
    await draws.note_frozen(tx, draw.id, state, scope.now)
    told = line("draws.freeze", draw, after={"in": reading.count, "left_out": reading.left_out_count})
    return Done(reading.done(), [changed(draw, state)], [told])


async def listed(tx: Tx, draw: DrawRow, period: PeriodRecord, chance: Chance) -> Reading:
    """Write down everybody with tickets, read page by page; what is hashed of them."""
    gathered = Gathered(draw.community_id, draw.id)
    async for viewers in standing.everybody(tx, period.id, VIEWERS_AT_ONCE):
        page: list[Entrant] = []
        for viewer, salt in zip(viewers, salts(chance, len(viewers)), strict=True):
            weight = weight_of(viewer.amounts, period.rules.caps)
            if weight:
                page.append(entrants.entrant_of(viewer.viewer_id, viewer.accounts, weight, salt, viewer.code))
        gathered.take(page)
    return await written(tx, draw, gathered)


async def listed_again(tx: Tx, draw: DrawRow, before: int, chance: Chance) -> Reading:
    """Write the list of an earlier draw down anew, with other salts; what is hashed of it.

    Whoever linked or parted with an account since then is in it as he was: nobody shapes a list that was closed. Left
    out is whoever was drawn from it.
    """
    drawn = {one.viewer_id for one in await entrants.places(tx, before)}
    gathered = Gathered(draw.community_id, draw.id)
    async for people in standing.listed(tx, before, VIEWERS_AT_ONCE):
        gathered.take(
            entrants.entrant_of(
                one.viewer_id, [one.account], one.weight, salt, ALREADY_DRAWN if one.viewer_id in drawn else again(one)
            )
            for one, salt in zip(people, salts(chance, len(people)), strict=True)
        )
    return await written(tx, draw, gathered)


def again(one: Listed) -> str | None:
    """Why somebody is left out of the same list again; whether he is linked is looked at anew."""
    return None if one.excluded == UNLINKED else one.excluded


def salts(chance: Chance, count: int) -> list[bytes]:
    """As many new salts."""
    drawn = chance.draw(SALT_BYTES * count)
    return [drawn[SALT_BYTES * nth : SALT_BYTES * (nth + 1)] for nth in range(count)]


async def written(tx: Tx, draw: DrawRow, gathered: Gathered) -> Reading:
    """Write a list down; what is hashed of it, which is the same as is read later."""
    reading = Reading()

    def read() -> Generator[Sequence[Line], None, None]:
        for page in gathered.pages(LINES_AT_ONCE):
            reading.take("".join([f"{line[4]},{line[6]},\n" for line in page if line[7] is None]))
            reading.leave_out("".join([f"{line[4]},{line[7]}\n" for line in page if line[7] is not None]))
            yield page

    await entrants.load(tx, read())
    return reading
