"""Carry out a redemption: what the reward does, and that it was done, are one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from server.actions.rewards.steps import line, step
from server.domain.refusals import Refused
from server.domain.rewards.actions import ActionKind, Task
from server.domain.rewards.redemptions import Deed, ended
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, jobs, linking
from server.store.jobs import LeasedJob
from server.store.rewards import redemptions, wishes
from server.store.rewards.redemptions import RedemptionRecord

Handler = Callable[[Tx, Scope, Task], Awaitable[Done[Any]]]
"""What a kind of action does. It refuses before it has changed anything; the viewer gets his points back then."""

BROKEN = ("action_failed", "It failed again and again for a reason of ours, which the server's log tells.")


async def act(tx: Tx, scope: Scope, *, job: LeasedJob, handlers: Mapping[ActionKind, Handler]) -> Done[bool]:
    """Carry out the job's redemption, unless that is done or needless; whether it was, now.

    Where the action refuses, the points are given back.
    """
    record = await claimed(tx, scope, job)
    if record is None:
        return Done(False)
    try:
        task = await task_of(tx, scope, record)
        done = await handlers[task.action.kind](tx, scope, task)
    except Refused as refused:
        return await concluded(tx, scope, record, (refused.code, refused.message))
    end = await concluded(tx, scope, record, None)
    return Done(True, [*done.events, *end.events], [*done.audit, *end.audit])


async def give_up(tx: Tx, scope: Scope, *, job: LeasedJob) -> Done[bool]:
    """Have the points given back for a redemption that cannot be carried out; whether they had to be."""
    record = await claimed(tx, scope, job)
    return Done(False) if record is None else await concluded(tx, scope, record, BROKEN)


async def claimed(tx: Tx, scope: Scope, job: LeasedJob) -> RedemptionRecord | None:
    """The redemption of a job that ends with this transaction; None where there is nothing to carry out."""
    await communities.lock(tx, scope.community_id)
    if not await jobs.finish(tx, job, scope.now):
        return None
    record = await redemptions.by_id(tx, scope.community_id, job.payload["redemption"])
    return record if record is not None and record.standing.deed is Deed.WAITING else None


async def concluded(tx: Tx, scope: Scope, record: RedemptionRecord, refusal: tuple[str, str] | None) -> Done[bool]:
    """Keep how it ended, and have the platform told."""
    standing = ended(record.standing, refusal)
    events = await step(tx, scope, record, standing)
    return Done(refusal is None, events, [line("rewards.carry_out", record, standing)])


async def task_of(tx: Tx, scope: Scope, record: RedemptionRecord) -> Task:
    """A redemption for whoever carries it out; refuses one of nobody we know."""
    reward = None if record.reward_id is None else await wishes.by_id(tx, scope.community_id, record.reward_id)
    found = {} if record.account_id is None else await linking.accounts_by_ids(tx, [record.account_id])
    account = next(iter(found.values()), None)
    if reward is None or account is None:
        raise Refused("redeemer_unknown", "Nobody knows who redeemed this.", "Nothing can be done for nobody.")
    return Task(
        cause=f"reward:{record.channel_id}:{record.external_id}",
        action=reward.plan.action,
        title=record.title,
        cost=record.cost,
        channel_id=record.channel_id,
        account_id=account.id,
        account=(account.platform, account.external_id),
        name=account.name,
        user_input=record.user_input,
        redeemed_at=record.redeemed_at,
    )
