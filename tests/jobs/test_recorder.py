"""The recorder: many share a commit, one that cannot be stored harms nobody, and only the durable is acknowledged."""

import asyncio
from dataclasses import replace

import pytest

from server.jobs import recorder as recording
from server.jobs.recorder import NotRecorded, Recorder
from server.store.inbox import Received
from tests.database import START, FrozenClock
from tests.engine import Engine, engine_on

TOGETHER = 300
PLAIN = Received(
    source="kick",
    message_id="",
    kind="channel.followed",
    kind_key="channel.followed",
    subscription_id="",
    broadcaster_id="820",
    told_at=START,
    received_at=START,
    body=b"{}",
)


def delivery(number: int) -> Received:
    return replace(PLAIN, message_id=f"message-{number:04}")


async def stored(engine: Engine) -> set[str]:
    return {row["message_id"] for row in await engine.read("SELECT message_id FROM inbox")}


async def test_requests_that_wait_together_share_few_commits(database_url: str, clock: FrozenClock) -> None:
    statements: list[str] = []
    async with engine_on(database_url, clock, hook=statements.append) as engine:
        await asyncio.gather(*(engine.recorder.record(delivery(n)) for n in range(TOGETHER)))
        assert len([one for one in statements if one.startswith("INSERT INTO inbox")]) <= 3
        assert len(await stored(engine)) == TOGETHER


async def test_one_that_cannot_be_stored_is_refused_alone(database_url: str, clock: FrozenClock) -> None:
    async with engine_on(database_url, clock) as engine:
        told = [delivery(n) for n in range(20)]
        told[7] = replace(told[7], told_at=START.replace(tzinfo=None))
        ended = await asyncio.gather(*map(engine.recorder.record, told), return_exceptions=True)
        assert [n for n, end in enumerate(ended) if isinstance(end, NotRecorded)] == [7]
        assert await stored(engine) == {one.message_id for n, one in enumerate(told) if n != 7}


async def test_what_is_acknowledged_before_the_end_is_stored_and_afterwards_nothing_is_taken(
    database_url: str, clock: FrozenClock
) -> None:
    async with engine_on(database_url, clock) as engine:
        waiting = [asyncio.create_task(engine.recorder.record(delivery(n))) for n in range(50)]
        await asyncio.sleep(0)
        engine.recorder.close()
        await asyncio.gather(*waiting)
        with pytest.raises(NotRecorded, match="stopping") as refused:
            await engine.recorder.record(delivery(99))
        assert refused.value.retry_after_s > 0
        assert len(await stored(engine)) == 50


async def test_a_sender_who_goes_away_harms_nobody(database_url: str, clock: FrozenClock) -> None:
    async with engine_on(database_url, clock) as engine:
        gone = [asyncio.create_task(engine.recorder.record(delivery(n))) for n in range(40)]
        await asyncio.sleep(0)
        for one in gone[::2]:
            one.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        await engine.recorder.record(delivery(99))
        assert {f"message-{n:04}" for n in range(1, 40, 2)} | {"message-0099"} <= await stored(engine)


async def test_more_than_the_queue_holds_is_turned_away(
    database_url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "QUEUE_MAX", 3)
    async with engine_on(database_url, clock) as engine:
        idle = Recorder(engine.database, wake=lambda: None)
        waiting = [asyncio.create_task(idle.record(delivery(n))) for n in range(5)]
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [False, False, False, True, True]
        assert {type(task.exception()) for task in waiting[3:]} == {NotRecorded}
        idle.close()
        await idle.run()
        assert len(await stored(engine)) == 3
