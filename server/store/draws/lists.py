"""The trees of closed lists, kept for a while: everybody in a draw asks for his path through the same one."""

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass, field

from server.domain.draws.entries import Entry, read_entries
from server.domain.draws.tree import Sibling, Tree, growing
from server.ports import Reader
from server.store.draws import published

KEPT_MAX = 2
"""So many of 100,000 entrants take about 60 MB."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A closed list and its tree."""

    entries: list[Entry]
    tree: Tree

    def path_of(self, entry_id: bytes) -> tuple[Entry, list[Sibling]] | None:
        """The entry with an id and its way to the root; None where it is not in the list."""
        place = bisect_left(self.entries, entry_id, key=lambda entry: entry.id)
        if place == len(self.entries) or self.entries[place].id != entry_id:
            return None
        return self.entries[place], self.tree.path(place)


@dataclass(slots=True)
class ClosedLists:
    """The last lists that were asked for; a closed list never changes."""

    _kept: OrderedDict[int, Grown] = field(default_factory=OrderedDict[int, Grown])
    _growing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, reader: Reader, draw_id: int) -> Grown | None:
        """The list of a draw, grown once however many ask; None where it is empty or not closed."""
        async with self._growing:
            found = self._kept.get(draw_id)
            if found is None:
                entries = [entry async for page in published.entries(reader, draw_id) for entry in read_entries(page)]
                if not entries:
                    return None
                found = Grown(entries, await grown(entries))
                self._kept[draw_id] = found
            self._kept.move_to_end(draw_id)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
            return found


async def grown(entries: list[Entry]) -> Tree:
    """The sum tree of a list, with pauses in which others get their turn."""
    growth = growing(entries)
    while True:
        try:
            next(growth)
        except StopIteration as done:
            return done.value
        await asyncio.sleep(0)
