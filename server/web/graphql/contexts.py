"""How the endpoint gets the context of an operation."""

from typing import Any, Protocol

from server.auth.actors import Actor


class ContextFactory(Protocol):
    """From whoever asks, the address he asks from, and the id of his request, to a context for one operation."""

    def __call__(self, actor: Actor | None, address: str = "", request_id: str = "") -> Any:
        """A context that no other operation has."""
        ...
