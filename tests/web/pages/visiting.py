"""Browsers without a screen, over HTTP: cookies, forms, redirects to the played Kick and back."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import orjson
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from server.effects.proofs import end_overdue
from server.running import Server
from tests.database import FrozenClock

REDIRECTS = {302, 303}


class _Reading(HTMLParser):
    """Collects forms with their fields, and the text that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.words: list[str] = []
        self.code = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": given["action"], "fields": {}})
        if tag == "input" and self.forms:
            is_on = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if is_on and "name" in given:
                self.forms[-1]["fields"][given["name"]] = given.get("value", "")
        if tag == "main":
            self.code = given.get("data-code", "")
        self._hidden += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows."""

    url: str
    status: int
    html: str
    headers: dict[str, str]

    def _read(self) -> _Reading:
        reading = _Reading()
        reading.feed(self.html)
        return reading

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return self._read().code

    @property
    def text(self) -> str:
        """What is there to read, spaces collapsed."""
        return " ".join(" ".join(self._read().words).split())

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that is sent to an address, as the page made them."""
        [found] = self.forms(action)
        return found

    def forms(self, action: str) -> list[dict[str, str]]:
        """The fields of every form that is sent to an address."""
        return [dict(one["fields"]) for one in self._read().forms if one["action"] == action]


@dataclass(slots=True)
class Browser:
    """A browser with its cookies; it keeps those of `__Host-` as a real one does, sent over plain HTTP to loopback."""

    base: str
    kick: str
    session: ClientSession
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    seen: list[str] = field(default_factory=list[str])

    async def get(self, path: str, **headers: str) -> Page:
        """Follow an address to the page where it ends."""
        return await self._follow("GET", urljoin(self.base, path), None, headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send a form to the page where it ends."""
        origin = {"Origin": self.base.rstrip("/")} if "Origin" not in headers else {}
        return await self._follow("POST", urljoin(self.base, path), fields, origin | headers)

    async def send(self, page: Page, action: str, **more: str) -> Page:
        """Send a form of a page, with more fields filled in."""
        return await self.post(action, page.form(action) | more)

    async def _follow(self, method: str, url: str, fields: dict[str, str] | None, headers: dict[str, str]) -> Page:
        for _ in range(8):
            page, location = await self.step(method, url, fields, headers)
            if location is None:
                return page
            method, fields, headers = "GET", None, {}
            url = urljoin(url, location)
        raise AssertionError(f"The way has no end: {self.seen}")

    async def step(
        self, method: str, url: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[Page, str | None]:
        """One request: the page, and where it sends the browser next."""
        is_ours = url.startswith(self.base)
        assert is_ours or url.startswith(self.kick), f"a browser was sent to {url}"
        self.seen.append(url)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if is_ours else {}
        async with self.session.request(
            method, url, data=fields, headers=(headers or {}) | cookie, allow_redirects=False
        ) as answer:
            if is_ours:
                for name, morsel in answer.cookies.items():
                    assert morsel["secure"]
                    assert morsel["httponly"]
                    assert (morsel["path"], morsel["domain"], morsel["samesite"]) == ("/", "", "Lax")
                    if morsel["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            page = Page(url, answer.status, await answer.text(), dict(answer.headers))
            return page, answer.headers["Location"] if answer.status in REDIRECTS else None


@dataclass(slots=True)
class Visited:
    """A server with pages, the Kick it signs in with, and browsers that visit."""

    server: Server
    base: str
    kick: KickPlayed
    clock: FrozenClock
    session: ClientSession

    def browser(self) -> Browser:
        """A browser that was never here."""
        return Browser(self.base, self.kick.url, self.session)

    async def ask(self, document: str, token: str | None = None, /, **variables: Any) -> Any:
        """What the graph answers to somebody, or to the operator."""
        headers = {"Authorization": f"Bearer {token or self.server.tokens.mint('admin')}"}
        body = {"query": document, "variables": variables}
        async with self.session.post(f"{self.base}/graphql", json=body, headers=headers) as answer:
            told = orjson.loads(await answer.read())
        assert "errors" not in told, told
        return told["data"]

    async def signed_in(self, account: int) -> Browser:
        """A browser that is signed in as somebody."""
        self.kick.allow(account)
        browser = self.browser()
        page = await browser.get("/sign-in")
        page = await browser.send(page, "/sign-in")
        assert page.status == 200, page.text
        return browser

    async def ended_links(self) -> int:
        """End what has expired, as the schedule does."""
        return await end_overdue(self.server.database, self.server.units)
