"""Tokens that people make for their programs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions.tokens import api_tokens as actions
from server.auth.shown_once import digest_of
from server.domain.staff import Capability, Holder, restored, stored
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.proofs import person_in
from server.resolvers.signin import account_of, signed_in_himself
from server.resolvers.tokens.shown import kept_instants, known_instants, told_secret
from server.schema.ids import id_of, number_of
from server.schema.pagination import After, Connection, First, Order, checked_first, page_of
from server.schema.policies import SIGNED_IN, admit
from server.schema.scalars import printable
from server.schema.staff import HolderKind, told
from server.schema.tokens import (
    ApiToken,
    ApiTokenCreated,
    ApiTokenRevoked,
    CreateApiTokenInput,
    CreateApiTokenResult,
    RevokeApiTokenInput,
    RevokeApiTokenResult,
)
from server.store.tokens import api_tokens
from server.store.tokens.api_tokens import ApiTokenRecord

NEWEST_TOKEN = Order("api_token", int)


@dataclass(frozen=True, slots=True)
class ApiTokenReads:
    """What a community is asked about the tokens that people made for it."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None) -> Connection[ApiToken]:
        """The tokens, newest first."""
        await self.context.admit_in(self.community_id, Capability.TOKENS_MANAGE)
        key, reader = NEWEST_TOKEN.key(after), self.context.reader
        before = None if key is None else key[0]
        rows = await api_tokens.page(reader, self.community_id, before, checked_first(first) + 1)
        return connection_of(rows, first, partial(api_tokens.count, reader, self.community_id))


def connection_of(rows: list[ApiTokenRecord], first: int, count: Callable[[], Awaitable[int]]) -> Connection[ApiToken]:
    """A page of tokens."""
    return page_of(rows, first, node=token_noun, cursor=lambda row: NEWEST_TOKEN.cursor(row.id), count=count)


def token_noun(record: ApiTokenRecord) -> ApiToken:
    """A token as the graph shows it."""
    kind, external_id = record.holder
    return ApiToken(
        id=id_of("api_token", record.id),
        community_id=id_of("community", record.community_id),
        holder_kind=HolderKind(kind),
        holder_id=external_id,
        name=record.name,
        capabilities=told(record.ceiling),
        created_at=record.created_at,
        expires_at=record.expires_at,
        used_at=record.used_at,
        revoked_at=record.revoked_at,
    )


async def create_api_token(
    info: Info,
    given: Annotated[CreateApiTokenInput, strawberry.argument(name="input", description="What it is to allow.")],
) -> CreateApiTokenResult:
    """Make a token for a program of the person who acts."""
    context = info.context
    own = await person_in(context, given.community_id)
    holder, salt = signed_in_himself(context.signed_in), context.ids.token()

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        digest = digest_of(context.services.shown_once.secret("api", salt))
        done = await actions.create(
            tx,
            scope,
            by=context.signed_in,
            holder=holder,
            name=printable(given.name),
            ceiling=frozenset(Capability(one.value) for one in given.capabilities),
            days=given.days,
            digest=digest,
        )
        return done.giving({**kept_token(done.result), "salt": salt, "digest": digest})

    kept = await once(context, "createApiToken", own, given, create)
    return ApiTokenCreated(
        api_token=token_noun(known_token(kept)), secret=told_secret(context.services.shown_once, "api", kept)
    )


async def revoke_api_token(
    info: Info,
    given: Annotated[RevokeApiTokenInput, strawberry.argument(name="input", description="Which token.")],
) -> RevokeApiTokenResult:
    """Take a token back."""
    context = info.context
    own = await person_in(context, given.community_id)
    number = number_of("api_token", given.token_id)

    async def revoke(tx: Tx, scope: Scope) -> Done[Kept]:
        account = account_of(context.signed_in)
        holders = frozenset[Holder]() if account is None else frozenset({account})
        done = await actions.revoke(tx, scope, by=context.signed_in, holders=holders, token_id=number)
        return done.giving(kept_token(done.result))

    kept = await once(context, "revokeApiToken", own, given, revoke)
    return ApiTokenRevoked(api_token=token_noun(known_token(kept)))


async def my_api_tokens(info: Info, first: First, after: After = None) -> Connection[ApiToken]:
    """The tokens of whoever asks, in every community that his own token is good for."""
    context = info.context
    admit(context.actor, SIGNED_IN)
    key, limit = NEWEST_TOKEN.key(after), checked_first(first) + 1
    account, reader = account_of(context.signed_in), context.reader
    if account is None:
        return connection_of([], first, _none)
    bound = context.signed_in.community_id
    rows = await api_tokens.of_holder(reader, account, bound, None if key is None else key[0], limit)
    return connection_of(rows, first, partial(api_tokens.count_of_holder, reader, account, bound))


async def _none() -> int:
    return 0


def kept_token(record: ApiTokenRecord) -> Kept:
    """A token as JSON values."""
    return {
        "id": record.id,
        "community": record.community_id,
        "holder": list(record.holder),
        "name": record.name,
        "ceiling": stored(record.ceiling),
        **kept_instants(
            created_at=record.created_at,
            expires_at=record.expires_at,
            used_at=record.used_at,
            revoked_at=record.revoked_at,
        ),
    }


def known_token(kept: Kept) -> ApiTokenRecord:
    """A token from `kept_token`."""
    kind, external_id = kept["holder"]
    return ApiTokenRecord(
        id=kept["id"],
        community_id=kept["community"],
        holder=(kind, external_id),
        name=kept["name"],
        ceiling=restored(kept["ceiling"]),
        **known_instants(kept, "created_at", "expires_at", "used_at", "revoked_at"),
    )


@strawberry.type
class ApiTokenQueries:
    """What can be asked about one's own tokens."""

    my_api_tokens: Connection[ApiToken] = strawberry.field(
        resolver=my_api_tokens,
        description="The tokens that you made for your programs, newest first.",
        metadata=SIGNED_IN,
    )


@strawberry.type
class ApiTokenMutations:
    """What can be changed about tokens of persons."""

    create_api_token: CreateApiTokenResult = strawberry.field(
        resolver=create_api_token,
        description="Make a token for a program of yours; only you can, signed in yourself.",
        metadata=SIGNED_IN,
    )
    revoke_api_token: RevokeApiTokenResult = strawberry.field(
        resolver=revoke_api_token,
        description="Make a token good no more: one of yours, or with tokens.manage anybody's.",
        metadata=SIGNED_IN,
    )
