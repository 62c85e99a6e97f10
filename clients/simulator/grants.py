"""Kick's authorisation server as rules: who may have which code and token, and what ends it."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, TypeVar

from clients.simulator.system import Chance

CODE_LIFETIME = timedelta(seconds=60)
ACCESS_LIFETIME = timedelta(hours=2)
REFRESH_LIFETIME = timedelta(days=30)
APP_LIFETIME = timedelta(days=60)
HELD_MAX = 10_000
CHALLENGE_LENGTH = 43
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SECRET_LENGTH = 48
SCOPES = frozenset(
    {"user:read", "channel:read", "channel:write", "channel:rewards:read", "channel:rewards:write", "chat:write"}
    | {"streamkey:read", "events:subscribe", "moderation:ban", "moderation:chat_message:manage", "kicks:read"}
)

Held = TypeVar("Held")


class Declined(Exception):
    """The authorisation server says no, with a code of RFC 6749."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class KickApp:
    """A registered app, with the exact addresses that people may be sent back to."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a browser was sent to ask for."""

    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str


@dataclass(slots=True, kw_only=True)
class Grant:
    """What one person, or with no account the app itself, allowed at one time; all its tokens end with it."""

    account: int | None
    scopes: tuple[str, ...]
    is_revoked: bool = False


@dataclass(slots=True, kw_only=True)
class _Code:
    asked: Asked
    account: int
    expires_at: datetime
    grant: Grant | None = None
    is_spent: bool = False


@dataclass(slots=True, kw_only=True)
class Token:
    """An access or a refresh token; `is_spent` once it was exchanged for a newer one, or given back."""

    kind: Literal["access", "refresh"]
    grant: Grant
    expires_at: datetime
    is_spent: bool = False


class Grants:
    """Every code and token that is out, the oldest forgotten beyond 10,000 of each."""

    def __init__(self, app: KickApp, now: Callable[[], datetime], chance: Chance) -> None:
        self.app = app
        self.access_lifetime = ACCESS_LIFETIME
        self.are_refresh_tokens_reusable = False
        self._now = now
        self._chance = chance
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, Token] = {}

    def asked(self, query: Mapping[str, str]) -> Asked:
        """Return what an authorisation request asks for; Declined where people must not even be sent back."""
        redirect_uri, state, challenge = (query.get(name, "") for name in ("redirect_uri", "state", "code_challenge"))
        if query.get("client_id") != self.app.client_id:
            raise Declined("invalid_client", "There is no such app.")
        if redirect_uri not in self.app.redirect_uris:
            raise Declined("invalid_request", "This address is not registered for the app.")
        if query.get("response_type") != "code" or not state or not query.get("scope", "").strip():
            raise Declined("invalid_request", "response_type, state and scope are needed.")
        if query.get("code_challenge_method") != "S256" or len(challenge) != CHALLENGE_LENGTH:
            raise Declined("invalid_request", "A code challenge with the method S256 is needed.")
        return Asked(redirect_uri=redirect_uri, state=state, scopes=tuple(query["scope"].split()), challenge=challenge)

    def code_for(self, asked: Asked, account: int) -> str:
        """Return a code that lives for a minute."""
        code = _Code(asked=asked, account=account, expires_at=self._now() + CODE_LIFETIME)
        return self._keep(self._codes, code)

    def answer(self, form: Mapping[str, str]) -> dict[str, object]:
        """Return what the token endpoint answers to `form`; Declined when it refuses."""
        is_ours = form.get("client_id") == self.app.client_id and form.get("client_secret") == self.app.client_secret
        if not is_ours:
            raise Declined("invalid_client", "Client authentication failed.", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form)
            case "client_credentials":
                access = self._access(Grant(account=None, scopes=()), APP_LIFETIME)
                return {"access_token": access, "token_type": "Bearer", "expires_in": _seconds(APP_LIFETIME)}
            case _:
                raise Declined("unsupported_grant_type", "This grant type is not supported.")

    def revoke(self, token: str) -> None:
        """End the token: of a refresh token its whole grant, of an access token only itself; unknown ones are fine."""
        held = self._tokens.get(token)
        if held is None:
            return
        held.is_spent = True
        held.grant.is_revoked |= held.kind == "refresh"

    def withdraw(self, account: int | None) -> None:
        """End everything that this person allowed, as he can in Kick's own settings; with none what the app has."""
        for token in self._tokens.values():
            token.grant.is_revoked |= token.grant.account == account

    def access(self, token: str) -> Token | None:
        """Return the access token if it is good now."""
        held = self._tokens.get(token)
        return held if held is not None and held.kind == "access" and self._is_good(held) else None

    def _exchange(self, form: Mapping[str, str]) -> dict[str, object]:
        if not form.get("code_verifier") or not form.get("code"):
            raise Declined("invalid_request", "code and code_verifier are needed.")
        code = self._codes.get(form["code"])
        if code is None:
            raise Declined("invalid_grant", "The code is not known.")
        if code.is_spent:
            # Somebody else may hold what the first exchange gave: OAuth 2.1 has the server take it all back.
            if code.grant is not None:
                code.grant.is_revoked = True
            raise Declined("invalid_grant", "The code was used before.")
        code.is_spent = True
        if self._now() >= code.expires_at:
            raise Declined("invalid_grant", "The code has expired.")
        if form.get("redirect_uri") != code.asked.redirect_uri:
            raise Declined("invalid_grant", "The redirect address is not the one that was asked for.")
        if challenge_of(form["code_verifier"]) != code.asked.challenge:
            raise Declined("invalid_grant", "The verifier does not fit the challenge.")
        code.grant = Grant(account=code.account, scopes=code.asked.scopes)
        return self._pair(code.grant)

    def _refresh(self, form: Mapping[str, str]) -> dict[str, object]:
        held = self._tokens.get(form.get("refresh_token", ""))
        if held is None or held.kind != "refresh":
            raise Declined("invalid_grant", "The refresh token is not known.")
        if held.is_spent and not self.are_refresh_tokens_reusable:
            held.grant.is_revoked = True
            raise Declined("invalid_grant", "The refresh token was used before.")
        if held.grant.is_revoked or self._now() >= held.expires_at:
            raise Declined("invalid_grant", "The refresh token is good no more.")
        held.is_spent = True
        return self._pair(held.grant)

    def _pair(self, grant: Grant) -> dict[str, object]:
        refresh = Token(kind="refresh", grant=grant, expires_at=self._now() + REFRESH_LIFETIME)
        return {
            "access_token": self._access(grant, self.access_lifetime),
            "token_type": "Bearer",
            "refresh_token": self._keep(self._tokens, refresh),
            "expires_in": _seconds(self.access_lifetime),
            "scope": " ".join(grant.scopes),
        }

    def _access(self, grant: Grant, lifetime: timedelta) -> str:
        return self._keep(self._tokens, Token(kind="access", grant=grant, expires_at=self._now() + lifetime))

    def _is_good(self, token: Token) -> bool:
        return not token.is_spent and not token.grant.is_revoked and self._now() < token.expires_at

    def _keep(self, held: dict[str, Held], value: Held) -> str:
        name = "".join(self._chance.choices(LETTERS, k=SECRET_LENGTH))
        held[name] = value
        if len(held) > HELD_MAX:
            del held[next(iter(held))]
        return name


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier by the method S256, from the text of RFC 7636."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _seconds(lifetime: timedelta) -> int:
    return lifetime // timedelta(seconds=1)
