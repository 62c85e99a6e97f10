"""Keys of overlays."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions.tokens import overlay_keys as actions
from server.auth.shown_once import digest_of
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.tokens.shown import kept_instants, known_instants, told_secret
from server.schema.ids import id_of, number_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import needs
from server.schema.tokens import (
    CreateOverlayKeyInput,
    CreateOverlayKeyResult,
    OverlayKey,
    OverlayKeyCreated,
    OverlayKeyRevoked,
    RevokeOverlayKeyInput,
    RevokeOverlayKeyResult,
)
from server.store.tokens import overlay_keys
from server.store.tokens.overlay_keys import OverlayKeyRecord

NEWEST_KEY = Order("overlay_key", int)


@dataclass(frozen=True, slots=True)
class OverlayKeyReads:
    """What a community is asked about the keys of its overlays."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None) -> Connection[OverlayKey]:
        """The keys, newest first."""
        await self.context.admit_in(self.community_id, Capability.OVERLAYS_MANAGE)
        key, reader = NEWEST_KEY.key(after), self.context.reader
        before = None if key is None else key[0]
        return page_of(
            await overlay_keys.page(reader, self.community_id, before, checked_first(first) + 1),
            first,
            node=key_noun,
            cursor=lambda row: NEWEST_KEY.cursor(row.id),
            count=partial(overlay_keys.count, reader, self.community_id),
        )


def key_noun(record: OverlayKeyRecord) -> OverlayKey:
    """A key as the graph shows it."""
    return OverlayKey(
        id=id_of("overlay_key", record.id),
        overlay=record.overlay,
        created_by=record.created_by,
        created_at=record.created_at,
        used_at=record.used_at,
        revoked_at=record.revoked_at,
    )


async def create_overlay_key(
    info: Info,
    given: Annotated[CreateOverlayKeyInput, strawberry.argument(name="input", description="For which overlay.")],
) -> CreateOverlayKeyResult:
    """Make a key for an overlay."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.OVERLAYS_MANAGE)
    salt = context.ids.token()

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        digest = digest_of(context.services.shown_once.secret("overlay", salt))
        done = await actions.create(tx, scope, overlay=given.overlay, digest=digest)
        return done.giving({**kept_key(done.result), "salt": salt, "digest": digest})

    kept = await once(context, "createOverlayKey", place, given, create)
    return OverlayKeyCreated(
        overlay_key=key_noun(known_key(kept)), secret=told_secret(context.services.shown_once, "overlay", kept)
    )


async def revoke_overlay_key(
    info: Info,
    given: Annotated[RevokeOverlayKeyInput, strawberry.argument(name="input", description="Which key.")],
) -> RevokeOverlayKeyResult:
    """Take a key of an overlay back."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.OVERLAYS_MANAGE)
    number = number_of("overlay_key", given.key_id)

    async def revoke(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.revoke(tx, scope, key_id=number)
        return done.giving(kept_key(done.result))

    kept = await once(context, "revokeOverlayKey", place, given, revoke)
    return OverlayKeyRevoked(overlay_key=key_noun(known_key(kept)))


def kept_key(record: OverlayKeyRecord) -> Kept:
    """A key as JSON values."""
    return {
        "id": record.id,
        "community": record.community_id,
        "overlay": record.overlay,
        "by": record.created_by,
        **kept_instants(created_at=record.created_at, used_at=record.used_at, revoked_at=record.revoked_at),
    }


def known_key(kept: Kept) -> OverlayKeyRecord:
    """A key from `kept_key`."""
    return OverlayKeyRecord(
        id=kept["id"],
        community_id=kept["community"],
        overlay=kept["overlay"],
        created_by=kept["by"],
        **known_instants(kept, "created_at", "used_at", "revoked_at"),
    )


@strawberry.type
class OverlayKeyMutations:
    """What can be changed about keys of overlays."""

    create_overlay_key: CreateOverlayKeyResult = strawberry.field(
        resolver=create_overlay_key,
        description="Make a key with which an overlay shows a community.",
        metadata=needs(Capability.OVERLAYS_MANAGE),
    )
    revoke_overlay_key: RevokeOverlayKeyResult = strawberry.field(
        resolver=revoke_overlay_key,
        description="Make a key of an overlay good no more.",
        metadata=needs(Capability.OVERLAYS_MANAGE),
    )
