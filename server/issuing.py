"""The commands that hand out keys and tokens, and take them back."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, TypeVar

from cyclopts import App, Parameter

from server.actions.tokens import revocation as revocations
from server.actions.tokens import service_keys as service_verbs
from server.auth.actors import Actor
from server.auth.service_tokens import handed_out, new_pair
from server.auth.tokens import LIFETIME_MAX, TEXT_LENGTH_MAX, TOKEN_LENGTH_MAX, CommunityScope, TokenSigner
from server.domain.audit import system
from server.domain.refusals import Refused
from server.effects.findings import ago
from server.environment import load_settings
from server.jobs.unit import Action, Done, Scope
from server.parts.work import beside
from server.ports import Tx
from server.settings import Settings
from server.store import communities
from server.store.communities import CommunityRecord
from server.store.database import Database, open_database
from server.store.migrations import OutdatedSchema, pending
from server.store.tokens import service_keys
from server.store.tokens.service_keys import ServiceKey, ServiceKind
from server.system import SystemChance, SystemClock, SystemIds

T = TypeVar("T")

BY = system("command_line")
LISTED_MAX = 200
KID_BYTES = 12
ENVIRONMENT = "SERVICE_KEY"

token = App(name="token", help="Print a token of the operator or of an owner, or take one back.")
service_key = App(name="service-key", help="Keys with which the Discord bot and exporters sign their requests.")


class Trouble(Exception):
    """Something the person at the command line must hear, in one sentence."""


@token.default
def print_token(
    *,
    role: Annotated[Literal["admin"], Parameter(help="What the token allows.")] = "admin",
    community: Annotated[str | None, Parameter(help="Slug: an owner of it instead of the operator.")] = None,
    days: Annotated[int, Parameter(help="How long it lives.")] = 30,
) -> None:
    """Print one signed token and nothing else."""
    settings = load_settings()
    signer = TokenSigner(settings.secret_key.get_secret_value(), SystemClock(), SystemIds())
    scope = asyncio.run(_scope(settings, community)) if community is not None else None
    try:
        print(signer.mint(role, scope, timedelta(days=days)))
    except ValueError as error:
        raise Trouble(f"The token was not made: {error}.") from error


@token.command(name="revoke")
def revoke_token(
    which: Annotated[str, Parameter(help="The token's id (jti), or - to read the token from the standard input.")],
) -> None:
    """Take a printed token back: within five seconds nothing is open to it any more, on every server."""
    settings = load_settings()
    now = SystemClock().now()
    expires_at = now + LIFETIME_MAX
    token_id = which
    if which == "-":
        token_id, expires_at = _read_token(settings)
    elif not 0 < len(which) <= TEXT_LENGTH_MAX or not which.isprintable():
        raise Trouble("This is no id of a token. To revoke a token that you have, give - and the token as input.")
    is_new = _change(partial(revocations.revoke_printed, token_id=token_id, expires_at=expires_at))
    print(f"revoked the token {token_id}" if is_new else f"the token {token_id} was revoked before")


def _read_token(settings: Settings) -> tuple[str, datetime]:
    signer = TokenSigner(settings.secret_key.get_secret_value(), SystemClock(), SystemIds())
    holder = signer.read(sys.stdin.readline(TOKEN_LENGTH_MAX + 1).strip())
    if not isinstance(holder, Actor):
        raise Trouble("This token is good for nothing here, so that there is nothing to revoke.")
    return holder.token_id, holder.expires_at


@service_key.command(name="add")
def add_key(
    name: Annotated[str, Parameter(help="What the service is called, such as discord-bot.")],
    *,
    kind: Annotated[ServiceKind, Parameter(help="bot acts for Discord users, exporter reads.")] = "bot",
    guild: Annotated[
        list[str] | None, Parameter(help="A Discord server it may act in; every bound one if none is named.")
    ] = None,
    community: Annotated[str | None, Parameter(help="Slug: good for this community alone.")] = None,
) -> None:
    """Make a pair of keys and print the private one, once, as the service's environment takes it."""
    private, public = new_pair()
    kid = _new_kid()

    async def add(tx: Tx, scope: Scope) -> Done[None]:
        found = None if community is None else _found(await communities.by_slug(tx, community), community)
        return await service_verbs.add(
            tx,
            scope,
            kid=kid,
            kind=kind,
            name=name,
            public_key=public,
            guilds=frozenset(guild or ()),
            community_id=found and found.id,
        )

    _change(add)
    _print_key(name, kid, private)


@service_key.command(name="rotate")
def rotate_key(old: Annotated[str, Parameter(name="kid", help="The id of the key to replace.")]) -> None:
    """Make another key for a service and print it, once. The old one stays good until it is revoked."""
    private, public = new_pair()
    kid = _new_kid()
    known = _change(partial(service_verbs.rotate, old=old, kid=kid, public_key=public))
    _print_key(known.name, kid, private)
    print(f"when the service has the new key, run: regulars service-key revoke {old}", file=sys.stderr)


@service_key.command(name="revoke")
def revoke_key(kid: Annotated[str, Parameter(help="The id of the key.")]) -> None:
    """Believe a key no more: within five seconds nothing is open to it, on every server."""
    print(
        f"revoked the key {kid}"
        if _change(partial(service_verbs.revoke, kid=kid))
        else f"the key {kid} was revoked before"
    )


@service_key.command(name="list")
def list_service_keys() -> None:
    """Print id, kind, name, Discord servers, age and last use of every key; never a private key."""
    print("\n".join(asyncio.run(_listed(load_settings(secret_key_required=False)))) or "There is no service key yet.")


async def _listed(settings: Settings) -> Sequence[str]:
    await check_up_to_date(settings)
    database = await open_database(settings.database_url, shared=True)
    try:
        found = await service_keys.everyone(database.reader(), LISTED_MAX)
    finally:
        await database.close()
    now = SystemClock().now()
    return [_described(key, now) for key in found]


def _described(key: ServiceKey, now: datetime) -> str:
    place = f"{len(key.guilds)} servers" if key.guilds else "every bound server"
    used = "never used" if key.used_at is None else f"used {ago(now - key.used_at)} ago"
    end = "" if key.revoked_at is None else f", revoked {ago(now - key.revoked_at)} ago"
    return f"{key.kid} {key.kind:<8} {key.name}, {place}, {ago(now - key.created_at)} old, {used}{end}"


def _new_kid() -> str:
    """Hex, so that no id begins with a hyphen and is taken for an option."""
    return SystemChance().draw(KID_BYTES).hex()


def _print_key(name: str, kid: str, private: str) -> None:
    print(f"{ENVIRONMENT}={handed_out(name, kid, private)}")
    print(f"the key {kid} of {name} is good from now on; its private part is shown this once", file=sys.stderr)


def _change(action: Action[T]) -> T:
    settings = load_settings(secret_key_required=False)
    try:
        return asyncio.run(_changed(settings, action))
    except Refused as refused:
        raise Trouble(f"{refused.message} {refused.remedy}") from refused


async def _changed(settings: Settings, action: Action[T]) -> T:
    await check_up_to_date(settings)
    async with beside(settings) as units:
        return await units.run(0, action, by=BY)


async def check_up_to_date(settings: Settings) -> None:
    """Refuse a database that lacks migrations."""
    if await pending(settings.database_url):
        raise OutdatedSchema("The database lacks migrations. Run: regulars migrate")


async def _scope(settings: Settings, slug: str) -> CommunityScope:
    await check_up_to_date(settings)
    database = await open_database(settings.database_url, shared=True)
    try:
        found = await community_named(database, slug)
    finally:
        await database.close()
    return CommunityScope(id=found.id, slug=found.slug)


async def community_named(database: Database, slug: str) -> CommunityRecord:
    """The community with a slug, or why there is none."""
    return _found(await communities.by_slug(database.reader(), slug), slug)


def _found(community: CommunityRecord | None, slug: str) -> CommunityRecord:
    if community is None:
        raise Trouble(f"There is no community {slug!r}. Make it first, with the mutation createCommunity.")
    return community
