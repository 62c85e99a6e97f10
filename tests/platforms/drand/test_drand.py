"""Rounds of the beacon: real ones hold, whoever hands them over, and nothing else does."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.optimized_bls12_381.optimized_curve import normalize

from clients.simulator.beacon import OwnBeacon
from server.domain.draws.rounds import DEMO, QUICKNET, Beacon, instant_of
from server.domain.refusals import Refused
from server.platforms.drand.bls import signature_fault
from server.platforms.drand.client import DrandClient
from server.platforms.drand.rounds import pasted, read_round
from server.ports_platforms import ApiFault

FILES = sorted((Path(__file__).parents[2] / "payloads" / "drand").glob("*.json"))
ROUNDS: dict[int, dict[str, Any]] = {told["round"]: told for told in map(orjson.loads, map(Path.read_bytes, FILES))}
CHAIN = QUICKNET.hash.hex()
TIMEOUT_S = 0.5


@asynccontextmanager
async def relays(*bodies: Any) -> AsyncGenerator[list[str], None]:
    """Relays on this machine, each with its own answer to everything: a body, a status, or None that never comes."""

    def application(body: Any) -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            assert request.path == f"/{CHAIN}/public/1000"
            if body is None:
                await asyncio.sleep(4 * TIMEOUT_S)
            return web.Response(status=body) if isinstance(body, int) else web.Response(body=body)

        made = web.Application()
        made.router.add_get("/{rest:.*}", answer)
        return made

    servers = [TestServer(application(body)) for body in bodies]
    for server in servers:
        await server.start_server()
    yield [str(server.make_url("")) for server in servers]
    for server in servers:
        await server.close()


def body(**changes: Any) -> bytes:
    return orjson.dumps(ROUNDS[1000] | changes)


@pytest.mark.parametrize("number", [1000, 1001, 1002, 657413])
def test_a_real_round_holds(number: int) -> None:
    beacon = read_round(orjson.dumps(ROUNDS[number]), number)
    assert beacon.randomness.hex() == ROUNDS[number]["randomness"]
    assert signature_fault(beacon) is None


def test_what_the_chain_did_not_sign_does_not_hold() -> None:
    real = Beacon(1000, bytes.fromhex(ROUNDS[1000]["signature"]))
    of_another = replace(real, signature=bytes.fromhex(ROUNDS[1001]["signature"]))
    assert signature_fault(replace(real, round=1001)) == "signature_wrong"
    assert signature_fault(of_another) == "signature_wrong"
    first, *rest = real.signature
    negated = replace(real, signature=bytes([first ^ 0x20, *rest]))
    assert signature_fault(negated) == "signature_wrong"
    assert signature_fault(replace(real, signature=bytes([first, *rest[:-1], rest[-1] ^ 1]))) is not None
    other_chain = replace(QUICKNET, public_key=GENERATOR)
    assert signature_fault(real, other_chain) == "signature_wrong"


@pytest.mark.parametrize(
    "signature",
    [
        bytes(48),
        b"\xc0" + bytes(47),
        b"\xff" * 48,
        bytes.fromhex(ROUNDS[1000]["signature"])[:-1],
        b"\x80" + bytes(46) + b"\x04",  # on the curve, of the wrong order
        b"\x80" + bytes(46) + b"\x01",  # not on the curve
    ],
    ids=["zero", "infinity", "ones", "short", "other-group", "off-curve"],
)
def test_what_cannot_be_a_signature_is_told_apart(signature: bytes) -> None:
    assert signature_fault(Beacon(1000, signature)) == "signature_unfit"


GENERATOR = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("", "052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1"),
        ("abc", "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903"),
    ],
)
def test_texts_are_hashed_to_the_points_of_rfc_9380(text: str, x: str) -> None:
    point = hash_to_G1(text.encode(), b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_", cast("Any", sha256))
    assert int(normalize(point)[0]) == int(x, 16)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (b"", "beacon_unreadable"),
        (b"[]", "beacon_unreadable"),
        (body(round=True), "beacon_unreadable"),
        (body(round="1000"), "beacon_unreadable"),
        (body(padding="x" * 4096), "beacon_unreadable"),
        (orjson.dumps(ROUNDS[1001]), "round_wrong"),
        (body(signature=None), "signature_unfit"),
        (body(signature="zz" * 48), "signature_unfit"),
        (body(signature="00" * 47), "signature_unfit"),
        (body(randomness="00" * 32), "randomness_wrong"),
        (body(chain_hash="00" * 32), "wrong_chain"),
    ],
)
def test_a_round_that_is_not_what_was_asked_for_is_refused_by_name(told: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_round(told, 1000)
    assert caught.value.code == code


async def test_a_pasted_round_goes_the_same_way(checking: Executor) -> None:
    text = body(chain_hash=CHAIN).decode()
    assert (await pasted(text, 1000, checking)).round == 1000
    forged = orjson.dumps({"round": 1000, "signature": ROUNDS[1001]["signature"]}).decode()
    with pytest.raises(Refused) as caught:
        await pasted(forged, 1000, checking)
    assert caught.value.code == "signature_wrong"


async def test_the_first_relay_whose_answer_holds_is_believed(checking: Executor) -> None:
    lie = orjson.dumps({"round": 1000, "signature": ROUNDS[1001]["signature"]})
    async with relays(404, None, b"{", b"x" * 100_000, lie, body()) as addresses, ClientSession() as session:
        client = DrandClient(session, checking, relays=addresses, timeout_s=TIMEOUT_S)
        assert await client.round(1000) == Beacon(1000, bytes.fromhex(ROUNDS[1000]["signature"]))


async def test_where_no_answer_holds_each_relays_fault_is_told(checking: Executor) -> None:
    async with relays(404, None, body(randomness="00" * 32)) as addresses, ClientSession() as session:
        client = DrandClient(session, checking, relays=[*addresses, "http://127.0.0.1:1"], timeout_s=TIMEOUT_S)
        fault = await client.round(1000)
    assert isinstance(fault, ApiFault)
    assert fault.kind == "unavailable"
    assert [part.strip() for part in fault.message.split("127.0.0.1:")[1:]] == [
        "It answered 404.",
        "It took too long.",
        "The randomness does not follow from the signature.",
        "It could not be asked (ClientConnectorError).",
    ]


async def test_the_demos_beacon_tells_a_round_once_it_has_come_and_is_believed_by_the_demo_alone(
    checking: Executor,
) -> None:
    site = web.Application()
    OwnBeacon(now=lambda: instant_of(1000)).add_to(site)
    async with TestServer(site) as server, ClientSession() as session:
        relays = [str(server.make_url(""))]
        client = DrandClient(session, checking, chain=DEMO, relays=relays)
        told = await client.round(1000)
        assert isinstance(told, Beacon)
        assert signature_fault(told) == "signature_wrong"
        for number, other in ((1001, client), (1000, DrandClient(session, checking, relays=relays))):
            early = await other.round(number)
            assert isinstance(early, ApiFault)
            assert early.message == "127.0.0.1: It answered 404."
    text = orjson.dumps({"round": 1000, "signature": told.signature.hex()}).decode()
    assert await pasted(text, 1000, checking, DEMO) == told


async def test_relays_are_few_and_secure(checking: Executor) -> None:
    async with ClientSession() as session:
        for unfit in ([], ["http://example.org"], ["https://example.org"] * 11):
            with pytest.raises(ValueError, match="relay"):
                DrandClient(session, checking, relays=unfit)
