"""However often, late and by whatever way a thing is told, it happened once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clients.simulator.frames import Telling, pushes_of
from clients.simulator.happenings import Gifted, KicksGiven, Subscribed
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Corrected
from server.jobs.unit import Reaction
from server.jobs.worker import Worker
from server.store import inbox
from tests.actions.pipeline import Pipeline, pipeline_on
from tests.actions.telling import MONTH_END, Listener, Story, gifts, payments, record, someone
from tests.database import FrozenClock
from tests.effort import effort
from tests.engine import BATCH_TARGET_S, PARSERS, engine_on

TOLD = (SubsGifted, SubStarted, SubRenewed, KicksGifted)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock, listener: Listener) -> AsyncGenerator[Pipeline, None]:
    def listening(wired: Mapping[type, Sequence[Reaction]]) -> Mapping[type, Sequence[Reaction]]:
        more = dict.fromkeys(TOLD, listener.told) | {Corrected: listener.corrected}
        return {**wired, **{event: (*wired[event], reaction) for event, reaction in more.items()}}

    async with AsyncExitStack() as stack:
        yield Pipeline(await stack.enter_async_context(engine_on(database_url, clock, reactions=listening)), clock)


def wanted(story: Story) -> Counter[Any]:
    """What happened, without who received as nobody may know all of them by id."""
    found: Counter[Any] = Counter()
    for at, fact in story.happened:
        match fact:
            case Gifted():
                gifter = None if fact.gifter is None else fact.gifter.name
                found["gift", gifter, frozenset(one.name for one in fact.giftees), at.date()] += 1
            case KicksGiven():
                found["kicks", str(fact.sender.account), fact.amount, at] += 1
            case Subscribed():
                found["sub", fact.kind, fact.subscriber.name] += 1
            case _:
                raise AssertionError(fact)
    return found


def heard(known: Mapping[int, Any]) -> Counter[Any]:
    """What a listener believes happened."""
    found: Counter[Any] = Counter()
    for event in known.values():
        match event:
            case SubsGifted():
                names = frozenset(str(one.name) for one in event.giftees)
                assert event.count == len(names)
                found["gift", event.gifter.name, names, event.at.date()] += 1
            case KicksGifted():
                found["kicks", event.sender.id, event.amount, event.at] += 1
            case _:
                kind = "new" if isinstance(event, SubStarted) else "renewal"
                found["sub", f"channel.subscription.{kind}", event.subscriber.name] += 1
    return found


@pytest.mark.parametrize("make", [gifts, payments])
async def test_a_story_told_in_any_order_is_what_happened(pipeline: Pipeline, listener: Listener, make: Any) -> None:
    for seed in range(30):
        community = await pipeline.community()
        listener.known.clear()
        story = make(7_300_000 + 1_000 * seed, seed)
        await pipeline.attach(community, story.broadcaster.account)
        for copy in story.shuffled():
            await record(pipeline, story, [copy])
            if story.chance.random() < 0.4:
                await pipeline.apply_some(community, story.chance.randint(1, 5))
        await pipeline.settle(community)
        assert heard(listener.known) == wanted(story), seed


async def test_two_workers_and_two_communities_count_each_gift_once(database_url: str, clock: FrozenClock) -> None:
    async with pipeline_on(database_url, clock) as pipeline:
        await count_with_two_workers(pipeline, clock)


async def count_with_two_workers(pipeline: Pipeline, clock: FrozenClock) -> None:
    communities = [await pipeline.community(), await pipeline.community()]
    stories = [gifts(7_300_000 + 1_000 * seed, seed) for seed in range(6)]
    for story in stories:
        for community in communities:
            await pipeline.attach(community, story.broadcaster.account)
        await record(pipeline, story, story.shuffled())
    engine = pipeline.server
    workers = [
        Worker(engine.database, engine.units, parsers=PARSERS, clock=clock, holder=name, batch_target_s=BATCH_TARGET_S)
        for name in ("one", "two")
    ]
    # As if neither knew of the other's lease.
    await asyncio.gather(*(apply_all(pipeline, worker, communities) for worker in workers))
    await pipeline.settle(*communities)
    happened = sum(len(story.happened) for story in stories)
    for community in communities:
        rows = await pipeline.read("SELECT state FROM happening WHERE community_id = $1", community)
        assert Counter(row["state"] for row in rows)["told"] == happened


async def apply_all(pipeline: Pipeline, worker: Worker, communities: Sequence[int]) -> None:
    reader = pipeline.server.database.reader()
    for _ in range(2_000):
        batches = [(community, await inbox.waiting(reader, community, 3)) for community in communities]
        if not any(batch for _, batch in batches):
            return
        for community, batch in batches:
            await worker.apply(community, batch)


async def test_nothing_is_corrected_before_it_is_told(pipeline: Pipeline, listener: Listener) -> None:
    """In one batch: an old gift becomes known better, a new one is told, and then whose it is."""
    community = await pipeline.community()
    story = Story(someone(7_300_000, "Streamer"), random.Random(1))
    await pipeline.attach(community, story.broadcaster.account)
    one, other = (
        Gifted(gifter=someone(n, f"Gifter{n}"), giftees=(someone(n + 1),), expires_at=MONTH_END) for n in (10, 20)
    )
    board, gift = (pushes_of(story.rooms, other, MONTH_END)[place].text() for place in (0, 1))
    story.frame(pushes_of(story.rooms, one, MONTH_END)[1].text(), MONTH_END)
    await record(pipeline, story, story.copies)
    await pipeline.settle(community)
    story.copies.clear()
    story.webhook(MONTH_END, one)
    story.frame(gift, MONTH_END)
    story.frame(board, MONTH_END)
    story.copies = [replace(copy, message_id=f"second-{n}") for n, copy in enumerate(story.copies)]
    await record(pipeline, story, story.copies)
    await pipeline.settle(community)
    assert sorted(event.gifter.id for event in listener.known.values()) == ["10", "20"]


async def test_a_gift_of_a_busy_giver_is_work_in_proportion(database_url: str, clock: FrozenClock) -> None:
    """With four times as many gifts around it: four times the lines at most, and the same number of statements."""
    statements: list[str] = []
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_on(database_url, clock, hook=statements.append))
        pipeline = Pipeline(engine, clock)

        async def work(channel: int, many: int) -> tuple[int, int]:
            community = await pipeline.community()
            story = Story(someone(channel, f"Streamer{channel}"), random.Random(many))
            await pipeline.attach(community, story.broadcaster.account)
            for n in range(many + 2):
                giftees = tuple(someone(8_000_000 + n * 10 + place) for place in range(3))
                gift = Gifted(gifter=someone(9, "Giver"), giftees=giftees, expires_at=MONTH_END)
                at = MONTH_END - timedelta(minutes=2 * n)
                story.webhook(at, gift)
                story.socket(at, gift, Telling(given_before=n))
            await record(pipeline, story, story.copies[:-4])
            await pipeline.settle(community)
            await record(pipeline, story, story.copies[-4:])
            statements.clear()
            with effort() as counted:
                await pipeline.apply_some(community, 10)
            told = await pipeline.read("SELECT id FROM happening WHERE community_id = $1", community)
            assert len(told) == many + 2
            return counted.lines, len(statements)

        few, many = await work(7_300_000, 50), await work(7_400_000, 200)
    assert many[0] <= 4 * few[0]
    assert many[1] == few[1]


async def test_gifts_of_many_givers_take_as_many_statements_as_those_of_few(
    database_url: str, clock: FrozenClock
) -> None:
    statements: list[str] = []
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_on(database_url, clock, hook=statements.append))
        pipeline = Pipeline(engine, clock)

        async def work(channel: int, givers: int) -> int:
            community = await pipeline.community()
            story = Story(someone(channel, f"Streamer{channel}"), random.Random(givers))
            await pipeline.attach(community, story.broadcaster.account)
            for n in range(givers):
                gifter, giftee = someone(channel + 10 + n), someone(channel + 5_000 + n)
                gift = Gifted(gifter=gifter, giftees=(giftee,), expires_at=MONTH_END)
                story.webhook(MONTH_END, gift)
                for push in pushes_of(story.rooms, gift, MONTH_END):
                    story.frame(push.text(), MONTH_END)
            await record(pipeline, story, story.copies)
            statements.clear()
            await pipeline.apply_some(community, len(story.copies))
            told = await pipeline.read("SELECT id FROM happening WHERE community_id = $1 AND state = 'told'", community)
            assert len(told) == givers
            return len(statements)

        assert await work(7_300_000, 4) == await work(7_400_000, 40)
