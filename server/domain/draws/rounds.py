"""The public beacon: which chain, which of its rounds a draw waits for, and when that round comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from server.domain.instants import EPOCH, SECOND, micros
from server.domain.refusals import Refused

ROUND_MAX = 80_000_000_000
"""A round of the year 9598: as far as instants go."""

SIGNATURE_BYTES = 48
INSTANT_LEAD = timedelta(seconds=6)
"""How far ahead the round of a draw must be that is not announced long before."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand chain without links between its rounds; signatures are points of G1 by RFC 9380."""

    name: str
    period_s: int
    genesis_s: int
    public_key: bytes
    group_hash: bytes

    @property
    def hash(self) -> bytes:
        """What names the chain."""
        head = self.period_s.to_bytes(4, "big") + self.genesis_s.to_bytes(8, "big")
        return sha256(head + self.public_key + self.group_hash + self.name.encode()).digest()


QUICKNET = Chain(
    name="quicknet",
    period_s=3,
    genesis_s=1_692_803_367,
    public_key=bytes.fromhex(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    group_hash=bytes.fromhex("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"),
)
DEMO = Chain(
    name="the demo's beacon",
    period_s=QUICKNET.period_s,
    genesis_s=QUICKNET.genesis_s,
    public_key=bytes.fromhex(
        "b1b09666d158b020bc561497c3123ebebd096ce52c63a106c64645f14c5b552c0f5716f9c063cdfbb6a0265ec2eaaf91"
        "18c9359f078c492a66ee3713ea23a5f888f3c7a8b74a9a80539e1b5c5dcfdd810b47e86ea1ba8877ac2138e898288a2a"
    ),
    group_hash=bytes(32),
)
"""What `regulars demo` draws from. Its secret key is no secret, so that whoever likes can tell its rounds beforehand:
a draw from it shows how draws go, and proves nothing. Its rounds come when quicknet's do."""

CHAINS: Mapping[str, Chain] = {chain.hash.hex(): chain for chain in (QUICKNET, DEMO)}
"""The chains that a record may name, by their hashes."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """What a chain said in one round, not yet checked."""

    round: int
    signature: bytes

    @property
    def randomness(self) -> bytes:
        """What the signature is hashed to."""
        return sha256(self.signature).digest()


def message_of(beacon_round: int) -> bytes:
    """What the chain signs in a round."""
    return sha256(beacon_round.to_bytes(8, "big")).digest()


def round_at_or_after(at: datetime, chain: Chain = QUICKNET) -> int:
    """The first round that comes at an aware instant or later; refuses `round_unknown` beyond what a record holds."""
    elapsed = micros(at) - chain.genesis_s * SECOND
    found = max(-(-elapsed // (chain.period_s * SECOND)), 0) + 1
    return _known(found)


def instant_of(beacon_round: int, chain: Chain = QUICKNET) -> datetime:
    """When a round comes; refuses `round_unknown` for what is none, or too far away."""
    return EPOCH + timedelta(seconds=chain.genesis_s + (_known(beacon_round) - 1) * chain.period_s)


def _known(beacon_round: int) -> int:
    if not 1 <= beacon_round <= ROUND_MAX:
        raise Refused("round_unknown", "The beacon has no such round.", "Name a round from 1 up, of this century.")
    return beacon_round
