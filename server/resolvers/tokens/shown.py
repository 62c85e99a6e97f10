"""What is kept of a secret that was shown once, so that a repeat of the mutation tells the same."""

from datetime import datetime
from typing import Any

from server.auth.shown_once import ShownKind, ShownOnce, digest_of
from server.domain.refusals import Refused
from server.resolvers.idempotency import Kept


def told_secret(shown_once: ShownOnce, kind: ShownKind, kept: Kept) -> str:
    """The secret of a first result, or a refusal where the server's own secret has changed since."""
    secret = shown_once.secret(kind, kept["salt"])
    if digest_of(secret) != kept["digest"]:
        raise Refused(
            "secret_told_before",
            "This was made, and its secret cannot be told again: the server's own secret key was changed since.",
            "Revoke it and make another one.",
        )
    return secret


def kept_instants(**instants: datetime | None) -> dict[str, str | None]:
    """Instants as JSON values."""
    return {name: None if instant is None else instant.isoformat() for name, instant in instants.items()}


def known_instants(kept: Kept, *names: str) -> dict[str, Any]:
    """Instants from `kept_instants`."""
    return {name: None if kept[name] is None else datetime.fromisoformat(kept[name]) for name in names}
