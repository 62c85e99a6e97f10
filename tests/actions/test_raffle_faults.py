"""What went wrong elsewhere: each test is a way to give tickets twice, to the wrong one, or never.

Which test is about which fault stands in `tests/test_fault_table.py`.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from clients.simulator.happenings import Gifted, KicksGiven, Subscribed
from clients.simulator.happenings import Person as Someone
from server.actions import linking as linking_actions
from server.actions.raffle import give
from server.domain.instants import DAY, HOUR, MINUTE, instant_of, micros
from server.domain.linking import Cause
from server.domain.refusals import Refused
from server.jobs.worker import Worker
from server.store import linking
from server.store.raffle import periods as stored
from tests.actions.pipeline import Pipeline, began, ended, line, person, pipeline_on, written
from tests.actions.telling import BOTH_WAYS, MONTH_END, Story, gifts, payments, record
from tests.actions.test_happenings import apply_all
from tests.actions.test_raffle import NOW, House, gift, kicks, link
from tests.actions.test_wagers import Den
from tests.database import FrozenClock
from tests.engine import BATCH_TARGET_S, PARSERS

STORIES = 10
STAFF = {"actor": "tester", "reason": "A test."}


def gifts_told(by: int, many: int, at: int, name: str = "") -> tuple[str, dict[str, Any]]:
    """A gift of subscriptions as Kick tells it."""
    told = {"broadcaster": person(900001), "gifter": person(by) | ({"username": name} if name else {})}
    times = {"created_at": written(at), "expires_at": written(at + 30 * DAY)}
    return "channel.subscription.gifts", told | times | {"giftees": [person(100 + nth) for nth in range(many)]}


async def house_on(pipeline: Pipeline) -> House:
    community = await pipeline.community()
    await pipeline.channel(900001)
    await pipeline.attach(community, 900001)
    return House(pipeline, community)


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    return await house_on(pipeline)


async def test_looking_again_and_again_on_two_servers_gives_what_one_look_gives(
    database_url: str, clock: FrozenClock
) -> None:
    """An hour and a half watched is 15 tickets, after a hundred looks as after one."""
    async with pipeline_on(database_url, clock) as pipeline:
        house = await house_on(pipeline)
        period = await house.start()
        lines = [line(900001, 5, f"line {nth}", NOW + nth * 5 * MINUTE) for nth in range(18)]
        await pipeline.tell(began(900001, NOW), *lines, ended(900001, NOW, NOW + 2 * HOUR))
        clock.pass_time(hours=3)
        for _ in range(4):
            await pipeline.settle(house.community)
            await asyncio.gather(*(house.look() for _ in range(25)))
            assert await house.tickets(period) == {"5": 15}
    async with pipeline_on(database_url, clock) as pipeline:
        again = House(pipeline, house.community)
        await again.look()
        assert await again.tickets(period) == {"5": 15}


async def test_a_gift_that_two_workers_are_told_eight_times_at_once_gives_once(house: House) -> None:
    period = await house.start()
    await house.pipeline.tell(*[gifts_told(1, 5, NOW + MINUTE)] * 8)
    await at_once(house)
    assert await house.tickets(period) == {"1": 75}


@pytest.mark.parametrize("make", [gifts, payments])
async def test_what_both_ways_tell_in_any_order_gives_its_tickets_once(pipeline: Pipeline, make: Any) -> None:
    """By webhook, up to hours late, and by websocket, some of it twice, with a worker that stops now and then."""
    for seed in range(STORIES):
        story: Story = make(7_300_000 + 1_000 * seed, seed, BOTH_WAYS)
        house = House(pipeline, await pipeline.community())
        await pipeline.attach(house.community, story.broadcaster.account)
        await house.rules(kicks=100, own_sub=3)
        period = await house.start(starts=micros(MONTH_END) - 4 * DAY, ends=NOW + 3 * DAY)
        for copy in story.shuffled():
            await record(pipeline, story, [copy])
            if story.chance.random() < 0.4:
                await pipeline.apply_some(house.community, story.chance.randint(1, 5))
        await pipeline.settle(house.community)
        await house.look()
        assert await house.tickets(period) == due(story), seed


def due(story: Story) -> Counter[str]:
    """Tickets by the platform's own id: 15 for a subscription that is given, 3 for an own one, one for a KICK."""
    found = Counter[str]()
    for _, fact in story.happened:
        match fact:
            case Gifted(gifter=Someone(account=number)):
                found[str(number)] += 15 * len(fact.giftees)
            case Subscribed():
                found[str(fact.subscriber.account)] += 3
            case KicksGiven():
                found[str(fact.sender.account)] += fact.amount
            case _:
                assert isinstance(fact, Gifted), "whoever gives without a name gets nothing"
    return found


async def test_the_same_people_give_again_on_other_days_and_it_counts_each_time(house: House) -> None:
    period = await house.start()
    told = [gifts_told(1, 1, NOW + day * DAY) for day in range(3)]
    house.pipeline.clock.pass_time(days=3)
    await house.pipeline.tell(*told, *told)
    await at_once(house)
    assert await house.tickets(period) == {"1": 45}


async def at_once(house: House) -> None:
    """Two workers apply what waits, neither knowing of the other."""
    engine = house.pipeline.server
    workers = [
        Worker(
            engine.database, engine.units, parsers=PARSERS, clock=engine.clock, holder=name,
            batch_target_s=BATCH_TARGET_S,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    await asyncio.gather(*(apply_all(house.pipeline, worker, [house.community]) for worker in workers))
    await house.pipeline.settle(house.community)


async def test_a_gift_from_before_the_link_follows_its_account_wherever_it_goes(house: House) -> None:
    period = await house.start()
    await house.pipeline.accounts([2, 3], "twitch")
    giver = ("kick", "1")
    await house.happen(gift(1, 10, NOW, 1))
    for other in (("twitch", "2"), ("twitch", "3")):
        await link(house, giver, other)
        assert sum((await house.tickets(period)).values()) == 150
        await house.do(linking_actions.unlink, account=other, cause=Cause.STAFF, **STAFF)
        assert await house.tickets(period) == {"1": 150}


async def test_giving_taking_and_earning_at_once_adds_up(house: House) -> None:
    """180 operations, nine at a time; the standing is checked against all entries."""
    period = await house.start()
    await house.happen(gift(1, 10, NOW, 1))
    viewer = await viewer_of(house, ("kick", "1"))
    worth = 150

    async def operate(one: int) -> int:
        nth = one % 9
        if nth < 3:
            await house.happen(gift(1, 1, NOW, 100 + one))
            return 15
        tickets = 7 if nth < 6 else -5
        try:
            await house.do(give.grant, viewer_id=viewer, tickets=tickets, source_key=f"key-{one}", **STAFF)
        except Refused:
            return 0
        return tickets

    for start in range(0, 180, 9):
        worth += sum(await asyncio.gather(*(operate(one) for one in range(start, start + 9))))
    assert await house.tickets(period) == {"1": worth}


async def test_fifty_claims_at_once_are_one_free_entry(house: House) -> None:
    period = await house.start()
    await house.pipeline.accounts([1])
    claims = (house.do(give.claim_free, platform="kick", external_id="1", actor="tester") for _ in range(50))
    answers = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(answer == 10 for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"free_entry_taken"}
    assert await house.tickets(period) == {"1": 10}


async def viewer_of(house: House, key: tuple[str, str]) -> int:
    reader = house.pipeline.server.database.reader()
    account = await linking.find_account(reader, *key)
    viewer = await linking.viewer_of(reader, house.community, account or 0)
    assert viewer is not None
    return viewer


async def test_a_rename_keeps_the_tickets_and_whoever_takes_the_name_gets_none(house: House) -> None:
    period = await house.start()
    await house.pipeline.tell(gifts_told(1, 2, NOW, "Lark"))
    await house.pipeline.settle()
    await house.pipeline.tell(gifts_told(1, 1, NOW + HOUR, "Robin"))
    house.pipeline.clock.pass_time(hours=2)
    await house.pipeline.settle()
    await house.pipeline.tell(gifts_told(2, 1, NOW + 2 * HOUR, "Lark"))
    await house.pipeline.settle(house.community)
    assert await house.tickets(period) == {"1": 45, "2": 15}


async def test_what_was_earned_in_one_raffle_is_not_given_again_in_the_next(pipeline: Pipeline) -> None:
    """KICKs and wagers are sums that go on; the next raffle begins at nothing."""
    den = Den(pipeline, (await house_on(pipeline)).community)
    await den.rules(wager=20, kicks=10, watch_time=0)
    await den.set_feed("house")
    first = await den.start(ends=NOW + DAY)
    await den.poll(("alfa", 100))
    await den.verify("alfa", 1)
    await den.poll(("alfa", 3_100))
    await den.happen(kicks(2, 500, NOW, 1))
    await den.look()
    earned = await den.tickets(first)
    assert sum(earned.values()) == 60 + 50
    den.pipeline.clock.at = instant_of(NOW) + timedelta(days=1, minutes=1)
    for _ in range(3):
        await den.look()
        await den.poll(("alfa", 3_100))
    [second, _] = await stored.newest(den.pipeline.server.database.reader(), den.community, 2)
    assert await den.tickets(second.id) == {}
    await den.poll(("alfa", 4_100))
    await den.look()
    assert list((await den.tickets(second.id)).values()) == [20]
    assert await den.tickets(first) == earned
