"""Asks for the feed of a Shuffle affiliate; the key in its address is a secret and stands in no message."""

import asyncio
import re
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs

from server.domain.refusals import Refused
from server.domain.wagers import Rows, Unreadable
from server.platforms.shuffle.parse import parse
from server.ports_platforms import ApiFault

CALL_TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 4 * 1024 * 1024
RETRY_AFTER_MAX_S = 3600
SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
KEY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
PATH = "/stats/"


class ShuffleWagers:
    """The totals of everybody under an affiliate's codes."""

    def __init__(self, session: ClientSession, *, url: str, timeout_s: float = CALL_TIMEOUT_S) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._timeout = ClientTimeout(total=timeout_s)

    def secret_of(self, given: str) -> str:
        """The key of a feed, from its whole address or alone; refuses anything else."""
        text = given.strip()
        parts = urlsplit(text)
        own = parts.hostname in {"affiliate.shuffle.com", urlsplit(self._url).hostname}
        key = parts.path.removeprefix(PATH).rstrip("/") if parts.scheme and own else text
        if not KEY.fullmatch(key):
            raise Refused(
                "wager_feed_secret_invalid",
                "That is no address of a Shuffle affiliate's statistics.",
                "Copy the address from your affiliate page on Shuffle, whole: https://affiliate.shuffle.com/stats/KEY, "
                "where KEY is like 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.",
            )
        return key.lower()

    async def totals(self, secret: str, since: datetime, now: datetime) -> Rows | ApiFault:
        """Everybody's totals; Shuffle tells those of a whole life, whatever the time."""
        del since, now
        try:
            async with self._session.get(
                f"{self._url}{PATH}{secret}",
                headers={hdrs.ACCEPT: "application/json"},
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        return ApiFault(kind="unreadable", message="Shuffle's answer is too long to be one.")
                status, after = answer.status, answer.headers.get(hdrs.RETRY_AFTER, "")
        except TimeoutError:
            return ApiFault(kind="unavailable", message="Shuffle did not answer in time.")
        except ClientError as fault:
            return ApiFault(kind="unavailable", message=f"Shuffle could not be asked ({type(fault).__name__}).")
        if status != HTTPStatus.OK:
            return refused(status, bytes(body), after)
        try:
            return await asyncio.to_thread(parse, bytes(body))
        except Unreadable as fault:
            return ApiFault(kind="unreadable", message=str(fault), status=status)


def refused(status: int, body: bytes, after: str) -> ApiFault:
    """The fault of an answer with another status than 200; Shuffle says by 400, too, that it was asked too often."""
    wait = min(int(after), RETRY_AFTER_MAX_S) if SECONDS.fullmatch(after) else None
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.BAD_REQUEST and b"TOO_MANY_REQUEST" in body):
        message = "Shuffle says that it was asked too often."
        return ApiFault(kind="limited", message=message, status=status, retry_after_s=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ApiFault(kind="unavailable", message=f"Shuffle answered {status}.", status=status, retry_after_s=wait)
    return ApiFault(kind="rejected", message=f"Shuffle answered {status}.", status=status)
