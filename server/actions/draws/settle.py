"""What staff does about a draw: leave people out before it, confirm and pass on winners after it, give it up."""

from datetime import datetime

from server.actions.draws.plan import checked_reason
from server.actions.draws.record import changed, known, line, recorded
from server.auth.signing import OperatorKeys
from server.domain.audit import Audited
from server.domain.draws.plan import EXCLUSIONS, NO_BEACON_AFTER, OVER, DrawState
from server.domain.draws.records import REASONS
from server.domain.draws.rounds import instant_of as time_of
from server.domain.raffle.periods import COUNTING
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import communities, linking
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import PlaceRow
from server.store.draws.terms import terms_of
from server.store.raffle import periods

UNCLAIMED = "unclaimed"


async def exclude(
    tx: Tx, scope: Scope, *, period_id: int, viewer_id: int, code: str, reason: str, actor: str
) -> Done[int]:
    """Leave a viewer, with all his accounts, out of a raffle's draws; the viewer.

    Refuses a raffle whose list is closed, a code that is none, a missing reason, and an unknown viewer.
    """
    if code not in EXCLUSIONS:
        raise Refused("exclusion_unknown", f"{code!r} is no reason to leave somebody out.", f"Use one of {EXCLUSIONS}.")
    told = checked_reason(reason)
    found, accounts = await changeable(tx, scope, period_id, viewer_id)
    many = await entrants.exclude(
        tx, scope.community_id, period_id, accounts, code=code, reason=told, actor=actor, now=scope.now
    )
    after = {"raffle": period_id, "code": code, "accounts": many}
    return Done(found, audit=[Audited(action="draws.exclude", target=("viewer", found), after=after, reason=told)])


async def include(tx: Tx, scope: Scope, *, period_id: int, viewer_id: int, reason: str) -> Done[int]:
    """Leave a viewer out no longer; the viewer. Refuses what `exclude` refuses."""
    told = checked_reason(reason)
    found, accounts = await changeable(tx, scope, period_id, viewer_id)
    many = await entrants.include(tx, period_id, accounts)
    after = {"raffle": period_id, "accounts": many}
    return Done(found, audit=[Audited(action="draws.include", target=("viewer", found), after=after, reason=told)])


async def changeable(tx: Tx, scope: Scope, period_id: int, viewer_id: int) -> tuple[int, list[int]]:
    """The viewer and his accounts, where the list of the raffle is still open."""
    await communities.lock(tx, scope.community_id)
    period = await periods.by_id(tx, scope.community_id, period_id)
    if period is None:
        raise Refused("raffle_unknown", "This community has no such raffle.", "Use the `id` of one of its raffles.")
    if period.state not in COUNTING:
        raise Refused("draw_list_closed", "The list of this raffle is closed.", "Pass the winner on, if he is drawn.")
    found = await linking.resolve(tx, scope.community_id, viewer_id)
    if found is None:
        raise Refused("viewer_unknown", "This community has no such viewer.", "Look the viewer up again.")
    return found, [member.account for member in await linking.household(tx, scope.community_id, found)]


async def confirm(tx: Tx, scope: Scope, *, draw_id: int, position: int, actor: str) -> Done[DrawRow]:
    """Note that a winner has claimed, so that he cannot be passed over any more; the draw.

    Refuses who did not win, and everybody before the reveal.
    """
    scope = await locked(tx, scope)
    draw, place, _ = await won(tx, scope, draw_id, position)
    await entrants.settle_place(tx, draw_id, position, "confirmed", scope.now, actor=actor, reason=None)
    told = line("draws.confirm", draw, after={"position": place.position})
    return Done(draw, [changed(draw, draw.state)], [told])


async def pass_on(
    tx: Tx, scope: Scope, *, draw_id: int, position: int, code: str, reason: str, actor: str, keys: OperatorKeys
) -> Done[DrawRow]:
    """Pass a winner over, with a public reason; the next alternate wins in his place, in the order that was drawn.

    Refuses who did not win or was confirmed, everybody before the reveal, a code that is none, and `unclaimed` while he
    may still claim.
    """
    if code not in REASONS:
        raise Refused("pass_reason_unknown", f"{code!r} is no reason to pass a winner over.", f"Use one of {REASONS}.")
    told = checked_reason(reason)
    scope = await locked(tx, scope)
    draw, place, others = await won(tx, scope, draw_id, position)
    terms, since = await terms_of(tx, draw), place.settled_at or draw.revealed_at or draw.reveal_at
    if code == UNCLAIMED and terms is not None and since is not None and scope.now < since + terms.claim:
        ends = since + terms.claim
        raise Refused("claim_open", f"The winner may claim until {ends:%Y-%m-%d %H:%M:%S} UTC.", "Wait until then.")
    await recorded(tx, scope, draw, "pass", keys, commit=draw.commit_hash, position=position, reason=code)
    await entrants.settle_place(tx, draw_id, position, "passed", scope.now, actor=actor, reason=code)
    following = next((one for one in others if one.state == "alternate"), None)
    if following is not None:
        await entrants.settle_place(tx, draw_id, following.position, "won", scope.now, actor=actor, reason=None)
    after = {"position": place.position, "code": code, "next": following.position if following else None}
    return Done(draw, [changed(draw, draw.state)], [line("draws.pass_on", draw, after=after, reason=told)])


async def won(tx: Tx, scope: Scope, draw_id: int, position: int) -> tuple[DrawRow, PlaceRow, list[PlaceRow]]:
    """A draw, who won in a position and was not confirmed yet, and everybody who was drawn.

    Refuses a draw before its reveal: whoever was drawn is named before staff can say anything about him.
    """
    draw = await known(tx, scope.community_id, draw_id)
    if draw.is_test:
        raise Refused("draw_is_test", "This was a test; nobody has won in it.", "Choose the draw of the raffle.")
    if draw.reveal_at is not None and draw.state is DrawState.DRAWN and not draw.is_revealed(scope.now):
        raise Refused(
            "draw_not_revealed",
            f"Who was drawn is told at {draw.reveal_at:%Y-%m-%d %H:%M:%S} UTC; nobody can be chosen before.",
            "Wait until then.",
        )
    places = await entrants.places(tx, draw_id)
    place = next((one for one in places if one.position == position), None)
    if draw.state is not DrawState.DRAWN or place is None or place.state != "won":
        raise Refused(
            "not_a_winner", "Nobody in this position has won and waits for his prize.", "Look at the winners again."
        )
    return draw, place, places


async def void(tx: Tx, scope: Scope, *, draw_id: int, reason: str, keys: OperatorKeys) -> Done[DrawRow]:
    """Give a promised draw up; it stays in the log, and another may be asked for.

    Refuses one that is not promised, one whose round is out (who could still choose would draw until he likes it)
    unless no relay had it for seven days, and a missing reason. A test may be given up at any time.
    """
    told = checked_reason(reason)
    scope = await locked(tx, scope)
    draw = await known(tx, scope.community_id, draw_id)
    if draw.state not in {DrawState.COMMITTED, DrawState.DRAWN}:
        raise Refused(
            "draw_not_committed",
            f"This draw is {draw.state.value}; only one that is promised can be given up.",
            "Ask for another (`drawRaffle`)."
            if draw.state in OVER
            else "Put it off (`postponeDraw`), or wait for its promise.",
        )
    if not draw.is_test and is_settled(draw, scope.now):
        raise Refused(
            "draw_round_out",
            "The beacon's round of this draw is out, and with it who was drawn.",
            "Pass winners over, one by one, for a public reason.",
        )
    await recorded(tx, scope, draw, "void", keys, commit=draw.commit_hash, reason="by_staff")
    await draws.note_void(tx, draw_id)
    return Done(draw, [changed(draw, DrawState.VOID)], [line("draws.void", draw, reason=told)])


def is_settled(draw: DrawRow, now: datetime) -> bool:
    """Whether anybody may know by now who is drawn: the round is out, and was not missing for seven days."""
    comes = time_of(draw.beacon_round)
    is_missing = draw.state is DrawState.COMMITTED and draw.beacon_signature is None and now >= comes + NO_BEACON_AFTER
    return now >= comes and not is_missing
