"""A reward gives tickets of the raffle."""

from server.actions.raffle.earn import SERVER, appended, home_of
from server.domain.instants import micros
from server.domain.raffle.rules import TicketSource
from server.domain.refusals import Refused
from server.domain.rewards.actions import Task
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.raffle import periods
from server.store.raffle.entries import Entry


async def give_for(tx: Tx, scope: Scope, task: Task) -> Done[int]:
    """Give the reward's tickets in the period that the redemption belongs to; how many.

    Refuses where there is no such period, and one whose rules give nothing for rewards.
    """
    await communities.lock(tx, scope.community_id)
    at, tickets = micros(task.redeemed_at), task.action.tickets or 0
    home = await home_of(tx, scope, await periods.counting(tx, scope.community_id), at)
    if home is None:
        raise Refused("raffle_none", "There is no open raffle.", "Redeem it when there is one.")
    if not home.period.rules.rewards:
        raise Refused("raffle_without_rewards", "This raffle gives no tickets for rewards.", "See what earns tickets.")
    line = Entry(
        period_id=home.period.id,
        account_id=task.account_id,
        source=TicketSource.REWARD,
        cause=task.cause,
        nth=0,
        amount=tickets,
        at=at,
        reason=f"reward: {task.title}",
        actor=SERVER,
        late_from=home.late_from,
    )
    return Done(tickets, await appended(tx, scope, [line]))
