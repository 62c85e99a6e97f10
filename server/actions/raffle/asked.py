"""!raffle, !tickets and !enter in chat."""

from collections.abc import Sequence

from server.actions.raffle.give import claim_free
from server.domain.instants import instant_of
from server.domain.raffle.words import in_one_line
from server.domain.refusals import Refused
from server.events.chat import CommandAnswered, CommandAsked
from server.events.raffle import TicketsChanged
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities, leaderboards
from server.store.raffle import board, periods
from server.store.raffle.periods import PeriodRecord

SHOW, TICKETS, ENTER = "raffle", "tickets", "enter"


async def after_asked(
    tx: Tx, scope: Scope, asked: Sequence[CommandAsked], *, public_url: str
) -> list[CommandAnswered | TicketsChanged]:
    """Tell viewers of the raffle and what they have, and take free entries; while none is open nothing is said."""
    mine = [one for one in asked if one.command in {SHOW, TICKETS, ENTER}]
    period = await periods.current(tx, scope.community_id) if mine else None
    if period is None:
        return []
    happened: list[CommandAnswered | TicketsChanged] = []
    for one in mine:
        if one.command == SHOW:
            happened.append(await shown(tx, scope, period, one, public_url))
        else:
            happened += await entered(tx, scope, one) if one.command == ENTER else [await told(tx, scope, period, one)]
    return happened


async def shown(tx: Tx, scope: Scope, period: PeriodRecord, asked: CommandAsked, public_url: str) -> CommandAnswered:
    """What can be won, and the page that tells the rest."""
    community = await communities.by_id(tx, scope.community_id)
    if community is None:
        raise LookupError(f"The community {scope.community_id} is gone.")
    values = {
        "raffle": period.title or f"Raffle {period.number}",
        "prizes": in_one_line(period.rules.prizes) or f"open until {instant_of(period.span.ends):%Y-%m-%d %H:%M} UTC",
        "url": f"{public_url}/c/{community.slug}/raffle",
    }
    return CommandAnswered(asked=asked, text="raffle", values=values)


async def told(tx: Tx, scope: Scope, period: PeriodRecord, asked: CommandAsked) -> CommandAnswered:
    """How many tickets a viewer has, and his place on the board."""
    viewer = await leaderboards.viewer_by_account(tx, scope.community_id, *asked.account)
    has = 0 if viewer is None else await board.tickets_of(tx, period.id, viewer)
    if viewer is None or has <= 0:
        return CommandAnswered(asked=asked, text="tickets_none", values={})
    rank = await board.rank_of(tx, period.id, (has, viewer))
    return CommandAnswered(asked=asked, text="tickets", values={"tickets": str(has), "rank": str(rank)})


async def entered(tx: Tx, scope: Scope, asked: CommandAsked) -> list[CommandAnswered | TicketsChanged]:
    """A viewer's free entry, or why it is not taken."""
    platform, external_id = asked.account
    actor = f"person:{platform}:{external_id}"
    try:
        done = await claim_free(tx, scope, platform=platform, external_id=external_id, actor=actor)
    except Refused as refused:
        return [CommandAnswered(asked=asked, text="refused", values={"message": refused.message}, is_refused=True)]
    changed = [event for event in done.events if isinstance(event, TicketsChanged)]
    return [*changed, CommandAnswered(asked=asked, text="enter", values={"tickets": str(done.result)})]
