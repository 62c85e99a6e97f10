"""Addresses that are good for one purpose and for a while: a number, an end and a signature (HMAC-SHA256)."""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from server.domain.instants import micros
from server.domain.proofs import code_of

TOKEN = re.compile(r"([1-9][0-9]{0,18})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})", re.ASCII)
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Signs the numbers of links with a key of its own; nothing of a link need be kept secret in the database."""

    key: bytes

    def token(self, number: int, expires_at: datetime) -> str:
        """The part of an address that names a link until its end."""
        expires_s = micros(expires_at) // MICROS
        return f"{number}.{expires_s}.{self._signature(number, expires_s)}"

    def number(self, token: str) -> int | None:
        """The number in a token that was signed here, whether or not it is over; None for any other text."""
        found = TOKEN.fullmatch(token)
        if found is None:
            return None
        number, expires_s, signature = int(found[1]), int(found[2]), found[3]
        # In constant time: how long it takes must not tell how much of a guess was right.
        return number if hmac.compare_digest(signature, self._signature(number, expires_s)) else None

    def code(self, number: int, browser_digest: str) -> str:
        """What a browser shows so that it is typed elsewhere; the same as often as it is asked for."""
        return code_of(hmac.new(self.key, f"code v1|{number}|{browser_digest}".encode(), sha256).digest())

    def code_digest(self, number: int, code: str) -> str:
        """What is kept of a code. It is short, so that only a keyed digest keeps it from whoever reads the database."""
        return hmac.new(self.key, f"typed v1|{number}|{code}".encode(), sha256).hexdigest()

    def _signature(self, number: int, expires_s: int) -> str:
        made = hmac.new(self.key, f"link v1|{number}|{expires_s}".encode(), sha256).digest()
        return urlsafe_b64encode(made).rstrip(b"=").decode()
