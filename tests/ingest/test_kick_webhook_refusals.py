"""What the receiver refuses, in the order in which it looks; nothing refused leaves a trace."""

import base64
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from clients.simulator.signing import SigningKey
from server.app import assembled
from server.platforms.kick.key_source import KeySource
from server.running import running
from server.settings import Settings
from tests.database import FrozenClock
from tests.ingest.conftest import Failpoint
from tests.ingest.posting import FOLLOW, ID, SENT, Answer, as_lines, post, raw, signed, stored
from tests.keys import kicks_key
from tests.running import SECRET, Running

REAL = json.loads((Path(__file__).parents[1] / "payloads/kick/real_signed_delivery.json").read_text())
PUBLISHED_KEY = Path(__file__).parents[2] / "server/platforms/kick/published_key.pem"
BODY_MAX = 65_536


async def refused(live: Running, failpoint: Failpoint, headers: object, body: object = FOLLOW) -> Answer:
    """The answer to a request that must not have reached the database."""
    failpoint.statements.clear()
    answer = await post(live, headers, body)
    assert failpoint.statements == []
    return answer


async def test_a_signed_delivery_is_accepted_with_one_transaction_and_no_query_before(
    watched: Running, failpoint: Failpoint
) -> None:
    failpoint.statements.clear()
    assert (await post(watched, signed(watched))).status == 204
    assert "INSERT INTO inbox" in failpoint.statements[0]
    assert await stored(watched) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_answered(watched: Running, failpoint: Failpoint, method: str) -> None:
    failpoint.statements.clear()
    async with watched.http.request(method, "/webhooks/kick") as answer:
        assert answer.status == 405
    assert failpoint.statements == []


async def test_a_body_larger_than_allowed_is_refused_before_it_is_read(watched: Running, failpoint: Failpoint) -> None:
    body = b" " * BODY_MAX + b"1"
    assert await refused(watched, failpoint, signed(watched, body), body) == Answer(413, "too_large", None)
    status, _ = await raw(watched, [*as_lines(signed(watched)), "Content-Length: 99999999999"])
    assert status == 413
    exact = FOLLOW + b" " * (BODY_MAX - len(FOLLOW))
    assert (await post(watched, signed(watched, exact), exact)).status == 204


async def test_a_body_of_untold_length_is_refused(watched: Running, failpoint: Failpoint) -> None:
    failpoint.statements.clear()
    assert (await raw(watched, as_lines(signed(watched))))[0] == 411

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield FOLLOW

    assert await refused(watched, failpoint, signed(watched), pieces()) == Answer(411, "bad_request", None)


async def test_a_length_told_twice_or_beside_chunks_is_refused(watched: Running, failpoint: Failpoint) -> None:
    failpoint.statements.clear()
    length = f"Content-Length: {len(FOLLOW)}"
    head = as_lines(signed(watched))
    assert (await raw(watched, [*head, length, "Content-Length: 5"], FOLLOW))[0] == 400
    assert (await raw(watched, [*head, length, "Transfer-Encoding: chunked"], b"0\r\n\r\n"))[0] == 400
    assert failpoint.statements == []


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity", "br"])
async def test_an_encoded_body_is_refused(watched: Running, failpoint: Failpoint, coding: str) -> None:
    failpoint.statements.clear()
    head = [*as_lines(signed(watched)), f"Content-Encoding: {coding}", f"Content-Length: {len(FOLLOW)}"]
    status, _ = await raw(watched, head, FOLLOW)
    assert status in {400, 415}, "the HTTP library refuses what it cannot decode"
    assert failpoint.statements == []


@pytest.mark.parametrize("sent", [b"", FOLLOW[:-1]])
async def test_a_body_that_does_not_come_is_given_up(watched: Running, failpoint: Failpoint, sent: bytes) -> None:
    failpoint.statements.clear()
    head = [*as_lines(signed(watched)), f"Content-Length: {len(FOLLOW)}"]
    status, told = await raw(watched, head, sent)
    assert (status, b"too_slow" in told) == (408, True)
    assert failpoint.statements == []
    assert (await post(watched, signed(watched))).status == 204, "the next request is served"


@pytest.mark.parametrize("header", ["Message-Id", "Message-Timestamp", "Signature", "Type"])
@pytest.mark.parametrize("fault", ["missing", "twice", "empty", "odd"])
async def test_a_header_missing_doubled_or_odd_is_refused(
    watched: Running, failpoint: Failpoint, header: str, fault: str
) -> None:
    name = f"Kick-Event-{header}"
    headers = list(signed(watched).items())
    found = dict(headers)[name]
    others = [pair for pair in headers if pair[0] != name]
    changed = {
        "missing": others,
        "twice": [*headers, (name, found)],
        "empty": [*others, (name, "")],
        "odd": [*others, (name, f"{found} {found}")],
    }
    assert (await refused(watched, failpoint, changed[fault])).status == 401


async def test_a_delivery_cut_elsewhere_is_refused(watched: Running, failpoint: Failpoint) -> None:
    """The signature covers `id.timestamp.body`, and moving a dot must not make another delivery of it."""
    sent = "2026-08-01T18:00:06.123Z"
    headers = signed(watched, sent_at=sent)
    stamp, _, fraction = sent.partition(".")
    into_id = headers | {"Kick-Event-Message-Id": f"{ID}.{stamp}", "Kick-Event-Message-Timestamp": fraction}
    assert (await refused(watched, failpoint, into_id)).status == 401
    into_body = headers | {"Kick-Event-Message-Timestamp": stamp}
    assert (await refused(watched, failpoint, into_body, f"{fraction}.".encode() + FOLLOW)).status == 401
    assert (await post(watched, headers)).status == 204


async def test_a_wrong_signature_is_refused(watched: Running, failpoint: Failpoint) -> None:
    stranger = SigningKey.generate().sign(ID, SENT, FOLLOW, kind="channel.followed")
    wrong = Answer(401, "bad_signature", None)
    assert await refused(watched, failpoint, stranger) == wrong
    nothing = base64.b64encode(bytes(256)).decode()
    assert await refused(watched, failpoint, signed(watched) | {"Kick-Event-Signature": nothing}) == wrong
    other = signed(watched) | {"Kick-Event-Message-Id": ID[:-1] + "1"}
    assert await refused(watched, failpoint, other) == wrong
    later = signed(watched) | {"Kick-Event-Message-Timestamp": SENT.replace("06Z", "07Z")}
    assert await refused(watched, failpoint, later) == wrong


async def test_one_byte_changed_is_refused(watched: Running, failpoint: Failpoint) -> None:
    headers = signed(watched)
    for place in range(0, len(FOLLOW), 7):
        changed = bytearray(FOLLOW)
        changed[place] ^= 1
        assert (await refused(watched, failpoint, headers, bytes(changed))).status == 401
    assert (await refused(watched, failpoint, headers, FOLLOW + b"\n")).status == 401


async def test_the_future_is_refused_and_the_past_is_not(watched: Running, failpoint: Failpoint) -> None:
    too_early = signed(watched, sent_at="2026-08-01T18:05:01Z")
    assert await refused(watched, failpoint, too_early) == Answer(400, "from_the_future", None)
    ids = iter([ID[:-1] + letter for letter in "ABCDE"])
    for sent in ("2026-08-01T18:05:00Z", "2026-07-29T19:00:00Z", "2025-01-01T00:00:00Z"):
        assert (await post(watched, signed(watched, message_id=next(ids), sent_at=sent))).status == 204
    assert await stored(watched) == 3


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often Kick was asked for its key; it answers with the one that it published."""
    asked: list[str] = []

    async def answer(_: KeySource) -> bytes:
        asked.append("key")
        return PUBLISHED_KEY.read_bytes()

    monkeypatch.setattr(KeySource, "fetch", answer)
    return asked


@pytest.fixture
async def with_published_key(
    database_url: str,
    clock: FrozenClock,
    asked: list[str],  # noqa: ARG001 - stands in for Kick before the server starts
) -> AsyncGenerator[Running, None]:
    """A receiver that was given no key file."""
    settings = Settings(database_url=database_url, secret_key=SECRET)  # type: ignore[arg-type] # becomes a secret
    async with (
        assembled(settings, clock=clock) as server,
        running(server),
        TestClient(TestServer(server.site)) as http,
    ):
        yield Running(server, http, kicks_key(), clock)


async def test_a_real_delivery_is_accepted_with_the_key_that_kick_publishes(with_published_key: Running) -> None:
    body: bytes = REAL["raw_body"].encode()
    assert (await post(with_published_key, REAL["headers"], body)).status == 204
    community = await with_published_key.community(broadcaster="4809577")
    await with_published_key.settle()
    assert await stored(with_published_key) == 1
    assert community == 1


async def test_a_real_delivery_with_one_byte_changed_is_refused(with_published_key: Running, asked: list[str]) -> None:
    body: bytes = REAL["raw_body"].encode()
    for changed in (body.replace(b"true", b"True", 1), body + b" ", body[:-1]):
        assert (await post(with_published_key, REAL["headers"], changed)).status == 401
    assert await stored(with_published_key) == 0
    assert asked == ["key"], "forgers cannot make us ask Kick again and again"
