"""The strings of the played Kick: who answers what, what goes wrong next, and what was asked."""

import asyncio
import contextlib
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any, cast

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from clients.simulator.quirks import Quirks
from clients.simulator.stage import GRANT_TYPE, STUMBLES, TOKEN_PATH, Broadcast, Call, Stage, Stumble, as_json

PREFIX = "/simulator"
BODY_SIZE_MAX = 4096
HANGS_S = 30.0
YEAR_S = 366 * 24 * 3600
QUIRKS = frozenset(one.name for one in fields(Quirks))
NO_LIMIT = object()


class Controls:
    """Endpoints under /simulator for tests in other processes; each takes a small JSON object."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(f"{PREFIX}/people", self.people)
        site.router.add_post(f"{PREFIX}/people", self.person)
        site.router.add_post(f"{PREFIX}/consent", self.consent)
        site.router.add_post(f"{PREFIX}/stumble", self.stumble)
        site.router.add_post(f"{PREFIX}/clock", self.clock)
        site.router.add_post(f"{PREFIX}/tokens", self.tokens)
        site.router.add_post(f"{PREFIX}/withdraw", self.withdraw)
        site.router.add_post(f"{PREFIX}/quirks", self.quirks)
        site.router.add_post(f"{PREFIX}/subscriptions", self.subscriptions)
        site.router.add_post(f"{PREFIX}/broadcast", self.broadcast)
        site.router.add_get(f"{PREFIX}/calls", self.calls)

    async def people(self, _: web.Request) -> web.Response:
        """List everybody who is played."""
        return as_json([{"account": person.account, "name": person.name} for person in self._stage.people.values()])

    async def person(self, request: web.Request) -> web.Response:
        """Add or rename: {"account": 7200103, "name": "NewName"}."""
        match await _asked(request):
            case {"account": int(account), "name": str(name)} if account > 0 and name:
                with contextlib.suppress(ValueError):
                    return as_json({"account": self._stage.person(account, name).account, "name": name})
            case _:
                pass
        return _refused()

    async def consent(self, request: web.Request) -> web.Response:
        """Answer for a person from now on: {"account": 7200101, "answer": "allow"}; {"answer": "ask"} ends it."""
        match await _asked(request):
            case {"account": int(account), "answer": "allow"}:
                self._stage.allow(account)
            case {"account": int(account), "answer": "deny"}:
                self._stage.deny(account)
            case {"answer": "ask"}:
                self._stage.consent = None
            case _:
                return _refused()
        return web.Response(status=204)

    async def stumble(self, request: web.Request) -> web.Response:
        """Go wrong next time: {"name": "error", "path": "/oauth/token"}, by default at the token endpoint."""
        match await _asked(request):
            case {"name": str(name), **rest} if name in STUMBLES and isinstance(rest.get("path", ""), str):
                self._stage.stumble(name, rest.get("path", TOKEN_PATH))
                return web.Response(status=204)
            case _:
                return _refused()

    async def clock(self, request: web.Request) -> web.Response:
        """Let time pass: {"seconds": 61}."""
        match await _asked(request):
            case {"seconds": int(seconds)} if 0 <= seconds <= YEAR_S:
                self._stage.turn(seconds)
                return web.Response(status=204)
            case _:
                return _refused()

    async def tokens(self, request: web.Request) -> web.Response:
        """Set how tokens are from now on: {"access_s": 30, "is_refresh_reusable": true}; either may be left out."""
        told, grants = await _asked(request), self._stage.grants
        if not told:
            return _refused()
        access_s = told.pop("access_s", grants.access_lifetime // timedelta(seconds=1))
        reusable = told.pop("is_refresh_reusable", grants.are_refresh_tokens_reusable)
        if told or type(access_s) is not int or not 0 < access_s <= YEAR_S or type(reusable) is not bool:
            return _refused()
        grants.access_lifetime, grants.are_refresh_tokens_reusable = timedelta(seconds=access_s), reusable
        return web.Response(status=204)

    async def withdraw(self, request: web.Request) -> web.Response:
        """End every token of a person, as he can at Kick, or of the app: {"account": 7200101} or {"account": null}."""
        match await _asked(request):
            case {"account": int() | None as account}:
                self._stage.grants.withdraw(account)
                return web.Response(status=204)
            case _:
                return _refused()

    async def quirks(self, request: web.Request) -> web.Response:
        """Switch oddities: {"ghost_orders": true, "dead": ["chat.message.sent"]}; every one that is named is set."""
        told, quirks = await _asked(request), self._stage.quirks
        changed = {name: _as_switch(getattr(quirks, name, None), value) for name, value in told.items()}
        if not told or not all(name in QUIRKS and value is not None for name, value in changed.items()):
            return _refused()
        for name, value in changed.items():
            setattr(quirks, name, None if value is NO_LIMIT else value)
        for kind in changed.get("dead", ()):
            self._stage.subscriptions.kill(kind)
        return web.Response(status=204)

    async def subscriptions(self, request: web.Request) -> web.Response:
        """Take subscriptions away: {"drop": true, "account": 7200101, "kind": "..."}; the last two may be left out."""
        match await _asked(request):
            case {"drop": True, **rest}:
                gone = self._stage.subscriptions.drop(rest.get("account"), rest.get("kind"))
                return as_json({"dropped": gone})
            case _:
                return _refused()

    async def broadcast(self, request: web.Request) -> web.Response:
        """Go live or off: {"account": 7200101, "title": "Evening"} or {"account": 7200101, "is_live": false}."""
        match await _asked(request):
            case {"account": int(account), "is_live": False}:
                self._stage.broadcasts.pop(account, None)
            case {"account": int(account), "title": str(title)}:
                self._stage.broadcasts[account] = Broadcast(title, self._stage.now().replace(microsecond=0))
            case _:
                return _refused()
        return web.Response(status=204)

    async def calls(self, _: web.Request) -> web.Response:
        """List what was asked of the played Kick, the last thousand."""
        return as_json([asdict(call) for call in self._stage.calls])


def _as_switch(now: object, value: Any) -> Any:
    """What a switch is set to; None where the value does not fit it."""
    if isinstance(now, set):
        return set(cast("list[Any]", value)) if isinstance(value, list) else None
    if isinstance(now, dict):
        return cast("object", value) if isinstance(value, dict) else None
    if isinstance(now, bool) or isinstance(value, bool):
        return value if isinstance(now, bool) and isinstance(value, bool) else None
    if value is None:
        return NO_LIMIT
    return value if isinstance(value, int | float) else None


def stumbling(stage: Stage) -> Middleware:
    """What stands before every endpoint: it keeps the list of calls, and goes wrong where that was ordered."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            return await handler(request)
        found = stage.next_stumble(request.path)
        if found is not None:
            stage.calls.append(_call(request, found.status if found.manner == "answers" else 0))
            return await _stumbled(request, found, stage.closing)
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            stage.calls.append(_call(request, refusal.status))
            raise
        stage.calls.append(_call(request, answer.status))
        return answer

    return watch


def _call(request: web.Request, status: int) -> Call:
    return Call(method=request.method, path=request.path, status=status, grant_type=request.get(GRANT_TYPE))


async def _stumbled(request: web.Request, found: Stumble, closing: asyncio.Event) -> web.StreamResponse:
    if found.manner == "hangs":
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), HANGS_S)
    if found.manner != "answers" and request.transport is not None:
        request.transport.abort()
    return web.Response(status=found.status, body=found.body, headers=found.headers)


async def _asked(request: web.Request) -> dict[str, Any]:
    try:
        content: object = orjson.loads(await request.content.read(BODY_SIZE_MAX))
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _refused() -> web.Response:
    return as_json({"message": "Give one of the objects that the endpoint takes."}, 400)
