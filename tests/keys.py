"""Kick's key as tests hold it: one for all servers under test, for making it takes longer than most of them run."""

from functools import cache

from clients.simulator.signing import SigningKey


@cache
def kicks_key() -> SigningKey:
    """The key that servers under test believe."""
    return SigningKey.generate()
