"""A place where tokens are kept good: a database, keys, and one or several servers that renew."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientSession

from server.actions import credentials as verbs
from server.actions.credentials import ClearTokens
from server.auth.keys import master_keys
from server.auth.sealing import Vault
from server.effects.credentials import Renewals
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store import credentials
from server.store.credentials import CredentialRecord, Owner
from server.store.database import Database, StatementHook, open_database
from server.system import SystemChance, SystemIds
from tests.authorising import Platform, asking
from tests.database import FrozenClock
from tests.running import SECRET


def owner_of(account: str = "100001", community_id: int = 1) -> Owner:
    return Owner(community_id=community_id, provider="kick", external_id=account, purpose="channel")


def new_vault() -> Vault:
    return Vault(master_keys("", SECRET), SystemIds(), SystemChance())


@dataclass
class Keeping:
    database: Database
    units: Units
    vault: Vault
    clock: FrozenClock
    platform: Platform
    session: ClientSession

    def server(self) -> Renewals:
        """What one server renews with; it shares only the database with another."""
        return Renewals(
            self.database,
            self.units,
            vault=new_vault(),
            providers={"kick": asking(self.session, self.platform.url)},
            clock=self.clock,
            ids=SystemIds(),
            chance=SystemChance(),
        )

    async def connect(self, owner: Owner | None = None) -> Owner:
        """Somebody allows us."""
        owner = owner or owner_of()
        granted = self.platform.grant(owner.external_id)
        store = partial(verbs.store_new, vault=self.vault, owner=owner, granted=granted)
        await self.units.run(owner.community_id, store)
        return owner

    async def tokens(self, owner: Owner) -> ClearTokens:
        return await verbs.tokens_for_use(self.database.reader(), owner, vault=self.vault)

    async def record(self, owner: Owner) -> CredentialRecord:
        found = await credentials.of(self.database.reader(), owner)
        assert found is not None
        return found

    async def write(self, sql: str, *values: Any) -> int:
        async def work(tx: Tx, _: Scope) -> Done[int]:
            return Done(await tx.execute(sql, *values))

        return await self.units.run(0, work)

    async def end_claims(self) -> None:
        """Let the time pass that the database's clock would have to."""
        await self.write("UPDATE credential SET claimed_until = 1 WHERE claimed_by IS NOT NULL")


@asynccontextmanager
async def keeping_on(
    url: str, clock: FrozenClock, platform: Platform, hook: StatementHook | None = None
) -> AsyncGenerator[Keeping, None]:
    database = await open_database(url, hook=hook)
    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock)
    try:
        async with ClientSession() as session:
            yield Keeping(database, units, new_vault(), clock, platform, session)
    finally:
        await units.close()
        await database.close()
