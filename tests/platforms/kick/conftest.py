"""A key to sign with, a clock to turn by hand, and the deliveries of tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256


class HandClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 10, 3, 19, tzinfo=UTC) + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        return self._elapsed_s

    def turn(self, seconds: float) -> None:
        self._elapsed_s += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def private_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture(scope="session")
def sign() -> Callable[[rsa.RSAPrivateKey, str, str, bytes], bytes]:
    def signature(key: rsa.RSAPrivateKey, message_id: str, timestamp: str, body: bytes) -> bytes:
        return key.sign(f"{message_id}.{timestamp}.".encode() + body, padding.PKCS1v15(), SHA256())

    return signature
