"""Whether the process is alive, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from server.store import listening
from server.store.database import Database
from server.store.health import known_migrations, missing_migrations

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 1.0
GLANCE_EVERY_S = 5.0
UNCACHED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a check fails, and what to do about it; both are shown to whoever asks."""

    reason: str
    remedy: str


Check = Callable[[], Awaitable[Trouble | None]]


class Shared:
    """A check whose askers share one run, and of which there is never more than one run at a time.

    A run that takes longer than a second is a failure for whoever waits. It goes on all the same: a query that was
    cancelled half way would leave its connection in doubt.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._task: asyncio.Task[Trouble | None] | None = None

    async def result(self) -> Trouble | None:
        """What is wrong, or None."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ended())
        done, _ = await asyncio.wait({self._task}, timeout=ANSWER_WITHIN_S)
        if not done:
            return Trouble(
                f"There was no answer within {ANSWER_WITHIN_S:g} s.",
                "Look at the load of the database and of this machine.",
            )
        return self._task.result()

    async def _ended(self) -> Trouble | None:
        try:
            return await self._check()
        except Exception as error:  # noqa: BLE001 - whatever fails is what the check is there to find
            log.warning("health.check_failed", error=type(error).__name__)
            return Trouble("The check itself failed.", "Look at the server's log, and whether the database runs.")


def answers(database: Database) -> Check:
    """The check that the database answers."""

    async def check() -> Trouble | None:
        await database.reader().fetch("SELECT 1")
        return None

    return check


def up_to_date(database: Database) -> Check:
    """The check that the database lacks no migration of this version."""
    known_migrations()  # read from disk now, while nobody waits

    async def check() -> Trouble | None:
        missing = await missing_migrations(database.reader())
        if not missing:
            return None
        return Trouble(f"The database lacks {len(missing)} migration(s).", "Run: regulars migrate")

    return check


def runs(task: Callable[[], asyncio.Task[None] | None]) -> Check:
    """The check that a loop of the server, once started, has not ended."""

    async def check() -> Trouble | None:
        found = task()
        if found is not None and not found.done():
            return None
        return Trouble(
            "It does not run.", "It starts with the server; if that has started, see its log and restart it."
        )

    return check


Sockets = Callable[[], Awaitable[Mapping[str, int]]]
"""How many websockets are in each state."""


def sockets_of(database: Database) -> Sockets:
    """The question how the websockets of all attached channels are doing."""

    async def look() -> Mapping[str, int]:
        return await listening.states(database.reader(), "kick", None)

    return look


class Glance:
    """The websockets as they were a few seconds ago; who asks waits a second at most, and never makes two look."""

    def __init__(self, look: Sockets, fresh_s: float = GLANCE_EVERY_S) -> None:
        self._look = look
        self._fresh_s = fresh_s
        self._looked_at_s = -fresh_s
        self._task: asyncio.Task[None] | None = None
        self._seen: Mapping[str, int] = {}

    async def seen(self) -> Mapping[str, int]:
        """The counts; those seen before where the database does not answer."""
        now_s = asyncio.get_running_loop().time()
        if (self._task is None or self._task.done()) and now_s - self._looked_at_s >= self._fresh_s:
            self._looked_at_s = now_s
            self._task = asyncio.create_task(self._renew())
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=ANSWER_WITHIN_S)
        return self._seen

    async def _renew(self) -> None:
        try:
            self._seen = await self._look()
        except Exception as error:  # noqa: BLE001 - the check of the database says what is wrong
            log.warning("health.sockets_unseen", error=type(error).__name__)


def add_health(app: web.Application, checks: Mapping[str, Check], sockets: Sockets | None = None) -> None:
    """Answer GET /healthz while the process lives, and GET /readyz with 200 only when every check passes.

    /readyz answers 503 otherwise; either way it lists every check with its state and, if that is bad, reason and
    remedy. How websockets are doing is told beside that: a server whose sockets are down is ready all the same.
    """
    guarded = {name: Shared(check) for name, check in checks.items()}
    glance = None if sockets is None else Glance(sockets)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True}, headers=UNCACHED)

    async def readyz(_: web.Request) -> web.Response:
        found = await asyncio.gather(*(check.result() for check in guarded.values()))
        ready = not any(found)
        body: dict[str, object] = {"ready": ready, "checks": listed(list(guarded), found)}
        if glance is not None:
            body["websockets"] = dict(await glance.seen())
        return web.json_response(body, status=200 if ready else 503, headers=UNCACHED)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)


def listed(names: Sequence[str], found: Sequence[Trouble | None]) -> list[dict[str, str | bool]]:
    """The checks as JSON values."""
    return [
        {"name": name, "ok": True}
        if trouble is None
        else {"name": name, "ok": False, "reason": trouble.reason, "remedy": trouble.remedy}
        for name, trouble in zip(names, found, strict=True)
    ]
