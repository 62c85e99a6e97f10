"""Wake-ups between processes: one task per process collects pokes, sends them in batches and mends its connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import structlog

from server.publish.memory import MemoryBus

CHANNEL = "regulars"
GATHER_S = 0.02
HEARTBEAT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
SEND_TIMEOUT_S = 5.0
CANCEL_AGAIN_S = 1.0
PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
# PostgreSQL refuses a payload of 8,000 bytes.
PAYLOAD_BYTES_MAX = 7_900
# Topics beyond this are not sent while the connection is away; listeners look once a second anyway.
PENDING_MAX = 10_000

log = structlog.get_logger()


class LinkLostError(Exception):
    """The connection to the broker could not be made, or has ended."""


class Link(Protocol):
    """One connection to a broker, for sending and for hearing."""

    async def send(self, payload: str) -> None:
        """Send to every process, this one included; LinkLostError once the connection has ended either way."""
        ...

    async def close(self) -> None:
        """End the connection; never raises."""
        ...


Hear = Callable[[str], None]
Ended = Callable[[], None]
Connect = Callable[[Hear, Ended], Awaitable[Link]]


def payloads(origin: str, topics: Iterable[str]) -> list[str]:
    """Return `topics` as one or more texts of at most 7,900 bytes, each headed by `origin`, without overlong topics."""
    texts = [origin]
    for topic in topics:
        longer = f"{texts[-1]}\n{topic}"
        if len(longer.encode()) <= PAYLOAD_BYTES_MAX:
            texts[-1] = longer
        elif len(alone := f"{origin}\n{topic}".encode()) <= PAYLOAD_BYTES_MAX:
            texts.append(alone.decode())
    return texts


class RelayBus:
    """A `ports.Bus` over a broker that may go away at any time: pokes are then late or lost, ticks are not.

    `origin` names this process among all, so that it does not wake its own listeners twice.
    """

    def __init__(self, connect: Connect, origin: str) -> None:
        self._connect = connect
        self._origin = origin
        self._local = MemoryBus()
        self._pending: set[str] = set()
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connected = False

    async def start(self) -> None:
        """Begin to connect, and return without waiting for it."""
        self._task = asyncio.create_task(self._relay(), name="bus relay")
        self._task.add_done_callback(_report_death)

    async def close(self) -> None:
        """End the relay and every listener."""
        await self._local.close()
        if self._task is not None:
            await end(self._task)
            self._task = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def poke(self, topic: str) -> None:
        """Wake everybody who listens to `topic`: here at once, elsewhere within about 20 ms."""
        self._local.poke(topic)
        if len(self._pending) < PENDING_MAX:
            self._pending.add(topic)
        self._stirred.set()

    def listen(self, topic: str) -> AsyncGenerator[None]:
        """Yield at once, after every poke of `topic` and at least once a second, until the bus is closed."""
        return self._local.listen(topic)

    def _hear(self, payload: str) -> None:
        origin, *topics = payload.split("\n")
        if origin != self._origin:
            for topic in topics:
                self._local.poke(topic)

    async def _relay(self) -> None:
        failures = 0
        while True:
            try:
                await self._carry()
            except (LinkLostError, TimeoutError) as error:
                failures = 1 if self.connected else failures + 1
                self.connected = False
                if failures == 1:
                    log.warning("bus.lost", reason=str(error) or type(error).__name__)
                await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S)) - 1])

    async def _carry(self) -> None:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            link = await self._connect(self._hear, self._stirred.set)
        try:
            await self._send(link)
            self.connected = True
            log.info("bus.connected")
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_S):
                        await self._stirred.wait()
                await self._send(link)
                await asyncio.sleep(GATHER_S)
        finally:
            await link.close()

    async def _send(self, link: Link) -> None:
        self._stirred.clear()
        topics, self._pending = self._pending, set()
        # Without a topic this is a heartbeat: it finds out whether the connection still lives.
        for payload in payloads(self._origin, topics):
            await link.send(payload)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel `task` until it has ended.

    Once is not enough: `asyncio.wait_for`, which redis' client awaits, loses a cancellation that comes just as its
    work is done (Python 3.11).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=CANCEL_AGAIN_S)


def _report_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("bus.relay.died", exc_info=error)
