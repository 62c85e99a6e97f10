"""The unit of work: one transaction, in which an action decides and every reaction to it happens or nothing does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from tortoise.transactions import in_transaction

from server.domain.audit import Audited, Author, system
from server.jobs.pauses import Middle, pause
from server.ports import Chance, Clock, Tx
from server.store import audit, communities, feed, idempotency
from server.store.database import WRITER, Database
from server.store.errors import is_contention

T = TypeVar("T")
R = TypeVar("R")
log = structlog.get_logger(__name__)

WAITING_MAX = 1_000
ATTEMPTS_MAX = 4
PAUSE_FIRST, PAUSE_MAX = timedelta(milliseconds=20), timedelta(milliseconds=200)
ROUNDS_MAX = 50
SERVER = system("server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a unit of work is for, when it runs, and in whose name."""

    community_id: int
    now: datetime
    clock: Clock
    by: Author = SERVER


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What an action returns: its result for whoever asked, what happened for whoever reacts, and lines for the audit.

    The lines are written in the same transaction, in the name of whoever the unit of work runs for.
    """

    result: T
    events: Sequence[object] = ()
    audit: Sequence[Audited] = ()

    def giving(self, result: R) -> "Done[R]":
        """The same with another result."""
        return Done(result, self.events, self.audit)


async def locked(tx: Tx, scope: Scope) -> Scope:
    """Let nobody else change the community until this unit ends; the scope, with the time at which that was so.

    Others may have held it for long: what must not happen too late is decided by the time after them.
    """
    await communities.lock(tx, scope.community_id)
    return replace(scope, now=scope.clock.now())


Action = Callable[[Tx, Scope], Awaitable[Done[T]]]
Check = Callable[[Tx], Awaitable[None]]
Reaction = Callable[[Tx, Scope, Sequence[Any]], Awaitable[Iterable[Any]]]
Announcement = Callable[[Any], tuple[str, Mapping[str, Any]]]


class Busy(Exception):
    """Too much work is already waiting for the database; the caller should come again a little later."""


class KeyReused(Exception):
    """An idempotency key came again with other input."""


class Units:
    """Runs units of work, shielded from the cancellation of whoever waits for them.

    Cancelling inside a transaction would leave the SQLite client locked for ever, and sockets cancel all the time.
    At most `at_once` units hold a connection, so that those who wait for one community's lock leave some to others.
    """

    def __init__(
        self,
        database: Database,
        *,
        reactions: Mapping[type, Sequence[Reaction]],
        announcements: Mapping[type, Announcement],
        wake: Callable[[int], None],
        clock: Clock,
        chance: Chance | None = None,
        at_once: int = WAITING_MAX,
    ) -> None:
        self._database = database
        self._reactions = reactions
        self._announcements = announcements
        self._wake = wake
        self._clock = clock
        self._chance = chance or Middle()
        self._open: set[asyncio.Task[Any]] = set()
        self._slots = asyncio.Semaphore(at_once)

    async def run(self, community_id: int, action: Action[T], *, by: Author = SERVER) -> T:
        """Run `action` and the reactions to it in one transaction, in the name of `by`, and return its result.

        Contention (deadlock, serialisation) is retried; anything the action raises rolls everything back and comes
        out here. Raises `Busy` when too many units wait already.
        """
        if len(self._open) >= WAITING_MAX:
            raise Busy("The database has too much work waiting.")
        task = asyncio.create_task(self._attempts(community_id, action, by))
        self._open.add(task)
        task.add_done_callback(self._settled)
        return await asyncio.shield(task)

    async def once(
        self,
        community_id: int,
        caller: str,
        key: str,
        digest: str,
        action: Action[str],
        *,
        allowed: Check | None = None,
        by: Author = SERVER,
    ) -> str:
        """Run `action` at most once for `key`; a repeat returns the first result.

        `caller` names actor and mutation, `digest` the input; the result travels as JSON text. What `allowed` raises
        comes out before anything else, for a repeat too. Raises `KeyReused` when the key was used for other input.
        """
        scope_name = f"{community_id}:{caller}"

        async def guarded(tx: Tx, scope: Scope) -> Done[str]:
            if allowed is not None:
                await allowed(tx)
            first = await idempotency.claim(tx, scope_name, key, digest, scope.now)
            if first is not None:
                if first.digest != digest:
                    raise KeyReused(key)
                return Done(first.result)
            done = await action(tx, scope)
            await idempotency.keep(tx, scope_name, key, done.result)
            return done

        return await self.run(community_id, guarded, by=by)

    def now(self) -> datetime:
        """The present instant, as the next unit of work would see it."""
        return self._clock.now()

    async def close(self) -> None:
        """Wait until every open unit has ended."""
        while self._open:
            await asyncio.wait(self._open)

    def _settled(self, task: asyncio.Task[Any]) -> None:
        self._open.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits has it; when he was cancelled, asyncio must not call it lost

    async def _attempts(self, community_id: int, action: Action[T], by: Author) -> T:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with self._slots:
                    return await self._transact(community_id, action, by, is_first=attempt == 1)
            except Exception as error:
                if attempt == ATTEMPTS_MAX or not is_contention(error):
                    raise
                log.info("unit.contention", attempt=attempt, error=type(error).__name__)
                wait = pause(self._chance, attempt, first=PAUSE_FIRST, longest=PAUSE_MAX)
                await asyncio.sleep(wait.total_seconds())
        raise AssertionError  # the loop returns or raises

    async def _transact(self, community_id: int, action: Action[T], by: Author, *, is_first: bool) -> T:
        async with in_transaction(WRITER) as client:
            # SQLite's one writer may have been waited for.
            scope = Scope(community_id=community_id, now=self._clock.now(), clock=self._clock, by=by)
            tx = self._database.inside(client)
            if not is_first:
                await tx.take_writing()
            done = await action(tx, scope)
            events = await self._react(tx, scope, done.events)
            await audit.append(tx, community_id, by, done.audit, scope.now)
            entries = [
                self._announcements[type(event)](event) for event in events if type(event) in self._announcements
            ]
            if entries:
                await feed.append(tx, community_id, entries, scope.now)
        if entries:
            self._wake(community_id)
        return done.result

    async def _react(self, tx: Tx, scope: Scope, events: Sequence[object]) -> list[object]:
        """Hand events to the reactions wired to their types until none is left; everything that happened."""
        happened: list[object] = []
        fresh = list(events)
        for _ in range(ROUNDS_MAX):
            if not fresh:
                return happened
            happened += fresh
            by_type: dict[type, list[object]] = {}
            for event in fresh:
                by_type.setdefault(type(event), []).append(event)
            fresh = list[object]()
            for kind, group in by_type.items():
                for reaction in self._reactions.get(kind, ()):
                    fresh += await reaction(tx, scope, group)
        raise RuntimeError(f"Reactions went round in circles: {sorted({type(event).__name__ for event in fresh})}")
