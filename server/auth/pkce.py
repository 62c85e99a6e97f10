"""Proof keys for sign-in (PKCE, RFC 7636): only who began a sign-in can end it."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from server.ports import Ids

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pkce:
    """One sign-in's pair: the verifier stays here until the code is exchanged, the challenge travels in the URL."""

    verifier: str = field(repr=False)
    challenge: str


def fresh_pkce(ids: Ids) -> Pkce:
    """Return a pair whose verifier holds 256 bits of chance."""
    verifier = ids.token() + ids.token()
    return Pkce(verifier, challenge_of(verifier))


def challenge_of(verifier: str) -> str:
    """Return the challenge of `verifier` by the method S256; ValueError when it is not 43 to 128 unreserved characters.

    The refusal does not show the verifier.
    """
    if VERIFIER.fullmatch(verifier) is None:
        raise ValueError("A PKCE verifier has 43 to 128 letters, digits and the signs - . _ ~ only.")
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
