"""What an overlay drops is on record with the reason, and nothing that is known later brings it back."""

from dataclasses import replace
from datetime import timedelta

from server.domain.streamalerts import AlertKind, Mode
from server.events.tellings import Corrected
from tests.actions.alerting import MAIN, STREAMER, House, drawn, kicks, rules, sub, tried_out

LATER = timedelta(seconds=5)


async def corrected(house: House, number: int, amount: int) -> None:
    """It is known later that the KICKs of a happening were others."""
    was = kicks(3, 10, house.now, number)
    now = replace(was, amount=amount)
    await house.happen(Corrected(platform="kick", broadcaster=STREAMER, happening_id=number, was=was, now=now))


async def waits(house: House) -> list[int]:
    return [one.payload["amount"] for one in await house.waiting(MAIN)]


async def test_what_comes_while_something_else_waits_is_on_record_and_comes_back_by_no_correction(house: House) -> None:
    await rules(house, AlertKind.KICKS, mode=Mode.IF_IDLE)
    await house.happen(sub(1, house.now, 1), kicks(3, 10, house.now, 2))
    assert await house.ended(MAIN) == {"busy": ["happening:2"]}
    house.pipeline.clock.pass_time(seconds=3)
    taken = await house.take(MAIN)
    assert taken is not None
    await house.shown(MAIN, taken)
    await corrected(house, 2, 11)
    assert await waits(house) == []
    await house.happen(kicks(3, 12, house.now, 3), kicks(3, 13, house.now, 4))
    assert await waits(house) == [12], "the first of a batch finds nothing there"
    assert await house.ended(MAIN) == {"done": ["happening:1"], "busy": ["happening:2", "happening:4"]}


async def test_what_is_replaced_by_another_of_its_batch_is_on_record_and_comes_back_by_no_correction(
    house: House,
) -> None:
    await rules(house, AlertKind.KICKS, mode=Mode.REPLACE)
    await house.happen(kicks(3, 10, house.now, 1), kicks(3, 20, house.now, 2))
    assert await house.ended(MAIN) == {"replaced": ["happening:1"]}
    await corrected(house, 1, 11)
    assert await waits(house) == [20]


async def test_what_happened_before_takes_the_place_of_nothing_newer(house: House) -> None:
    await rules(house, AlertKind.KICKS, mode=Mode.REPLACE)
    now = house.now
    await house.happen(kicks(3, 20, now, 2))
    await house.happen(kicks(3, 10, now - LATER, 1))
    assert (await waits(house), await house.ended(MAIN)) == ([20], {"replaced": ["happening:1"]})
    await house.happen(kicks(3, 40, now + LATER, 4), kicks(3, 30, now + LATER / 2, 3))
    assert (await waits(house), await house.ended(MAIN)) == (
        [40],
        {"replaced": ["happening:2", "happening:1", "happening:3"]},
    )


async def test_a_test_keeps_no_happening_from_being_shown(house: House) -> None:
    await rules(house, AlertKind.KICKS, mode=Mode.REPLACE)
    before = house.now - LATER
    await tried_out(house, AlertKind.KICKS)
    await house.happen(kicks(3, 10, before, 1))
    assert await waits(house) == [10]


async def test_a_test_of_a_draw_takes_the_place_of_no_winner(house: House) -> None:
    await rules(house, AlertKind.WINNER, mode=Mode.REPLACE)
    await house.reveal(drawn(1, house.now))
    await house.reveal(drawn(2, house.now + LATER, is_test=True))
    await house.reveal(drawn(3, house.now + LATER * 2, is_test=True))
    assert await house.ended(MAIN) == {"replaced": ["draw:2"]}
    await house.reveal(drawn(4, house.now + LATER * 3))
    assert await house.ended(MAIN) == {"replaced": ["draw:1", "draw:2", "draw:3"]}


async def test_what_a_correction_makes_too_small_is_not_shown(house: House) -> None:
    await rules(house, AlertKind.KICKS, least=10)
    await house.happen(kicks(3, 10, house.now, 1), kicks(3, 20, house.now, 2))
    await corrected(house, 1, 9)
    await corrected(house, 2, 19)
    assert (await waits(house), await house.ended(MAIN)) == ([19], {"unwanted": ["happening:1"]})
