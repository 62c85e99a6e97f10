"""Keys derived from the one secret of the settings, one per purpose."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_LENGTH_MIN = 32
KEY_BYTES = 32


def derived_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for `purpose` alone (HKDF-SHA256, RFC 5869), so that no two kinds of signature share a key.

    Raises ValueError when the secret is shorter than 32 characters.
    """
    if len(secret) < SECRET_LENGTH_MIN:
        raise ValueError(f"the secret key needs at least {SECRET_LENGTH_MIN} characters; set REGULARS_SECRET_KEY")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"regulars {purpose}".encode()).derive(
        secret.encode()
    )
