"""The page at the root: it leads to what everybody may see, and names no community."""

import re

from tests.web.pages.test_start import OTTER, make, setup_code
from tests.web.pages.visiting import Visited


async def test_the_front_page_leads_on_and_names_no_community(visited: Visited) -> None:
    made = await make(await visited.signed_in(OTTER), await setup_code(visited))
    assert "night-harbour" in made.url
    browser = visited.browser()
    page = await browser.get("/")
    assert page.status == 200
    assert "night" not in page.html.lower()
    links = {link for link in re.findall(r'href="(/[^"]*)"', page.html) if not link.startswith("/pages/")}
    assert {"/me", "/verify", "/start", "/playground"} <= links
    for link in links:
        assert (await browser.get(link)).status == 200, link
