"""Asks for the leaderboard of a Howl affiliate; its key is a secret and stands in no message."""

import asyncio
import re
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs

from server.domain.refusals import Refused
from server.domain.wagers import Rows, Unreadable
from server.platforms.howl.parse import ROWS_MAX, parse
from server.ports_platforms import ApiFault

CALL_TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 1024 * 1024
RETRY_AFTER_MAX_S = 3600
SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
KEY = re.compile(r"[!-~]{8,500}", re.ASCII)
PATH = "/api/user/affiliate/lb"
CHALLENGE = "Cf-Mitigated"


class HowlWagers:
    """What everybody under an affiliate has wagered since an instant."""

    def __init__(self, session: ClientSession, *, url: str, timeout_s: float = CALL_TIMEOUT_S) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._timeout = ClientTimeout(total=timeout_s)

    def secret_of(self, given: str) -> str:
        """The key of an affiliate; refuses what can be none."""
        key = given.strip()
        if not KEY.fullmatch(key):
            raise Refused(
                "wager_feed_secret_invalid",
                "That is no key of a Howl affiliate: one has 8 to 500 letters, digits and signs, and no space within.",
                "Copy the API key from your affiliate page on Howl, whole.",
            )
        return key

    async def totals(self, secret: str, since: datetime, now: datetime) -> Rows | ApiFault:
        """Everybody's totals since an instant; `now` ends the time that is asked about."""
        query = {"from": instant(since), "to": instant(now), "limit": str(ROWS_MAX)}
        try:
            async with self._session.get(
                f"{self._url}{PATH}",
                params=query,
                headers={hdrs.ACCEPT: "application/json", hdrs.AUTHORIZATION: secret},
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        return ApiFault(kind="unreadable", message="Howl's answer is too long to be one.")
                status, told = answer.status, answer.headers
        except TimeoutError:
            return ApiFault(kind="unavailable", message="Howl did not answer in time.")
        except ClientError as fault:
            return ApiFault(kind="unavailable", message=f"Howl could not be asked ({type(fault).__name__}).")
        if status != HTTPStatus.OK or CHALLENGE in told:
            return refused(status, told.get(hdrs.RETRY_AFTER, ""), is_challenge=CHALLENGE in told)
        try:
            return await asyncio.to_thread(parse, bytes(body))
        except Unreadable as fault:
            return ApiFault(kind="unreadable", message=str(fault), status=status)


def refused(status: int, after: str, *, is_challenge: bool) -> ApiFault:
    """The fault of an answer that holds no rows."""
    wait = min(int(after), RETRY_AFTER_MAX_S) if SECONDS.fullmatch(after) else None
    if is_challenge:
        return ApiFault(kind="unavailable", message="Howl's guard asked for a person.", status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        message = "Howl says that it was asked too often."
        return ApiFault(kind="limited", message=message, status=status, retry_after_s=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ApiFault(kind="unavailable", message=f"Howl answered {status}.", status=status, retry_after_s=wait)
    kind = "unauthorised" if status == HTTPStatus.UNAUTHORIZED else "rejected"
    return ApiFault(kind=kind, message=f"Howl answered {status}.", status=status)


def instant(at: datetime) -> str:
    """An instant as Howl writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
