"""A reward gives a bonus of watch time."""

from server.actions.watchtime.adjust import REASON_LENGTH_MAX, adjust
from server.domain.rewards.actions import Task
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, linking

ACTOR = "reward"


async def give(tx: Tx, scope: Scope, task: Task) -> Done[int]:
    """Add the bonus to the redeemer's watch time, once for a redemption; refuses what an adjustment refuses."""
    await communities.lock(tx, scope.community_id)
    viewers = await linking.viewers_of(tx, scope.community_id, [task.account_id])
    return await adjust(
        tx,
        scope,
        viewer_id=viewers[task.account_id],
        seconds=task.action.seconds or 0,
        reason=f"Reward: {task.title or 'without a title'}"[:REASON_LENGTH_MAX],
        actor=ACTOR,
        source_key=task.cause,
    )
