"""Staff changes how a kind of alerts is shown, and what waits already goes by that."""

from typing import Any

import pytest

from server.domain.streamalerts import AlertKind, Mode
from tests.actions.alerting import MAIN, House, follow, kicks, rules, sub, tried_out


async def test_what_waits_of_a_kind_that_is_switched_off_is_over(house: House) -> None:
    await house.happen(follow(1, house.now), sub(2, house.now, 2))
    await rules(house, AlertKind.FOLLOW, is_on=False)
    assert [one.kind for one in await house.waiting(MAIN)] == [AlertKind.SUB]
    assert await house.ended(MAIN) == {"unwanted": ["follow:kick:900001:1"]}
    await house.happen(follow(1, house.now))
    await rules(house, AlertKind.FOLLOW, is_on=True)
    await house.happen(follow(1, house.now))
    assert await house.ended(MAIN) == {"unwanted": ["follow:kick:900001:1"]}, "it is no second alert"


async def test_what_waits_and_is_too_small_by_now_is_over(house: House) -> None:
    await house.happen(kicks(1, 99, house.now, 1), kicks(2, 100, house.now, 2))
    await rules(house, AlertKind.KICKS, least=100)
    assert [one.payload["amount"] for one in await house.waiting(MAIN)] == [100]
    assert await house.ended(MAIN) == {"unwanted": ["happening:1"]}


async def test_what_is_shown_goes_on_and_a_test_stays_when_its_kind_is_switched_off(house: House) -> None:
    await house.happen(kicks(1, 5, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    taken = await house.take(MAIN)
    await tried_out(house, AlertKind.KICKS)
    await rules(house, AlertKind.KICKS, is_on=False)
    assert await house.ended(MAIN) == {}
    assert taken is not None
    await house.shown(MAIN, taken)
    assert await house.take(MAIN) is not None


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [(Mode.QUEUE, Mode.FIRST, AlertKind.FOLLOW), (Mode.FIRST, Mode.QUEUE, AlertKind.SUB)],
)
async def test_what_waits_comes_first_or_no_longer(house: House, before: Mode, after: Mode, first: AlertKind) -> None:
    await rules(house, AlertKind.FOLLOW, mode=before)
    await house.happen(sub(1, house.now, 1), follow(2, house.now))
    await rules(house, AlertKind.FOLLOW, mode=after)
    house.pipeline.clock.pass_time(seconds=3)
    assert await house.take(MAIN) is not None
    assert [one.kind for one in await house.waiting(MAIN) if one.held_until is not None] == [first]


@pytest.mark.parametrize(
    ("before_s", "after_s", "ended"),
    [(900, 30, {"stale": ["happening:1"]}), (30, 900, {})],
)
async def test_what_waits_is_too_old_by_the_rules_of_now(
    house: House, before_s: int, after_s: int, ended: dict[str, Any]
) -> None:
    await rules(house, AlertKind.KICKS, fresh_s=before_s)
    await house.happen(kicks(1, 5, house.now, 1))
    house.pipeline.clock.pass_time(seconds=20)
    await rules(house, AlertKind.KICKS, fresh_s=after_s)
    house.pipeline.clock.pass_time(seconds=20)
    assert (await house.take(MAIN) is None) == bool(ended)
    assert await house.ended(MAIN) == ended
