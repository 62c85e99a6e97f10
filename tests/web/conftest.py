"""The graph and a real browser for every test of pages and endpoints."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from server.web.playground.pages import ASSETS
from server.web.verify.build import PAGE, VENDOR
from tests.graph import graph
from tests.web.chromium import Browser, chromium

__all__ = ["graph"]


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    """A browser that was never anywhere."""
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; apt-get install chromium installs it")
    async with chromium() as found:
        yield found


@pytest.fixture
def built() -> None:
    """The playground's pages as npm made them."""
    if not (ASSETS / "vendor").is_dir():
        pytest.skip("the playground is not built; make install builds it where there is npm")


@pytest.fixture
def verify_page() -> Path:
    """The page that checks draws, as npm made it."""
    page = VENDOR / PAGE
    if not page.is_file():
        pytest.skip("the page that checks draws is not built; make install builds it where there is npm")
    return page
