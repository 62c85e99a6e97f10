"""Distinct signed chat deliveries in bulk for benchmarks, signed on every core and kept in a file between runs."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path

import orjson

from clients.simulator.bodies import tell
from clients.simulator.envelope import SignedRequest
from clients.simulator.happenings import Happening, Spoken
from clients.simulator.identifiers import ulid, uuid_text
from clients.simulator.lines import PLAIN_LINES, fill
from clients.simulator.people import HARBOUR, plain_person
from clients.simulator.signing import SigningKey
from clients.simulator.system import chance_for

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A stream of chat: `count` messages by `accounts` people in turn, `spacing` apart from `start` (UTC)."""

    count: int
    start: datetime
    seed: int = 1
    accounts: int = 1000
    spacing: timedelta = timedelta(milliseconds=10)
    broadcaster_account: int = HARBOUR.account


def presign(load: Load, key: SigningKey, *, processes: int = 1) -> Iterator[SignedRequest]:
    """Yield the load's deliveries in order, no two alike; the same load under the same key gives the same bytes.

    One core signs about 3,000 a second; `processes` above 1 signs in that many processes.
    """
    starts = range(0, load.count, CHUNK)
    if processes == 1:
        yield from chain.from_iterable(_chunk(load, key.private_pem, start) for start in starts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from chain.from_iterable(pool.map(_chunk, repeat(load), repeat(key.private_pem), starts))


def presigned(load: Load, path: Path, *, processes: int = 1) -> tuple[str, list[SignedRequest]]:
    """Return the public key in PEM and the load's deliveries, from `path` when it holds this very load.

    Otherwise they are signed with a new key and written there; the private half is forgotten.
    """
    if path.exists():
        head, *lines = path.read_bytes().splitlines()
        opening = orjson.loads(head)
        if opening["load"] == repr(load):
            return opening["public_pem"], [_read(line) for line in lines]
    key = SigningKey.generate()
    requests = list(presign(load, key, processes=processes))
    head = orjson.dumps({"load": repr(load), "public_pem": key.public_pem})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(b"\n".join((head, *(_write(request) for request in requests))))
    partial.replace(path)
    return key.public_pem, requests


def _chunk(load: Load, private_pem: bytes, first: int) -> list[SignedRequest]:
    key = SigningKey.from_pem(private_pem)
    broadcaster = plain_person(load.broadcaster_account, "Broadcaster")
    chance = chance_for(load.seed, load.start.isoformat(), "presign", first)
    requests: list[SignedRequest] = []
    for number in range(first, min(first + CHUNK, load.count)):
        at = load.start + load.spacing * number
        place = number % load.accounts
        sender = plain_person(9_300_000 + place, f"viewer_{place}")
        text = f"{fill(chance.choice(PLAIN_LINES), chance)} {number}"
        spoken = Spoken(message_id=uuid_text(chance), sender=sender, text=text)
        body = tell(broadcaster, Happening(number=number, at=at, fact=spoken))
        headers = key.sign(ulid(at, chance), f"{at:%Y-%m-%dT%H:%M:%SZ}", body)
        requests.append(SignedRequest(headers, body))
    return requests


def _write(request: SignedRequest) -> bytes:
    return orjson.dumps([request.headers, request.body.decode()])


def _read(line: bytes) -> SignedRequest:
    headers, body = orjson.loads(line)
    return SignedRequest(headers, body.encode())
