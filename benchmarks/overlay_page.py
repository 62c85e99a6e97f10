"""An overlay's page in a real browser: how soon it shows something, and how long its scripts run."""

import asyncio
from dataclasses import dataclass
from statistics import median

from benchmarks.harness import Result, at_most
from tests.web.chromium import Browser, chromium

LOADS = 7
SPIN_S = 4.0
IDLE_S = 10.0
FRAMES = "window.frames_seen = 0; (function next() { window.frames_seen += 1; requestAnimationFrame(next); })();"
PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
BLANK = "about:blank"

BARE = "/healthz"
"""The least page of the same server that shows something: what the browser itself takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was seen of it."""

    paint_ms: float
    bare_paint_ms: float
    script_ms_per_frame: float
    idle_ms_per_s: float
    frames_per_s: float


async def looked_at(origin: str, key: str) -> Page:
    """Load the live board again and again, then watch a reveal turn, then a board that stands still."""
    async with chromium() as browser:
        await browser.call("Performance.enable")
        bare = [await painted(browser, origin + BARE) for _ in range(LOADS)]
        paints = [await painted(browser, f"{origin}/overlay/leaderboard#k={key}") for _ in range(LOADS)]
        spun_s, frames = await scripted(browser, f"{origin}/overlay/draw#preview=spinning", SPIN_S, counts=True)
        idle_s, _ = await scripted(browser, f"{origin}/overlay/leaderboard#k={key}", IDLE_S, counts=False)
    return Page(
        paint_ms=median(paints),
        bare_paint_ms=median(bare),
        script_ms_per_frame=spun_s * 1000 / frames,
        idle_ms_per_s=idle_s * 1000 / IDLE_S,
        frames_per_s=frames / SPIN_S,
    )


async def painted(browser: Browser, address: str) -> float:
    """Milliseconds from the navigation to the first paint with something in it."""
    await browser.open(BLANK)
    await browser.call("Network.clearBrowserCache")
    await browser.open(address)
    await browser.until(PAINTED)
    return float(await browser.value(PAINT))


async def scripted(browser: Browser, address: str, lasting_s: float, *, counts: bool) -> tuple[float, int]:
    """The seconds that scripts ran during so many seconds, and the frames meanwhile where they are counted."""
    await browser.open(BLANK)
    await browser.open(address)
    await browser.until(PAINTED)
    if counts:
        await browser.value(FRAMES)
    before, first = await script_s(browser), await frames_of(browser, counts=counts)
    await asyncio.sleep(lasting_s)
    last, after = await frames_of(browser, counts=counts), await script_s(browser)
    return after - before, last - first


async def frames_of(browser: Browser, *, counts: bool) -> int:
    """How many frames were counted so far."""
    return int(await browser.value("window.frames_seen")) if counts else 0


async def script_s(browser: Browser) -> float:
    """How long the page's scripts have run so far."""
    told = await browser.call("Performance.getMetrics")
    return float(next(one["value"] for one in told["metrics"] if one["name"] == "ScriptDuration"))


def results(page: Page) -> list[Result]:
    """The lines of the table."""
    return [
        at_most("an overlay's first paint, in Chromium", "ms", page.paint_ms, 200, limit=page.bare_paint_ms),
        at_most("  its scripts while a reveal turns, a frame", "ms", page.script_ms_per_frame, 2),
        Result(name="  frames a second meanwhile", unit="", ours=page.frames_per_s),
        at_most("  its scripts while nothing changes, a second", "ms", page.idle_ms_per_s, 1),
    ]
