"""Sign-in with Kick: https://docs.kick.com/getting-started/generating-tokens-oauth2-flow."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote, urlencode

from aiohttp import ClientSession

from server.platforms.kick.calls import Answer, TooLong, Unanswered, call, is_token, secure_origin
from server.platforms.kick.scopes import scopes_for
from server.platforms.kick.values import COUNT_MAX
from server.ports_platforms import Feature, OAuthFault, Tokens

CALL_TIMEOUT_S = 10.0
TOKENS_SIZE_MAX = 32 * 1024
SCOPE_LENGTH_MAX = 2_000

# Codes of RFC 6749 may be shown; anything else in a refusal might repeat what we sent.
_KNOWN_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
)
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_SECONDS = re.compile(r"[0-9]{1,12}")
_REWRITTEN_HOST = "127.0.0.1"


class KickOAuth:
    """Kick's authorisation server, as one app of ours speaks to it."""

    platform = "kick"

    def __init__(
        self,
        session: ClientSession,
        *,
        auth_url: str,
        client_id: str,
        client_secret: str,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        """Raise ValueError unless `auth_url` is https, or http on this machine."""
        self._session = session
        self._base = secure_origin(auth_url, "Kick's sign-in")
        self._app = {"client_id": client_id, "client_secret": client_secret}
        self._timeout_s = timeout_s

    def scopes(self, *features: Feature) -> Sequence[str]:
        """Return the scopes that these features need."""
        return scopes_for(*features)

    def authorization_url(self, *, state: str, challenge: str, redirect_uri: str, scopes: Sequence[str]) -> str:
        """Return the address of Kick's page that asks for `scopes`; it holds nothing that must stay with us."""
        # Kick's page writes localhost over the first 127.0.0.1: this one is there for it to take instead of ours.
        decoy = {"redirect": _REWRITTEN_HOST} if _REWRITTEN_HOST in redirect_uri else {}
        asked = decoy | {
            "response_type": "code",
            "client_id": self._app["client_id"],
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._base}/oauth/authorize?{urlencode(asked, quote_via=quote)}"

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Tokens | OAuthFault:
        """Return the tokens for `code`, which Kick takes once, or the fault."""
        form = {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
        return await self._tokens("authorization_code", form)

    async def refresh(self, refresh_token: str) -> Tokens | OAuthFault:
        """Return new tokens, or the fault; keep the new refresh token, whatever becomes of the old one."""
        return await self._tokens("refresh_token", {"refresh_token": refresh_token})

    async def app_token(self) -> Tokens | OAuthFault:
        """Return tokens of the app itself, or the fault."""
        return await self._tokens("client_credentials", {})

    async def revoke(self, token: str, *, kind: Literal["access_token", "refresh_token"]) -> OAuthFault | None:
        """Give `token` back; None once Kick has taken it, which it also says of tokens it never knew.

        Kick reads the token from the address and takes a request without one for done, so that is where it must stand.
        """
        # Whoever reads this address learns a token that is good no more.
        query = [("token", token), ("token_hint_type", kind)]
        try:
            answer = await call(
                self._session,
                "POST",
                f"{self._base}/oauth/revoke",
                timeout_s=self._timeout_s,
                size_max=TOKENS_SIZE_MAX,
                query=query,
            )
        except (Unanswered, TooLong) as fault:
            return _fault_of(fault)
        return None if answer.status == HTTPStatus.OK else _refusal(answer)

    async def _tokens(self, grant: str, form: Mapping[str, str]) -> Tokens | OAuthFault:
        try:
            answer = await call(
                self._session,
                "POST",
                f"{self._base}/oauth/token",
                timeout_s=self._timeout_s,
                size_max=TOKENS_SIZE_MAX,
                form={"grant_type": grant, **self._app, **form},
            )
        except (Unanswered, TooLong) as fault:
            return _fault_of(fault)
        if answer.status != HTTPStatus.OK:
            return _refusal(answer)
        tokens = _read_tokens(answer.json(), for_person=grant != "client_credentials")
        return tokens or OAuthFault(kind="unreadable", message="Kick's answer holds no tokens where they should be.")


def _fault_of(fault: Unanswered | TooLong) -> OAuthFault:
    return OAuthFault(kind="unavailable" if isinstance(fault, Unanswered) else "unreadable", message=str(fault))


def _refusal(answer: Answer) -> OAuthFault:
    """What an answer other than 200 means; only a refusal that says so itself ends a sign-in."""
    status, error = answer.status, _error(answer.json())
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        message = f"Kick answered {status}; ask again later."
        return OAuthFault(kind="unavailable", message=message, retry_after_s=answer.retry_after_s)
    if status < HTTPStatus.BAD_REQUEST:
        return OAuthFault(kind="unreadable", message=f"Kick answered {status} where it promises 200.")
    if error == "invalid_grant" and status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return OAuthFault(kind="invalid_grant", message="Kick takes this code or token no more; sign in again.")
    shown = f" ({error})" if error in _KNOWN_ERRORS else ""
    return OAuthFault(kind="refused", message=f"Kick refused the request with {status}{shown}.")


def _error(said: Any) -> str | None:
    match said:
        case {"error": str(error)}:
            return error
        case _:
            return None


def _read_tokens(said: Any, *, for_person: bool) -> Tokens | None:
    """The tokens in an answer, None where anything is not as Kick promises it."""
    match said:
        case {"access_token": str(access), "token_type": str(kind), "expires_in": int() | str() as lifetime}:
            expires_in_s = _seconds(lifetime)
        case _:
            return None
    refresh, scope = said.get("refresh_token"), said.get("scope")
    if not is_token(access) or kind.lower() != "bearer" or expires_in_s is None:
        return None
    if not for_person:
        return Tokens(access_token=access, refresh_token=None, expires_in_s=expires_in_s, scopes=frozenset())
    if not is_token(refresh) or type(scope) is not str or len(scope) > SCOPE_LENGTH_MAX:
        return None
    return Tokens(
        access_token=access, refresh_token=refresh, expires_in_s=expires_in_s, scopes=frozenset(scope.split())
    )


def _seconds(lifetime: int | str) -> int | None:
    """A lifetime, which Kick's documents show as a number and as a text; None unless it is positive."""
    if type(lifetime) is str:
        lifetime = int(lifetime) if _SECONDS.fullmatch(lifetime) else 0
    return lifetime if type(lifetime) is int and 0 < lifetime <= COUNT_MAX else None
