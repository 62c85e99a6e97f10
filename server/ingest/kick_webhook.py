"""POST /webhooks/kick: verify, record, answer; decide nothing.

In this order: size, too many failures before, header syntax, signature over the raw bytes, durable record, answer. A
delivery is never refused for its age: Kick delivers hours late, and its message id makes a repeat harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum

import structlog
from aiohttp import web

from server.auth.addresses import Addresses
from server.ingest.failures import Failures
from server.jobs.recorder import NotRecorded
from server.platforms.kick.headers import DeliveryHeaders, HeaderFault, read_headers
from server.platforms.kick.key import KeyRing, Refreshed
from server.platforms.kick.parse import KINDS, broadcaster_id
from server.platforms.kick.signature import Verifier
from server.ports import Clock
from server.publish.limits import Limited
from server.store.inbox import Received

log = structlog.get_logger(__name__)

FUTURE_MAX = timedelta(minutes=5)
ID_SHOWN = 8


class Outcome(StrEnum):
    """How a request ended."""

    RECORDED = "recorded"
    BAD_REQUEST = "bad_request"
    BAD_HEADERS = "bad_headers"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BAD_SIGNATURE = "bad_signature"
    FROM_THE_FUTURE = "from_the_future"
    NOT_DURABLE = "not_durable"
    RATE_LIMITED = "rate_limited"


Record = Callable[[Received], Awaitable[None]]
Observer = Callable[[Outcome, timedelta | None], None]
"""Told of every request: how it ended and, once verified, how old the delivery was."""


class KickWebhook:
    """The receiver of Kick's deliveries."""

    def __init__(
        self,
        *,
        keys: KeyRing,
        record: Record,
        make_way: Callable[[], Awaitable[None]],
        failures: Failures,
        addresses: Addresses,
        clock: Clock,
        observe: Observer,
        body_max_bytes: int,
        body_timeout_s: float,
    ) -> None:
        self._keys = keys
        self._verifier = Verifier(keys)
        self._record = record
        self._make_way = make_way
        self._failures = failures
        self._addresses = addresses
        self._clock = clock
        self._observe = observe
        self._body_max_bytes = body_max_bytes
        self._body_timeout_s = body_timeout_s

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 204 once it is durable, otherwise what was wrong."""
        refusal = self._framing(request)
        if refusal is not None:
            return refusal
        address = self._addresses.of(request)
        limited = self._failures.refusal(address)
        if limited is not None:
            return self._limit(limited)
        headers = read_headers(request.headers)
        if isinstance(headers, HeaderFault):
            self._failures.failed(address)
            return self._refuse(401, Outcome.BAD_HEADERS, headers.message)
        try:
            body = await self._body(request)
        except TimeoutError:
            return self._refuse(408, Outcome.TOO_SLOW, f"The body took longer than {self._body_timeout_s:g} seconds.")
        await self._make_way()
        if not await self._signed(headers, body):
            self._failures.failed(address)
            log.info("kick.bad_signature", message=headers.message_id[:ID_SHOWN], address=address)
            return self._refuse(401, Outcome.BAD_SIGNATURE, "The signature does not fit the delivery.")
        self._failures.proven(address)
        return await self._store(headers, body)

    def _framing(self, request: web.Request) -> web.Response | None:
        """Refuse a body whose size is not told, too large, or hidden by a coding."""
        if request.content_length is None:
            return self._refuse(411, Outcome.BAD_REQUEST, "Content-Length is missing.")
        if request.content_length > self._body_max_bytes:
            return self._refuse(413, Outcome.TOO_LARGE, f"A delivery has at most {self._body_max_bytes} bytes.")
        if "Content-Encoding" in request.headers:
            return self._refuse(415, Outcome.BAD_REQUEST, "Send the body without Content-Encoding.")
        return None

    async def _body(self, request: web.Request) -> bytes:
        """The body; one still under way has a deadline, one that came with its headers needs no timer."""
        if request.content.is_eof():
            return await request.read()
        async with asyncio.timeout(self._body_timeout_s):
            return await request.read()

    async def _signed(self, headers: DeliveryHeaders, body: bytes) -> bool:
        """Whether Kick signed it; when no key fits, its published key may have changed meanwhile."""
        if self._verifier.verify(headers, body):
            return True
        refreshed = await self._keys.refresh()
        if refreshed is Refreshed.CHANGED:
            log.warning("kick.key_changed", remedy="Nothing to do; the former key stays valid for 48 hours.")
        return refreshed is not Refreshed.PINNED and self._verifier.verify(headers, body)

    async def _store(self, headers: DeliveryHeaders, body: bytes) -> web.Response:
        now = self._clock.now()
        age = now - headers.sent_at
        if age < -FUTURE_MAX:
            return self._refuse(400, Outcome.FROM_THE_FUTURE, "The delivery says it was sent in the future.")
        received = Received(
            source="kick",
            message_id=headers.message_id,
            kind=headers.type[:64],
            kind_key=headers.type if headers.type in KINDS else "other",
            subscription_id=headers.subscription_id or "",
            broadcaster_id=broadcaster_id(body),
            told_at=headers.sent_at,
            received_at=now,
            body=body,
        )
        try:
            await self._record(received)
        except NotRecorded as fault:
            self._observe(Outcome.NOT_DURABLE, age)
            return web.json_response(
                {"code": Outcome.NOT_DURABLE, "message": "The delivery could not be stored; send it again."},
                status=503,
                headers={"Retry-After": str(fault.retry_after_s)},
            )
        self._observe(Outcome.RECORDED, age)
        return web.Response(status=204)

    def _limit(self, limited: Limited) -> web.Response:
        self._observe(Outcome.RATE_LIMITED, None)
        told = {
            "code": Outcome.RATE_LIMITED,
            "message": limited.rule.message,
            "remedy": limited.rule.remedy,
            "retryAfterSeconds": limited.wait_s,
        }
        return web.json_response(told, status=429, headers={"Retry-After": str(limited.wait_s)})

    def _refuse(self, status: int, outcome: Outcome, message: str) -> web.Response:
        self._observe(outcome, None)
        return web.json_response({"code": outcome, "message": message}, status=status)
