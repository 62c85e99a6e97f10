"""Staff wishes for rewards; a job carries each wish to the platform, and notes here what came of it."""

from collections.abc import Callable
from dataclasses import asdict

from server.actions.rewards.hear import adopt
from server.actions.rewards.steps import WISH
from server.domain.audit import Audited, Plain, changed
from server.domain.refusals import Refused
from server.domain.rewards.rules import PLATFORMS, REWARDS_MAX, RewardPlan
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, jobs
from server.store.jobs import LeasedJob, NewJob
from server.store.rewards import wishes
from server.store.rewards.wishes import RewardRecord


async def create(tx: Tx, scope: Scope, *, channel_id: int, plan: RewardPlan, actor: str) -> Done[int]:
    """Wish for a new reward in a channel and return its id.

    Refuses an unfit plan, a channel that has none, a title that is taken, and too many.
    """
    wanted = plan.checked()
    await communities.lock(tx, scope.community_id)
    attached = [one for one in await channels.attached(tx, scope.community_id) if one.id == channel_id]
    if not attached or attached[0].platform not in PLATFORMS:
        raise Refused(
            "reward_channel_unknown",
            "This community has no such channel with rewards.",
            "Use the `id` of a Kick channel.",
        )
    others = await in_channel(tx, scope, channel_id)
    if len(others) >= REWARDS_MAX:
        raise Refused("rewards_full", f"A channel has {REWARDS_MAX} rewards at most.", "Delete one first.")
    check_title(wanted, others)
    number = await wishes.add(tx, scope.community_id, channel_id, wanted, actor, scope.now)
    await have_carried(tx, scope, number, 1)
    return Done(number, audit=[Audited(action="rewards.create", target=("reward", number), after=values(wanted))])


async def change(
    tx: Tx, scope: Scope, *, reward_id: int, revised: Callable[[RewardPlan], RewardPlan], actor: str
) -> Done[int]:
    """Wish for a reward to be otherwise, or have the same wish tried again, and return its id.

    Refuses one that is not there, an unfit plan, and a title that is taken.
    """
    await communities.lock(tx, scope.community_id)
    before = await known(tx, scope, reward_id)
    plan = revised(before.plan).checked()
    check_title(plan, [one for one in await in_channel(tx, scope, before.channel_id) if one.id != reward_id])
    revision = await wishes.change(tx, reward_id, plan, actor, scope.now)
    await have_carried(tx, scope, reward_id, revision)
    old, new = changed(values(before.plan), values(plan))
    return Done(
        reward_id, audit=[Audited(action="rewards.change", target=("reward", reward_id), before=old, after=new)]
    )


async def delete(tx: Tx, scope: Scope, *, reward_id: int, actor: str) -> Done[int]:
    """Wish for a reward to be no more; refuses one that is not there."""
    await communities.lock(tx, scope.community_id)
    before = await known(tx, scope, reward_id)
    revision = await wishes.delete(tx, reward_id, actor, scope.now)
    await have_carried(tx, scope, reward_id, revision)
    line = Audited(action="rewards.delete", target=("reward", reward_id), before=values(before.plan))
    return Done(reward_id, audit=[line])


async def have_carried(tx: Tx, scope: Scope, reward_id: int, revision: int, again: str = "") -> None:
    """Have a wish carried to the platform; `again` names the occasion where it was tried before."""
    job = NewJob(
        kind=WISH,
        key=f"reward:{reward_id}:{revision}{again}",
        payload={"reward": reward_id},
        run_at=scope.now,
        community_id=scope.community_id,
        order_key=f"reward:{reward_id}",
    )
    await jobs.add(tx, [job], scope.now)


async def try_again(tx: Tx, scope: Scope, *, reward: RewardRecord, occasion: str) -> Done[None]:
    """Have a wish carried once more, once for an occasion."""
    return Done(await have_carried(tx, scope, reward.id, reward.revision, f":{occasion}"))


async def note_tried(tx: Tx, _: Scope, *, reward: RewardRecord) -> Done[None]:
    """Remember that the platform is about to be asked to make a reward."""
    return Done(await wishes.note_tried(tx, reward.id))


async def note_made(tx: Tx, scope: Scope, *, reward: RewardRecord, external_id: str) -> Done[bool]:
    """Keep the platform's id of a reward, and have carried out what was redeemed meanwhile; False for another's."""
    await communities.lock(tx, scope.community_id)
    if not await wishes.note_made(tx, reward.id, reward.channel_id, external_id):
        return Done(False)
    events = await adopt(tx, scope, channel_id=reward.channel_id, reward_id=reward.id, reward_ref=external_id)
    return Done(True, events)


async def note_applied(tx: Tx, scope: Scope, *, job: LeasedJob, reward: RewardRecord) -> Done[bool]:
    """Remember that the platform took a wish, and end its job."""
    await wishes.note_applied(tx, reward.id, reward.revision)
    return Done(await jobs.finish(tx, job, scope.now))


async def note_problem(
    tx: Tx, scope: Scope, *, job: LeasedJob, reward: RewardRecord, problem: str, is_gone: bool
) -> Done[bool]:
    """Remember why the platform did not take a wish, and end its job; where `is_gone`, that it has no such reward."""
    if is_gone:
        await wishes.note_gone(tx, reward.id)
    await wishes.note_problem(tx, reward.id, reward.revision, problem)
    return Done(await jobs.finish(tx, job, scope.now, note=problem))


async def in_channel(tx: Tx, scope: Scope, channel_id: int) -> list[RewardRecord]:
    """The community's rewards in a channel."""
    return [one for one in await wishes.all_of(tx, scope.community_id) if one.channel_id == channel_id]


async def known(tx: Tx, scope: Scope, reward_id: int) -> RewardRecord:
    """A reward of this community that is not deleted, or a refusal."""
    record = await wishes.by_id(tx, scope.community_id, reward_id)
    if record is None or record.deleted_at is not None:
        raise Refused("reward_unknown", "This community has no such reward.", "Use the `id` of one of its rewards.")
    return record


def check_title(plan: RewardPlan, others: list[RewardRecord]) -> None:
    """Refuse a title that another reward of the channel has: they could not be told apart."""
    if any(one.plan.title.casefold() == plan.title.casefold() for one in others):
        raise Refused(
            "reward_title_taken", f"The channel has a reward {plan.title!r} already.", "Choose another title."
        )


def values(plan: RewardPlan) -> dict[str, Plain]:
    """A plan for the audit log."""
    action = {f"action_{name}": value for name, value in plan.action.stored().items() if value is not None}
    flat = {name: value for name, value in asdict(plan).items() if name not in {"action", "is_on"}}
    return {**flat, **action, "on": int(plan.is_on)}
