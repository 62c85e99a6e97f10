"""Forget people whose time has come: a bounded piece at a time, going on where it was after any interruption."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from server.actions import linking
from server.actions import privacy as actions
from server.domain.audit import system
from server.domain.linking import Cause
from server.domain.privacy import ForgettingState
from server.jobs.unit import Units
from server.store.database import Database
from server.store.privacy import forgetting, striking
from server.store.privacy.forgetting import ForgettingRecord

log = structlog.get_logger(__name__)

AT_ONCE = 20
ROWS_AT_ONCE = 200
SAVED_EVERY = 50
BY = system("privacy")


@dataclass(frozen=True, slots=True)
class Forgetter:
    """Forgets people; `fresh` gives the opaque ids that stand for them afterwards."""

    database: Database
    units: Units
    fresh: Callable[[], str]

    async def sweep(self) -> int:
        """Forget everybody whose grace period is over; how many are done. What is interrupted goes on next time."""
        done = 0
        for record in await forgetting.due(self.database.reader(), self.units.now(), AT_ONCE):
            async with self.database.leaving_no_trace():
                done += await self._forget(record)
        return done

    async def _forget(self, record: ForgettingRecord) -> bool:
        if record.state is ForgettingState.ASKED:
            await self._part(record)
            begin = partial(actions.begin, number=record.id, fresh=self.fresh)
            begun = await self.units.run(record.community_id, begin, by=BY)
            if begun is None:
                return False
            record = begun
        pieces = 0
        while record.place is not None:
            pieces += 1
            following = await self._piece(record, saves=pieces % SAVED_EVERY == 0)
            if following is None:
                log.info("privacy.waits", forgetting=record.id)
                return False
            record = following
            await asyncio.sleep(0)
        await self.units.run(record.community_id, partial(actions.finish, number=record.id), by=BY)
        log.info("privacy.forgotten", forgetting=record.id)
        return True

    async def _part(self, record: ForgettingRecord) -> None:
        """Part his accounts from those that he has not proven to be his."""
        reader = self.database.reader()
        people = await forgetting.mine(reader, [record.who] if record.who else [], record.community_id)
        for community_id, other in await forgetting.outsiders(reader, actions.numbers(people), record.community_id):
            key = (other.platform, other.external_id)
            unlink = partial(linking.unlink, account=key, cause=Cause.VIEWER, actor=BY.name, reason="")
            await self.units.run(community_id, unlink, by=BY)

    async def _piece(self, record: ForgettingRecord, *, saves: bool) -> ForgettingRecord | None:
        """Strike the next piece; the striking as far as it is then, or None where it has to wait."""
        place = record.place or ""
        if record.after >= record.upto:
            return await self._turned(record, striking.place_after(place, record.community_id))
        until = min(record.after + striking.ids_at_once(place), record.upto)
        ids = await striking.found(self.database.reader(), place, record, until)
        if len(ids) > ROWS_AT_ONCE:
            ids = ids[:ROWS_AT_ONCE]
            until = ids[-1]
        if ids or saves or until == record.upto:
            strike = partial(actions.strike, record=record, ids=ids, after=until)
            reached = await self.units.run(record.community_id, strike, by=BY)
            if reached < until:
                return None
        return replace(record, after=until)

    async def _turned(self, record: ForgettingRecord, place: str | None) -> ForgettingRecord:
        if place is None:
            return replace(record, place=None)
        turn = partial(actions.turn_to, record=record, place=place)
        return await self.units.run(record.community_id, turn, by=BY)
