"""Redemptions outside: tell the platform what became of them, and look there for those that nobody told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import orjson
import structlog

from server.actions.rewards import settle, steps, wish
from server.actions.rewards.settle import Answered
from server.domain.instants import micros
from server.domain.rewards.platform import Redemption
from server.domain.rewards.redemptions import Verdict
from server.effects.rewards import BY, LATER, Access, Place, TryLater
from server.events.rewards import RedemptionState
from server.jobs.recorder import NotRecorded
from server.jobs.unit import Done, Scope, Units
from server.platforms.kick import polled
from server.ports import Tx
from server.ports_platforms import ApiFault
from server.store import jobs
from server.store.channels import ChannelRecord
from server.store.database import Database
from server.store.inbox import Received
from server.store.jobs import LeasedJob
from server.store.rewards import redemptions, wishes
from server.store.rewards.redemptions import RedemptionRecord

log = structlog.get_logger(__name__)

Record = Callable[[Received], Awaitable[None]]

SETTLED_AT_ONCE = 25
ROUNDS_MAX = 40
PAGES_MAX = 20
CHANNELS_MAX = 2_000
UNTOLD_MAX = 200
AT_ONCE = 4
AGAIN_EVERY = timedelta(minutes=10)
TAKEN: Mapping[Verdict, RedemptionState] = {
    Verdict.ACCEPT: RedemptionState.ACCEPTED,
    Verdict.REJECT: RedemptionState.REJECTED,
}
NEVER: Mapping[str, tuple[str, str]] = {
    "NOT_FOUND": ("platform_lost_it", "The platform does not know this redemption any more."),
    "NOT_OWNED": ("platform_denies_it", "The platform says that this redemption is not ours to decide."),
}
"""Reasons for which the platform will never take our word."""


class Settler:
    """Tells platforms what became of redemptions; what is to be told stands in their rows."""

    def __init__(self, database: Database, units: Units, *, access: Access) -> None:
        self._database = database
        self._units = units
        self._access = access

    async def settle(self, job: LeasedJob) -> None:
        """Tell all that is to be told of the job's channel, and end the job.

        Where nobody lets us act in the channel it ends, too; what is to be told waits until somebody does.
        """
        community_id, channel_id = job.community_id or 0, job.payload["channel"]
        place = await self._access.to(community_id, channel_id)
        if place is not None:
            await self._tell_all(place, community_id, channel_id)
        else:
            log.warning("redemptions.not_allowed", channel=channel_id)
        await self._units.run(community_id, partial(finish, job=job), by=BY)

    async def _tell_all(self, place: Place, community_id: int, channel_id: int) -> None:
        """Tell what is to be told until nothing is left, or the platform leaves something open."""
        for _ in range(ROUNDS_MAX):
            found = await redemptions.wanted(self._database.reader(), community_id, channel_id, SETTLED_AT_ONCE)
            if not found:
                return
            verdict = found[0].standing.verdict
            alike = [one for one in found if one.standing.verdict is verdict]
            if verdict is None or not await self._tell(place, community_id, verdict, alike):
                raise TryLater("The platform has not decided some of them.")

    async def _tell(self, place: Place, community_id: int, verdict: Verdict, found: Sequence[RedemptionRecord]) -> bool:
        """Tell the platform one verdict on some redemptions; whether that got any of them on."""
        answer = await place.platform.settle(place.token, verdict.value, [one.external_id for one in found])
        if isinstance(answer, ApiFault):
            raise TryLater(answer.message)
        failed = {one.id: one.reason for one in answer}
        decided = await self._decided(place, [name for name, why in failed.items() if why == "NOT_PENDING"])
        answers: list[Answered] = []
        for one in found:
            why = failed.get(one.external_id)
            state = TAKEN[verdict] if why is None else decided.get(one.external_id)
            problem = None if why is None or state is not None else NEVER.get(why)
            answers.append(Answered(redemption_id=one.id, verdict=verdict, state=state, problem=problem))
        return await self._units.run(community_id, partial(settle.note_answers, answers=answers), by=BY) > 0

    async def _decided(self, place: Place, names: Sequence[str]) -> Mapping[str, RedemptionState]:
        """What the platform says of redemptions that it has decided before."""
        if not names:
            return {}
        page = await place.platform.redemptions(place.token, ids=names)
        if isinstance(page, ApiFault):
            raise TryLater(page.message)
        return {one.id: RedemptionState(one.status) for one in page.redemptions}


class RedemptionWatch:
    """Asks for redemptions that wait, so that one of which no news came is found; has tried again what failed."""

    def __init__(self, database: Database, units: Units, *, access: Access, record: Record) -> None:
        self._database = database
        self._units = units
        self._access = access
        self._record = record

    async def look(self) -> int:
        """Look at every channel with rewards of ours; how many redemptions nobody had told."""
        reader, now = self._database.reader(), self._units.now()
        for reward in await wishes.untold(reader, UNTOLD_MAX):
            if now - reward.at >= AGAIN_EVERY:
                again = partial(wish.try_again, reward=reward, occasion=str(occasion(now)))
                await self._units.run(reward.community_id, again, by=BY)
        places = await wishes.channels_with_rewards(reader, CHANNELS_MAX)
        slots = asyncio.Semaphore(AT_ONCE)
        return sum(await asyncio.gather(*(self._in_turn(slots, *place) for place in places)))

    async def look_at(self, job: LeasedJob) -> None:
        """Look at the channel of a job, and end the job; what this look misses the next one finds."""
        await self._look(job.community_id or 0, job.payload["channel"])
        await self._units.run(job.community_id or 0, partial(finish, job=job), by=BY)

    async def _in_turn(self, slots: asyncio.Semaphore, community_id: int, channel_id: int) -> int:
        async with slots:
            told = await self._look(community_id, channel_id)
            await self._settle_again(community_id, channel_id)
            return told

    async def _look(self, community_id: int, channel_id: int) -> int:
        place = await self._access.to(community_id, channel_id)
        if place is None:
            return 0
        told = 0
        for one in await self._missed(place, community_id):
            told += await self._tell(place.channel, one)
        return told

    async def _missed(self, place: Place, community_id: int) -> list[Redemption]:
        """The redemptions that wait on the platform and of which the community has not heard."""
        missed: list[Redemption] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await place.platform.redemptions(place.token, status="pending", cursor=cursor)
            if isinstance(page, ApiFault):
                if page.kind not in LATER:
                    log.warning("redemptions.not_listed", channel=place.channel.id, kind=page.kind)
                break
            names = [one.id for one in page.redemptions]
            known = await redemptions.known_among(self._database.reader(), place.channel.id, names, community_id)
            missed += [one for one in page.redemptions if one.id not in known]
            cursor = page.cursor
            if cursor is None:
                break
        return missed

    async def _tell(self, channel: ChannelRecord, found: Redemption) -> bool:
        """Record what was found; False when it could not be, and then the next look finds it again."""
        try:
            await self._record(received(channel, found, self._units.now()))
        except NotRecorded:
            return False
        log.info("redemptions.found", channel=channel.id)
        return True

    async def _settle_again(self, community_id: int, channel_id: int) -> None:
        """Have told what is still to be told, once in a while: its job may have given up, or nobody let us."""
        if not await redemptions.wanted(self._database.reader(), community_id, channel_id, 1):
            return

        async def again(tx: Tx, scope: Scope) -> Done[None]:
            key = f"channel:{community_id}:{channel_id}:{occasion(scope.now)}"
            return Done(await steps.have_channel_settled(tx, scope, channel_id, key))

        await self._units.run(community_id, again, by=BY)


async def finish(tx: Tx, scope: Scope, *, job: LeasedJob) -> Done[bool]:
    """End a job."""
    return Done(await jobs.finish(tx, job, scope.now))


def occasion(now: datetime) -> int:
    """The number of a stretch of time, in which something is tried again once."""
    return micros(now) // micros_of(AGAIN_EVERY)


def micros_of(duration: timedelta) -> int:
    """A length of time in microseconds."""
    return duration // timedelta(microseconds=1)


def received(channel: ChannelRecord, found: Redemption, now: datetime) -> Received:
    """A redemption as a delivery; the same one in the same state has the same id, so that it is told once."""
    owner = polled.owner_of(channel.external_id, channel.name, channel.slug)
    body = orjson.dumps(
        {
            "broadcaster": owner,
            "id": found.id,
            "status": found.status,
            "redeemed_at": found.redeemed_at.isoformat(),
            "user_input": found.user_input,
            "redeemer": {"user_id": int(found.redeemer_id)},
            "reward": {"id": found.reward_id, "title": found.title, "cost": found.cost, "description": ""},
        }
    )
    return Received(
        source=channel.platform,
        message_id=f"{found.status}-{found.id}"[:64],
        kind=polled.REDEMPTION,
        kind_key=polled.REDEMPTION,
        subscription_id="",
        broadcaster_id=channel.external_id,
        told_at=now,
        received_at=now,
        body=body,
    )
