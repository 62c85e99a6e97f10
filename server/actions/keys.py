"""Change the keys that seal tokens, a bounded piece at a time, while everybody goes on working."""

from dataclasses import dataclass

from server.auth.sealing import Unsealable, Vault, place_of
from server.domain.audit import Audited, Plain
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import credentials, keys

# A second process that writes holds SQLite's one writer for as long as a piece takes.
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one piece of sealing anew did; `last` is None when nothing was left to look at."""

    last: int | None
    resealed: int
    unopened: int


async def begin(tx: Tx, scope: Scope, *, vault: Vault) -> Done[str]:
    """Make a new data key, with which alone is sealed from now on; its id."""
    key = await vault.new_key(tx, scope.now)
    retired = await keys.retire_all_but(tx, key.id)
    return Done(key.id, audit=[audited(key.id, retired=retired)])


async def rewrap(tx: Tx, scope: Scope, *, vault: Vault) -> Done[int]:
    """Put the data keys that remain under the first master key; how many. One that does not open stays as it is."""
    count = 0
    for record in await keys.everyone(tx):
        try:
            count += await vault.rewrap(tx, record)
        except Unsealable:
            continue
    return Done(count)


async def reseal_some(tx: Tx, scope: Scope, *, vault: Vault, after: int) -> Done[Piece]:
    """Seal some credentials after an id with the newest data key. What does not open stays as it is, and is counted."""
    key = await vault.sealing_key(tx, scope.now)
    found = await credentials.sealed_otherwise(tx, key.id, after, AT_ONCE)
    unopened = 0
    for credential in found:
        places = {column: place_of(credential.owner, column) for column in ("access", "refresh")}
        try:
            access = await vault.open(tx, places["access"], credential.tokens.access)
            refresh = credential.tokens.refresh and await vault.open(tx, places["refresh"], credential.tokens.refresh)
        except Unsealable:
            unopened += 1
            continue
        sealed = refresh and key.seal(places["refresh"], refresh)
        await credentials.reseal(tx, credential, key.id, key.seal(places["access"], access), sealed)
    last = found[-1].id if found else None
    return Done(Piece(last=last, resealed=len(found) - unopened, unopened=unopened))


async def end(
    tx: Tx, scope: Scope, *, key_id: str, rewrapped: int, resealed: int, unopened: int
) -> Done[tuple[str, ...]]:
    """Delete the data keys that seal no more and have sealed nothing that is left; their ids.

    The counts of the whole rotation to the data key `key_id` go into the audit log with it.
    """
    dropped = tuple([one for one in await keys.retiring(tx) if await keys.drop_if_unused(tx, one)])
    line = audited(key_id, rewrapped=rewrapped, resealed=resealed, unopened=unopened, dropped=dropped)
    return Done(dropped, audit=[line])


def audited(key_id: str, **counts: Plain) -> Audited:
    """A line of the audit log about a rotation: one when it begins, one with what it did when it ends."""
    return Audited(action="keys.rotate", target=("data_key", key_id), after=counts)
