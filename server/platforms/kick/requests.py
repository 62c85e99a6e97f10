"""Requests to Kick's API: what an answer means, what is asked twice, and when an endpoint is left alone."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar, cast

from aiohttp import ClientSession

from server.platforms.kick import values
from server.platforms.kick.calls import (
    RETRY_AFTER_MAX_S,
    Answer,
    Method,
    Parameters,
    TooLong,
    Unanswered,
    call,
    is_token,
    secure_origin,
)
from server.platforms.kick.values import NAME_LENGTH_MAX, Unparsable
from server.ports import Chance
from server.ports_platforms import ApiFault, ApiFaultKind

T = TypeVar("T")

CALL_TIMEOUT_S = 10.0
TRIES_MAX = 3
PAUSE_FIRST_S, PAUSE_MAX_S = 0.5, 8.0
REST_FIRST_S, REST_DOUBLINGS_MAX = 5, 8
DRAWN_BYTES = 4
OK: Collection[int] = frozenset({HTTPStatus.OK})
TAKEN: Collection[int] = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT})

_MEANINGS: Mapping[int, tuple[ApiFaultKind, str]] = {
    HTTPStatus.UNAUTHORIZED: ("unauthorised", "Kick takes this token no more; refresh it, or sign in again."),
    HTTPStatus.FORBIDDEN: ("forbidden", "Kick does not allow this; a scope is missing, or the right to do it."),
    HTTPStatus.TOO_MANY_REQUESTS: ("limited", "Kick was asked too often; ask again later."),
    HTTPStatus.REQUEST_TIMEOUT: ("unavailable", "Kick gave up waiting for the request; ask again later."),
}
# What Kick says when it allows no more of something, whatever the status is beside it.
_QUOTAS = ("event subscription limit reached", "quota exceeded")


@dataclass(frozen=True, slots=True)
class _Question:
    endpoint: str
    method: Method
    path: str
    query: Parameters
    content: Mapping[str, object] | None


class Requests:
    """Puts questions to Kick. An endpoint that asked to be left alone is not asked by anybody until then."""

    def __init__(
        self,
        session: ClientSession,
        *,
        api_url: str,
        what: str = "Kick's API",
        timeout_s: float = CALL_TIMEOUT_S,
        chance: Chance | None = None,
    ) -> None:
        """Raise ValueError unless the address is https, or http on this machine; it says `what` has to be."""
        self._session = session
        self._api = secure_origin(api_url, what)
        self._timeout_s = timeout_s
        self._chance = chance
        self._resting: dict[str, tuple[float, int]] = {}

    async def ask(
        self,
        method: Method,
        path: str,
        token: str,
        *,
        query: Parameters = (),
        content: Mapping[str, object] | None = None,
        good: Collection[int] = OK,
        tries: int = 1,
        endpoint: str | None = None,
    ) -> Answer | ApiFault:
        """The answer if its status is a good one, else what it means.

        More than one of `tries` is for what changes nothing, or nothing more the second time. `endpoint` stands for
        `path` where that holds an id.
        """
        question = _Question(f"{method} {endpoint or path}", method, path, query, content)
        answer = await self._once(question, token, good)
        for attempt in range(1, tries):
            if not isinstance(answer, ApiFault) or answer.kind != "unavailable":
                break
            await asyncio.sleep(self._pause_s(attempt))
            answer = await self._once(question, token, good)
        return answer

    async def _once(self, asked: _Question, token: str, good: Collection[int]) -> Answer | ApiFault:
        if not is_token(token):
            return meaning(HTTPStatus.UNAUTHORIZED)
        now_s = asyncio.get_running_loop().time()
        until_s, _ = self._resting.get(asked.endpoint, (0.0, 0))
        if now_s < until_s:
            return meaning(HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=int(until_s - now_s) + 1)
        try:
            answer = await call(
                self._session,
                asked.method,
                self._api + asked.path,
                timeout_s=self._timeout_s,
                bearer=token,
                query=asked.query,
                content=asked.content,
            )
        except Unanswered as fault:
            return ApiFault(kind="unavailable", message=str(fault))
        except TooLong as fault:
            return ApiFault(kind="unreadable", message=str(fault))
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rest(asked.endpoint, answer.retry_after_s)
        else:
            self._resting.pop(asked.endpoint, None)
        return answer if answer.status in good else fault_of(answer)

    def _rest(self, name: str, asked_s: int | None) -> None:
        """Leave an endpoint alone: as long as Kick asks, or else for longer each time."""
        _, before = self._resting.get(name, (0.0, 0))
        rest_s = min(REST_FIRST_S * 2 ** min(before, REST_DOUBLINGS_MAX), RETRY_AFTER_MAX_S)
        until_s = asyncio.get_running_loop().time() + (rest_s if asked_s is None else asked_s)
        self._resting[name] = (until_s, before + 1)

    def _pause_s(self, failures: int) -> float:
        """A random pause, up to twice as long after every failure."""
        drawn = None if self._chance is None else self._chance.draw(DRAWN_BYTES)
        share = 0.5 if drawn is None else int.from_bytes(drawn) / 2 ** (8 * DRAWN_BYTES)
        return min(PAUSE_FIRST_S * 2 ** (failures - 1), PAUSE_MAX_S) * share


def meaning(status: int, *, retry_after_s: int | None = None) -> ApiFault:
    """What a status other than the promised one means."""
    if status in _MEANINGS:
        kind, message = _MEANINGS[status]
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind, message = "unavailable", f"Kick answered {status}; ask again later."
    elif status >= HTTPStatus.BAD_REQUEST:
        kind, message = "rejected", f"Kick refused the request with {status}."
    else:
        kind, message = "unreadable", f"Kick answered {status} where it promises something else."
    return ApiFault(kind=kind, message=message, retry_after_s=retry_after_s, status=int(status))


def fault_of(answer: Answer) -> ApiFault:
    """What an answer of another status than promised means."""
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and _is_quota(answer.json()):
        return ApiFault(kind="quota", message="Kick allows no more of this.", retry_after_s=answer.retry_after_s)
    return meaning(answer.status, retry_after_s=answer.retry_after_s)


def _is_quota(said: Any) -> bool:
    if type(said) is not dict:
        return False
    told = cast("dict[str, object]", said)
    words = " ".join(part for part in (told.get("data"), told.get("message")) if type(part) is str).lower()
    return any(phrase in words for phrase in _QUOTAS)


def read(answer: Answer | ApiFault, what: str, reader: Callable[[Answer], T | ApiFault]) -> T | ApiFault:
    """What `reader` makes of an answer, or the fault; one that cannot be read names the place that is wrong."""
    if isinstance(answer, ApiFault):
        return answer
    try:
        return reader(answer)
    except (Unparsable, ValueError) as fault:
        place = f" ({fault.message.partition(':')[0]})" if isinstance(fault, Unparsable) else ""
        return ApiFault(kind="unreadable", message=f"Kick's answer about {what} is not what Kick promises{place}.")


def data_of(answer: Answer) -> Any:
    """What an answer is about; Unparsable when it is no object."""
    return values.fields(answer.json(), "answer").get("data")


def list_of(answer: Answer) -> list[Any]:
    """The list that an answer is about; Unparsable when it is none."""
    data = data_of(answer)
    if type(data) is not list:
        raise values.mismatch("data", "a list", data)
    return cast("list[Any]", data)


def next_cursor(answer: Answer) -> str | None:
    """Where the next page begins, or None at the end."""
    pages = values.fields(answer.json(), "answer").get("pagination")
    told = None if pages is None else values.fields(pages, "pagination").get("next_cursor")
    return values.optional_text(told, "pagination.next_cursor", values.TEXT_LENGTH_MAX)


def account(value: object, path: str) -> str:
    """An account's number as text; Unparsable when it is none."""
    known = values.user_id(value)
    if known is None:
        raise values.mismatch(path, "a positive number", value)
    return known


def needed(value: object, path: str) -> str:
    """A name with something in it."""
    told = values.text(value, path, NAME_LENGTH_MAX)
    if not told:
        raise values.mismatch(path, "a text with something in it", value)
    return told
