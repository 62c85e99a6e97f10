"""Staff: give roles, and take them away."""

from server.auth.actors import Actor
from server.auth.capabilities import capabilities_in
from server.domain.audit import Audited, Values, changed
from server.domain.refusals import Refused
from server.domain.staff import GRANTS_MAX, ROLES, Grant, Holder, check_change, check_holder, check_last_owner
from server.events.staff import StaffGranted, StaffRevoked
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, staff
from server.store.staff import GrantRecord


async def grant(
    tx: Tx, scope: Scope, *, by: Actor, holder: Holder, wanted: Grant, granted_by: str
) -> Done[GrantRecord]:
    """Give a holder a role in this community, in place of the one he has, and return the grant.

    Refuses to make a Discord role an owner, to demote the last owner, and to give or take what `by` may not do himself.
    """
    wanted = Grant(wanted.role, wanted.extra - ROLES[wanted.role])
    check_holder(holder[0], wanted)
    before = await locked(tx, scope, holder)
    had = None if before is None else before.grant
    check_change(await capabilities_in(tx, by, scope.community_id), had, wanted)
    if before is not None and had == wanted:
        return Done(before, audit=[audited("staff.grant", holder, had, wanted)])
    check_last_owner(await staff.owners(tx, scope.community_id), had, wanted)
    if before is None and await staff.count(tx, scope.community_id) >= GRANTS_MAX:
        raise Refused(
            "staff_too_many",
            f"A community has at most {GRANTS_MAX} grants.",
            "Revoke those that are not needed any more, or grant to a Discord role.",
        )
    number = await staff.put(tx, scope.community_id, holder, wanted, granted_by, scope.now)
    record = GrantRecord(id=number, holder=holder, grant=wanted, granted_by=granted_by, at=scope.now)
    happened = StaffGranted(holder_kind=holder[0], external_id=holder[1], role=wanted.role.value)
    return Done(record, [happened], [audited("staff.grant", holder, had, wanted)])


async def revoke(tx: Tx, scope: Scope, *, by: Actor, holder: Holder) -> Done[None]:
    """Take a holder's grant in this community away.

    Refuses where there is none, for the last owner, and to take what `by` may not do himself.
    """
    before = await locked(tx, scope, holder)
    if before is None:
        raise Refused(
            "grant_unknown", "This community has granted nothing to that holder.", "Look at the community's staff."
        )
    check_change(await capabilities_in(tx, by, scope.community_id), before.grant, None)
    check_last_owner(await staff.owners(tx, scope.community_id), before.grant, None)
    await staff.remove(tx, scope.community_id, holder)
    happened = StaffRevoked(holder_kind=holder[0], external_id=holder[1])
    return Done(None, [happened], [audited("staff.revoke", holder, before.grant, None)])


def audited(action: str, holder: Holder, before: Grant | None, after: Grant | None) -> Audited:
    """The line of the audit log that tells what a holder could do and can; a holder keeps his name, a grant goes."""
    had, has = values(before), values(after)
    if had is not None and has is not None:
        had, has = changed(had, has)
    return Audited(action=action, target=("holder", ":".join(holder)), before=had, after=has)


def values(grant: Grant | None) -> Values | None:
    """A grant as the audit log tells it; None where there is none."""
    if grant is None:
        return None
    return {"role": grant.role.value, "capabilities": [one.value for one in sorted(grant.capabilities)]}


async def locked(tx: Tx, scope: Scope, holder: Holder) -> GrantRecord | None:
    """The grant of a holder, if any, which nobody else changes until the transaction ends."""
    await communities.lock(tx, scope.community_id)
    return await staff.find(tx, scope.community_id, holder)
