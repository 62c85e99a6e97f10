"""Keys of overlays and tokens of persons: shown to whoever made them, kept as a digest."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Literal

ShownKind = Literal["overlay", "api"]

PREFIXES: Mapping[ShownKind, str] = MappingProxyType({"overlay": "rgo_", "api": "rgp_"})
"""What they begin with, so that a search for lost secrets finds them: rgo_ or rgp_ and 43 characters."""

SHAPE = re.compile(r"(rgo_|rgp_)[A-Za-z0-9_-]{43}", re.ASCII)
KINDS: Mapping[str, ShownKind] = MappingProxyType({prefix: kind for kind, prefix in PREFIXES.items()})


def kind_of(token: str) -> ShownKind | None:
    """What a text may be the secret of; None for a text that is neither."""
    found = SHAPE.fullmatch(token)
    return KINDS[found[1]] if found else None


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 bits: enough to know it again, nothing to use."""
    return sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """Makes secrets of 256 bits with a key of its own, each from a salt that nobody else has.

    The salt is kept with the first result of the mutation alone. A repeat gives the same secret as long as that is
    there; the database by itself leads to none, and when the salt is gone nothing does.
    """

    key: bytes = field(repr=False)

    def secret(self, kind: ShownKind, salt: str) -> str:
        """The secret that a salt stands for."""
        made = hmac.new(self.key, f"secret v1|{kind}|{salt}".encode(), sha256).digest()
        return PREFIXES[kind] + urlsafe_b64encode(made).rstrip(b"=").decode()
