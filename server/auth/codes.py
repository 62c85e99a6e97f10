"""One-time codes that people type: made from a salt and a key, so that the database alone leads to none of them."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from server.domain.proofs import CODE_LETTERS, typed_code

Purpose = Literal["invitation", "guild"]

LENGTH = 12
GROUP = 4
BITS_A_LETTER = 5


@dataclass(frozen=True, slots=True)
class Codes:
    """Makes codes of 60 bits with a key of its own; the same salt gives the same code as often as it is asked for."""

    key: bytes

    def code(self, purpose: Purpose, salt: str) -> str:
        """The code as it is shown, in groups of four letters."""
        letters = self._letters(purpose, salt)
        return "-".join(letters[place : place + GROUP] for place in range(0, LENGTH, GROUP))

    def is_right(self, purpose: Purpose, salt: str, typed: str) -> bool:
        """Whether somebody typed the code of a salt; how long it takes does not tell how much of it was right."""
        return hmac.compare_digest(typed_code(typed).encode(), self._letters(purpose, salt).encode())

    def _letters(self, purpose: Purpose, salt: str) -> str:
        made = hmac.new(self.key, f"code v1|{purpose}|{salt}".encode(), sha256).digest()
        number = int.from_bytes(made[:8])
        return "".join(CODE_LETTERS[number >> BITS_A_LETTER * place & 31] for place in range(LENGTH))
