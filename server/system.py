"""The real clock and the real source of chance, which everything else receives through the ports."""

import os
import secrets
import socket
import time
from datetime import UTC, datetime

TOKEN_BYTES = 16


class SystemClock:
    """The clock of this machine."""

    __slots__ = ()

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is where the real time enters

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""
        return time.monotonic()


class SystemIds:
    """Identifiers from the operating system's source of chance."""

    __slots__ = ()

    def token(self) -> str:
        """Return a fresh unguessable string of 128 bits, URL-safe, 22 characters."""
        return secrets.token_urlsafe(TOKEN_BYTES)


class SystemChance:
    """Random bytes from the operating system."""

    __slots__ = ()

    def draw(self, count: int) -> bytes:
        """Return `count` bytes that nobody can guess."""
        return secrets.token_bytes(count)


def instance_id() -> str:
    """Return a name that no other running process has: host, process number and eight random digits."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
