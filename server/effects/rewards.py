"""Rewards outside: carry staff's wishes to the platform, and what was redeemed to whoever does it.

Every step is written down before and after, so that a server may die between any two. The platform is asked to make a
reward once; where nobody knows whether it did, its list of rewards is looked at first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

import structlog

from server.actions.rewards import carry_out, wish
from server.actions.rewards.carry_out import Handler
from server.domain.audit import system
from server.domain.refusals import Refused
from server.domain.rewards.actions import ActionKind
from server.domain.rewards.platform import Reward
from server.domain.rewards.rules import REWARDS_MAX
from server.effects.chat import TokenSource
from server.jobs.unit import Units
from server.ports_platforms import ApiFault, RewardPlatform
from server.store import channels
from server.store.channels import ChannelRecord
from server.store.credentials import Owner
from server.store.database import Database
from server.store.jobs import LeasedJob
from server.store.rewards import redemptions, wishes
from server.store.rewards.wishes import RewardRecord

log = structlog.get_logger(__name__)

BY = system("rewards")
ACT_TRIES_MAX = 5
LATER = frozenset({"limited", "unavailable", "unreadable"})
"""Faults after which the platform is asked again."""


class TryLater(Exception):
    """The platform cannot be asked now, or something else has to come first; the queue tries again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the platform does not take a wish; `is_gone`: it surely has no such reward."""

    code: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel on its platform, and a token of its owner."""

    channel: ChannelRecord
    platform: RewardPlatform
    token: str = field(repr=False)


class Access:
    """Lets us act in a channel in the name of its owner."""

    def __init__(self, database: Database, *, platforms: Mapping[str, RewardPlatform], tokens: TokenSource) -> None:
        self._database = database
        self._platforms = platforms
        self._tokens = tokens

    async def to(self, community_id: int, channel_id: int) -> Place | None:
        """The channel with a good token; None where the community may not act there."""
        channel = (await channels.by_ids(self._database.reader(), [channel_id]))[channel_id]
        platform = self._platforms.get(channel.platform)
        if platform is None:
            return None
        owner = Owner(
            community_id=community_id, provider=channel.platform, external_id=channel.external_id, purpose="channel"
        )
        try:
            token = await self._tokens.access_token(owner)
        except Refused:
            return None
        return Place(channel=channel, platform=platform, token=token)


class RewardKeeper:
    """Carries out jobs about rewards and their redemptions."""

    def __init__(
        self, database: Database, units: Units, *, access: Access, handlers: Mapping[ActionKind, Handler]
    ) -> None:
        self._database = database
        self._units = units
        self._access = access
        self._handlers = handlers

    async def act(self, job: LeasedJob) -> None:
        """Carry out a redemption; what fails again and again is given up, and the viewer gets his points back."""
        action = partial(carry_out.act, job=job, handlers=self._handlers)
        if job.attempts > ACT_TRIES_MAX:
            log.warning("reward.given_up", job=job.id, attempts=job.attempts)
            action = partial(carry_out.give_up, job=job)
        await self._units.run(job.community_id or 0, action, by=BY)

    async def wish(self, job: LeasedJob) -> None:
        """Have the platform know the last wish about a reward."""
        community_id = job.community_id or 0
        reward = await wishes.by_id(self._database.reader(), community_id, job.payload["reward"])
        if reward is None:
            raise LookupError(f"There is no reward {job.payload['reward']}.")
        problem = None if reward.applied >= reward.revision else await self._carry(reward)
        if problem is None:
            end = partial(wish.note_applied, job=job, reward=reward)
        else:
            log.info("reward.not_taken", reward=reward.id, problem=problem.code)
            end = partial(wish.note_problem, job=job, reward=reward, problem=problem.code, is_gone=problem.is_gone)
        await self._units.run(community_id, end, by=BY)

    async def _carry(self, reward: RewardRecord) -> Problem | None:
        place = await self._access.to(reward.community_id, reward.channel_id)
        if place is None:
            return Problem("not_allowed")
        if reward.deleted_at is not None:
            return await self._remove(place, reward)
        if reward.external_id is not None:
            return await self._change(place, reward, reward.external_id)
        return await self._make(place, reward)

    async def _make(self, place: Place, reward: RewardRecord) -> Problem | None:
        listed = await place.platform.rewards(place.token)
        if isinstance(listed, ApiFault):
            return problem_of(listed)
        found = await self._left_behind(reward, listed)
        if found is not None:
            return await self._adopt(place, reward, found)
        if any(one.title.casefold() == reward.plan.title.casefold() for one in listed):
            return Problem("title_taken")
        if len(listed) >= REWARDS_MAX:
            return Problem("rewards_full")
        await self._units.run(reward.community_id, partial(wish.note_tried, reward=reward), by=BY)
        made = await place.platform.create(place.token, reward.plan.draft)
        if isinstance(made, ApiFault):
            refused = problem_of(made)
            return Problem(refused.code, is_gone=True)
        return await self._adopt(place, reward, made)

    async def _left_behind(self, reward: RewardRecord, listed: Sequence[Reward]) -> Reward | None:
        """The reward that the platform made when it was asked before, without our hearing of it."""
        if not reward.is_tried:
            return None
        alike = [one for one in listed if one.title.casefold() == reward.plan.title.casefold()]
        taken = await wishes.taken_among(self._database.reader(), reward.channel_id, [one.id for one in alike])
        return next((one for one in alike if one.id not in taken), None)

    async def _adopt(self, place: Place, reward: RewardRecord, made: Reward) -> Problem | None:
        """Keep the id of a reward of ours; its price and whether it is paused may not be what they are to be."""
        keep = partial(wish.note_made, reward=reward, external_id=made.id)
        if not await self._units.run(reward.community_id, keep, by=BY):
            return Problem("title_taken")
        return await self._change(place, reward, made.id)

    async def _change(self, place: Place, reward: RewardRecord, external_id: str) -> Problem | None:
        answer = await place.platform.change(place.token, external_id, reward.plan.draft)
        if not isinstance(answer, ApiFault):
            return None
        return Problem("reward_gone", is_gone=True) if is_missing(answer) else problem_of(answer)

    async def _remove(self, place: Place, reward: RewardRecord) -> Problem | None:
        if await redemptions.unfinished(self._database.reader(), reward.community_id, reward.id):
            raise TryLater("Its redemptions are settled first.")
        external_id = reward.external_id
        if external_id is None and reward.is_tried:
            listed = await place.platform.rewards(place.token)
            if isinstance(listed, ApiFault):
                return problem_of(listed)
            found = await self._left_behind(reward, listed)
            external_id = None if found is None else found.id
        if external_id is None:
            return None
        fault = await place.platform.delete(place.token, external_id)
        return None if fault is None or is_missing(fault) else problem_of(fault)


def is_missing(fault: ApiFault) -> bool:
    """Whether the platform says that it has no such thing."""
    return fault.status == HTTPStatus.NOT_FOUND


def problem_of(fault: ApiFault) -> Problem:
    """What staff is told of a fault; raises `TryLater` for one that may pass."""
    if fault.kind in LATER:
        raise TryLater(fault.message)
    return Problem(
        {"unauthorised": "not_allowed", "forbidden": "not_allowed", "quota": "rewards_full"}.get(
            fault.kind, "platform_refused"
        )
    )
