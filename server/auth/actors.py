"""Who is asking: what a token says of its holder, without a judgement of what he may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.audit import Author
from server.domain.staff import Capabilities, Holder

NAME_LENGTH_MAX = 100

ActorKind = Literal["operator", "owner", "person", "bot", "exporter", "overlay"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a valid token; `expires_at` is when the token ends, and every socket opened with it.

    A `person` acts through the accounts and Discord roles in `holders`, a `bot` through those of the user it acts for,
    if there is one, in the Discord `guild` that he spoke in; `manages_guild` tells whether Discord lets him manage that
    server, and grants nothing here. `interaction` is what he did there: the idempotency key of all that comes of it.
    Without holders a bot acts for itself, where a Discord server is bound, and only where one of `guilds` is unless
    that is empty. With a `community_id` an actor is good for that community alone, and with a `ceiling` for those
    capabilities at most; an `overlay` is good for the one overlay that it names.
    """

    kind: ActorKind
    community_id: int | None
    subject: str
    token_id: str
    expires_at: datetime
    community_slug: str | None = None
    holders: frozenset[Holder] = frozenset()
    guild: str | None = None
    ceiling: Capabilities | None = None
    interaction: str | None = None
    manages_guild: bool = False
    guilds: frozenset[str] = frozenset()
    overlay: str | None = None

    @property
    def serves(self) -> bool:
        """Whether this is a client that carries jobs out: a bot that acts for nobody, or an overlay."""
        return self.kind == "overlay" or (self.kind == "bot" and not self.holders)


def author_of(actor: Actor | None, request_id: str | None = None) -> Author:
    """In whose name entries, settings and the audit log remember what an actor changes; a stranger is anonymous."""
    if actor is None:
        return Author(kind="anonymous", name="anonymous", request_id=request_id)
    return Author(kind=actor.kind, name=f"{actor.kind}:{actor.subject}"[:NAME_LENGTH_MAX], request_id=request_id)
