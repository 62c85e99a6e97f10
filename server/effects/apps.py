"""The app's own token at a platform: fetched when it is needed, and fetched anew once it is refused."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from server.ports import Clock
from server.ports_platforms import ApiFault, OAuthFault, OAuthProvider

T = TypeVar("T")

SPARE = timedelta(minutes=1)


class AppAccess:
    """Puts questions in the name of the app."""

    def __init__(self, oauth: OAuthProvider, clock: Clock) -> None:
        self._oauth = oauth
        self._clock = clock
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def ask(self, question: Callable[[str], Awaitable[T | ApiFault]]) -> T | ApiFault:
        """The answer to a question that takes a token; it is put twice where the first token was refused."""
        for is_last in (False, True):
            token = await self._current()
            if isinstance(token, ApiFault):
                return token
            answer = await question(token)
            if is_last or not isinstance(answer, ApiFault) or answer.kind != "unauthorised":
                return answer
            self._token = None
        raise AssertionError  # the loop returns

    async def _current(self) -> str | ApiFault:
        if self._token is not None and self._good_until is not None and self._clock.now() < self._good_until:
            return self._token
        told = await self._oauth.app_token()
        if isinstance(told, OAuthFault):
            return fault_of(told)
        self._token = told.access_token
        self._good_until = self._clock.now() + timedelta(seconds=told.expires_in_s) - SPARE
        return told.access_token


def fault_of(told: OAuthFault) -> ApiFault:
    """Why there is no token, as a question that needs one says it."""
    if told.kind in {"unavailable", "unreadable"}:
        kind = "unavailable" if told.kind == "unavailable" else "unreadable"
        return ApiFault(kind=kind, message=told.message, retry_after_s=told.retry_after_s)
    return ApiFault(kind="unauthorised", message=told.message)
