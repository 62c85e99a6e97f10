"""Redemptions come in, in any order and any number: each is kept once, and those of our rewards are begun."""

from collections.abc import Sequence
from datetime import timedelta

from server.actions.rewards.steps import LOOK, have_carried_out, step, told
from server.domain.instants import EPOCH, SECOND, micros
from server.domain.rewards.redemptions import Deed, adopted, begun, heard
from server.events.happening import Person
from server.events.rewards import RedemptionChanged, RewardOverheard, RewardRedeemed
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, jobs, linking
from server.store.jobs import NewJob
from server.store.rewards import redemptions, wishes
from server.store.rewards.redemptions import NewRedemption

ADOPTED_MAX = 500
LOOK_AFTER = timedelta(seconds=10)
"""Webhooks are faster as a rule; one that is not there by then may be lost."""

LOOK_PERIOD = 10 * SECOND
"""Of all that is overheard meanwhile one look is enough."""


async def note_redeemed(tx: Tx, scope: Scope, redeemed: Sequence[RewardRedeemed]) -> list[RedemptionChanged]:
    """Keep what platforms tell of redemptions, and have those of our rewards carried out."""
    await communities.lock(tx, scope.community_id)
    changed: list[RedemptionChanged] = []
    for one in redeemed:
        found = await channels.ids_of(tx, [(one.platform, str(one.broadcaster.id))])
        channel_id = next(iter(found.values()), None) or await channels.learn(tx, one.platform, one.broadcaster)
        changed += await note(tx, scope, channel_id, one)
    return changed


async def note(tx: Tx, scope: Scope, channel_id: int, one: RewardRedeemed) -> list[RedemptionChanged]:
    """Keep one state of one redemption."""
    before = await redemptions.by_external_id(tx, scope.community_id, channel_id, one.redemption_id)
    ours = await wishes.by_external_ids(tx, scope.community_id, channel_id, [one.reward_id])
    reward = ours.get(one.reward_id)
    if before is not None:
        standing = before.standing
        if reward is not None and standing.deed is Deed.FOREIGN:
            await redemptions.note_ours(tx, before.id, reward.id)
            standing = adopted(standing)
        return await step(tx, scope, before, heard(standing, one.state))
    made = NewRedemption(
        channel_id=channel_id,
        external_id=one.redemption_id,
        reward_id=None if reward is None else reward.id,
        reward_ref=one.reward_id,
        title=one.reward_title,
        cost=one.cost,
        account_id=await account_of(tx, one),
        user_input=one.user_input,
        redeemed_at=one.at,
    )
    standing = begun(one.state, is_ours=reward is not None)
    number = await redemptions.add(tx, scope.community_id, made, standing, scope.now)
    if standing.deed is Deed.FOREIGN:
        return []
    if standing.deed is Deed.WAITING:
        await have_carried_out(tx, scope, number)
    record = await redemptions.by_external_id(tx, scope.community_id, channel_id, one.redemption_id)
    return [] if record is None else [await told(tx, record, standing)]


async def after_overheard(tx: Tx, scope: Scope, overheard: Sequence[RewardOverheard]) -> tuple[()]:
    """Have a look at what waits on the platform, unless the news that names the redemption comes first."""
    ours = {one.channel_id for one in await wishes.all_of(tx, scope.community_id) if one.external_id is not None}
    found = await channels.ids_of(tx, {(one.platform, str(one.broadcaster.id)) for one in overheard})
    wanted = [
        NewJob(
            kind=LOOK,
            key=f"channel:{scope.community_id}:{channel_id}:{micros(scope.now) // LOOK_PERIOD}",
            payload={"channel": channel_id},
            run_at=scope.now + LOOK_AFTER,
            community_id=scope.community_id,
        )
        for channel_id in sorted(ours & set(found.values()))
    ]
    await jobs.add(tx, wanted, scope.now)
    return ()


async def account_of(tx: Tx, one: RewardRedeemed) -> int | None:
    """The account that redeemed, made where it was never heard of; None for nobody, or somebody who is forgotten."""
    if one.redeemer.id is None:
        return None
    # A name that was not told is as old as can be, so that it replaces none that was.
    at = one.at if one.redeemer.name is not None else EPOCH
    person = Person(id=one.redeemer.id, name=one.redeemer.name, slug=one.redeemer.slug)
    ids = await linking.accounts_of(tx, one.platform, [(person, at)])
    return ids.get(one.redeemer.id)


async def adopt(tx: Tx, scope: Scope, *, channel_id: int, reward_id: int, reward_ref: str) -> list[RedemptionChanged]:
    """Have redemptions carried out that came before we knew that their reward is ours; the caller holds the lock."""
    changed: list[RedemptionChanged] = []
    for record in await redemptions.foreign_of(tx, scope.community_id, channel_id, reward_ref, ADOPTED_MAX):
        await redemptions.note_ours(tx, record.id, reward_id)
        changed += await step(tx, scope, record, adopted(record.standing))
    return changed
