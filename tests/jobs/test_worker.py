"""The worker: a poison stands alone, everything else is applied, and nobody applies twice."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.instants import MINUTE, SECOND, micros
from server.events.chat import ChatSpoken
from server.jobs.unit import Done, Reaction, Scope
from server.jobs.worker import Worker
from server.ports import Tx
from server.store import inbox
from server.wiring import parsers
from tests.actions.pipeline import Pipeline, began, line
from tests.database import POSTGRES_URL, START, FrozenClock
from tests.engine import engine_on

CHANNEL = 810
OPENING = micros(START) - 60 * MINUTE
LINES = 23


class Poison:
    """A reaction that cannot bear one text, until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    async def react(self, tx: Tx, _: Scope, spoken: Sequence[ChatSpoken]) -> list[Any]:
        if not self.mended and any(one.text == "poison" for one in spoken):
            await tx.execute("UPDATE viewer SET watch_us = watch_us + 999")
            raise KeyError("a defect of ours")
        return []

    def wired(self, reactions: Mapping[type, Sequence[Reaction]]) -> Mapping[type, Sequence[Reaction]]:
        return {**reactions, ChatSpoken: (*reactions[ChatSpoken], self.react)}


async def test_a_poison_stands_alone_in_quarantine_and_is_applied_once_mended(
    database_url: str, clock: FrozenClock
) -> None:
    poison = Poison()
    async with engine_on(database_url, clock, reactions=poison.wired) as engine:
        pipeline = Pipeline(engine, clock)
        community = await pipeline.community()
        await pipeline.attach(community, CHANNEL)
        told = [line(CHANNEL, n, "hello", OPENING + n * SECOND) for n in range(1, LINES)]
        told.insert(13, line(CHANNEL, 99, "poison", OPENING + MINUTE))
        told.insert(7, ("chat.message.sent", {"broadcaster": {"user_id": CHANNEL}}))
        await pipeline.tell(began(CHANNEL, OPENING), *told)
        await engine.settle()
        quarantined = "SELECT id, code, error, attempts FROM delivery WHERE state = 'quarantined' ORDER BY code"
        rows = [tuple(row)[1:] for row in await engine.read(quarantined)]
        assert rows == [("failed", "KeyError: see the log for details", 1), ("wrong_shape", rows[1][1], 1)]
        assert len(await pipeline.seconds(community)) == LINES - 1
        await pipeline.assert_sound(community)

        poison.mended = True
        [bad, _] = await engine.read(quarantined)

        async def replay(tx: Tx, _: Scope) -> Done[list[int]]:
            return Done(await inbox.replay(tx, community, [bad["id"]]))

        assert await engine.units.run(community, replay) == [bad["id"]]
        await engine.settle()
        assert (await pipeline.seconds(community))["99"] == 300
        assert [row["code"] for row in await engine.read(quarantined)] == ["wrong_shape"]
        await pipeline.assert_sound(community)


async def test_another_community_cannot_replay_a_delivery(pipeline: Pipeline) -> None:
    community, other = await pipeline.community(), await pipeline.community()
    await pipeline.attach(community, CHANNEL)
    await pipeline.tell(("chat.message.sent", {"broadcaster": {"user_id": CHANNEL}}))
    await pipeline.server.settle()
    [bad] = await pipeline.read("SELECT id FROM delivery WHERE state = 'quarantined'")

    async def replay(tx: Tx, scope: Scope) -> Done[list[int]]:
        return Done(await inbox.replay(tx, scope.community_id, [bad["id"]]))

    assert await pipeline.server.units.run(other, replay) == []
    assert await pipeline.server.units.run(community, replay) == [bad["id"]]


async def test_two_workers_on_the_same_batch_apply_it_once(pipeline: Pipeline) -> None:
    community = await pipeline.community()
    await pipeline.attach(community, CHANNEL)
    await pipeline.tell(began(CHANNEL, OPENING), *(line(CHANNEL, n, "hi", OPENING + MINUTE) for n in range(1, 30)))
    engine = pipeline.server
    batch = await inbox.waiting(engine.database.reader(), community, 100)
    await asyncio.gather(*(engine.worker.apply(community, batch) for _ in range(4)))
    await pipeline.settle(community)
    assert set((await pipeline.seconds(community)).values()) == {300}
    attempts = await pipeline.read("SELECT DISTINCT attempts FROM delivery")
    assert [row["attempts"] for row in attempts] == [1]
    await pipeline.assert_sound(community)


async def test_a_community_held_by_another_worker_is_left_to_it(pipeline: Pipeline) -> None:
    community = await pipeline.community()
    await pipeline.attach(community, CHANNEL)
    await pipeline.tell(began(CHANNEL, OPENING))
    engine = pipeline.server
    other = Worker(
        engine.database, engine.units, parsers=parsers(), clock=engine.clock, holder="other", batch_target_s=0.05
    )
    assert await other.drain() == 1
    await pipeline.tell(line(CHANNEL, 1, "hello", OPENING + MINUTE))
    assert await engine.worker.drain() == (1 if POSTGRES_URL is None else 0)
    assert await other.drain() == (0 if POSTGRES_URL is None else 1)
