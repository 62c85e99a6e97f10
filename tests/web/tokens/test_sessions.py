"""A signed-in browser asks the graph from our own pages, and no other page in its name."""

import asyncio
from typing import Any

import orjson
import pytest

from server.web.pages.browser import SESSION
from tests.graph import SOCKET
from tests.web.pages import conftest as pages
from tests.web.pages.visiting import Browser, Visited

visited = pages.visited
OTTER = 7_200_101
ME = "{ me { kind subject } }"
WITHIN_S = 5


async def told(visited: Visited, browser: Browser, **headers: str) -> tuple[int, Any]:
    """What our pages are told of the browser's session."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with visited.session.get(f"{visited.base}/session", headers={"Cookie": cookie, **headers}) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        return answer.status, await answer.json()


async def asked(visited: Visited, browser: Browser, authorization: str | None, query: str = ME) -> Any:
    """What the graph answers to a browser's page: the code of its error, or the data."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookie} | ({} if authorization is None else {"Authorization": authorization})
    async with visited.session.post(f"{visited.base}/graphql", json={"query": query}, headers=headers) as answer:
        body = orjson.loads(await answer.read())
    return body["errors"][0]["extensions"]["code"] if "errors" in body else body["data"]


async def test_a_page_of_ours_asks_as_whoever_is_signed_in(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    status, session = await told(visited, browser)
    assert (status, bool(session["name"])) == (200, True)
    assert await asked(visited, browser, session["authorization"]) == {
        "me": {"kind": "PERSON", "subject": f"kick:{OTTER}"}
    }
    assert await told(visited, visited.browser()) == (200, {"name": None})


async def test_cookies_alone_are_nobody(visited: Visited) -> None:
    """What another site's page can have a browser send: its cookies, and no header of ours."""
    browser = await visited.signed_in(OTTER)
    assert await asked(visited, browser, None) == {"me": None}
    for proof in ("", "x" * 64, "é"):
        assert await asked(visited, browser, f"Session {proof}") == "token_session_over"


async def test_the_proof_of_one_browser_is_worth_nothing_in_another(visited: Visited) -> None:
    mine, other = await visited.signed_in(OTTER), await visited.signed_in(OTTER)
    proof = (await told(visited, mine))[1]["authorization"]
    assert await asked(visited, other, proof) == "token_session_over"
    assert await asked(visited, visited.browser(), proof) == "token_session_over"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_another_page_is_not_told_who_is_signed_in(visited: Visited, site: str) -> None:
    browser = await visited.signed_in(OTTER)
    assert await told(visited, browser, **{"Sec-Fetch-Site": site}) == (403, {"name": None})


@pytest.mark.timeout(60)
async def test_signing_out_ends_what_the_session_opened(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    authorization = (await told(visited, browser))[1]["authorization"]
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    socket = await visited.session.ws_connect(f"{visited.base}/graphql", protocols=[SOCKET], headers={"Cookie": cookie})
    await socket.send_json({"type": "connection_init", "payload": {"authorization": authorization}})
    assert (await socket.receive_json())["type"] == "connection_ack"
    kept = dict(browser.cookies)
    await browser.send(await browser.get("/sign-in"), "/sign-out")
    assert SESSION not in browser.cookies
    async with asyncio.timeout(WITHIN_S):
        await socket.receive()
        while not socket.closed:
            await asyncio.sleep(0.05)
    assert socket.close_code == 4403
    browser.cookies = kept
    assert await asked(visited, browser, authorization) == "token_session_over"
