"""Protocols of the machine that the rules run on: database, time, ids, chance, wake-ups and rate limits."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from server.domain.limits import Limit, Taken

Dialect = Literal["sqlite", "postgres"]


class Clock(Protocol):
    """Where time comes from; nothing else reads a clock."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds for measuring durations; never goes back, means nothing by itself."""
        ...


class Ids(Protocol):
    """Where fresh identifiers come from."""

    def token(self) -> str:
        """A fresh unguessable string of 128 bits, URL-safe."""
        ...


class Chance(Protocol):
    """Where random bytes come from: keys, nonces, jitter."""

    def draw(self, count: int) -> bytes:
        """That many bytes which nobody can guess."""
        ...


ColumnType = Literal["bigint", "text", "bytes", "boolean"]
Columns = Mapping[str, tuple[ColumnType, Sequence[Any]]]


class Row(Protocol):
    """One row of a result, read by column name or position, or value by value."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class Reader(Protocol):
    """Anything that answers queries: a transaction, or a connection for reading."""

    @property
    def dialect(self) -> Dialect:
        """Which engine answers."""
        ...

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows of `sql`, whose parameters are written $1, $2, ... on both engines."""
        ...

    async def find(self, sql: str, *values: Any) -> Row | None:
        """The one row that `sql` names by a unique key, or None."""
        ...

    async def bulk(self, sql: str, rows: Columns, *values: Any) -> Sequence[Row]:
        """Run `sql` once over many rows and return what it returns.

        The statement may use a table `r` with the columns of `rows`. Further parameters are written {p1}, {p2}, ...
        Without rows nothing is run.
        """
        ...


class Tx(Reader, Protocol):
    """An open transaction; holding one is what allows writing."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a writing statement and return the number of rows it touched."""
        ...

    def stream(self, sql: str, size: int, *values: Any) -> AsyncGenerator[Sequence[Row]]:
        """The rows of `sql`, so many at a time, of one statement that is carried out while they are taken."""
        ...

    async def load(self, table: str, names: Sequence[str], pages: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        """Add very many rows, each with a value for every name; pages are made one by one, maybe in another thread."""
        ...

    def digest(self, text: str) -> str:
        """What is kept of a text that must be known again and not read, by the installation's own key."""
        ...


class Bus(Protocol):
    """Wake-ups between whoever writes and whoever waits. A hint only: it may be lost, late or doubled."""

    def poke(self, topic: str) -> None:
        """Wake everybody who listens to `topic`; never blocks, never fails."""
        ...

    def listen(self, topic: str) -> AsyncGenerator[None]:
        """Yield once at once, then whenever `topic` was poked, and at least once a second."""
        ...


class Limiter(Protocol):
    """Buckets by limit and key: full at first, emptied by what is taken, filled again by time. Any may be forgotten."""

    async def take(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take from a bucket that all processes share, if it holds enough; never fails, never waits long."""
        ...

    def take_now(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take at once; what other processes took in the last moment may not be counted yet."""
        ...

    def look(self, key: str, limit: Limit) -> Taken:
        """What taking one would say at once, without taking it."""
        ...
