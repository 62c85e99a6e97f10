"""Keyed digests of chat lines: enough to see a repeat, too little to read the line."""

from collections.abc import Callable
from hashlib import blake2b

DIGEST_BYTES = 8


def line_digest(key: bytes) -> Callable[[str], int]:
    """A function from a text to a signed 64-bit integer, the same for the same key and text."""

    def digest(text: str) -> int:
        told = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES, key=key).digest()
        return int.from_bytes(told, "big", signed=True)

    return digest
