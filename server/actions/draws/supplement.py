"""A further draw is asked for where a prize is left that nobody can have, as no alternate is left."""

from server.actions.draws.record import changed, line
from server.domain.draws.plan import ON_ITS_WAY, DrawState, DrawSubject, soonest
from server.domain.giveaways import SETTLED
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.giveaways import giveaways


async def ask(tx: Tx, scope: Scope, *, earlier: DrawRow, prizes: int, actor: str, reason: str = "") -> Done[DrawRow]:
    """Have those of so many prizes be drawn for that nobody has, over the list of the last draw; the further draw.

    The caller holds the community's lock, and no draw is on its way. Refuses where every prize has a winner, and where
    everybody in the list was drawn already.
    """
    lacking = prizes - await entrants.keeping(tx, earlier)
    if lacking <= 0:
        raise Refused("draw_done", "It is drawn, and every prize has a winner.", "Pass over who may not win.")
    if not await entrants.is_anybody_left(tx, earlier.id):
        raise Refused("draw_list_used_up", "Everybody in the list was drawn already.", "Nobody is left to draw from.")
    draw = await draws.add(
        tx,
        scope.community_id,
        subject=earlier.subject,
        subject_id=earlier.subject_id,
        number=await draws.next_number(tx, earlier.subject_id, earlier.subject),
        state=DrawState.ASKED,
        beacon_round=soonest(scope.now),
        planned_for=micros(scope.now),
        actor=actor,
        now=scope.now,
        supplement_of=earlier.id,
        winners=lacking,
    )
    told = line("draws.supplement", draw, after={"of": earlier.name, "winners": lacking}, reason=reason)
    return Done(draw, [changed(draw, DrawState.ASKED)], [told])


async def ask_of_giveaway(tx: Tx, scope: Scope, *, giveaway_id: int, actor: str) -> Done[DrawRow | None]:
    """Have a giveaway's prizes be drawn for that nobody is left to have; None while somebody may still claim.

    Whoever asks again gets the same while it is on its way. Refuses what `ask` refuses.
    """
    scope = await locked(tx, scope)
    row = await giveaways.by_id(tx, scope.community_id, giveaway_id)
    last = await draws.latest(tx, giveaway_id, DrawSubject.GIVEAWAY)
    earlier = await draws.last_drawn(tx, giveaway_id, DrawSubject.GIVEAWAY)
    if row is None or last is None or earlier is None or row.state not in SETTLED:
        return Done(None)
    if last.state in ON_ITS_WAY:
        return Done(last)
    done = await ask(tx, scope, earlier=earlier, prizes=row.rules.winners, actor=actor)
    return Done(done.result, done.events, done.audit)
