"""Identifiers as Kick writes them, drawn from seeded chance."""

from datetime import datetime
from uuid import UUID

from clients.simulator.system import Chance

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(at: datetime, chance: Chance) -> str:
    """Return a ULID whose time part is `at`: 26 characters, the first one 0 to 7."""
    value = (int(at.timestamp() * 1000) << 80) | chance.getrandbits(80)
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def uuid_text(chance: Chance) -> str:
    """Return a random UUID (version 4) in lower case."""
    return str(UUID(int=chance.getrandbits(128), version=4))
