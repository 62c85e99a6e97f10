"""What happens makes one alert for each overlay, which is shown in order, alone, and never too late."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions.streamalerts import show, steer
from server.actions.tokens import overlay_keys
from server.domain.jobs import Outcome
from server.domain.refusals import Refused
from server.domain.streamalerts import FOLDED_WITHIN, JOB, SETTLES, TRIES_MAX, WAITING_MAX, AlertKind, Mode
from server.events.happening import Person
from server.events.tellings import Corrected
from tests.actions.alerting import MAIN, STREAMER, House, follow, gift, kicks, rules, sub, tried_out
from tests.actions.pipeline import Pipeline
from tests.actions.telling import MONTH_END, gifts, payments, record
from tests.actions.test_watchtime_pipeline import QUIET
from tests.database import POSTGRES_URL

EXAMPLES = 25 if POSTGRES_URL is None else 8
SIDE, KICKS = "side", "kicks.gifted"


async def test_no_alert_is_made_where_no_overlay_has_a_good_key(pipeline: Pipeline) -> None:
    house = House(pipeline, await pipeline.community())
    await house.happen(sub(1, house.now, 1), gift(2, 5, house.now, 2))
    assert not await pipeline.read("SELECT id FROM job WHERE kind = 'stream_alert'")
    key = await house.key(MAIN)
    await pipeline.server.units.run(house.community, partial(overlay_keys.revoke, key_id=key))
    await house.happen(sub(1, house.now, 3), follow(4, house.now))
    assert not await pipeline.read("SELECT id FROM job WHERE kind = 'stream_alert'")


async def test_each_overlay_has_its_own_alert_and_another_community_none(house: House) -> None:
    other = House(house.pipeline, await house.pipeline.community())
    await other.key(MAIN)
    await house.key(SIDE)
    await house.happen(sub(1, house.now, 7))
    house.pipeline.clock.pass_time(seconds=3)
    assert [await one.take(MAIN) is not None for one in (house, other)] == [True, False]
    assert await house.take(SIDE) is not None


async def test_a_happening_that_is_told_again_makes_no_second_alert(house: House) -> None:
    for _ in range(3):
        await house.happen(sub(1, house.now, 7), follow(3, house.now))
        house.pipeline.clock.pass_time(seconds=3)
        if (taken := await house.take(MAIN)) is not None:
            await house.shown(MAIN, taken)
    assert await house.ended(MAIN) == {"done": ["happening:7", "follow:kick:900001:3"]}


async def test_gifts_of_one_giver_are_one_alert_also_while_it_is_shown(house: House) -> None:
    for number in range(1, 6):
        await house.happen(gift(9, 2, house.now, number))
        house.pipeline.clock.pass_time(seconds=0.5)
    await house.happen(gift(8, 1, house.now, 20), gift(None, 1, house.now, 21))
    house.pipeline.clock.pass_time(seconds=2)
    taken = await house.take(MAIN)
    assert taken is not None
    [shown] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
    assert (shown.payload["amount"], shown.payload["platformId"]) == (10, "9")
    assert len(await house.waiting(MAIN)) == 3, "others' gifts, and those of nobody, are alerts of their own"
    await house.happen(gift(9, 5, house.now, 6))
    [shown] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
    assert shown.payload["amount"] == 15
    house.pipeline.clock.pass_time(seconds=FOLDED_WITHIN.total_seconds() + 1)
    await house.happen(gift(9, 1, house.now, 30))
    assert (await house.ended(MAIN))["folded"] == [f"happening:{number}" for number in range(2, 7)]


async def test_what_is_known_better_later_is_told_and_what_never_was_is_not(house: House) -> None:
    was, never = gift(9, 1, house.now, 1), kicks(8, 50, house.now, 2)
    await house.happen(was, never)
    place = {"platform": "kick", "broadcaster": STREAMER}
    await house.happen(
        Corrected(happening_id=1, was=was, now=gift(9, 7, house.now, 1), **place),
        Corrected(happening_id=2, was=never, now=None, **place),
    )
    [only] = await house.waiting(MAIN)
    assert only.payload["amount"] == 7
    assert await house.ended(MAIN) == {"undone": ["happening:2"]}


async def test_while_one_is_shown_every_copy_is_told_that_one_and_one_alone_makes_its_sound(house: House) -> None:
    await house.happen(sub(1, house.now, 1), sub(2, house.now, 2))
    house.pipeline.clock.pass_time(seconds=3)
    first, again, other = [await house.take(MAIN, copy) for copy in ("copy-one", "copy-one", "copy-two")]
    assert first is not None
    assert again == first, "an answer that was lost on the way is given again"
    assert other is not None
    assert (other.alert_id, other.lease, other.is_yours) == (first.alert_id, first.lease, False)
    await house.shown(MAIN, other)
    following = await house.take(MAIN, "copy-two")
    assert following is not None
    assert following.alert_id != first.alert_id
    assert following.is_yours
    with pytest.raises(Refused, match="named by 8 to 64"):
        await house.take(MAIN, "copy two")


async def test_what_nobody_said_was_shown_is_shown_again_and_not_for_ever(house: House) -> None:
    await house.happen(sub(1, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    leases = []
    while (taken := await house.take(MAIN)) is not None:
        leases.append(taken.lease)
        house.pipeline.clock.pass_time(seconds=30)
    assert leases == list(range(1, TRIES_MAX + 1))
    assert await house.ended(MAIN) == {"unseen": ["happening:1"]}


async def test_after_ten_minutes_away_what_is_fresh_is_shown_in_order_and_the_rest_never(house: House) -> None:
    await rules(house, AlertKind.FOLLOW, fresh_s=300)
    await house.happen(sub(1, house.now, 1), follow(2, house.now), kicks(3, 10, house.now, 3))
    house.pipeline.clock.pass_time(minutes=10)
    seen = []
    while (taken := await house.take(MAIN)) is not None:
        [shown] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
        seen.append(shown.payload["kind"])
        await house.shown(MAIN, taken)
    assert seen == ["sub", "kicks"]
    assert (await house.ended(MAIN))["stale"] == ["follow:kick:900001:2"]


async def test_so_many_wait_at_most_and_the_last_in_order_are_not_shown(house: House) -> None:
    await house.happen(*(follow(number, house.now) for number in range(1, WAITING_MAX + 6)), sub(1, house.now, 1))
    assert len(await house.waiting(MAIN)) == WAITING_MAX
    crowded = (await house.ended(MAIN))["crowded"]
    assert crowded == [f"follow:kick:900001:{number}" for number in range(WAITING_MAX, WAITING_MAX + 6)]


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        (Mode.QUEUE, ["gift", "sub", "kicks", "kicks"]),
        (Mode.FIRST, ["gift", "kicks", "kicks", "sub"]),
        (Mode.IF_IDLE, ["gift", "sub"]),
        (Mode.REPLACE, ["gift", "sub", "kicks"]),
    ],
)
async def test_modes_say_how_an_alert_joins_those_that_wait(house: House, mode: Mode, kinds: list[str]) -> None:
    await rules(house, AlertKind.KICKS, mode=mode)
    await house.happen(gift(9, 5, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    taken, seen = await house.take(MAIN), []
    await house.happen(sub(1, house.now, 2))
    for number in (3, 4):
        await house.happen(kicks(3, number, house.now, number))
    house.pipeline.clock.pass_time(seconds=3)
    while taken is not None:
        [shown] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
        seen.append(shown.payload["kind"])
        await house.shown(MAIN, taken)
        taken = await house.take(MAIN)
    assert seen == kinds


async def test_a_replaced_alert_that_is_shown_ends_at_once(house: House) -> None:
    await rules(house, AlertKind.KICKS, mode=Mode.REPLACE)
    await house.happen(kicks(3, 10, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is not None
    await house.happen(kicks(4, 20, house.now, 2))
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is not None
    assert await house.ended(MAIN) == {"replaced": ["happening:1"]}


async def test_who_follows_again_takes_the_place_of_nobody(house: House) -> None:
    await rules(house, AlertKind.FOLLOW, mode=Mode.REPLACE)
    await house.happen(follow(3, house.now))
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is not None
    await house.happen(follow(3, house.now))
    assert await house.ended(MAIN) == {}


async def test_what_turns_out_to_be_worth_an_alert_is_one(house: House) -> None:
    await rules(house, AlertKind.GIFT, least=5)
    was = gift(9, 1, house.now, 1)
    await house.happen(was)
    assert await house.waiting(MAIN) == []
    place = {"platform": "kick", "broadcaster": STREAMER}
    known = Corrected(happening_id=1, was=was, now=gift(9, 50, house.now, 1), **place)
    await house.happen(known, known)
    [only] = await house.waiting(MAIN)
    assert only.payload["amount"] == 50


async def test_gifts_are_folded_by_name_where_a_source_tells_no_id(house: House) -> None:
    named = replace(gift(9, 2, house.now, 1), gifter=Person(id=None, name="viewer9"))
    await house.happen(
        named, gift(9, 3, house.now, 2), replace(named, happening_id=3, gifter=Person(id=None, name=None))
    )
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is not None
    assert [one.payload["amount"] for one in await house.waiting(MAIN)] == [5, 2]


@pytest.mark.parametrize("make", [gifts, payments])
async def test_every_source_may_tell_it_and_each_happening_is_one_alert(pipeline: Pipeline, make: Any) -> None:
    for seed in range(8):
        pipeline.clock.at = MONTH_END
        house = House(pipeline, await pipeline.community())
        await house.key(MAIN)
        story = make(7_300_000 + 1_000 * seed, seed)
        await pipeline.attach(house.community, story.broadcaster.account)
        for copy in story.shuffled():
            await record(pipeline, story, [copy])
            if story.chance.random() < 0.4:
                await pipeline.apply_some(house.community, story.chance.randint(1, 5))
        await pipeline.settle(house.community)
        happened = await pipeline.read(
            "SELECT id FROM happening WHERE community_id = $1 AND state = 'told'", house.community
        )
        made = await pipeline.read(
            "SELECT key FROM job WHERE community_id = $1 AND kind = $2 AND (outcome IS NULL OR outcome <> 'undone')",
            house.community,
            JOB,
        )
        expected = [f"happening:{row['id']}:{house.community}:{MAIN}" for row in happened]
        assert sorted(row["key"] for row in made) == sorted(expected), seed
        shown = Counter(
            (one.payload["platformId"], one.payload["amount"])
            for one in await house.waiting(MAIN)
            if one.kind is AlertKind.KICKS
        )
        paid = Counter((str(fact.sender.account), fact.amount) for _, fact in story.happened if fact.kind == KICKS)
        assert shown == paid, seed


async def test_staff_switches_kinds_off_sets_a_minimum_and_pauses(house: House) -> None:
    await rules(house, AlertKind.FOLLOW, is_on=False)
    await rules(house, AlertKind.KICKS, least=100)
    await house.happen(follow(1, house.now), kicks(2, 99, house.now, 2), kicks(3, 100, house.now, 3))
    [only] = await house.waiting(MAIN)
    assert only.payload["amount"] == 100
    units = house.pipeline.server.units
    await units.run(house.community, partial(steer.steer, overlay=MAIN, is_paused=True))
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is None
    await units.run(house.community, partial(steer.steer, overlay=MAIN, is_paused=False))
    assert await house.take(MAIN) is not None


async def test_an_alert_is_skipped_and_shown_again_by_staff(house: House) -> None:
    units = house.pipeline.server.units
    await house.happen(sub(1, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    taken = await house.take(MAIN)
    assert taken is not None
    await units.run(house.community, partial(steer.skip, overlay=MAIN, alert_id=taken.alert_id))
    assert await house.take(MAIN) is None
    with pytest.raises(Refused, match="no such alert"):
        await units.run(house.community, partial(steer.skip, overlay=MAIN, alert_id=taken.alert_id))
    house.pipeline.clock.pass_time(hours=1)
    await units.run(house.community, partial(steer.replay, overlay=MAIN, alert_id=taken.alert_id))
    again = await house.take(MAIN)
    assert again is not None
    assert again.alert_id == taken.alert_id
    assert again.lease > taken.lease


async def test_a_test_counts_nowhere_and_comes_first(house: House) -> None:
    watched = ["ticket_entry", "happening", "viewer", "account"]
    before = [await house.pipeline.read(f"SELECT count(*) AS many FROM {table}") for table in watched]
    await house.happen(sub(1, house.now, 1))
    await tried_out(house, AlertKind.GIFT)
    taken = await house.take(MAIN)
    assert taken is not None
    [shown] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
    assert shown.payload["test"] is True
    after = [await house.pipeline.read(f"SELECT count(*) AS many FROM {table}") for table in watched]
    assert [tuple(row[0]) for row in after] == [tuple(row[0]) for row in before]


@given(st.integers(0, 2**32))
@settings(QUIET, max_examples=EXAMPLES)
async def test_whatever_happens_each_is_shown_at_most_once_in_order_and_never_too_late(
    pipeline: Pipeline, seed: int
) -> None:
    chance = Random(seed)
    house = House(pipeline, await pipeline.community())
    await house.key(MAIN)
    told, seen = [], Counter[int]()
    for number in range(1, 40):
        match chance.randrange(6):
            case 0 | 1:
                by, at = chance.randrange(1, 5), house.now - timedelta(seconds=chance.randrange(20))
                told.append(chance.choice([sub(by, at, number), gift(by, 3, at, number), kicks(by, 9, at, number)]))
                await house.happen(told[-1])
            case 2 if told:
                await house.happen(chance.choice(told))
            case 3:
                pipeline.clock.pass_time(seconds=chance.choice([1, 2, 5, 60, 600]))
            case _:
                before = await house.waiting(MAIN)
                live = [one for one in before if one.held_until is not None and one.held_until > house.now]
                ready = [one for one in before if one not in live and one.expires_at > house.now]
                due = [one for one in ready if one.due_at <= house.now and one.attempts < TRIES_MAX]
                taken = await house.take(MAIN, chance.choice(["copy-one", "copy-two"]))
                if live or not due:
                    assert (taken and taken.alert_id) == (live[0].id if live else None), "one at a time"
                else:
                    assert taken is not None
                    assert taken.alert_id == min(due, key=lambda one: one.order).id, "the first in order"
                if taken is not None and chance.random() < 0.6:
                    await house.shown(MAIN, taken, chance.choice([Outcome.DONE, Outcome.GONE]))
                    seen[taken.alert_id] += 1
        assert len([one for one in await house.waiting(MAIN) if one.held_until and one.held_until > house.now]) <= 1
    assert max(seen.values(), default=1) == 1
    made = await pipeline.read("SELECT key FROM job WHERE community_id = $1 AND kind = 'stream_alert'", house.community)
    happened = {f"happening:{one.happening_id}:{house.community}:{MAIN}" for one in told}
    assert sorted(row["key"] for row in made) == sorted(happened), "each happening is one alert"
    pipeline.clock.pass_time(hours=2)
    assert await house.take(MAIN) is None
    assert await house.waiting(MAIN) == [], "what is left is over, with a record"


def test_the_pause_before_an_alert_is_shorter_than_gifts_are_folded() -> None:
    assert SETTLES < FOLDED_WITHIN
    assert show.LEAD < SETTLES
