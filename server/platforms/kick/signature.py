"""Whether Kick signed a delivery."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from server.platforms.kick.headers import DeliveryHeaders
from server.platforms.kick.key import KeyRing

_PADDING = PKCS1v15()
_DIGEST = SHA256()


class Verifier:
    """Checks signatures against every key of a ring."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def verify(self, headers: DeliveryHeaders, body: bytes) -> bool:
        """Tell whether one of the keys signed `id.timestamp.body`, `body` being the bytes exactly as they arrived.

        The scheme is RSA PKCS#1 v1.5 with SHA-256: https://docs.kick.com/events/webhook-security.
        """
        signed = b".".join((headers.message_id.encode(), headers.timestamp.encode(), body))
        for key in self._keys.in_force():
            try:
                key.verify(headers.signature, signed, _PADDING, _DIGEST)
            except InvalidSignature:
                continue
            return True
        return False
