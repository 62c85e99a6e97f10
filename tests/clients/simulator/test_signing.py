import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from clients.simulator.signing import SigningKey
from tests.clients.simulator.receiver import MESSAGE_ID, verifies

BODY = '{"content":"naïve ⚓"}'.encode()
KEY = SigningKey.generate()


def test_a_signature_verifies_with_the_public_half_and_covers_every_part() -> None:
    signature = KEY.signature("ID", "STAMP", BODY)
    assert len(signature) == 344
    assert verifies(KEY.public_pem, "ID", "STAMP", signature, BODY)
    assert not verifies(KEY.public_pem, "IE", "STAMP", signature, BODY)
    assert not verifies(KEY.public_pem, "ID", "STAMQ", signature, BODY)
    assert not verifies(KEY.public_pem, "ID", "STAMP", signature, BODY + b" ")
    assert not verifies(SigningKey.generate().public_pem, "ID", "STAMP", signature, BODY)


def test_a_delivery_has_exactly_the_headers_of_kick() -> None:
    headers = KEY.sign("ID", "STAMP", BODY, kind="channel.followed")
    assert MESSAGE_ID.fullmatch(headers["Kick-Event-Subscription-Id"])
    assert headers | {"Kick-Event-Subscription-Id": "S"} == {
        "Content-Type": "application/json",
        "Kick-Event-Message-Id": "ID",
        "Kick-Event-Subscription-Id": "S",
        "Kick-Event-Signature": KEY.signature("ID", "STAMP", BODY),
        "Kick-Event-Message-Timestamp": "STAMP",
        "Kick-Event-Type": "channel.followed",
        "Kick-Event-Version": "1",
    }


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key.pem"
    made = SigningKey.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.load_or_create(path).public_pem == made.public_pem


def test_a_key_of_another_kind_is_refused() -> None:
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ValueError, match="RSA"):
        SigningKey.from_pem(pem)
