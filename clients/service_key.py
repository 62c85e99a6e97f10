"""How a service of ours says who it is: it signs every request that it sends, with a key of its own."""

from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AUDIENCE = "regulars-api"
PREFIX = "rgs_"
LIFETIME_S = 60
PARTS = 3


class UnfitKey(ValueError):
    """The text is no service key; the message shows no part of it."""


@dataclass(frozen=True, slots=True)
class ActingUser:
    """The Discord user who asked, where, and what for. `interaction` is the idempotency key of what comes of it."""

    user: str
    guild: str | None = None
    roles: Sequence[str] = ()
    interaction: str | None = None
    permissions: int = 0
    """Discord's permissions of the user in the channel, as the interaction tells them."""


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """The private key of a service, as `regulars service-key add` prints it."""

    name: str
    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "ServiceKey":
        """The key in a text; `UnfitKey` for any other text."""
        parts = text.strip().removeprefix(PREFIX).split(".")
        if not text.strip().startswith(PREFIX) or len(parts) != PARTS:
            raise UnfitKey("This is no service key. Make one with: regulars service-key add")
        name, kid, seed = parts
        try:
            private = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(seed + "=" * (-len(seed) % 4)))
        except ValueError:
            raise UnfitKey("This service key is damaged. Copy it again, or rotate it.") from None
        return cls(name, kid, private)

    def sign(self, now_s: float, acting: ActingUser | None = None) -> str:
        """A token for one request within 60 seconds from now: in the name of a Discord user, or the service's own."""
        issued_s = int(now_s)
        claims: dict[str, Any] = {
            "iss": self.name,
            "aud": AUDIENCE,
            "iat": issued_s,
            "exp": issued_s + LIFETIME_S,
            "jti": token_urlsafe(16),
        }
        if acting is not None:
            claims["user"] = acting.user
            claims |= {} if acting.guild is None else {"guild": acting.guild, "roles": list(acting.roles)}
            claims |= {} if acting.interaction is None else {"interaction": acting.interaction}
            claims |= {} if not acting.permissions else {"permissions": str(acting.permissions)}
        return jwt.encode(claims, self.private, algorithm="EdDSA", headers={"kid": self.kid})
