"""An alert that is shown grows while that can be read, and what is over or was begun anew is never changed."""

from datetime import timedelta

import pytest

from server.actions.streamalerts.show import LEAD, Taken
from server.domain.streamalerts import GRACE, READ_WITHIN, AlertKind, KindRules, Mode, OpenAlert
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import streamalerts
from tests.actions.alerting import MAIN, House, gift, rules

LASTS = LEAD + timedelta(seconds=KindRules().duration_s)
BIT = timedelta(milliseconds=1)


async def begun(house: House) -> tuple[Taken, OpenAlert]:
    """An alert about 5 gifts that is just begun to be shown."""
    await house.happen(gift(9, 5, house.now, 1))
    house.pipeline.clock.pass_time(seconds=3)
    taken = await house.take(MAIN)
    assert taken is not None
    return taken, await shown(house)


async def shown(house: House) -> OpenAlert:
    [one] = [one for one in await house.waiting(MAIN) if one.held_until is not None]
    return one


async def rewritten(house: House, as_it_was: OpenAlert) -> bool:
    """Whether an alert was made to tell something else by whoever saw it as it was."""

    async def run(tx: Tx, _: Scope) -> Done[bool]:
        return Done(bool(await streamalerts.rewrite(tx, [(as_it_was, {**as_it_was.payload, "amount": 77})])))

    return await house.pipeline.server.units.run(house.community, run)


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (READ_WITHIN, [7]),
        (READ_WITHIN - BIT, [5, 2]),
        (timedelta(0), [5, 2]),
        (BIT - GRACE, [5, 2]),
    ],
)
async def test_gifts_join_an_alert_that_is_shown_while_they_can_be_read(
    house: House, left: timedelta, told: list[int]
) -> None:
    await begun(house)
    house.pipeline.clock.at += LASTS - left
    await house.happen(gift(9, 2, house.now, 2))
    assert [one.payload["amount"] for one in await house.waiting(MAIN)] == told


async def test_gifts_of_the_last_moments_are_shown_next(house: House) -> None:
    taken, _ = await begun(house)
    house.pipeline.clock.at += LASTS - BIT
    await house.happen(gift(9, 2, house.now, 2))
    await house.shown(MAIN, taken)
    house.pipeline.clock.pass_time(seconds=3)
    following = await house.take(MAIN)
    assert following is not None
    assert (await shown(house)).payload["amount"] == 2
    assert await house.ended(MAIN) == {"done": ["happening:1"]}


async def test_an_alert_that_is_over_or_begun_anew_is_not_changed_by_who_saw_it_before(house: House) -> None:
    _, first = await begun(house)
    assert await rewritten(house, first)
    house.pipeline.clock.at += LASTS + GRACE
    taken = await house.take(MAIN)
    assert taken is not None
    anew = await shown(house)
    assert (anew.id, anew.lease) == (first.id, first.lease + 1)
    assert not await rewritten(house, first), "it was begun anew"
    await house.shown(MAIN, taken)
    assert not await rewritten(house, anew), "it is over"


@pytest.mark.parametrize("mode", [Mode.REPLACE, Mode.IF_IDLE])
async def test_gifts_of_one_giver_are_one_alert_in_every_mode(house: House, mode: Mode) -> None:
    await rules(house, AlertKind.GIFT, mode=mode)
    await begun(house)
    await house.happen(gift(9, 2, house.now, 2))
    assert [one.payload["amount"] for one in await house.waiting(MAIN)] == [7]
    await house.happen(gift(8, 3, house.now, 3))
    left = {Mode.REPLACE: [3], Mode.IF_IDLE: [7]}[mode]
    assert [one.payload["amount"] for one in await house.waiting(MAIN)] == left, "another's do as the mode wants"
