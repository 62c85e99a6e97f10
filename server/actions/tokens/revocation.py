"""Take back tokens that were printed, and note when keys and tokens were used."""

from collections.abc import Mapping
from datetime import datetime

from server.domain.audit import Audited
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.tokens import revocation


async def revoke_printed(tx: Tx, scope: Scope, *, token_id: str, expires_at: datetime) -> Done[bool]:
    """Believe a printed token no more; False when it was revoked before."""
    if not await revocation.revoke(tx, token_id, expires_at, scope.now):
        return Done(False)
    after = {"until": expires_at.isoformat()}
    return Done(True, audit=[Audited(action="tokens.revoke_printed", target=("token", token_id), after=after)])


async def note_used(tx: Tx, scope: Scope, *, used: Mapping[tuple[str, int], datetime]) -> Done[None]:
    """Note when keys and tokens were used last."""
    await revocation.note_used(tx, used)
    return Done(None)
