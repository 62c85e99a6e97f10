"""Looking at pages in a real browser: pictures in both sizes and lights, and waiting for a page."""

import os
from base64 import b64decode
from pathlib import Path

from tests.web.chromium import Browser

SIZES = {"phone": (375, 812), "desktop": (1280, 800)}
PRESS = "document.querySelector('main form button').click()"
HEADING = "document.querySelector('h1').innerText"
IN_ONE_LINE = """[...document.querySelectorAll('.code')].every(code => {
    const range = document.createRange(); range.selectNodeContents(code.lastChild);
    return range.getClientRects().length === 1 })"""
PICTURES = os.environ.get("REGULARS_TEST_PICTURES")  # a folder for those who want to look


async def look(browser: Browser, name: str) -> None:
    """Take pictures of a page in both sizes and lights; nothing is wider than the screen, and no code is broken."""
    for size, (width, height) in SIZES.items():
        await browser.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == "phone",
        )
        for light in ("light", "dark"):
            await browser.prefer(light)
            assert await browser.value("document.documentElement.scrollWidth <= window.innerWidth"), (name, size)
            assert await browser.value(IN_ONE_LINE), (name, size)
            if PICTURES:
                taken = await browser.call("Page.captureScreenshot", captureBeyondViewport=True)
                Path(PICTURES, f"{name}-{size}-{light}.png").write_bytes(b64decode(taken["data"]))


async def shown(browser: Browser, heading: str) -> None:
    """Wait for the page with a heading."""
    await browser.until(f"document.readyState === 'complete' && {HEADING} === {heading!r}")


async def fill(browser: Browser, **fields: str) -> None:
    """Fill fields of the page in by their names."""
    for name, value in fields.items():
        await browser.value(f"document.querySelector('[name={name}]').value = {value!r}")
