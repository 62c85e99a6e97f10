"""Whether a chain signed a round: BLS signatures on BLS12-381, points of G1, hashed by RFC 9380.

It takes about a second of pure computing, and some memory: it belongs in a process of its own.
"""

import sys
from hashlib import sha256
from typing import Any, Literal, cast

from py_ecc.bls.g2_primitives import subgroup_check
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.fields import optimized_bls12_381_FQ12 as FQ12
from py_ecc.optimized_bls12_381.optimized_curve import G2, is_inf, neg
from py_ecc.optimized_bls12_381.optimized_pairing import final_exponentiate, pairing

from server.domain.draws.rounds import QUICKNET, SIGNATURE_BYTES, Beacon, Chain, message_of

RECURSION_MAX = 1_000
"""What Python begins with."""

# The library raises this limit for all of the process, where deep JSON then overflows the stack and ends it.
sys.setrecursionlimit(RECURSION_MAX)

TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
HALF = 48

SignatureFault = Literal["signature_unfit", "signature_wrong"]


def signature_fault(beacon: Beacon, chain: Chain = QUICKNET) -> SignatureFault | None:
    """None when the chain signed this round.

    `signature_unfit` names what cannot be a signature of any round, `signature_wrong` what is none of this round.
    """
    if len(beacon.signature) != SIGNATURE_BYTES:
        return "signature_unfit"
    try:
        signature = decompress_G1(G1Compressed(int.from_bytes(beacon.signature, "big")))
    except ValueError:
        return "signature_unfit"
    if is_inf(signature) or not subgroup_check(signature):
        return "signature_unfit"
    halves = (int.from_bytes(half, "big") for half in (chain.public_key[:HALF], chain.public_key[HALF:]))
    key = decompress_G2(G2Compressed((next(halves), next(halves))))
    # Its annotation names what a hash function returns instead of the function.
    said = hash_to_G1(message_of(beacon.round), TAG, cast("Any", sha256))
    # One final exponentiation for both: e(signature, generator) = e(said, key) as a product that is one.
    product = pairing(G2, signature, final_exponentiate=False) * pairing(key, neg(said), final_exponentiate=False)
    return None if final_exponentiate(product) == FQ12.one() else "signature_wrong"
