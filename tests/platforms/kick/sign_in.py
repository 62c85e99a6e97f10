"""A person in a browser, as far as a sign-in with the played Kick needs one."""

from urllib.parse import parse_qsl, urlsplit

from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from clients.simulator.stage import PLAYED_APP
from server.auth.pkce import Pkce, fresh_pkce
from server.platforms.kick.api import KickClient
from server.platforms.kick.oauth import KickOAuth
from server.ports_platforms import OAuthFault, Tokens
from server.system import SystemIds

[CALLBACK] = PLAYED_APP.redirect_uris
OTTER = 7_200_101
STATE = "state-of-one-browser"


class Browser:
    """Follows Kick's redirects by eye, and signs in from beginning to end."""

    def __init__(self, kick: KickPlayed, session: ClientSession) -> None:
        self.kick = kick
        self.session = session
        self.oauth = self.oauth_of()
        self.api = KickClient(session, api_url=kick.url, auth_url=kick.url)

    def oauth_of(self, *, client_secret: str = PLAYED_APP.client_secret, timeout_s: float = 5.0) -> KickOAuth:
        return KickOAuth(
            self.session,
            auth_url=self.kick.url,
            client_id=PLAYED_APP.client_id,
            client_secret=client_secret,
            timeout_s=timeout_s,
        )

    async def come_back(self, pair: Pkce, *scopes: str) -> dict[str, str]:
        """What the callback is told after Kick asked for `scopes`."""
        url = self.oauth.authorization_url(
            state=STATE, challenge=pair.challenge, redirect_uri=CALLBACK, scopes=scopes or ("user:read",)
        )
        async with self.session.get(url, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            address = answer.headers["Location"]
        assert address.startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(address).query))

    async def code(self, pair: Pkce, *scopes: str, account: int = OTTER) -> str:
        self.kick.allow(account)
        return (await self.come_back(pair, *scopes))["code"]

    async def sign_in(self, *scopes: str, account: int = OTTER) -> Tokens:
        pair = fresh_pkce(SystemIds())
        code = await self.code(pair, *scopes, account=account)
        return tokens_of(await self.oauth.exchange(code=code, verifier=pair.verifier, redirect_uri=CALLBACK))


def tokens_of(answer: Tokens | OAuthFault) -> Tokens:
    assert isinstance(answer, Tokens), answer
    return answer


def fault_of(answer: Tokens | OAuthFault | None) -> OAuthFault:
    assert isinstance(answer, OAuthFault), answer
    return answer
