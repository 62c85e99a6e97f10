"""The keys by which a community's draws are signed: derived from the installation's secret, so that none is stored."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.auth.keys import derived_key


class OperatorKeys:
    """Gives each community an Ed25519 key of its own."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def key_of(self, community_id: int) -> Ed25519PrivateKey:
        """The key by which the draws of a community are signed; the same as long as the secret is."""
        return Ed25519PrivateKey.from_private_bytes(derived_key(self._secret, f"draws of community {community_id}"))

    def public_of(self, community_id: int) -> str:
        """What such signatures are checked with, as hex."""
        return self.key_of(community_id).public_key().public_bytes_raw().hex()
