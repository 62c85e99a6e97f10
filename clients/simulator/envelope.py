"""Puts a delivery on the wire: genuine, forged, or re-split so that the signed bytes stay the same."""

from dataclasses import dataclass

from clients.simulator.bodies import tell
from clients.simulator.faults import Delivery, Form
from clients.simulator.happenings import Person
from clients.simulator.signing import SigningKey

HEADER_SIZE_MAX = 4000


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What is posted."""

    headers: dict[str, str]
    body: bytes


def seal(delivery: Delivery, broadcaster: Person, key: SigningKey) -> SignedRequest:
    """Return the request of this delivery; the same delivery always gives the same bytes."""
    body = tell(broadcaster, delivery.happening)
    headers = key.sign(
        delivery.message_id,
        delivery.timestamp,
        body,
        kind=delivery.happening.fact.kind,
        subscription_id=delivery.subscription_id,
    )
    match delivery.form:
        case Form.GENUINE:
            return SignedRequest(headers, body)
        case Form.FORGED:
            return SignedRequest(headers, body.replace(b'"broadcaster"', b'"broadcaster" ', 1))
        case Form.MOVED_IN_STAMP:
            return _moved_in_stamp(headers, body)
        case Form.MOVED_INTO_BODY:
            return _moved_into_body(headers, body)


def _moved_in_stamp(headers: dict[str, str], body: bytes) -> SignedRequest:
    """Let the id take the stamp up to its fraction; the stamp keeps the fraction alone."""
    stamp, _, fraction = headers["Kick-Event-Message-Timestamp"].partition(".")
    moved_id = f"{headers['Kick-Event-Message-Id']}.{stamp}"
    return SignedRequest(headers | {"Kick-Event-Message-Id": moved_id, "Kick-Event-Message-Timestamp": fraction}, body)


def _moved_into_body(headers: dict[str, str], body: bytes) -> SignedRequest:
    """Let the stamp take the body up to its first dot; where that fits no header, make the other cut."""
    start, _, rest = body.partition(b".")
    if not start.isascii() or len(start) > HEADER_SIZE_MAX:
        return _moved_in_stamp(headers, body)
    stamp = f"{headers['Kick-Event-Message-Timestamp']}.{start.decode('ascii')}"
    return SignedRequest(headers | {"Kick-Event-Message-Timestamp": stamp}, rest)
