"""How the endpoint gets the context of an operation."""

from typing import Any, Protocol

from server.auth.actors import Actor


class ContextFactory(Protocol):
    """From whoever asks, and the address he asks from, to a fresh context for one operation."""

    def __call__(self, actor: Actor | None, address: str = "") -> Any:
        """A context that no other operation has."""
        ...
