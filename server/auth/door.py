"""Who may come in: every way to say who one is, and which of them were taken back."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, cast

from server.auth import service_tokens, shown_once
from server.auth.actors import Actor
from server.auth.shown_once import ShownKind
from server.auth.spending import Spending
from server.auth.tokens import CLOCK_SKEW_S, INSTANT_MAX_S, TokenFault, TokenSigner
from server.domain.instants import EPOCH
from server.ports import Clock, Reader
from server.store import signin
from server.store.signin import SessionRecord
from server.store.tokens import api_tokens, overlay_keys, revocation, service_keys
from server.store.tokens.revocation import Credential, CredentialKind

T = TypeVar("T")

REMEMBERED_S = 2.0
"""For so long what was looked up counts without another look. Who loses his token is out within five seconds."""

REMEMBERED_MAX = 1_000
USES_MAX = 10_000
"""So many keys of one kind are noted as used at once; those of one kind keep out none of another."""

NEVER = EPOCH + timedelta(seconds=INSTANT_MAX_S)
NO_COOKIES: Mapping[str, str] = {}

Sessions = Callable[[Mapping[str, str], str], str | None]
"""The digest of the session in a browser's cookies, when the proof is good that one of our pages sends the request."""


class Door:
    """Knows everybody who comes with an authorization, by his token or by the session of his browser."""

    def __init__(
        self,
        tokens: TokenSigner,
        *,
        reader: Callable[[], Reader],
        spending: Spending,
        clock: Clock,
        sessions: Sessions | None = None,
    ) -> None:
        self.tokens = tokens
        self._reader = reader
        self._spending = spending
        self._clock = clock
        self._sessions = sessions
        self._remembered: dict[str, tuple[float, Any]] = {}
        self._used: dict[CredentialKind, dict[int, datetime]] = {}

    async def holder(self, authorization: object, cookies: Mapping[str, str] = NO_COOKIES) -> Actor | TokenFault | None:
        """Who is named by an authorization; None where there is none."""
        if authorization is None:
            return None
        scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
        match scheme.lower():
            case "bearer":
                return await self._bearer(text.strip())
            case "session" if self._sessions is not None:
                return await self._session(self._sessions(cookies, text.strip()))
            case _:
                return TokenFault("invalid")

    async def _bearer(self, token: str) -> Actor | TokenFault:
        kid = service_tokens.kid_of(token)
        if kid is not None:
            return await self._service(kid, token)
        shown = shown_once.kind_of(token)
        if shown is not None:
            return await self._shown(shown, shown_once.digest_of(token))
        actor = self.tokens.read(token)
        if isinstance(actor, Actor) and await self._is_revoked(actor.token_id):
            return TokenFault("revoked")
        return actor

    async def _is_revoked(self, token_id: str) -> bool:
        return await self._looked_up(f"printed {token_id}", lambda: revocation.is_revoked(self._reader(), token_id))

    async def _shown(self, kind: ShownKind, digest: str) -> Actor | TokenFault:
        look = partial(overlay_by_digest if kind == "overlay" else person_by_digest, digest=digest)
        found = await self._looked_up(f"{kind} {digest}", lambda: look(self._reader()))
        if found is None:
            return TokenFault("invalid")
        actor, is_revoked = found
        now = self._clock.now()
        if is_revoked:
            if kind == "overlay":
                # Staff is told of it: some source still has the address with the old key, and shows nothing.
                self._note_use(kind, credential_of(actor)[1], now)
            return TokenFault("revoked")
        if now >= actor.expires_at:
            return TokenFault("expired")
        self._note_use(kind, credential_of(actor)[1], now)
        return actor

    async def _session(self, digest: str | None) -> Actor | TokenFault:
        """Who is signed in with a browser whose request one of our pages sends."""
        if digest is None:
            return TokenFault("session_over")
        now = self._clock.now()
        session = await self._looked_up(f"session {digest}", lambda: signin.session_of(self._reader(), digest, now))
        if session is None or now >= session.expires_at:
            return TokenFault("session_over")
        return signed_in(session)

    async def _service(self, kid: str, token: str) -> Actor | TokenFault:
        key = await self._looked_up(f"service {kid}", lambda: service_keys.by_kid(self._reader(), kid))
        if key is None:
            return TokenFault("invalid")
        now = self._clock.now()
        signed = service_tokens.read(token, key, now)
        if isinstance(signed, TokenFault):
            return signed
        until = signed.expires_at + timedelta(seconds=CLOCK_SKEW_S)
        if not await self._spending.take(signed.spends, until):
            return TokenFault("replayed")
        self._note_use("service", key.id, now)
        return await self._bound(signed.actor)

    async def _bound(self, actor: Actor) -> Actor:
        """A bot that acts in a Discord server which is bound to a community acts for that community alone."""
        guild = actor.guild
        if guild is None:
            return actor
        bound = await self._looked_up(f"guild {guild}", lambda: service_keys.community_of(self._reader(), guild))
        return actor if bound is None else replace(actor, community_id=bound[0], community_slug=bound[1])

    async def _looked_up(self, name: str, look: Callable[[], Awaitable[T]]) -> T:
        """What a look into the database tells, which is remembered for a moment."""
        now_s = self._clock.monotonic()
        known = self._remembered.get(name)
        if known is not None and now_s - known[0] < REMEMBERED_S:
            return cast("T", known[1])
        found = await look()
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[name] = now_s, found
        return found

    def _note_use(self, kind: CredentialKind, number: int, now: datetime) -> None:
        of_kind = self._used.setdefault(kind, {})
        if number in of_kind or len(of_kind) < USES_MAX:
            of_kind[number] = now

    def uses(self) -> Mapping[tuple[str, int], datetime]:
        """When keys and tokens were used last, or revoked overlay keys tried, as far as nobody asked before."""
        used, self._used = self._used, {}
        return {(kind, number): at for kind, of_kind in used.items() for number, at in of_kind.items()}

    def is_over(self, actor: Actor, authorization: object) -> TokenFault | None:
        """Why somebody who came in may not stay, by his token alone, or None.

        A client that carries jobs out signs every request anew; what it opened stays until its key is taken back.
        """
        if credential_of(actor)[0] == "printed":
            _, _, text = str(authorization).partition(" ")
            judged = self.tokens.read(text.strip())
            return judged if isinstance(judged, TokenFault) else None
        if actor.kind in {"bot", "exporter"} and not actor.holders:
            return None
        return TokenFault("expired") if self._clock.now() >= actor.expires_at else None

    async def gone(self, actors: Collection[Actor]) -> set[Credential]:
        """What of all that these came in with was taken back; one question to the database, however many they are."""
        asked = {credential_of(actor) for actor in actors}
        found = await revocation.gone(self._reader(), asked)
        now = self._clock.now()
        for kind, number, _ in asked - found:
            if kind == "overlay":
                # An overlay comes in once and stays for hours: that it is there is the only sign of its life.
                self._note_use(kind, number, now)
        if found:
            # What is no more good for a websocket must not be remembered as good for a request.
            self._remembered.clear()
        return found


def credential_of(actor: Actor) -> Credential:
    """What somebody came in with, read off the id of his token."""
    kind, _, rest = actor.token_id.partition(":")
    number = rest.partition(":")[0]
    if kind in {"service", "overlay", "api", "session"} and number.isdigit():
        return cast("CredentialKind", kind), int(number), ""
    return "printed", 0, actor.token_id


def signed_in(session: SessionRecord) -> Actor:
    """Who acts when the owner of a browser does something that is signed in."""
    return Actor(
        kind="person",
        community_id=None,
        subject=f"{session.platform}:{session.external_id}",
        token_id=f"session:{session.id}",
        expires_at=session.expires_at,
        holders=frozenset({(session.platform, session.external_id)}),
    )


async def overlay_by_digest(reader: Reader, digest: str) -> tuple[Actor, bool] | None:
    """Who shows an overlay with a key, and whether it was revoked; None when there is no such key."""
    found = await overlay_keys.by_digest(reader, digest)
    if found is None:
        return None
    key, slug = found
    actor = Actor(
        kind="overlay",
        community_id=key.community_id,
        community_slug=slug,
        subject=key.overlay,
        token_id=f"overlay:{key.id}",
        expires_at=NEVER,
        overlay=key.overlay,
    )
    return actor, key.revoked_at is not None


async def person_by_digest(reader: Reader, digest: str) -> tuple[Actor, bool] | None:
    """Who acts by a token of his own making, and whether it was revoked; None when there is no such token."""
    found = await api_tokens.by_digest(reader, digest)
    if found is None:
        return None
    token, slug = found
    actor = Actor(
        kind="person",
        community_id=token.community_id,
        community_slug=slug,
        subject=":".join(token.holder),
        token_id=f"api:{token.id}",
        expires_at=token.expires_at,
        holders=frozenset({token.holder}),
        ceiling=token.ceiling,
    )
    return actor, token.revoked_at is not None
