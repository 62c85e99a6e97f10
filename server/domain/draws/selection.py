"""From the commit and the beacon to the winners: no choice is left to anybody, and no ticket is favoured."""

from bisect import bisect_right, insort
from collections.abc import Generator, Sequence
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

NUMBERS = 2**64
PLACES_MAX = 1_000
"""Winners and alternates together."""


class Place(NamedTuple):
    """Who was drawn: position from 1, the ticket's number from 0, and where its owner stands in the list from 0."""

    position: int
    ticket: int
    owner: int


class Stream:
    """The numbers that follow from a seed, one after the other."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self.used = 0

    def next(self) -> int:
        """The next number, from 0 to 2^64 - 1."""
        block = sha256(b"rdp1/prng\n" + self._seed + self.used.to_bytes(8, "big")).digest()
        self.used += 1
        return int.from_bytes(block[:8], "big")

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1, each equally likely: numbers from the uneven end are passed over."""
        limit = NUMBERS // bound * bound
        while (number := self.next()) >= limit:
            pass
        return number % bound


def seed_of(commit: bytes, chain_hash: bytes, beacon_round: int, randomness: bytes) -> bytes:
    """What everything is drawn from: the commit, and what nobody knew when it was made."""
    return sha256(b"rdp1/seed\n" + commit + chain_hash + beacon_round.to_bytes(8, "big") + randomness).digest()


def draw(seed: bytes, weights: Sequence[int], count: int, *, per_entry: bool = True) -> list[Place]:
    """Draw `count` places, at most `PLACES_MAX`, from entries with these weights, in the order of the list.

    Each ticket still in has the same chance. Who is drawn leaves with all his tickets, or with that one only where
    `per_entry` is false. Fewer are drawn when no more are in.
    """
    return list(drawing(seed, list(accumulate(weights, initial=0)), count, per_entry=per_entry))


def drawing(seed: bytes, starts: Sequence[int], count: int, *, per_entry: bool = True) -> Generator[Place, None, None]:
    """The same one after the other, from the first ticket of every entry and, at the end, the number of all tickets."""
    if not 0 <= count <= PLACES_MAX:
        raise ValueError(f"At most {PLACES_MAX} places can be drawn.")
    entries, free = len(starts) - 1, starts[-1]
    stream = Stream(seed)
    taken: list[tuple[int, int]] = []
    for position in range(1, min(count, entries if per_entry else free) + 1):
        ticket = _among_free(stream.below(free), taken)
        owner = bisect_right(starts, ticket, 0, entries) - 1
        yield Place(position, ticket, owner)
        gone = (starts[owner], starts[owner + 1] - starts[owner]) if per_entry else (ticket, 1)
        insort(taken, gone)
        free -= gone[1]


def _among_free(number: int, taken: Sequence[tuple[int, int]]) -> int:
    """The ticket with this number when those of the taken ranges, which ascend, are left out."""
    for start, width in taken:
        if number < start:
            break
        number += width
    return number
