import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from multidict import CIMultiDict

from server.platforms.kick import headers as names
from server.platforms.kick.headers import DeliveryHeaders, read_headers
from server.platforms.kick.key import KeyRing, published_key
from server.platforms.kick.signature import Verifier
from server.ports import Clock

Sign = Callable[[RSAPrivateKey, str, str, bytes], bytes]
REAL = json.loads((Path(__file__).parents[2] / "payloads/kick/real_signed_delivery.json").read_text())
REAL_BODY: bytes = REAL["raw_body"].encode()
MESSAGE_ID = "01K6PMZD7R4V8W2N5TQX3CJYHA"


@pytest.fixture
def kick(clock: Clock) -> Verifier:
    return Verifier(KeyRing([published_key()], clock))


def read(changes: dict[str, str]) -> DeliveryHeaders | None:
    headers = read_headers(CIMultiDict({**REAL["headers"], **changes}))
    return headers if isinstance(headers, DeliveryHeaders) else None


def accepted(verifier: Verifier, changes: dict[str, str], body: bytes) -> bool:
    headers = read(changes)
    return headers is not None and verifier.verify(headers, body)


def test_a_real_delivery_is_accepted(kick: Verifier) -> None:
    assert accepted(kick, {}, REAL_BODY)


def test_the_shipped_key_is_whole() -> None:
    pem = published_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    assert pem.decode().splitlines()[-2] == "twIDAQAB"
    assert published_key().public_numbers().e == 65537


def test_no_byte_of_the_body_can_change(kick: Verifier) -> None:
    for place in range(len(REAL_BODY)):
        changed = bytearray(REAL_BODY)
        changed[place] ^= 1
        assert not accepted(kick, {}, bytes(changed)), place


def test_no_byte_can_be_added_or_dropped(kick: Verifier) -> None:
    assert not accepted(kick, {}, REAL_BODY + b"\n")
    assert not accepted(kick, {}, REAL_BODY[:-1])
    assert not accepted(kick, {}, b"\xef\xbb\xbf" + REAL_BODY)
    assert not accepted(kick, {}, b"")


@pytest.mark.parametrize("name", [names.MESSAGE_ID, names.TIMESTAMP, names.SIGNATURE])
def test_no_character_of_a_signed_header_can_change(kick: Verifier, name: str) -> None:
    value: str = REAL["headers"][name]
    for place, character in enumerate(value):
        for other in {"0", "1", "A", "Z"} - {character}:
            assert not accepted(kick, {name: value[:place] + other + value[place + 1 :]}, REAL_BODY), (place, other)


def test_the_same_instant_spelled_otherwise_is_refused(kick: Verifier) -> None:
    assert not accepted(kick, {names.TIMESTAMP: "2025-04-01T07:56:19.0Z"}, REAL_BODY)
    assert not accepted(kick, {names.TIMESTAMP: "2025-04-01T07:56:19+00:00"}, REAL_BODY)


@pytest.mark.parametrize(
    "timestamp", ["2026-10-03T19:20:21Z", "2026-10-03T19:20:21.123456789Z", "2026-10-04T06:20:21.5+11:00"]
)
@pytest.mark.parametrize("body", [b'{"text":"one. two. three."}', b"5Z.{}", b"2026-10-03T19:20:21Z.{}", b"...."])
def test_signed_bytes_can_be_cut_in_one_way_only(
    clock: Clock, private_keys: list[RSAPrivateKey], sign: Sign, timestamp: str, body: bytes
) -> None:
    key = private_keys[0]
    verifier = Verifier(KeyRing([key.public_key()], clock))
    signature = {names.SIGNATURE: base64.b64encode(sign(key, MESSAGE_ID, timestamp, body)).decode()}
    parts = f"{MESSAGE_ID}.{timestamp}.{body.decode()}".split(".")

    cuts = [
        (".".join(parts[:first]), ".".join(parts[first:second]), ".".join(parts[second:]).encode())
        for first in range(1, len(parts))
        for second in range(first + 1, len(parts))
    ]
    taken = [
        cut
        for cut in cuts
        if accepted(verifier, {**signature, names.MESSAGE_ID: cut[0], names.TIMESTAMP: cut[1]}, cut[2])
    ]

    assert len(cuts) > 1 or len(parts) == 3
    assert taken == [(MESSAGE_ID, timestamp, body)]


def test_any_key_in_force_is_enough(clock: Clock, private_keys: list[RSAPrivateKey], sign: Sign) -> None:
    first, second, stranger = private_keys
    verifier = Verifier(KeyRing([first.public_key(), second.public_key()], clock))

    def by(key: RSAPrivateKey) -> bool:
        signature = base64.b64encode(sign(key, MESSAGE_ID, "2026-10-03T19:20:21Z", b"{}")).decode()
        changes = {names.SIGNATURE: signature, names.MESSAGE_ID: MESSAGE_ID, names.TIMESTAMP: "2026-10-03T19:20:21Z"}
        return accepted(verifier, changes, b"{}")

    assert by(first)
    assert by(second)
    assert not by(stranger)


def test_what_is_not_signed_does_not_matter_here(kick: Verifier) -> None:
    assert accepted(kick, {names.TYPE: "channel.followed", names.SUBSCRIPTION_ID: MESSAGE_ID}, REAL_BODY)
