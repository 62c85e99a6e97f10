"""What each step of a redemption leaves behind: its row, the job that comes next, and what is told of it."""

from server.domain.audit import Audited
from server.domain.rewards.redemptions import Deed, Settling, Standing
from server.events.rewards import RedemptionChanged
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, jobs, linking
from server.store.jobs import NewJob
from server.store.rewards import redemptions
from server.store.rewards.redemptions import RedemptionRecord

ACT = "rewards.act"
SETTLE = "rewards.settle"
WISH = "rewards.wish"
LOOK = "rewards.look"


async def step(
    tx: Tx, scope: Scope, before: RedemptionRecord, standing: Standing, *, actor: str | None = None
) -> list[RedemptionChanged]:
    """Keep where a redemption stands now, have done what follows, and return what is told of it.

    The caller holds the community's lock.
    """
    if standing == before.standing:
        return []
    await redemptions.save(tx, before, standing, scope.now, actor=actor)
    was = before.standing
    if standing.deed is Deed.WAITING and was.deed is not Deed.WAITING:
        await have_carried_out(tx, scope, before.id)
    is_other = (standing.settling, standing.verdict) != (was.settling, was.verdict)
    if standing.settling is Settling.WANTED and is_other:
        await have_settled(tx, scope, before)
    return [] if standing.progress == was.progress else [await told(tx, before, standing)]


async def have_carried_out(tx: Tx, scope: Scope, redemption_id: int) -> None:
    """Have a redemption carried out."""
    number = await redemptions.note_try(tx, redemption_id)
    job = NewJob(
        kind=ACT,
        key=f"redemption:{redemption_id}:{number}",
        payload={"redemption": redemption_id},
        run_at=scope.now,
        community_id=scope.community_id,
    )
    await jobs.add(tx, [job], scope.now)


async def have_settled(tx: Tx, scope: Scope, record: RedemptionRecord) -> None:
    """Have the platform told; jobs of one channel wait for each other, and each settles all that is to be settled."""
    number = await redemptions.note_try(tx, record.id)
    await have_channel_settled(tx, scope, record.channel_id, f"redemption:{record.id}:{number}")


async def have_channel_settled(tx: Tx, scope: Scope, channel_id: int, key: str) -> None:
    """Have the platform told all that it is to be told of a channel."""
    job = NewJob(
        kind=SETTLE,
        key=key,
        payload={"channel": channel_id},
        run_at=scope.now,
        community_id=scope.community_id,
        order_key=f"redemptions:{channel_id}",
    )
    await jobs.add(tx, [job], scope.now)


async def told(tx: Tx, record: RedemptionRecord, standing: Standing) -> RedemptionChanged:
    """What is told of a redemption."""
    found = {} if record.account_id is None else await linking.accounts_by_ids(tx, [record.account_id])
    account = next(iter(found.values()), None)
    channel = (await channels.by_ids(tx, [record.channel_id]))[record.channel_id]
    return RedemptionChanged(
        redemption_id=record.id,
        title=record.title,
        cost=record.cost,
        name=None if account is None else account.name,
        platform=channel.platform,
        progress=standing.progress,
    )


def line(action: str, record: RedemptionRecord, standing: Standing, reason: str | None = None) -> Audited:
    """The line of the audit log about what was decided for a redemption."""
    return Audited(
        action=action,
        target=("redemption", record.id),
        before={"progress": record.standing.progress},
        after={"progress": standing.progress, "reward": record.title, "why": standing.reason},
        reason=reason,
    )
