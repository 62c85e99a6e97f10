"""The snapshot of a draw: what its commit says of the closed list."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate

from server.domain.draws.entries import ID_BYTES, Entry
from server.domain.draws.tree import Climbing


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The four values of a commit that fix a closed list."""

    entries_root: str
    entries_count: int
    entries_sha256: str
    tickets_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What is hashed of a closed list, and of those whom it leaves out."""

    list: Snapshot
    excluded_count: int
    excluded_sha256: str


class Reading:
    """A closed list while it is read or made, in pages of whole rows; no row of it is kept."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._tree = Climbing()
        self._left_out = sha256()
        self.left_out_count = 0

    @property
    def count(self) -> int:
        """How many were in the pages so far."""
        return self._tree.count

    def take(self, page: str) -> None:
        """Take the next page: a few milliseconds of computing for a thousand rows."""
        self._hash.update(page.encode())
        ids, weights, labels = cells(page)
        self._tree.add(list(map(Entry, map(bytes.fromhex, ids), weights, labels)))

    def leave_out(self, page: str) -> None:
        """Take the next page of those who are left out, each with the reason."""
        self._left_out.update(page.encode())
        self.left_out_count += page.count("\n")

    def done(self) -> Closed | None:
        """The snapshot of what was read; None where nobody is in it."""
        if not self.count:
            return None
        root, total = self._tree.top()
        snapshot = Snapshot(
            entries_root=root.hex(),
            entries_count=self.count,
            entries_sha256=self._hash.hexdigest(),
            tickets_total=total,
        )
        return Closed(list=snapshot, excluded_count=self.left_out_count, excluded_sha256=self._left_out.hexdigest())


class Ranges:
    """Whose ticket is whose: the first ticket of every entry and its id, some 70 bytes for each, and nothing else."""

    def __init__(self) -> None:
        self.starts = [0]
        self._ids = bytearray()

    def take(self, page: str) -> None:
        """Take the next page of a list that is in order."""
        ids, weights, _ = cells(page)
        self._ids += bytes.fromhex("".join(ids))
        self.starts += accumulate(weights, initial=self.starts.pop())

    def id_of(self, place: int) -> str:
        """The id of the entry that stands there in the list, from 0."""
        return self._ids[ID_BYTES * place : ID_BYTES * (place + 1)].hex()


def cells(page: str) -> tuple[list[str], list[int], list[str]]:
    """The ids, the tickets and the labels of a page of a list, none of which holds a comma."""
    told = page.replace("\n", ",").split(",")
    return told[:-1:3], list(map(int, told[1::3])), told[2::3]
