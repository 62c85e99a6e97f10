"""Who is asking: what a token says of its holder, without a judgement of what he may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ActorKind = Literal["operator", "owner"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a valid token; `expires_at` is when the token ends, and every socket opened with it."""

    kind: ActorKind
    community_id: int | None
    subject: str
    token_id: str
    expires_at: datetime
    community_slug: str | None = None
