"""The sum tree over a list: one hash that fixes every entry, its tickets and which numbers are his."""

from collections.abc import Generator, Sequence
from hashlib import sha256
from itertools import count
from typing import Literal, NamedTuple

from server.domain.draws.entries import Entry

Level = tuple[list[bytes], list[int]]
Side = Literal["L", "R"]
STEP = 1_000
"""Hashes between two pauses: a few milliseconds."""


class Sibling(NamedTuple):
    """A step of a path: on which side the other one stands, its hash, and how many tickets are below it."""

    side: Side
    hash: bytes
    sum: int


class Tree:
    """A finished tree, its levels from the leaves up. It has the shape of RFC 6962."""

    def __init__(self, levels: list[Level]) -> None:
        self._levels = levels

    @property
    def root(self) -> bytes:
        """The hash that fixes the whole list."""
        return self._levels[-1][0][0]

    @property
    def total(self) -> int:
        """All tickets."""
        return self._levels[-1][1][0]

    def path(self, index: int) -> list[Sibling]:
        """What the owner of entry `index`, from 0, needs to prove that he is in, with which ticket numbers."""
        path: list[Sibling] = []
        for hashes, sums in self._levels[:-1]:
            beside = index ^ 1
            if beside < len(hashes):
                path.append(Sibling("L" if index & 1 else "R", hashes[beside], sums[beside]))
            index >>= 1
        return path


def leaf(entry: Entry) -> bytes:
    """The hash of one entry."""
    identity, weight, label = entry
    shown = label.encode()
    return sha256(b"\0" + identity + weight.to_bytes(8, "big") + len(shown).to_bytes(2, "big") + shown).digest()


def node(left: bytes, left_sum: int, right: bytes, right_sum: int) -> bytes:
    """The hash of two neighbours and their sums."""
    return sha256(b"\1" + left + left_sum.to_bytes(8, "big") + right + right_sum.to_bytes(8, "big")).digest()


def growing(entries: Sequence[Entry]) -> Generator[None, None, Tree]:
    """Grow the tree of a list that was checked, pausing after every `STEP` hashes; the tree is what it returns."""
    hashes: list[bytes] = []
    sums: list[int] = []
    for start in range(0, len(entries), STEP):
        some = entries[start : start + STEP]
        hashes += [leaf(entry) for entry in some]
        sums += [entry.weight for entry in some]
        yield
    levels: list[Level] = [(hashes, sums)]
    while len(levels[-1][0]) > 1:
        levels.append((yield from _next_level(*levels[-1])))
    return Tree(levels)


def _next_level(hashes: list[bytes], sums: list[int]) -> Generator[None, None, Level]:
    """Pair neighbours; the last one, where it has none, moves up as it is."""
    above: list[bytes] = []
    totals: list[int] = []
    paired = len(hashes) & ~1
    for start in range(0, paired, 2 * STEP):
        places = range(start, min(start + 2 * STEP, paired), 2)
        above += [node(hashes[at], sums[at], hashes[at + 1], sums[at + 1]) for at in places]
        totals += [sums[at] + sums[at + 1] for at in places]
        yield
    return above + hashes[paired:], totals + sums[paired:]


def tree_of(entries: Sequence[Entry]) -> Tree:
    """The tree of a list that was checked, in one go."""
    growth = growing(entries)
    while True:
        try:
            next(growth)
        except StopIteration as done:
            return done.value


class Climbing:
    """The root of a list that is read once: of every size the tree that has no neighbour yet is kept, and no entry."""

    def __init__(self) -> None:
        self.count = 0
        self._left: list[list[tuple[bytes, int]]] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Take the next entries of a list that is in order."""
        self.count += len(entries)
        row = [(leaf(entry), entry.weight) for entry in entries]
        for level in count():
            if level == len(self._left):
                self._left.append([])
            row = self._left[level] + row
            self._left[level] = row[len(row) & ~1 :]
            if len(row) <= 1:
                break
            row = [(node(*left, *right), left[1] + right[1]) for left, right in zip(row[::2], row[1::2], strict=False)]

    def top(self) -> tuple[bytes, int]:
        """The root of what was read, and all its tickets; raises ValueError where nothing was."""
        if not self.count:
            raise ValueError("An empty list has no root.")
        (current, below), *larger = [left for level in self._left for left in level]
        for left, left_sum in larger:
            current, below = node(left, left_sum, current, below), left_sum + below
        return current, below


def start_of(entry: Entry, path: Sequence[Sibling], root: bytes, total: int) -> int | None:
    """The first ticket number of an entry whose path leads to this root and total; None where it does not."""
    start, current, below = 0, leaf(entry), entry.weight
    for side, beside, beside_sum in path:
        if side == "L":
            start += beside_sum
            current = node(beside, beside_sum, current, below)
        else:
            current = node(current, below, beside, beside_sum)
        below += beside_sum
    return start if (current, below) == (root, total) else None
