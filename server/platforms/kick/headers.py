"""The headers of a Kick delivery, read strictly before anything is computed from them."""

import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from server.platforms.kick.instants import read_instant

MESSAGE_ID = "Kick-Event-Message-Id"
SUBSCRIPTION_ID = "Kick-Event-Subscription-Id"
SIGNATURE = "Kick-Event-Signature"
TIMESTAMP = "Kick-Event-Message-Timestamp"
TYPE = "Kick-Event-Type"
VERSION = "Kick-Event-Version"

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
# 256 bytes are 341 free characters, one of which only two bits count, and the padding: one spelling per signature.
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{341}[AQgw]==")
# A kind we do not know is accepted, so that an event Kick adds tomorrow is recorded today.
_TYPE = re.compile(r"[A-Za-z0-9._-]{1,100}")
_VERSION = re.compile(r"[A-Za-z0-9.]{1,16}")


class Headers(Protocol):
    """Headers of a request: names without regard to case, several values possible."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """Every value sent for `key`, or `default`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryHeaders:
    """What the headers of a delivery say.

    Kick signs only `message_id` and `timestamp` (with the body); the other fields may be anybody's. `timestamp` is the
    text as it was signed, `sent_at` the instant it names.
    """

    message_id: str
    timestamp: str
    sent_at: datetime
    signature: bytes
    type: str
    subscription_id: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class HeaderFault:
    """Why headers are refused: which one, a stable code, and a sentence that shows none of their content."""

    header: str
    code: Literal["missing", "repeated", "malformed"]
    message: str


class _Refused(Exception):
    def __init__(self, fault: HeaderFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_headers(headers: Headers) -> DeliveryHeaders | HeaderFault:
    """Return what the headers say, or the first fault in the order id, timestamp, signature, type, the two others.

    The id has no dot and the timestamp ends in its zone, so `id.timestamp.body` can be cut in one way only: nobody can
    move bytes between the parts of a genuine delivery and pass it off as another one. A subscription id or version that
    is missing or odd reads as None, since nothing depends on it.
    Names and formats: https://docs.kick.com/events/webhook-security.
    """
    try:
        return _read(headers)
    except _Refused as refused:
        return refused.fault


def _read(headers: Headers) -> DeliveryHeaders:
    message_id = _matching(headers, MESSAGE_ID, _ULID, "a ULID, 26 characters")
    timestamp = _needed(headers, TIMESTAMP)
    sent_at = read_instant(timestamp)
    if sent_at is None:
        raise _malformed(TIMESTAMP, "an RFC 3339 time with its zone")
    signature = _matching(headers, SIGNATURE, _SIGNATURE, "base64 of 256 bytes, 344 characters")
    return DeliveryHeaders(
        message_id=message_id,
        timestamp=timestamp,
        sent_at=sent_at,
        signature=binascii.a2b_base64(signature),
        type=_matching(headers, TYPE, _TYPE, "up to 100 letters, digits, dots, dashes and underscores"),
        subscription_id=_if_matching(headers, SUBSCRIPTION_ID, _ULID),
        version=_if_matching(headers, VERSION, _VERSION),
    )


def _single(headers: Headers, name: str) -> str | None:
    values = headers.getall(name, [])
    if len(values) > 1:
        raise _Refused(HeaderFault(name, "repeated", f"The header {name} was sent more than once; send it once."))
    return values[0] if values else None


def _needed(headers: Headers, name: str) -> str:
    value = _single(headers, name)
    if value is None:
        raise _Refused(HeaderFault(name, "missing", f"The header {name} is missing; Kick sends it every time."))
    return value


def _matching(headers: Headers, name: str, form: re.Pattern[str], expected: str) -> str:
    value = _needed(headers, name)
    if not form.fullmatch(value):
        raise _malformed(name, expected)
    return value


def _if_matching(headers: Headers, name: str, form: re.Pattern[str]) -> str | None:
    value = _single(headers, name)
    return value if value is not None and form.fullmatch(value) else None


def _malformed(name: str, expected: str) -> _Refused:
    return _Refused(HeaderFault(name, "malformed", f"The header {name} must be {expected}."))
