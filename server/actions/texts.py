"""Texts of a community: write a new version."""

from server.domain.audit import Audited
from server.domain.texts import TextKind, TextVersion, check_changed, check_versions, tidied
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, texts


async def update(tx: Tx, scope: Scope, *, kind: TextKind, body: str) -> Done[TextVersion]:
    """Keep a new version of a text, which is in force from now on, and return it.

    Refuses an empty or very long one, and one that says what the last one says.
    """
    body = tidied(body)
    await communities.lock(tx, scope.community_id)
    before = await texts.newest(tx, scope.community_id, kind)
    check_changed(before, body)
    check_versions(before.version)
    version = before.version + 1
    await texts.add(tx, scope.community_id, kind, version, body, scope.by.name, scope.now)
    line = Audited(
        action="texts.update",
        target=("text", kind.value),
        before={"version": before.version, "characters": len(before.body)},
        after={"version": version, "characters": len(body)},
    )
    made = TextVersion(kind=kind, version=version, body=body, actor=scope.by.name, at=scope.now)
    return Done(made, audit=[line])
