"""Pictures of widgets beside committed ones: what every machine draws alike, told apart from what is broken.

A sheet for each widget and sample: a row for each theme, a column for each size, all of them small. Small pictures are
the same wherever letters are smoothed a little differently; where a line is missing, cut or lies on another, a patch is
not.
"""

import io
import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops

from tests.clients.overlay.conftest import Stream

SIZES = {"small": (800, 600), "wide": (1920, 1080), "tall": (1080, 1920)}
THEMES = ("night", "day", "neon", "clear")
FOLDER = Path(__file__).with_name("pictures")
RENEWS = "REGULARS_RENEW_PICTURES" in os.environ
CELL = 240
"""A picture's longer side on the sheet."""
PATCH = 5
UNLIKE_FROM = 32
"""A patch whose mean is so many levels of 255 away is another one: what is broken is twice as far, letters that are
smoothed in another way half as far."""

# A time that stands, fonts that chromium's own package brings along, a plain ground instead of the squares, and no dots
# in codes for phones: they spell the server's port, which is another one each time.
STILL = "performance.now = () => 5000"
PLAIN = """document.documentElement.style.setProperty('--rg-font', '"Liberation Sans", Arial, sans-serif');
    document.body.style.background = '#8a8f99';
    document.head.append(Object.assign(document.createElement('style'), {textContent: '.qr path { display: none }'}))"""
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
CALM = [{"name": "prefers-reduced-motion", "value": "reduce"}]


async def arrange(stream: Stream) -> None:
    """Have every page that is opened from now on stand still."""
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=STILL)
    await stream.browser.call("Emulation.setEmulatedMedia", features=CALM)


async def resize(stream: Stream, size: str) -> None:
    width, height = SIZES[size]
    await stream.browser.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
    )


async def open_preview(stream: Stream, widget: str, sample: str, theme: str) -> None:
    await stream.browser.open("about:blank")
    await stream.browser.open(stream.address(widget, preview=sample, theme=theme, lang="en"))
    await stream.browser.until("document.readyState === 'complete' && document.querySelector('.card')")
    await stream.browser.value(PLAIN)


async def taken(stream: Stream) -> Image.Image:
    """What the page looks like now, small."""
    await stream.browser.value(SETTLED)
    given = await stream.browser.call("Page.captureScreenshot", optimizeForSpeed=True)
    whole = Image.open(io.BytesIO(b64decode(given["data"]))).convert("RGB")
    scale = CELL / max(whole.size)
    return whole.resize((round(whole.width * scale), round(whole.height * scale)), Image.Resampling.BOX)


def places() -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Theme and size of every picture of a sheet, with its corner."""
    for row, theme in enumerate(THEMES):
        for column, size in enumerate(SIZES):
            yield theme, size, (column * CELL, row * CELL)


async def sheet_of(stream: Stream, widget: str, sample: str = "usual") -> Image.Image:
    """A widget in every theme and size."""
    found = Image.new("RGB", (CELL * len(SIZES), CELL * len(THEMES)), "white")
    opened = ""
    for theme, size, corner in places():
        if theme != opened:
            await open_preview(stream, widget, sample, theme)
            opened = theme
        await resize(stream, size)
        found.paste(await taken(stream), corner)
    return found


def name_of(widget: str, sample: str) -> str:
    """What a sheet is called."""
    return widget if sample == "usual" else f"{widget}-{sample}"


def renew(name: str, sheet: Image.Image) -> None:
    """Commit a sheet, as it is: the small letters would not stand any loss."""
    FOLDER.mkdir(exist_ok=True)
    sheet.save(FOLDER / f"{name}.webp", lossless=True, method=6)


def known(name: str) -> Image.Image:
    """The committed sheet of a name."""
    return Image.open(FOLDER / f"{name}.webp").convert("RGB")


def part(sheet: Image.Image, theme: str, size: str) -> Image.Image:
    """One picture of a sheet."""
    [corner] = [place for one, other, place in places() if (one, other) == (theme, size)]
    scale = CELL / max(SIZES[size])
    width, height = (round(side * scale) for side in SIZES[size])
    return sheet.crop((*corner, corner[0] + width, corner[1] + height))


def difference(seen: Image.Image, committed: Image.Image) -> float:
    """How far the most unlike patch of two pictures is from being the same, in levels of 255; all, for another size."""
    if seen.size != committed.size:
        return 255
    patches = ImageChops.difference(seen.reduce(PATCH), committed.reduce(PATCH))
    return max(highest for _, highest in patches.getextrema())


def unlike(seen: Image.Image, committed: Image.Image) -> list[str]:
    """Which pictures of a sheet are not like the committed ones, and how much."""
    found = [
        (theme, size, difference(part(seen, theme, size), part(committed, theme, size))) for theme, size, _ in places()
    ]
    return [f"{theme}, {size}: {far:.0f}" for theme, size, far in found if far >= UNLIKE_FROM]
