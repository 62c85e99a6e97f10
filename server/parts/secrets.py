"""Who holds secrets: the vault, the renewal of tokens, one-time codes, and the door."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from server.auth.codes import Codes
from server.auth.door import Door
from server.auth.keys import derived_key, key_list, master_keys
from server.auth.sealing import Vault
from server.auth.spending import Spending
from server.auth.tokens import TokenSigner
from server.effects.credentials import Renewals
from server.jobs.unit import Units
from server.parts.outside import public_url
from server.ports import Clock, Ids
from server.ports_platforms import OAuthProvider
from server.settings import Settings
from server.store.database import Database
from server.store.tokens import service_keys
from server.system import SystemChance
from server.web.pages.browser import browsers


def vault_for(settings: Settings, ids: Ids) -> Vault:
    """What seals and opens tokens, with the master keys of the settings and the one derived from the secret key."""
    listed = key_list(settings.master_keys.get_secret_value(), settings.master_keys_file)
    return Vault(master_keys(listed, settings.secret_key.get_secret_value()), ids, SystemChance())


def renewals_for(
    settings: Settings,
    database: Database,
    units: Units,
    providers: Mapping[str, OAuthProvider],
    *,
    clock: Clock,
    ids: Ids,
) -> Renewals:
    """What keeps the tokens of channels and bots good."""
    vault = vault_for(settings, ids)
    return Renewals(database, units, vault=vault, providers=providers, clock=clock, ids=ids, chance=SystemChance())


def codes_for(settings: Settings) -> Codes:
    """What makes one-time codes."""
    return Codes(derived_key(settings.secret_key.get_secret_value(), "one-time codes"))


@asynccontextmanager
async def door_for(settings: Settings, database: Database, clock: Clock, ids: Ids) -> AsyncGenerator[Door, None]:
    """Who lets people and programs in."""
    spending = Spending(partial(service_keys.spend, database.writer()))
    tokens = TokenSigner(settings.secret_key.get_secret_value(), clock, ids)
    known = browsers(settings.secret_key.get_secret_value(), public_url(settings), clock, ids)
    try:
        yield Door(tokens, reader=database.reader, spending=spending, clock=clock, sessions=known.session_digest)
    finally:
        await spending.close()
