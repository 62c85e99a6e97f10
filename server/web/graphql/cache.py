"""Remembers what was made of texts, within a number of bytes; a flood of new ones drives out no old friend."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PROVEN_SHARE = 0.8


class Cache(Generic[K, V]):
    """The least recently used goes first, and what was used only once goes before what was used again.

    A new entry is on probation until it is asked for again, and drives out only others on probation. Whoever sends a
    new text every time therefore empties a fifth of the cache and no more.
    """

    def __init__(self, bytes_max: int) -> None:
        self._new = Segment[K, V](int(bytes_max * (1 - PROVEN_SHARE)))
        self._proven = Segment[K, V](int(bytes_max * PROVEN_SHARE))

    def __len__(self) -> int:
        return len(self._new.entries) + len(self._proven.entries)

    @property
    def size(self) -> int:
        """How many bytes all entries have together, as they were put in."""
        return self._new.size + self._proven.size

    def get(self, key: K) -> V | None:
        """What is remembered, or None."""
        if key in self._proven.entries:
            self._proven.entries.move_to_end(key)
            return self._proven.entries[key][0]
        if key not in self._new.entries:
            return None
        value, size = self._new.take(key)
        self._proven.put(key, value, size)
        return value

    def put(self, key: K, value: V, size: int) -> None:
        """Remember a value of so many bytes, unless it alone would fill the place for new ones."""
        self._new.put(key, value, size)


class Segment(Generic[K, V]):
    """Entries from the least to the most recently used, at most so many bytes of them."""

    __slots__ = ("entries", "size", "size_max")

    def __init__(self, size_max: int) -> None:
        self.entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0
        self.size_max = size_max

    def put(self, key: K, value: V, size: int) -> None:
        """Add an entry and let the oldest go until all fit."""
        if key in self.entries:
            self.take(key)
        self.entries[key] = (value, size)
        self.size += size
        while self.size > self.size_max:
            _, (_, gone) = self.entries.popitem(last=False)
            self.size -= gone

    def take(self, key: K) -> tuple[V, int]:
        """Remove an entry; what it was, and its size."""
        value, size = self.entries.pop(key)
        self.size -= size
        return value, size
