"""An authorisation server of a platform, over real HTTP: it renews tokens, and can fail as real ones do."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from server.platforms.kick.oauth import KickOAuth
from server.ports_platforms import Tokens

Trouble = Literal["500", "500 after renewing", "silence", "silence after renewing", "rubbish"]
LIFETIME = timedelta(hours=2)
TIMEOUT_S = 0.5


@dataclass
class Platform:
    """Hands out tokens and takes each refresh token once; with `forgiving`, an old one stays good as with Kick."""

    forgiving: bool = False
    url: str = ""
    pause_s: float = 0.0
    good: dict[str, str] = field(default_factory=dict[str, str])
    access: dict[str, str] = field(default_factory=dict[str, str])
    given: list[str] = field(default_factory=list[str])
    seen: Counter[str] = field(default_factory=Counter[str])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    refusals: int = 0

    def grant(self, account: str) -> Tokens:
        """What somebody gets who allows us; the refresh tokens of an earlier grant stay good."""
        refresh, access = (f"{kind}-{account}-{secrets.token_urlsafe(24)}" for kind in ("refresh", "access"))
        self.given += [refresh, access]
        self.good[refresh] = account
        self.access[account] = access
        return Tokens(
            access_token=access,
            refresh_token=refresh,
            expires_in_s=LIFETIME // timedelta(seconds=1),
            scopes=frozenset({"user:read", "chat:write"}),
        )

    def revoke(self, account: str) -> None:
        self.good = {token: holder for token, holder in self.good.items() if holder != account}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        token = str(form["refresh_token"])
        self.seen[token] += 1
        await asyncio.sleep(self.pause_s)
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "500":
            return web.Response(status=500, text="oops")
        if trouble == "rubbish":
            return web.Response(text="<html>")
        if trouble == "silence":
            await asyncio.sleep(4 * TIMEOUT_S)
        account = self.good.get(token) if self.forgiving else self.good.pop(token, None)
        if account is None:
            self.refusals += 1
            return web.json_response({"error": "invalid_grant"}, status=400)
        given = self.grant(account)
        if trouble == "500 after renewing":
            return web.Response(status=500, text="oops")
        if trouble == "silence after renewing":
            await asyncio.sleep(4 * TIMEOUT_S)
        return web.json_response(
            {
                "access_token": given.access_token,
                "refresh_token": given.refresh_token,
                "expires_in": given.expires_in_s,
                "token_type": "Bearer",
                "scope": " ".join(sorted(given.scopes)),
            }
        )


@asynccontextmanager
async def platform(*, forgiving: bool = False) -> AsyncGenerator[Platform, None]:
    """A platform that answers on 127.0.0.1."""
    played = Platform(forgiving)
    site = web.Application()
    site.router.add_post("/oauth/token", played.answer)
    async with TestServer(site) as server:
        played.url = str(server.make_url("")).rstrip("/")
        yield played


def asking(session: ClientSession, platform_url: str) -> KickOAuth:
    """What a server asks the platform with, less patient."""
    return KickOAuth(session, auth_url=platform_url, client_id="ours", client_secret="ours too", timeout_s=TIMEOUT_S)
