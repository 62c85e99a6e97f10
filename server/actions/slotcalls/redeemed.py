"""A reward calls the slot that its redeemer names."""

from server.actions.slotcalls.call import Called, Wish, call
from server.domain.rewards.actions import Task
from server.domain.slotcalls.rules import CallSource
from server.jobs.unit import Done, Scope
from server.ports import Tx


async def call_for(tx: Tx, scope: Scope, task: Task) -> Done[Called]:
    """Have the slot wait to be picked; refuses what the rules of slot calls do not allow."""
    wish = Wish(account=task.account, text=task.user_input, source=CallSource.REWARD, source_key=task.cause)
    return await call(tx, scope, wish=wish)
