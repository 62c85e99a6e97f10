"""!gredraw in chat, by which staff passes the winner of a giveaway over for the next alternate."""

from collections.abc import Sequence

from server.actions.draws.settle import UNCLAIMED, pass_on
from server.auth.signing import OperatorKeys
from server.domain.audit import Author
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.draws.records import REASONS
from server.domain.giveaways import GiveawayState
from server.domain.refusals import Refused
from server.events.chat import CommandAnswered, CommandAsked
from server.events.draws import DrawChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import audit
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.giveaways import giveaways

REDRAW = "gredraw"
IN_CHAT = "Passed over in chat."
PASSED_ON = "passed on to the next who was drawn"


async def after_asked(
    tx: Tx, scope: Scope, asked: Sequence[CommandAsked], *, keys: OperatorKeys
) -> list[CommandAnswered | DrawChanged]:
    """Pass winners over whom staff names, or say why not."""
    happened: list[CommandAnswered | DrawChanged] = []
    for one in asked:
        if one.command == REDRAW:
            happened += await obeyed(tx, scope, one, keys)
    return happened


async def obeyed(tx: Tx, scope: Scope, asked: CommandAsked, keys: OperatorKeys) -> list[CommandAnswered | DrawChanged]:
    """What the command leads to, with its line in the audit log; or why it is refused."""
    actor = ":".join(("person", *asked.account))
    try:
        title, done = await redrawn(tx, scope, asked, actor, keys)
    except Refused as refused:
        return [CommandAnswered(asked=asked, text="refused", values={"message": refused.message}, is_refused=True)]
    by = Author(kind="person", name=actor, cause=tx.digest(f"chat:{asked.message_id}"))
    await audit.append(tx, scope.community_id, by, done.audit, scope.now)
    happened = [event for event in done.events if isinstance(event, DrawChanged)]
    answer = CommandAnswered(asked=asked, text="giveaway_staff", values={"giveaway": title, "state": PASSED_ON})
    return [*happened, answer]


async def redrawn(
    tx: Tx, scope: Scope, asked: CommandAsked, actor: str, keys: OperatorKeys
) -> tuple[str, Done[DrawRow]]:
    """The giveaway's title, and its draw: of the newest that has a winner without his prize.

    The argument may name the winner's position, where several have won, and a reason other than `unclaimed`.
    """
    words = asked.argument.casefold().split()
    position = next((int(word) for word in words if word.isdecimal() and len(word) < len("1000")), None)
    code = next((word for word in words if word in REASONS), UNCLAIMED)
    for row in await giveaways.in_states(tx, scope.community_id, {GiveawayState.DRAWN, GiveawayState.CLAIMED}):
        draw = await draws.latest(tx, row.id, DrawSubject.GIVEAWAY)
        if draw is None or draw.state is not DrawState.DRAWN or not draw.is_revealed(scope.now):
            continue
        won = [one.position for one in await entrants.places(tx, draw.id) if one.state == "won"]
        if not won:
            continue
        if position is None and len(won) > 1:
            positions = ", ".join(map(str, won))
            raise Refused("position_missing", f"Several have won: name the position, {positions}.", "!gredraw 2")
        meant = won[0] if position is None else position
        done = await pass_on(
            tx, scope, draw_id=draw.id, position=meant, code=code, reason=IN_CHAT, actor=actor, keys=keys
        )
        return row.title, done
    raise Refused("giveaway_not_drawn", "No winner of a giveaway waits for his prize.", "Draw one: !gdraw.")
