"""Calls to Kick: bounded in time and size, over TLS, along no redirect, and without a secret in what goes wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, hdrs

ANSWER_SIZE_MAX = 256 * 1024
RETRY_AFTER_MAX_S = 3600
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_TOKEN = re.compile(r"[!-~]{1,4096}")
_SECONDS = re.compile(r"[0-9]{1,9}")

Parameters = Sequence[tuple[str, str]]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Unanswered(Exception):
    """There is no answer that can be used; the sentence is made of our own words only."""


class TooLong(Exception):
    """The answer is longer than any that Kick promises."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; its body may hold secrets and is not shown."""

    status: int
    body: bytes = field(repr=False)
    retry_after_s: int | None = None

    def json(self) -> Any:
        """Return the body as JSON, None when it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


def secure_origin(address: str, what: str) -> str:
    """Return `address` without a slash at its end; ValueError unless it is https.

    Plain http is taken on this machine only, for a platform that is played.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(f"The address of {what} must begin with https://.")
    return address.rstrip("/")


def is_token(text: object) -> bool:
    """Return True for what can be a token: 1 to 4096 visible ASCII characters, so that it never breaks a header."""
    return type(text) is str and _TOKEN.fullmatch(text) is not None


async def call(
    session: ClientSession,
    method: Method,
    url: str,
    *,
    timeout_s: float,
    size_max: int = ANSWER_SIZE_MAX,
    bearer: str | None = None,
    query: Parameters = (),
    form: Mapping[str, str] | None = None,
    content: Mapping[str, object] | None = None,
) -> Answer:
    """Return Kick's answer, whatever its status, within `timeout_s`; raise Unanswered or TooLong, follow no redirect.

    `content` is sent as JSON. What the library raises may show the whole request, so none of it is chained.
    """
    headers = {hdrs.ACCEPT: "application/json"}
    if content is not None:
        headers[hdrs.CONTENT_TYPE] = "application/json"
    if bearer is not None:
        headers[hdrs.AUTHORIZATION] = f"Bearer {bearer}"
    try:
        async with session.request(
            method,
            url,
            params=list(query),
            data=form if content is None else orjson.dumps(content),
            headers=headers,
            timeout=ClientTimeout(total=timeout_s),
            allow_redirects=False,
        ) as answer:
            return Answer(answer.status, await _read(answer, size_max), _retry_after(answer))
    except TimeoutError:
        raise Unanswered(f"Kick did not answer within {timeout_s:g} seconds.") from None
    except ClientError as fault:
        raise Unanswered(f"Kick could not be asked ({type(fault).__name__}).") from None


async def _read(answer: ClientResponse, size_max: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > size_max:
            raise TooLong("Kick's answer is too long to be one.")
    return bytes(body)


def _retry_after(answer: ClientResponse) -> int | None:
    """The seconds that Kick asks us to wait, an hour at most; None when it names none, or a date."""
    text = answer.headers.get(hdrs.RETRY_AFTER, "")
    return min(int(text), RETRY_AFTER_MAX_S) if _SECONDS.fullmatch(text) else None
