"""Affiliate feeds outside: each is asked when its turn comes, and never more than one at a time by two servers."""

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from server.actions.wagers import feeds
from server.auth.sealing import Unsealable, Vault, place_of
from server.domain.audit import system
from server.domain.refusals import Refused
from server.domain.wagers import Provider
from server.jobs.unit import Units
from server.ports import Chance
from server.ports_platforms import ApiFault, Wagers
from server.store import credentials
from server.store.database import Database
from server.store.wagers import feeds as stored
from server.store.wagers.feeds import FeedRecord

log = structlog.get_logger(__name__)

BY = system("wagers")
FEEDS_MAX = 24
AT_ONCE = 8
SECRET_MISSING = "secret_missing"  # noqa: S105 - the code of a fault, not a secret


class WagerWatch:
    """Asks feeds; what they tell is counted, or why they tell nothing is noted."""

    def __init__(
        self,
        database: Database,
        units: Units,
        *,
        providers: Mapping[Provider, Wagers],
        vault: Vault,
        chance: Chance,
    ) -> None:
        self._database = database
        self._units = units
        self.providers = providers
        self.vault = vault
        self._chance = chance

    async def look(self) -> int:
        """Ask every feed whose turn it is; how many were asked."""
        places = await stored.due(self._database.reader(), self._units.now(), FEEDS_MAX)
        slots = asyncio.Semaphore(AT_ONCE)
        return sum(await asyncio.gather(*(self._in_turn(slots, *place) for place in places)))

    async def _in_turn(self, slots: asyncio.Semaphore, community_id: int, provider: Provider) -> bool:
        async with slots:
            begin = partial(feeds.begin, provider=provider, jitter=self._jitter())
            feed = await self._units.run(community_id, begin, by=BY)
            if feed is None:
                return False
            await self._ask(feed)
            return True

    async def _ask(self, feed: FeedRecord) -> None:
        secret = await self._secret(feed)
        if secret is None:
            return await self._fault(feed, SECRET_MISSING)
        told = await self.providers[feed.provider].totals(secret, feed.since, self._units.now())
        if isinstance(told, ApiFault):
            return await self._fault(feed, told.kind, told.retry_after_s, told.message)
        try:
            heard = await self._units.run(feed.community_id, partial(feeds.note_rows, feed=feed, rows=told), by=BY)
        except Refused as refused:
            return await self._fault(feed, refused.code, None, refused.message)
        log.debug("wagers.heard", feed=feed.id, names=heard.names, believed=heard.is_believed)
        return None

    async def _secret(self, feed: FeedRecord) -> str | None:
        owner = feeds.owner_of(feed.community_id, feed.provider)
        reader = self._database.reader()
        kept = await credentials.of(reader, owner)
        try:
            return (
                None if kept is None else await self.vault.open(reader, place_of(owner, "access"), kept.tokens.access)
            )
        except Unsealable as fault:
            log.warning("wagers.secret_sealed", feed=feed.id, reason=fault.reason)
        return None

    async def _fault(self, feed: FeedRecord, code: str, retry_after_s: int | None = None, message: str = "") -> None:
        log.warning("wagers.not_told", feed=feed.id, provider=feed.provider.value, code=code, message=message)
        note = partial(feeds.note_fault, feed=feed, code=code, retry_after_s=retry_after_s, jitter=self._jitter())
        await self._units.run(feed.community_id, note, by=BY)

    def _jitter(self) -> float:
        return int.from_bytes(self._chance.draw(4)) / 2**32
