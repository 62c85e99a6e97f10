"""A giveaway goes on as its draw does, and whoever moves up is named in chat."""

from collections.abc import Sequence

from server.actions.giveaways.known import changed, said
from server.domain.chat.texts import spent
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.giveaways import GiveawayState, outcome
from server.events.chat import LineWanted
from server.events.draws import DrawChanged
from server.events.giveaways import GiveawayChanged
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import linking
from server.store.draws import entrants
from server.store.draws.entrants import PlaceRow
from server.store.giveaways import giveaways
from server.store.giveaways.giveaways import GiveawayRow

WAYS = {
    DrawState.COMMITTED: GiveawayState.COMMITTED,
    DrawState.VOID: GiveawayState.VOIDED,
    DrawState.EMPTY: GiveawayState.VOIDED,
}
SAID = {DrawState.VOID: "called off.", DrawState.EMPTY: "nobody is in it, so nobody is drawn."}


async def after_draw(tx: Tx, scope: Scope, happened: Sequence[DrawChanged]) -> list[GiveawayChanged | LineWanted]:
    """Note where the giveaways of some draws stand now."""
    told: list[GiveawayChanged | LineWanted] = []
    for one in happened:
        if one.subject != DrawSubject.GIVEAWAY.value:
            continue
        row = await giveaways.by_id(tx, scope.community_id, one.subject_id)
        if row is None:
            raise LookupError(f"The giveaway {one.subject_id} is gone.")
        at = DrawState(one.state)
        states = await entrants.states(tx, DrawSubject.GIVEAWAY, row.id)
        if at is DrawState.DRAWN:
            state = outcome(states, row.rules.claim_s)
            told += await moved_up(tx, scope, row, one.number, await entrants.places(tx, one.draw_id))
        elif states and at in SAID:  # of a further draw
            state = outcome(states, row.rules.claim_s)
        elif at in WAYS:
            state = WAYS[at]
        else:
            continue
        if at in SAID:
            told += await said(tx, scope, row, "voided", f"{row.title}: {SAID[at]}")
        await giveaways.move(tx, row.id, state)
        told.append(await changed(tx, row, state))
    return told


async def moved_up(tx: Tx, scope: Scope, row: GiveawayRow, number: int, places: Sequence[PlaceRow]) -> list[LineWanted]:
    """Name whoever won because somebody before him was passed over; the cause of a line has it said once."""
    fresh = [place for place in places if place.state == "won" and place.settled_at is not None]
    accounts = await linking.accounts_by_ids(tx, [place.account_id for place in fresh]) if fresh else {}
    within = f" Write something here within {spent(row.rules.claim_s)} to claim." if row.rules.claim_s else ""
    draw = "" if number == 1 else f"{number}:"
    lines: list[LineWanted] = []
    for place in fresh:
        text = f"{row.title}: next is {accounts[place.account_id].name} (ticket {place.ticket}).{within}"
        lines += await said(tx, scope, row, f"next:{draw}{place.position}", text)
    return lines
