"""Invitations: give out codes that let somebody make a community."""

from datetime import timedelta

from server.domain.audit import Audited
from server.domain.invitations import SETUP_LIFETIME, Invitation, InvitationKind, check_first, check_room, open_among
from server.domain.staff import Holder
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, invitations


async def invite(tx: Tx, scope: Scope, *, salt: str, holder: Holder | None, lifetime: timedelta) -> Done[int]:
    """Give out a code for one more community, for one account alone or for whoever has it; its number."""
    return await given_out(tx, scope, InvitationKind.COMMUNITY, salt, holder, lifetime)


async def prepare(tx: Tx, scope: Scope, *, salt: str) -> Done[int]:
    """Give out a code for the first community; its number. Refuses once there is one."""
    check_first(await communities.count(tx))
    return await given_out(tx, scope, InvitationKind.SETUP, salt, None, SETUP_LIFETIME)


async def prepare_once(tx: Tx, scope: Scope, *, salt: str) -> Done[bool]:
    """Give out a code for the first community unless one is open or there is a community; whether it did."""
    await invitations.lock(tx)
    if await communities.count(tx) or await are_open(tx, scope):
        return Done(result=False)
    return (await given_out(tx, scope, InvitationKind.SETUP, salt, None, SETUP_LIFETIME)).giving(result=True)


async def given_out(
    tx: Tx, scope: Scope, kind: InvitationKind, salt: str, holder: Holder | None, lifetime: timedelta
) -> Done[int]:
    """Keep a new code, unless too many are open."""
    await invitations.lock(tx)
    check_room(len(await are_open(tx, scope)))
    expires_at = scope.now + lifetime
    number = await invitations.add(tx, kind, salt, holder, scope.by.name, scope.now, expires_at)
    after = {
        "kind": kind.value,
        "for": None if holder is None else ":".join(holder),
        "expires_at": expires_at.isoformat(),
    }
    return Done(number, audit=[Audited(action="invitations.create", target=("invitation", number), after=after)])


async def are_open(tx: Tx, scope: Scope) -> list[Invitation]:
    """The codes that can still be used."""
    return open_among(await invitations.known(tx, scope.now), scope.now)
