"""Every widget with every sample in every theme and size: something is there, nothing is cut off, nothing is asked."""

import os
from base64 import b64decode
from pathlib import Path

import pytest

from tests.clients.overlay.conftest import Stream

pytestmark = pytest.mark.browser

SIZES = {"small": (800, 600), "wide": (1920, 1080), "tall": (1080, 1920), "vast": (3840, 2160)}
THEMES = ("night", "day", "neon", "clear")
WIDGETS = {
    "leaderboard": ("usual", "hard", "one", "none"),
    "tickets": ("usual", "hard", "one", "none"),
    "giveaway": ("usual", "drawing", "won", "expired", "many", "hard", "none"),
    "slots": ("usual", "hard", "closed", "none"),
    "goal": ("usual", "reached", "hard", "none"),
    "text": ("usual", "hard", "none"),
    "ticker": ("usual", "hard", "one", "none"),
    "alerts": ("usual", "follow", "resub", "gift", "kicks", "winner", "test", "hard", "arabic", "markup", "none"),
    "draw": ("usual", "promised", "spinning", "won", "void", "empty", "hard", "none"),
}
EMPTY = {("draw", "none"), ("giveaway", "none"), ("alerts", "none")}
"""What shows nothing at all, so that a streamer need not hide it."""
PICTURES = os.environ.get("REGULARS_TEST_PICTURES")  # a folder for those who want to look
CARD = "document.querySelector('.card')"
WITHIN = f"""(() => {{ const box = {CARD}.getBoundingClientRect();
    return box.left >= 0 && box.top >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1 }})()"""
OVERFLOWING = """(() => { const outer = document.querySelector('.card').getBoundingClientRect().right + 1;
    return [...document.querySelectorAll('.card *')].filter(one => one.closest('.reel') === null
        && one.getBoundingClientRect().right > outer).map(one => one.className) })()"""


async def sized(stream: Stream, size: str) -> None:
    width, height = SIZES[size]
    await stream.browser.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
    )


async def look(stream: Stream, name: str) -> None:
    if PICTURES:
        taken = await stream.browser.call("Page.captureScreenshot")
        Path(PICTURES, f"overlay-{name}.png").write_bytes(b64decode(taken["data"]))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("widget", WIDGETS)
async def test_every_widget_fits_in_every_size_and_theme(stream: Stream, widget: str) -> None:
    for sample in WIDGETS[widget]:
        for theme in THEMES:
            await stream.browser.open("about:blank")
            await stream.browser.open(stream.address(widget, preview=sample, theme=theme, lang="en"))
            await stream.browser.until("document.readyState === 'complete' && document.documentElement.dataset.theme")
            if (widget, sample) in EMPTY:
                assert await stream.text() == ""
                continue
            await stream.browser.until(CARD)
            for size in SIZES:
                await sized(stream, size)
                assert await stream.browser.value(WITHIN), (sample, theme, size)
                assert await stream.browser.value(OVERFLOWING) == [], (sample, theme, size)
                await look(stream, f"{widget}-{sample}-{theme}-{size}")
    assert stream.browser.troubles == []
    assert not [one for one in stream.browser.asked if "graphql" in one], "a preview asks nobody"


async def test_hostile_names_are_plain_text_of_bounded_length(stream: Stream) -> None:
    await stream.browser.open(stream.address("leaderboard", preview="hard"))
    await stream.browser.until(CARD)
    names = await stream.browser.value("[...document.querySelectorAll('.name')].map(one => one.textContent)")
    assert "<img src=x onerror=alert(1)>" in names
    assert await stream.browser.value("document.querySelectorAll('img, script[src^=data]').length") == 0
    assert max(len(one) for one in names[:4]) <= 70
    assert not any(mark in one for one in names for mark in "\u202e\u200b")
    assert stream.browser.troubles == []
