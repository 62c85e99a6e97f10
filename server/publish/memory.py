"""Wake-ups within one process."""

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

TICK_S = 1.0


class MemoryBus:
    """A `ports.Bus` for one event loop; call it from that loop only. It works without being started."""

    __slots__ = ("_closed", "_listeners")

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    async def start(self) -> None:
        """Do nothing; there is nobody to connect to."""

    async def close(self) -> None:
        """End every listener, now and for ever."""
        self._closed = True
        for topic in self._listeners:
            self.poke(topic)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def poke(self, topic: str) -> None:
        """Wake everybody who listens to `topic`; any number of pokes wake a busy listener once."""
        for woken in self._listeners.get(topic, ()):
            woken.set()

    async def listen(self, topic: str) -> AsyncGenerator[None]:
        """Yield at once, after every poke of `topic` and at least once a second, until the bus is closed."""
        woken = asyncio.Event()
        self._listeners.setdefault(topic, set()).add(woken)
        loop = asyncio.get_running_loop()
        try:
            while not self._closed:
                # Cleared before the listener looks, so that a poke while it looks makes it look again.
                woken.clear()
                tick = loop.call_later(TICK_S, woken.set)
                try:
                    yield
                    await woken.wait()
                finally:
                    tick.cancel()
        finally:
            self._forget(topic, woken)

    def _forget(self, topic: str, woken: asyncio.Event) -> None:
        listeners = self._listeners[topic]
        listeners.discard(woken)
        if not listeners:
            del self._listeners[topic]
