"""Every widget looks in every theme and size as it did when somebody last looked at it.

`make overlay-pictures` takes the pictures anew: look at them before you commit them.
"""

import pytest

from tests.clients.overlay.comparing import (
    FOLDER,
    RENEWS,
    UNLIKE_FROM,
    arrange,
    difference,
    known,
    name_of,
    open_preview,
    part,
    renew,
    resize,
    sheet_of,
    taken,
    unlike,
)
from tests.clients.overlay.conftest import Stream
from tests.clients.overlay.test_pictures import WIDGETS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

KINDS = {"follow", "resub", "gift", "kicks", "winner"}
SHEETS = [
    (widget, sample)
    for widget, samples in WIDGETS.items()
    for sample in samples
    if sample in {"usual", "hard"} or (widget == "alerts" and sample in KINDS)
]
"""What is compared: every widget as it usually is and with all that is hard, and every kind of alert."""
BYTES_MAX = 2_000_000
BROKEN = {
    "missing": "document.querySelector('.card').style.visibility = 'hidden'",
    "another theme": "document.documentElement.dataset.theme = 'day'",
    "a line missing": "document.querySelector('li:nth-child(3)').style.visibility = 'hidden'",
    "lines on each other": "document.querySelector('li:nth-child(3)').style.transform = 'translateY(-40%)'",
    "cut": "document.querySelector('.name').style.maxWidth = '3em'",
    "grown": "document.querySelector('.card').style.transform = 'scale(1.12)'",
    "no title": "document.querySelector('h1').textContent = ''",
}
HARMLESS = {
    "a pixel aside": "document.querySelector('.card').style.transform = 'translate(1px, 1px)'",
    "smoothed": "document.body.style.webkitFontSmoothing = 'antialiased'",
    "a little wider": "document.querySelector('.card').style.letterSpacing = '0.1px'",
    "a little darker": "document.querySelector('.card').style.filter = 'brightness(0.97)'",
}


@pytest.mark.parametrize(("widget", "sample"), SHEETS)
async def test_a_widget_looks_as_it_did(stream: Stream, widget: str, sample: str) -> None:
    await arrange(stream)
    name = name_of(widget, sample)
    sheet = await sheet_of(stream, widget, sample)
    if RENEWS:
        renew(name, sheet)
    assert unlike(sheet, known(name)) == []


def test_the_pictures_are_those_of_the_widgets_and_small() -> None:
    assert {one.stem for one in FOLDER.iterdir()} == {name_of(*one) for one in SHEETS}
    assert sum(one.stat().st_size for one in FOLDER.iterdir()) < BYTES_MAX


@pytest.mark.parametrize("size", ["small", "wide", "tall"])
async def test_what_is_broken_is_told_from_what_another_machine_draws(stream: Stream, size: str) -> None:
    await arrange(stream)
    await resize(stream, size)
    committed = part(known("leaderboard"), "night", size)
    for harm, cases in ((True, BROKEN), (False, HARMLESS)):
        for name, script in cases.items():
            await open_preview(stream, "leaderboard", "usual", "night")
            await stream.browser.value(script)
            far = difference(await taken(stream), committed)
            assert (far >= UNLIKE_FROM) is harm, (name, far)
