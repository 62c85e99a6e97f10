"""Put a signed record about a draw into the community's log."""

from collections.abc import Mapping
from typing import Any

from server.auth.signing import OperatorKeys
from server.domain.audit import Audited, Plain
from server.domain.draws.records import AnyRecord, read_record, sign
from server.domain.instants import SECOND, micros
from server.domain.refusals import Refused
from server.events.draws import DrawChanged
from server.jobs.unit import Scope
from server.ports import Reader, Tx
from server.store.draws import draws, log
from server.store.draws.draws import DrawRow


async def recorded(
    tx: Tx, scope: Scope, draw: DrawRow, kind: str, keys: OperatorKeys, /, **content: Any
) -> tuple[AnyRecord, str]:
    """Append a record of a kind with this content, signed; the record and its hash.

    The caller holds the community's lock, so that numbers have no gap and each record follows from the one before.
    """
    head = await log.head(tx, scope.community_id, draw.env)
    record = read_record(
        {
            "v": "rdp1",
            "kind": kind,
            "env": draw.env,
            "channel": f"community:{scope.community_id}",
            "seq": head.seq,
            "prev": head.prev,
            "draw_id": draw.name,
            "created_at": micros(scope.now) // SECOND,
            **content,
        }
    )
    signature = sign(keys.key_of(scope.community_id), record)
    return record, await log.append(tx, scope.community_id, draw.id, record, signature)


async def known(reader: Reader, community_id: int, draw_id: int) -> DrawRow:
    """A draw of the community, or a refusal."""
    draw = await draws.by_id(reader, community_id, draw_id)
    if draw is None:
        raise Refused("draw_unknown", "This community has no such draw.", "Use the `id` of one of its draws.")
    return draw


def changed(draw: DrawRow, state: str) -> DrawChanged:
    """The event of a draw that is in a state now."""
    return DrawChanged(
        draw_id=draw.id, subject=draw.subject.value, subject_id=draw.subject_id, number=draw.number, state=state
    )


def line(action: str, draw: DrawRow, *, after: Mapping[str, Plain] | None = None, reason: str = "") -> Audited:
    """The line of the audit log about a draw."""
    told: dict[str, Plain] = {"draw": draw.name, **({"test": True} if draw.is_test else {}), **(after or {})}
    return Audited(action=action, target=("draw", draw.id), after=told, reason=reason.strip() or None)
