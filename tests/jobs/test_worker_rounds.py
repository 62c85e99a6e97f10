"""The worker's rounds: who gets a turn, and what a bug holds up."""

from datetime import datetime

import pytest

from server.jobs import worker
from tests.ingest.test_kick_webhook import IDS, SENT, line, person
from tests.running import Running


async def test_a_parsers_bug_holds_one_delivery_and_nobody_else(live: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await live.community("house")
    await live.community("other", broadcaster="100002")
    parse = live.server.worker._parsers["kick"]

    def buggy(kind: str, body: bytes, told_at: datetime) -> object:
        if b"poison" in body:
            raise KeyError("a bug")
        return parse(kind, body, told_at)

    monkeypatch.setitem(live.server.worker._parsers, "kick", buggy)  # type: ignore[arg-type]
    elsewhere = person(100002, "OtherStreamer")
    for number, (text, channel) in enumerate([("poison", None), ("hello", None), ("hello", elsewhere)]):
        said = line(7 + number, text, "2026-08-01T18:00:00Z", *([channel] if channel else []))
        assert await live.deliver("chat.message.sent", said, message_id=IDS[number], sent_at=SENT) == 204
    await live.settle()
    rows = await live.server.database.reader().fetch("SELECT state, code FROM delivery ORDER BY id")
    assert [(row["state"], row["code"]) for row in rows] == [
        ("quarantined", "failed"),
        ("applied", None),
        ("applied", None),
    ]


async def test_a_busy_community_lets_the_others_have_their_turn(live: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = await live.community("busy")
    quiet = await live.community("quiet", broadcaster="100002")
    for number in range(6):
        said = line(7, f"line {number}", f"2026-08-01T18:00:0{number}Z")
        assert await live.deliver("chat.message.sent", said, message_id=IDS[number], sent_at=SENT) == 204
    said = line(8, "hello", "2026-08-01T18:00:00Z", person(100002, "OtherStreamer"))
    assert await live.deliver("chat.message.sent", said, message_id=IDS[9], sent_at=SENT) == 204
    turns: list[int] = []
    monkeypatch.setattr(live.server.worker, "_size", 2)
    monkeypatch.setattr(worker, "BATCH_MIN", 2)
    monkeypatch.setattr(worker, "BATCH_MAX", 2)
    apply = live.server.worker.apply

    async def noted(community_id: int, batch: object) -> None:
        turns.append(community_id)
        await apply(community_id, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(live.server.worker, "apply", noted)
    await live.server.worker.drain()
    assert turns == [busy, quiet, busy, busy]
