"""Staff leaves people out of a giveaway before its list is closed, with a public code and a reason."""

from server.actions.giveaways.known import known
from server.domain.audit import Audited
from server.domain.draws.plan import EXCLUSIONS, DrawState, DrawSubject
from server.domain.giveaways import ENTERABLE
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import linking
from server.store.draws import draws
from server.store.giveaways import exclusions


async def exclude(
    tx: Tx, scope: Scope, *, giveaway_id: int, viewer_id: int, code: str, reason: str, actor: str
) -> Done[int]:
    """Leave a viewer, with all his accounts, out of a giveaway, whether he is in it or not; the viewer.

    Refuses a giveaway whose list is closed, a code that is none, and an unknown viewer.
    """
    if code not in EXCLUSIONS:
        raise Refused("exclusion_unknown", f"{code!r} is no reason to leave somebody out.", f"Use one of {EXCLUSIONS}.")
    scope, found, accounts = await changeable(tx, scope, giveaway_id, viewer_id)
    many = await exclusions.exclude(
        tx, scope.community_id, giveaway_id, accounts, code=code, reason=reason, actor=actor, now=scope.now
    )
    after = {"giveaway": giveaway_id, "code": code, "accounts": many}
    return Done(
        found, audit=[Audited(action="giveaways.exclude", target=("viewer", found), after=after, reason=reason)]
    )


async def include(tx: Tx, scope: Scope, *, giveaway_id: int, viewer_id: int, reason: str) -> Done[int]:
    """Leave a viewer out no longer; the viewer. Refuses what `exclude` refuses."""
    _, found, accounts = await changeable(tx, scope, giveaway_id, viewer_id)
    many = await exclusions.include(tx, giveaway_id, accounts)
    after = {"giveaway": giveaway_id, "accounts": many}
    return Done(
        found, audit=[Audited(action="giveaways.include", target=("viewer", found), after=after, reason=reason)]
    )


async def changeable(tx: Tx, scope: Scope, giveaway_id: int, viewer_id: int) -> tuple[Scope, int, list[int]]:
    """The viewer and his accounts, where the list of the giveaway is still open, under the community's lock."""
    scope = await locked(tx, scope)
    row = await known(tx, scope.community_id, giveaway_id)
    draw = await draws.latest(tx, row.id, DrawSubject.GIVEAWAY)
    if row.state not in ENTERABLE or (draw is not None and draw.state is not DrawState.ASKED):
        raise Refused("draw_list_closed", "The list of this giveaway is closed.", "Pass the winner on, if he is drawn.")
    found = await linking.resolve(tx, scope.community_id, viewer_id)
    if found is None:
        raise Refused("viewer_unknown", "This community has no such viewer.", "Look the viewer up again.")
    return scope, found, [member.account for member in await linking.household(tx, scope.community_id, found)]
