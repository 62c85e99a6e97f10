"""Staff of communities."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from server.actions import staff as actions
from server.domain.staff import Capability, Grant, Holder, StaffRole, holder_of, restored, stored
from server.domain.staff import HolderKind as Kind
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema import staff as nouns
from server.schema.ids import id_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import needs
from server.schema.staff import (
    GrantStaffRoleInput,
    GrantStaffRoleResult,
    HolderInput,
    HolderKind,
    RevokeStaffRoleInput,
    RevokeStaffRoleResult,
    StaffGrant,
    StaffRoleGranted,
    StaffRoleRevoked,
    told,
)
from server.store import staff
from server.store.staff import GrantRecord

OLDEST = Order("staff", int)


@dataclass(frozen=True, slots=True)
class StaffReads:
    """What a community is asked about its staff."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None) -> Connection[StaffGrant]:
        """The grants, oldest first."""
        key = OLDEST.key(after)
        reader = self.context.reader
        rows = await staff.page(reader, self.community_id, 0 if key is None else key[0], checked_first(first) + 1)
        return page_of(
            rows,
            first,
            node=grant_noun,
            cursor=lambda row: OLDEST.cursor(row.id),
            count=partial(staff.count, reader, self.community_id),
        )


def grant_noun(record: GrantRecord) -> StaffGrant:
    """A grant as the graph shows it."""
    kind, external_id = record.holder
    return StaffGrant(
        id=id_of("staff_grant", record.id),
        holder_kind=HolderKind(kind),
        holder_id=external_id,
        role=nouns.StaffRole(record.grant.role.value),
        extra=told(record.grant.extra),
        capabilities=told(record.grant.capabilities),
        granted_by=record.granted_by,
        at=record.at,
    )


def holder_in(given: HolderInput) -> Holder:
    """Who is named, or a refusal where the id cannot be one of that kind."""
    return holder_of(Kind(given.kind.value), given.platform_id)


async def grant_staff_role(
    info: Info,
    given: Annotated[GrantStaffRoleInput, strawberry.argument(name="input", description="What to give to whom.")],
) -> GrantStaffRoleResult:
    """Make somebody staff."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.STAFF_MANAGE)
    holder = holder_in(given.holder)
    wanted = Grant(StaffRole(given.role.value), frozenset(Capability(one.value) for one in given.extra))

    async def grant(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.grant(
            tx, scope, by=context.signed_in, holder=holder, wanted=wanted, granted_by=context.actor_name
        )
        return done.giving(kept_grant(done.result))

    kept = await once(context, "grantStaffRole", place, given, grant)
    return StaffRoleGranted(grant=grant_noun(known_grant(kept)))


async def revoke_staff_role(
    info: Info,
    given: Annotated[RevokeStaffRoleInput, strawberry.argument(name="input", description="Whose role to take.")],
) -> RevokeStaffRoleResult:
    """Let somebody be staff no more."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.STAFF_MANAGE)
    kind, external_id = holder_in(given.holder)

    async def revoke(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.revoke(tx, scope, by=context.signed_in, holder=(kind, external_id))
        return done.giving({})

    await once(context, "revokeStaffRole", place, given, revoke)
    return StaffRoleRevoked(holder_kind=HolderKind(kind), holder_id=external_id)


def kept_grant(record: GrantRecord) -> Kept:
    """A grant as JSON values."""
    return {
        "id": record.id,
        "holder": list(record.holder),
        "role": record.grant.role.value,
        "extra": stored(record.grant.extra),
        "granted_by": record.granted_by,
        "at": record.at.isoformat(),
    }


def known_grant(kept: Kept) -> GrantRecord:
    """A grant from `kept_grant`."""
    kind, external_id = kept["holder"]
    return GrantRecord(
        id=kept["id"],
        holder=(kind, external_id),
        grant=Grant(StaffRole(kept["role"]), restored(kept["extra"])),
        granted_by=kept["granted_by"],
        at=datetime.fromisoformat(kept["at"]),
    )


@strawberry.type
class StaffMutations:
    """What can be changed about staff."""

    grant_staff_role: GrantStaffRoleResult = strawberry.field(
        resolver=grant_staff_role,
        description="Make somebody staff of a community, or change his role.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
    revoke_staff_role: RevokeStaffRoleResult = strawberry.field(
        resolver=revoke_staff_role,
        description="Let somebody be staff of a community no more.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
