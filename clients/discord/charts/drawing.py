"""Has charts drawn beside the loop, so many at once and no more wait than can be drawn in time."""

import asyncio
from importlib import import_module

import structlog

from clients.discord.charts.columns import Columns
from clients.discord.library.pictures import Picture
from clients.discord.render import limits

AT_ONCE = 1
"""A picture takes 10 ms and 3 MiB; two would take turns on what Python does one after the other."""
WAITING_MAX = 50
NAME = "chart.png"

log = structlog.get_logger("regulars.discord")


def png(columns: Columns) -> bytes:
    """The picture. What draws is loaded for the first one only: a bot that starts has better things to do."""
    drawn: bytes = import_module("clients.discord.charts.painting").png(columns)
    return drawn


class Drawing:
    """Draws; a chart is an extra, so whoever asks goes without one where too many wait or drawing fails."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def picture(self, columns: Columns, alt: str) -> Picture | None:
        """The chart as a PNG with its words for whoever does not see it."""
        if self._waiting >= WAITING_MAX:
            log.warning("chart_left_out", waiting=self._waiting)
            return None
        self._waiting += 1
        try:
            async with self._room:
                content = await asyncio.to_thread(png, columns)
        except (OSError, ValueError, MemoryError):
            log.exception("chart_failed")
            return None
        finally:
            self._waiting -= 1
        return Picture(name=NAME, content=content, alt=limits.cut(alt, limits.ALT_MAX))
