"""See to it that a platform sends us what we want: look, order what is missing, give up doubles, look again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from server.actions import subscriptions as actions
from server.domain.audit import system
from server.domain.gaps import Tellers
from server.domain.refusals import Refused
from server.domain.subscriptions import Listed, Looked, Ordered, plan, standings
from server.effects.apps import AppAccess
from server.effects.credentials import Renewals
from server.effects.gaps import telling_now
from server.jobs.unit import Units
from server.ports_platforms import ApiFault, KickEvents
from server.store import subscriptions
from server.store.channels import ChannelRecord
from server.store.credentials import Owner
from server.store.database import Database
from server.store.subscriptions import SubscriptionRecord

T = TypeVar("T")
log = structlog.get_logger(__name__)

PLATFORM = "kick"
BY = system("subscriptions")
LOOK_EVERY = timedelta(minutes=10)
TRIED_EVERY = timedelta(minutes=1)
AT_ONCE = 4


class Reconciler:
    """Compares what Kick sends us with what it should send; one server at a time does it."""

    def __init__(
        self,
        database: Database,
        units: Units,
        renewals: Renewals,
        *,
        app: AppAccess,
        events: KickEvents,
        kinds: Sequence[str],
    ) -> None:
        self._database = database
        self._units = units
        self._renewals = renewals
        self._app = app
        self._events = events
        self._kinds = kinds
        self._is_new = True
        self._tried: dict[int, float] = {}

    async def sweep(self) -> int:
        """Look at every channel that is due, and after the start at all; how many.

        A channel is due every ten minutes, at once after it was attached or its owner gave or renewed a permission, and
        when its events seem not to arrive.
        """
        reader, everything = self._database.reader(), self._is_new
        found = await subscriptions.due(reader, PLATFORM, self._units.now(), LOOK_EVERY, everything=everything)
        waiting = [channel for channel in found if everything or self._may_try(channel.id)]
        slots = asyncio.Semaphore(AT_ONCE)
        tellers = await telling_now(reader, self._units.now())
        await asyncio.gather(*(self._in_turn(slots, channel, tellers.get(channel.id, {})) for channel in waiting))
        for channel in await subscriptions.detached(reader, PLATFORM):
            await self._give_up_all(channel)
        self._is_new = False
        return len(waiting)

    async def reconcile(self, channel: ChannelRecord, tellers: Tellers) -> bool:
        """Bring one channel's subscriptions in order; whether Kick could be asked. `tellers` told meanwhile."""
        known = await subscriptions.of_channel(self._database.reader(), channel.id)
        before = await self._ask(channel, partial(self._events.subscriptions, broadcaster_id=channel.external_id))
        if isinstance(before, ApiFault):
            await self._note_fault(channel, before)
            return False
        remembered = {kind: one.known for kind, one in known.items()}
        wanted = plan(self._kinds, before, remembered, self._units.now())
        outcomes = await self._change(channel, wanted.order, wanted.give_up)
        if isinstance(outcomes, ApiFault):
            outcomes = [Ordered(kind=kind, error=outcomes.kind) for kind in wanted.order]
        listed: Sequence[Listed] = before
        if wanted.order or wanted.give_up:
            again = await self._ask(channel, partial(self._events.subscriptions, broadcaster_id=channel.external_id))
            listed = before if isinstance(again, ApiFault) else again
        await self._keep(channel, Looked(listed=listed, outcomes=outcomes, given_up=wanted.give_up), known, tellers)
        return True

    async def _keep(
        self, channel: ChannelRecord, looked: Looked, known: Mapping[str, SubscriptionRecord], tellers: Tellers
    ) -> None:
        remembered = {kind: one.known for kind, one in known.items()}
        standing = standings(self._kinds, looked, remembered, self._units.now())
        keep = partial(
            actions.keep,
            channel_id=channel.id,
            standings=standing,
            before=known,
            ordered={one.kind for one in looked.outcomes if one.subscription_id is not None},
            tellers=tellers,
        )
        well = await self._units.run(0, keep, by=BY)
        if well < len(standing):
            codes = sorted({one.code for one in standing if one.code is not None})
            log.warning("subscriptions.incomplete", channel=channel.id, well=well, of=len(standing), codes=codes)

    async def _change(
        self, channel: ChannelRecord, order: Sequence[str], give_up: Sequence[str]
    ) -> Sequence[Ordered] | ApiFault:
        """Give up first, as Kick counts all there are against a limit; then order."""
        if give_up:
            fault = await self._ask(channel, partial(self._given_up, ids=give_up))
            if isinstance(fault, ApiFault):
                return fault
        if not order:
            return ()
        return await self._ask(
            channel, partial(self._events.subscribe, broadcaster_id=channel.external_id, kinds=order)
        )

    async def _given_up(self, access_token: str, *, ids: Sequence[str]) -> bool | ApiFault:
        return await self._events.unsubscribe(access_token, ids) or True

    async def _ask(self, channel: ChannelRecord, question: Callable[[str], Awaitable[T | ApiFault]]) -> T | ApiFault:
        """Ask in the app's name and, where that may not, in the name of the channel's owner."""
        answer = await self._app.ask(question)
        if not isinstance(answer, ApiFault) or answer.kind not in {"forbidden", "unauthorised"}:
            return answer
        for community_id in await subscriptions.owners_of(self._database.reader(), channel.id):
            owner = Owner(
                community_id=community_id, provider=PLATFORM, external_id=channel.external_id, purpose="channel"
            )
            try:
                token = await self._renewals.access_token(owner)
            except Refused:
                continue
            theirs = await question(token)
            if not isinstance(theirs, ApiFault):
                return theirs
        return answer

    async def _note_fault(self, channel: ChannelRecord, fault: ApiFault) -> None:
        note = partial(actions.note_fault, channel_id=channel.id, kinds=self._kinds, code=fault.kind)
        await self._units.run(0, note, by=BY)
        log.warning("subscriptions.unanswered", channel=channel.id, kind=fault.kind, reason=fault.message)

    async def _give_up_all(self, channel: ChannelRecord) -> None:
        """Have Kick send no more of a channel that nobody attaches any more."""
        listed = await self._ask(channel, partial(self._events.subscriptions, broadcaster_id=channel.external_id))
        if isinstance(listed, ApiFault):
            return
        ids = [one.id for one in listed]
        if not ids or await self._ask(channel, partial(self._given_up, ids=ids)) is True:
            await self._units.run(0, partial(actions.forget_detached, channel_id=channel.id), by=BY)

    async def _in_turn(self, slots: asyncio.Semaphore, channel: ChannelRecord, tellers: Tellers) -> None:
        async with slots:
            await self.reconcile(channel, tellers)

    def _may_try(self, channel_id: int) -> bool:
        """Whether the last try was long enough ago, however it ended."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._tried.get(channel_id, -TRIED_EVERY.total_seconds()) < TRIED_EVERY.total_seconds():
            return False
        self._tried[channel_id] = now_s
        return True
