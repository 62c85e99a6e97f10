"""The snapshot of a draw: what its commit says of the closed list."""

from dataclasses import dataclass
from hashlib import sha256

from server.domain.draws.entries import ID_BYTES, Entry
from server.domain.draws.tree import Climbing


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The four values of a commit that fix a closed list."""

    entries_root: str
    entries_count: int
    entries_sha256: str
    tickets_total: int


class Reading:
    """A closed list while it is read, in pages of whole rows; no row of it is kept."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._tree = Climbing()

    def take(self, page: str) -> None:
        """Take the next page: a few milliseconds of computing for a thousand rows."""
        self._hash.update(page.encode())
        for row in page.splitlines():
            identity, weight, label = row.split(",")
            self._tree.add(Entry(bytes.fromhex(identity), int(weight), label))

    def done(self) -> Snapshot | None:
        """The snapshot of what was read; None where nobody is in it."""
        if not self._tree.count:
            return None
        root, total = self._tree.top()
        return Snapshot(
            entries_root=root.hex(),
            entries_count=self._tree.count,
            entries_sha256=self._hash.hexdigest(),
            tickets_total=total,
        )


class Ranges:
    """Whose ticket is whose: the first ticket of every entry and its id, some 70 bytes for each, and nothing else."""

    def __init__(self) -> None:
        self.starts = [0]
        self._ids = bytearray()

    def take(self, page: str) -> None:
        """Take the next page of a list that is in order."""
        for row in page.splitlines():
            identity, weight, _ = row.split(",")
            self._ids += bytes.fromhex(identity)
            self.starts.append(self.starts[-1] + int(weight))

    def id_of(self, place: int) -> str:
        """The id of the entry that stands there in the list, from 0."""
        return self._ids[ID_BYTES * place : ID_BYTES * (place + 1)].hex()
