"""Signs deliveries as Kick does: RSA PKCS#1 v1.5 with SHA-256 over `id.timestamp.body` (KickDevDocs)."""

import base64
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_BITS = 2048


def signed_bytes(message_id: str, timestamp: str, body: bytes) -> bytes:
    """Return what the signature covers."""
    return b".".join((message_id.encode(), timestamp.encode(), body))


class SigningKey:
    """The simulator's own RSA key; the private half leaves it only into the file that the operator named."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        """Return a new key."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Return the key in an unencrypted PKCS#8 PEM; ValueError when it holds no RSA key."""
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("The key file must hold an RSA key.")  # noqa: TRY004 - the file's content is wrong
        return cls(private)

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Return the key in `path`; where there is no file, write a new key there, readable by its owner alone."""
        if path.exists():
            return cls.from_pem(path.read_bytes())
        key = cls.generate()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(key.private_pem)
        return key

    @property
    def private_pem(self) -> bytes:
        """The private half in PEM, to hand to a signing process or a key file."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def public_pem(self) -> str:
        """The public half in PEM, as Kick publishes it."""
        return (
            self._private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def signature(self, message_id: str, timestamp: str, body: bytes) -> str:
        """Return the signature in base64 (344 characters)."""
        signed = self._private.sign(signed_bytes(message_id, timestamp, body), padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signed).decode()

    def sign(
        self,
        message_id: str,
        timestamp: str,
        body: bytes,
        *,
        kind: str = "chat.message.sent",
        subscription_id: str = "01K8A7RWE9S1MPXESVBSCR1PT1",
    ) -> dict[str, str]:
        """Every header of a delivery of `body`."""
        return {
            "Content-Type": "application/json",
            "Kick-Event-Message-Id": message_id,
            "Kick-Event-Subscription-Id": subscription_id,
            "Kick-Event-Signature": self.signature(message_id, timestamp, body),
            "Kick-Event-Message-Timestamp": timestamp,
            "Kick-Event-Type": kind,
            "Kick-Event-Version": "1",
        }
