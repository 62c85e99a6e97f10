from datetime import UTC, datetime
from pathlib import Path

import orjson

from clients.simulator.envelope import SignedRequest
from clients.simulator.presign import Load, presign, presigned
from clients.simulator.signing import SigningKey
from tests.clients.simulator.receiver import MESSAGE_ID, TIMESTAMP, verifies

LOAD = Load(count=520, start=datetime(2026, 5, 4, 18, 0, tzinfo=UTC), accounts=7)


def is_genuine(public_pem: str, request: SignedRequest) -> bool:
    headers = request.headers
    message_id, timestamp = headers["Kick-Event-Message-Id"], headers["Kick-Event-Message-Timestamp"]
    assert MESSAGE_ID.fullmatch(message_id)
    assert TIMESTAMP.fullmatch(timestamp)
    return verifies(public_pem, message_id, timestamp, headers["Kick-Event-Signature"], request.body)


def test_presigned_deliveries_are_genuine_distinct_and_repeatable() -> None:
    key = SigningKey.generate()
    requests = list(presign(LOAD, key))
    assert len(requests) == 520
    assert all(is_genuine(key.public_pem, request) for request in requests)
    assert len({request.headers["Kick-Event-Message-Id"] for request in requests}) == 520
    bodies = [orjson.loads(request.body) for request in requests]
    assert len({body["message_id"] for body in bodies}) == 520
    assert len({body["created_at"] for body in bodies}) == 520
    assert len({body["sender"]["user_id"] for body in bodies}) == 7
    assert list(presign(LOAD, key)) == requests


def test_several_processes_sign_the_same_bytes() -> None:
    key = SigningKey.generate()
    assert list(presign(LOAD, key, processes=2)) == list(presign(LOAD, key))


def test_a_file_keeps_them_until_the_load_changes(tmp_path: Path) -> None:
    path = tmp_path / "load" / "chat.jsonl"
    few = Load(count=3, start=LOAD.start)
    public_pem, requests = presigned(few, path)
    assert all(is_genuine(public_pem, request) for request in requests)
    assert presigned(few, path) == (public_pem, requests)
    assert b"PRIVATE" not in path.read_bytes()
    other_pem, more = presigned(Load(count=4, start=LOAD.start), path)
    assert other_pem != public_pem
    assert len(more) == 4
