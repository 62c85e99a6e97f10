"""How long the event loop kept others waiting."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from benchmarks.harness import quantile

EVERY_S = 0.001


class LoopLag:
    """The lags seen so far, in seconds."""

    def __init__(self) -> None:
        self.seen_s: list[float] = []

    @property
    def p99_ms(self) -> float:
        """What 99 of 100 samples stay under."""
        return quantile(self.seen_s, 0.99) * 1000

    @property
    def worst_ms(self) -> float:
        """The longest step of the loop."""
        return max(self.seen_s) * 1000

    @asynccontextmanager
    async def sampled(self) -> AsyncGenerator[None, None]:
        """Sample every millisecond while the context lasts."""
        sampling = asyncio.create_task(self._sample())
        try:
            yield
        finally:
            sampling.cancel()

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(EVERY_S)
            self.seen_s.append(loop.time() - before - EVERY_S)
