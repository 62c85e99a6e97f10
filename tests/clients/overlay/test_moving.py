"""What moves: a frame moves the reel and draws nothing anew; whoever wants nothing to move is told all calmly."""

import pytest

from tests.clients.overlay.comparing import CALM, SETTLED
from tests.clients.overlay.conftest import Stream

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

BY_HAND = """window.at = 5000; performance.now = () => window.at; window.drawn = 0;
    const normalize = String.prototype.normalize;
    String.prototype.normalize = function (...form) { window.drawn += 1; return normalize.apply(this, form) }"""
"""A page's time that stands until somebody moves it, and how many names it made ready to be drawn."""
FRAMES = 30
TURNED = f"""(async () => {{
    const strip = document.querySelector('.reel .names'), seen = [];
    await {SETTLED};
    const before = window.drawn;
    for (let frame = 0; frame < {FRAMES}; frame += 1) {{
        window.at += 1;
        await {SETTLED};
        seen.push(strip.style.transform);
    }}
    return {{ seen, drawn: window.drawn - before }} }})()"""
STANDS_MS = 6_000
"""The sample is revealed after two seconds, and the reel stands four later."""
WINNER = "document.querySelector('.reel .won')?.textContent ?? null"

KEEPS = """window.animations = []; const animate = Element.prototype.animate;
    Element.prototype.animate = function (...given) {
        window.animations.push(animate.apply(this, given));
        return window.animations.at(-1) }"""
COMING = """(() => { const [comes] = window.animations;
    comes.pause();
    comes.currentTime = comes.effect.getTiming().delay + 100;
    const { opacity, transform } = getComputedStyle(document.querySelector('.alert'));
    return { opacity, transform } })()"""
"""An alert in the middle of coming."""


async def preview(stream: Stream, widget: str, sample: str) -> None:
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=BY_HAND)
    await stream.browser.open(stream.address(widget, preview=sample, lang="en"))
    await stream.browser.until("document.readyState === 'complete' && document.querySelector('.card')")


async def shown_at(stream: Stream, milliseconds: int) -> str:
    """What is to be read so long after the page was opened."""
    await stream.browser.value(f"window.at = 5000 + {milliseconds}")
    return await stream.text()


async def test_a_frame_of_the_reel_moves_it_and_draws_no_name_anew(stream: Stream) -> None:
    await preview(stream, "draw", "spinning")
    await stream.browser.until("document.querySelector('.reel .names')")
    told = await stream.browser.value(TURNED)
    assert len(set(told["seen"])) == FRAMES, "each frame shows it a little further"
    assert told["drawn"] < FRAMES
    assert stream.browser.troubles == []


@pytest.mark.parametrize("wish", ["", "calm"])
async def test_the_winner_is_shown_at_the_same_moment_whether_a_reel_turns_or_not(stream: Stream, wish: str) -> None:
    if wish:
        await stream.browser.call("Emulation.setEmulatedMedia", features=CALM)
    await preview(stream, "draw", "spinning")
    await stream.browser.until("document.querySelector('.reel')")
    assert await stream.browser.value("document.querySelector('.reel .names') === null") is bool(wish)
    for left in (3_500, 30):
        text = await shown_at(stream, STANDS_MS - left)
        if wish:
            await stream.browser.until(f"document.querySelector('.clock').textContent === '0:0{-(-left // 1000)}'")
        assert "Drawing" in text
        assert await stream.browser.value(WINNER) is None
    await shown_at(stream, STANDS_MS)
    await stream.browser.until(f"({WINNER}) === 'otter'")
    assert "Won by" in await stream.text()
    assert await stream.browser.value("document.getAnimations().length") == 0
    assert stream.browser.troubles == []


@pytest.mark.parametrize("wish", ["", "calm"])
async def test_an_alert_moves_or_only_fades(stream: Stream, wish: str) -> None:
    if wish:
        await stream.browser.call("Emulation.setEmulatedMedia", features=CALM)
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=KEEPS)
    await stream.browser.open(stream.address("alerts", preview="usual", lang="en"))
    await stream.browser.until("document.querySelector('.alert')")
    look = await stream.browser.value(COMING)
    assert 0 < float(look["opacity"]) < 1
    assert (look["transform"] == "none") is bool(wish)
