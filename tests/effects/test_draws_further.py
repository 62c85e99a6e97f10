"""A prize that nobody is left to have gets a further draw, over the same list without everybody who was drawn."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from server.actions.draws import settle
from server.domain.draws.plan import COMMIT_LEAD, REVEAL_AFTER, DrawState
from server.domain.draws.verify import verify
from server.domain.raffle.periods import ARCHIVED_AFTER
from server.domain.refusals import Refused
from server.store.draws.draws import DrawRow
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock
from tests.effects.drawing import COMES, EVE, KEYS, ROUND, Draws, draws_on, fault_of, file_of

PEOPLE = 4
SECOND_ROUND = ROUND + 1
REVEALED = COMES + timedelta(seconds=3) + REVEAL_AFTER
"""When the winners of the first draw and of further ones are known."""
ASKED = COMES + timedelta(seconds=3) - COMMIT_LEAD
"""A promise made at this instant names the round after the first draw's, which was published, too."""


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


async def first(drawn: Draws, **rules: Any) -> DrawRow:
    """The draw of a raffle; the clock goes back afterwards, so that the next one gets a round that was published."""
    await drawn.begin(**rules)
    await drawn.close()
    await drawn.say_all()
    drawn.at(COMES)
    await drawn.look()
    drawn.at(ASKED)
    return await drawn.only()


async def passed(drawn: Draws, draw: DrawRow, *positions: int) -> None:
    """Have some be passed over after the reveal; the clock goes back afterwards."""
    before = drawn.pipeline.clock.now()
    drawn.at(REVEALED)
    for position in positions:
        passing = {"draw_id": draw.id, "position": position, "code": "declined", "reason": "No.", "actor": "tester"}
        await drawn.house.do(settle.pass_on, **passing, keys=KEYS)
    drawn.at(before)


async def further(drawn: Draws) -> DrawRow:
    """The draw that staff asks for now, until it has its result."""
    await drawn.ask()
    drawn.at(ASKED)
    await drawn.look()
    await drawn.say_all()
    drawn.at(COMES + timedelta(seconds=3))
    await drawn.look()
    return await drawn.only()


async def people(drawn: Draws, draw: DrawRow) -> dict[int, str | None]:
    """Who is in the list of a draw, and why not."""
    rows = await drawn.pipeline.read(f"SELECT viewer_id, excluded FROM draw_entrant WHERE draw_id = {draw.id}")
    return {row["viewer_id"]: row["excluded"] for row in rows}


async def places(drawn: Draws, draw: DrawRow) -> dict[int, str]:
    """Who was drawn, and what became of him."""
    rows = await drawn.pipeline.read(f"SELECT viewer_id, state FROM draw_place WHERE draw_id = {draw.id}")
    return {row["viewer_id"]: row["state"] for row in rows}


async def checked(drawn: Draws, draw: DrawRow) -> tuple[str, str]:
    """What a check of a draw's file says of it."""
    report = verify(await file_of(drawn.pipeline.server.database.reader(), draw), fault_of)
    return report.verdict, "\n".join(check.sentence for check in report.checks if check.name in {"supplement", "again"})


async def test_a_prize_that_nobody_is_left_to_have_is_drawn_for_again_over_the_same_list(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=1)
    await passed(drawn, one, 1, 2)
    two = await further(drawn)
    assert (two.number, two.state, two.beacon_round, two.supplement_of) == (2, DrawState.DRAWN, SECOND_ROUND, one.id)
    out = await places(drawn, one)
    assert {viewer for viewer, code in (await people(drawn, two)).items() if code == "already_drawn"} == out.keys()
    assert (one.entries_count, two.entries_count) == (4, 2)
    assert sorted((await places(drawn, two)).values()) == ["alternate", "won"]
    assert not out.keys() & (await places(drawn, two)).keys()
    bundle = await file_of(drawn.pipeline.server.database.reader(), two)
    [commit] = [line for line in bundle["log"] if line["kind"] == "commit" and line["draw_id"] == two.name]
    assert (commit["supplement_of"], commit["winners"], commit["alternates"]) == (one.name, 1, 1)
    assert (commit["title"], commit["excluded_count"]) == ("Further draw: Raffle 1", 2)
    verdict, said = await checked(drawn, two)
    assert (verdict, "1 of 1 prizes that nobody was left to have" in said) == ("verified", True)
    assert (await checked(drawn, one))[0] == "verified", "the further draw leaves the first as it is"
    assert [row["state"] for row in await drawn.pipeline.read("SELECT state FROM raffle_period")] == ["drawn"]


async def test_a_further_draw_draws_for_as_many_prizes_as_nobody_has(drawn: Draws) -> None:
    one = await first(drawn, winners=2, alternates=0)
    drawn.at(REVEALED)
    await drawn.house.do(settle.confirm, draw_id=one.id, position=1, actor="tester")
    drawn.at(ASKED)
    await passed(drawn, one, 2)
    two = await further(drawn)
    assert sorted((await places(drawn, two)).values()) == ["won"]
    assert (await checked(drawn, two))[0] == "verified"


async def test_nobody_asks_for_a_further_draw_while_every_prize_has_a_winner(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=1)
    with pytest.raises(Refused, match="every prize has a winner"):
        await drawn.ask()
    await passed(drawn, one, 1)
    with pytest.raises(Refused, match="every prize has a winner"):
        await drawn.ask()
    await passed(drawn, one, 2)
    assert {(await drawn.ask()).number for _ in range(3)} == {2}, "however often it is asked for"
    await further(drawn)
    with pytest.raises(Refused, match="every prize has a winner"):
        await drawn.ask()


async def test_nobody_asks_for_a_further_draw_of_a_list_that_is_used_up(drawn: Draws) -> None:
    one = await first(drawn, winners=3, alternates=1)
    await passed(drawn, one, 1, 2)
    with pytest.raises(Refused, match="Everybody in the list was drawn"):
        await drawn.ask()


async def test_a_further_draw_that_is_given_up_is_followed_by_another_of_the_same(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=0)
    await passed(drawn, one, 1)
    await drawn.ask()
    await drawn.look()
    two = await drawn.only()
    await drawn.house.do(settle.void, draw_id=two.id, reason="wrong prize", keys=KEYS)
    three = await further(drawn)
    assert (three.number, three.supplement_of, three.entries_count) == (3, one.id, 3)
    assert (await checked(drawn, three))[0] == "verified"


async def test_a_further_draw_of_a_further_draw_leaves_out_whoever_was_drawn_in_either(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=0)
    await passed(drawn, one, 1)
    two = await further(drawn)
    await passed(drawn, two, 1)
    three = await further(drawn)
    assert (three.supplement_of, three.entries_count) == (two.id, 2)
    drawn_before = (await places(drawn, one)).keys() | (await places(drawn, two)).keys()
    assert {viewer for viewer, code in (await people(drawn, three)).items() if code} == drawn_before
    assert (await checked(drawn, three))[0] == "verified"
    assert {(await checked(drawn, draw))[0] for draw in (one, two)} == {"verified"}


async def test_a_raffle_is_not_history_while_a_further_draw_is_on_its_way(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=0)
    await passed(drawn, one, 1)
    drawn.relay.is_away = True
    await drawn.ask()
    await drawn.look()
    drawn.at(COMES + ARCHIVED_AFTER)
    await drawn.look()
    state = partial(drawn.pipeline.read, "SELECT state FROM raffle_period")
    assert [row["state"] for row in await state()] == ["drawn"]
    drawn.relay.is_away = False
    await drawn.look()
    assert (await drawn.only()).state is DrawState.DRAWN
    drawn.at(COMES + 2 * ARCHIVED_AFTER)
    await drawn.look()
    assert [row["state"] for row in await state()] == ["archived"]
    with pytest.raises(Refused, match="history"):
        await drawn.ask()


async def test_a_check_names_a_further_draw_that_was_promised_while_a_winner_stood(drawn: Draws) -> None:
    one = await first(drawn, winners=1, alternates=0)
    await passed(drawn, one, 1)
    bundle = await file_of(drawn.pipeline.server.database.reader(), await further(drawn))
    without = {"log": [line for line in bundle["log"] if line["kind"] != "pass"], "signatures": []}
    report = verify({**bundle, **without, "signatures": ["00" * 64] * len(without["log"])}, fault_of)
    assert {"supplement_unneeded", "log_gap"} <= {check.fault for check in report.checks}


@pytest.mark.parametrize("winners", [1, 2, 3])
@pytest.mark.parametrize("alternates", [0, 1])
@pytest.mark.parametrize("steps", ["PMPMPPM", "PPMCPMPM", "CPPPMMPPM"])
async def test_whoever_is_drawn_was_never_drawn_before_and_nobody_else_is_left_out(
    drawn: Draws, winners: int, alternates: int, steps: str
) -> None:
    """Winners are passed over (P) or confirmed (C), and more are drawn (M), in some order."""
    made = [await first(drawn, winners=winners, alternates=alternates)]
    for step in steps:
        states = [await places(drawn, draw) for draw in made]
        kept = sum(state in {"won", "confirmed"} for draw in states for state in draw.values())
        seen = {viewer for draw in states for viewer in draw}
        if step == "M":
            if kept == winners or len(seen) == PEOPLE:
                with pytest.raises(Refused):
                    await drawn.ask()
                continue
            made.append(await further(drawn))
            listed = await people(drawn, made[-1])
            assert {viewer for viewer, code in listed.items() if code} == seen
            assert len(listed) == PEOPLE
            assert sum(state == "won" for state in (await places(drawn, made[-1])).values()) <= winners - kept
        else:
            await settled(drawn, made, step)
    everybody = [viewer for draw in made for viewer in await places(drawn, draw)]
    assert len(everybody) == len(set(everybody)), "nobody is drawn twice"
    assert {(await checked(drawn, draw))[0] for draw in made} == {"verified"}


async def settled(drawn: Draws, made: list[DrawRow], step: str) -> None:
    """Pass the first winner over who has not claimed, or confirm him, in the oldest draw that has one."""
    for draw in made:
        rows = await drawn.pipeline.read(
            f"SELECT position FROM draw_place WHERE draw_id = {draw.id} AND state = 'won' ORDER BY position LIMIT 1"
        )
        for row in rows:
            if step == "P":
                await passed(drawn, draw, row["position"])
            else:
                confirming = {"draw_id": draw.id, "position": row["position"], "actor": "tester"}
                before = drawn.pipeline.clock.now()
                drawn.at(REVEALED)
                await drawn.house.do(settle.confirm, **confirming)
                drawn.at(before)
            return
