"""Reading a round, as a relay answers or as a person pastes it, and checking it."""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import cast

import orjson

from server.domain.draws.rounds import QUICKNET, ROUND_MAX, SIGNATURE_BYTES, Beacon, Chain
from server.domain.refusals import Refused

ANSWER_BYTES_MAX = 4_096
CHECK_TIMEOUT_S = 60.0
ANOTHER_SOURCE = "Take the round from another relay; any will do, as the signature is checked here."

_SIGNATURE = re.compile(rf"[0-9a-fA-F]{{{2 * SIGNATURE_BYTES}}}")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_FAULTS: Mapping[str, str] = {
    "signature_unfit": "This cannot be a signature of the beacon.",
    "signature_wrong": "The beacon did not sign this round.",
}


def read_round(body: str | bytes, wanted: int, chain: Chain = QUICKNET) -> Beacon:
    """The round that a relay answered, or a person pasted: JSON with `round`, `signature` and maybe `randomness`.

    Refuses `beacon_unreadable`, `round_wrong`, `signature_unfit`, `randomness_wrong` and `wrong_chain`, the last only
    where the text names its chain. The signature is not checked yet.
    """
    told = _fields(body)
    number, signature, randomness = told["round"], told.get("signature"), told.get("randomness")
    if number != wanted:
        raise Refused("round_wrong", f"This is round {number}, and not {wanted}.", f"Ask for round {wanted}.")
    if told.get("chain_hash", chain.hash.hex()) != chain.hash.hex():
        raise Refused("wrong_chain", "This round belongs to another chain.", f"Take it from {chain.name}.")
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise _refused("signature_unfit")
    beacon = Beacon(wanted, bytes.fromhex(signature))
    if randomness is not None and randomness != beacon.randomness.hex():
        raise Refused("randomness_wrong", "The randomness does not follow from the signature.", ANOTHER_SOURCE)
    return beacon


def _fields(body: str | bytes) -> Mapping[str, object]:
    try:
        told = orjson.loads(body) if len(body) <= ANSWER_BYTES_MAX else None
    except orjson.JSONDecodeError:
        told = None
    fields = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    number = fields.get("round")
    if type(number) is not int or not 1 <= number <= ROUND_MAX:
        raise Refused("beacon_unreadable", "This is no round of the beacon.", "It is JSON with round and signature.")
    return fields


async def checked(beacon: Beacon, executor: Executor, chain: Chain = QUICKNET) -> Beacon:
    """The round, once its signature held; `executor` runs processes. Refuses `signature_unfit` and `signature_wrong`.

    Raises TimeoutError where the check does not end.
    """
    async with asyncio.timeout(CHECK_TIMEOUT_S):
        fault = await asyncio.get_running_loop().run_in_executor(executor, _fault_of, beacon, chain)
    if fault is not None:
        raise _refused(fault)
    return beacon


def _fault_of(beacon: Beacon, chain: Chain) -> str | None:
    """What is wrong with a signature; for a process of its own, as the library takes memory that a server lacks."""
    from server.platforms.drand.bls import signature_fault  # noqa: PLC0415 - only where it is used

    return signature_fault(beacon, chain)


async def pasted(text: str, wanted: int, executor: Executor, chain: Chain = QUICKNET) -> Beacon:
    """The round `wanted` out of what a person pasted, checked; refuses what `read_round` and `checked` refuse."""
    return await checked(read_round(text, wanted, chain), executor, chain)


def _refused(fault: str) -> Refused:
    return Refused(fault, _FAULTS[fault], ANOTHER_SOURCE)
