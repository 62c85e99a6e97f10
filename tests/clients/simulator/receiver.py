"""A small honest webhook receiver: strict headers, a checked signature, and failures on request."""

import base64
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

MESSAGE_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def verifies(public_pem: str, message_id: str, timestamp: str, signature: str, body: bytes) -> bool:
    key = serialization.load_pem_public_key(public_pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    signed = f"{message_id}.{timestamp}.".encode() + body
    try:
        key.verify(base64.b64decode(signature, validate=True), signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Arrival:
    message_id: str
    subscription_id: str
    kind: str
    timestamp: str
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers 204 to the genuine and 401 to the rest; `stumble` names a status for the n-th request, 0 hangs up."""

    public_pem: str
    is_strict: bool = True
    stumble: Callable[[int], int | None] = lambda _: None
    url: str = ""
    requests: int = 0
    accepted: list[Arrival] = field(default_factory=list)
    refused: list[Arrival] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        body, headers = await request.read(), request.headers
        status = self.stumble(self.requests)
        if status is not None:
            if status == 0 and request.transport is not None:
                request.transport.close()
            return web.Response(status=status or 500)
        arrival = Arrival(
            headers["Kick-Event-Message-Id"],
            headers["Kick-Event-Subscription-Id"],
            headers["Kick-Event-Type"],
            headers["Kick-Event-Message-Timestamp"],
            body,
        )
        is_genuine = self._is_sane(arrival) and verifies(
            self.public_pem, arrival.message_id, arrival.timestamp, headers["Kick-Event-Signature"], body
        )
        (self.accepted if is_genuine else self.refused).append(arrival)
        return web.Response(status=204 if is_genuine else 401)

    def _is_sane(self, arrival: Arrival) -> bool:
        if not self.is_strict:
            return True
        return bool(MESSAGE_ID.fullmatch(arrival.message_id) and TIMESTAMP.fullmatch(arrival.timestamp))


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncGenerator[Receiver]:
    application = web.Application()
    application.router.add_post("/hook", receiver.answer)
    server = TestServer(application)
    await server.start_server()
    receiver.url = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        await server.close()
