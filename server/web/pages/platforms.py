"""The way to a platform's sign-in and back, the same for everything that needs one."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from http import HTTPStatus

import structlog
from aiohttp import web

from server.actions import signin as actions
from server.auth.pkce import challenge_of
from server.domain.refusals import Refused
from server.domain.signin import START_AGAIN
from server.jobs.unit import Units
from server.ports_platforms import ApiFault, KickApi, KickUser, OAuthFault, OAuthProvider, Tokens
from server.store.signin import Attempt, Flow
from server.web.pages.browser import Visitor, digest
from server.web.pages.layout import Layout, Turned

log = structlog.get_logger(__name__)

CALLBACK = "/oauth/kick/callback"
PARAMETER_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that one can sign in with."""

    oauth: OAuthProvider
    api: KickApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A browser has come back from a platform, and this is who signed in there."""

    attempt: Attempt
    visitor: Visitor
    tokens: Tokens
    user: KickUser


Arrival = Callable[[Returned], Awaitable[web.Response]]
"""What is done for a flow once somebody has signed in for it."""


Decline = Callable[[Attempt], Awaitable[None]]
"""What is done for a flow when somebody came back without having allowed it."""


class Ways:
    """Sends browsers to a platform and receives them when they come back: once, in the same browser, in time."""

    def __init__(
        self, *, key: bytes, origin: str, units: Units, layout: Layout, platforms: Mapping[str, Platform]
    ) -> None:
        self._key = key
        self._origin = origin
        self._units = units
        self._layout = layout
        self._platforms = platforms
        self._arrivals: dict[Flow, Arrival] = {}
        self._declines: dict[Flow, Decline] = {}

    def arriving(self, flow: Flow, arrival: Arrival, decline: Decline | None = None) -> None:
        """Say what is done for a flow, and when its sign-in is declined."""
        self._arrivals[flow] = arrival
        if decline is not None:
            self._declines[flow] = decline

    def platform(self, name: str) -> Platform:
        """A platform that is set up; `Turned` for one that is not."""
        found = self._platforms.get(name)
        if found is None:
            raise Turned(
                HTTPStatus.SERVICE_UNAVAILABLE,
                Refused(
                    "platform_not_set_up",
                    f"Signing in with {name.title()} is not set up on this server.",
                    "Whoever runs it sets REGULARS_KICK_CLIENT_ID, REGULARS_KICK_CLIENT_SECRET and "
                    "REGULARS_PUBLIC_URL; docs/kick-app.md shows where they come from.",
                ),
            )
        return found

    async def leave(
        self,
        visitor: Visitor,
        *,
        flow: Flow,
        state: str,
        subject: str,
        scopes: Sequence[str],
        community_id: int = 0,
        provider: str = "kick",
    ) -> web.Response:
        """Send a browser to a platform for a flow; `state` is fresh, of 256 bits."""
        platform = self.platform(provider)
        begin = partial(
            actions.begin,
            state_digest=digest(state),
            browser_digest=visitor.browser_digest,
            flow=flow,
            provider=provider,
            subject=subject,
            scopes=" ".join(scopes),
        )
        await self._units.run(community_id, begin, by=visitor.author)
        return self._layout.elsewhere(
            platform.oauth.authorization_url(
                state=state,
                challenge=challenge_of(self._verifier(state)),
                redirect_uri=self.redirect_uri,
                scopes=scopes,
            )
        )

    @property
    def redirect_uri(self) -> str:
        """Where platforms send browsers back to, exactly as the platform's app must have it."""
        return f"{self._origin}{CALLBACK}"

    async def receive(self, request: web.Request, visitor: Visitor, provider: str) -> web.Response:
        """Receive a browser that a platform sent back; refusals are raised and have used the attempt up."""
        state, code = (one_parameter(request, name) for name in ("state", "code"))
        take = partial(
            actions.come_back, state_digest=digest(state), browser_digest=visitor.browser_digest, provider=provider
        )
        attempt = await self._units.run(0, take, by=visitor.author)
        if isinstance(attempt, Refused):
            raise Turned(HTTPStatus.FORBIDDEN, attempt)
        if request.query.get("error"):
            if attempt.flow in self._declines:
                await self._declines[attempt.flow](attempt)
            raise Turned(
                HTTPStatus.OK,
                Refused("sign_in_declined", "You did not allow it. Nothing was changed.", START_AGAIN),
            )
        platform = self.platform(provider)
        tokens = await platform.oauth.exchange(
            code=code, verifier=self._verifier(state), redirect_uri=self.redirect_uri
        )
        if isinstance(tokens, OAuthFault):
            raise unfinished(provider, tokens)
        user = await platform.api.me(tokens.access_token)
        if isinstance(user, ApiFault):
            raise unfinished(provider, user)
        return await self._arrivals[attempt.flow](Returned(attempt=attempt, visitor=visitor, tokens=tokens, user=user))

    async def discard(self, provider: str, tokens: Tokens) -> None:
        """Give tokens back that were needed only to learn who somebody is; that it fails changes nothing."""
        oauth = self.platform(provider).oauth
        faults = [await oauth.revoke(tokens.access_token, kind="access_token")]
        if tokens.refresh_token is not None:
            faults.append(await oauth.revoke(tokens.refresh_token, kind="refresh_token"))
        for fault in filter(None, faults):
            log.info("sign_in.not_revoked", provider=provider, fault=fault.kind)

    def _verifier(self, state: str) -> str:
        """The PKCE verifier of a sign-in, which need not be stored: it takes the state and our key to make it."""
        made = hmac.new(self._key, f"pkce {state}".encode(), sha256).digest()
        return urlsafe_b64encode(made).rstrip(b"=").decode()


def one_parameter(request: web.Request, name: str) -> str:
    """A parameter that is there at most once, and short; empty where it is not."""
    values = request.query.getall(name, [""])
    return values[0] if len(values) == 1 and len(values[0]) <= PARAMETER_LENGTH_MAX else ""


def unfinished(provider: str, fault: OAuthFault | ApiFault) -> Turned:
    """What is said when a platform does not finish a sign-in."""
    log.warning("sign_in.unfinished", provider=provider, fault=fault.kind)
    if fault.kind == "invalid_grant":
        return Turned(
            HTTPStatus.FORBIDDEN,
            Refused(
                "sign_in_code_refused",
                f"{provider.title()} does not know this sign-in, or it was used already. Nothing was changed.",
                START_AGAIN,
            ),
        )
    return Turned(
        HTTPStatus.BAD_GATEWAY,
        Refused(
            "sign_in_unfinished",
            f"{provider.title()} did not finish the sign-in just now. Nothing was changed.",
            f"Wait a minute. {START_AGAIN}",
        ),
    )
