"""Draws that staff tries out: they go as the real one will, and the raffle knows nothing of them."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from server.actions.draws import plan, settle
from server.domain.draws.plan import TESTS_MAX, DrawState
from server.domain.draws.records import short_code
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.verify import verify
from server.domain.instants import MINUTE, micros
from server.domain.privacy import EVERYWHERE, Identity
from server.domain.refusals import Refused
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.privacy import forgetting, sections
from server.store.privacy.shapes import Held
from server.store.raffle import periods
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import gift
from tests.database import FrozenClock
from tests.effects.drawing import COMES, EVE, KEYS, ROUND, Draws, draws_on, fault_of, file_of

LATER = 657_413
LATER_COMES = time_of(LATER)


@pytest.fixture
async def open_raffle(database_url: str) -> AsyncGenerator[Draws, None]:
    """A raffle that goes on for weeks, 75 seconds before a round of the beacon that was published."""
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        made = await draws_on(pipeline)
        await made.begin(ends=micros(LATER_COMES) - 30 * MINUTE, winners=1, alternates=2)
        made.at(COMES - timedelta(seconds=75))
        yield made


async def tried(made: Draws) -> DrawRow:
    return await made.house.do(plan.ask_test, period_id=made.period, actor="tester", reason="")


async def again(made: Draws, draw: DrawRow) -> DrawRow:
    """A draw as it is by now."""
    found = await draws.by_id(made.pipeline.server.database.reader(), draw.community_id, draw.id)
    assert found is not None
    return found


async def state_of(made: Draws) -> str:
    """Where the raffle is."""
    period = await periods.by_id(made.pipeline.server.database.reader(), made.house.community, made.period)
    assert period is not None
    return period.state.value


def log_of(bundle: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(one["env"], one["seq"], one["kind"]) for one in bundle["log"]]


async def test_a_test_goes_as_the_draw_will_and_leaves_the_raffle_as_it_was(open_raffle: Draws) -> None:
    made, reader = open_raffle, open_raffle.pipeline.server.database.reader()
    test = await tried(made)
    await made.look()
    promised = await again(made, test)
    assert (promised.state, promised.beacon_round, promised.tickets_total) == (DrawState.COMMITTED, ROUND, 150)
    [line] = await made.pipeline.read("SELECT text FROM chat_line")
    assert line["text"].startswith("TEST, nothing is won: ")
    assert short_code(bytes.fromhex(promised.commit_hash or "")) in line["text"]
    await made.say_all()
    await made.house.happen(gift(5, 1, micros(COMES) - MINUTE, 5))
    made.at(COMES)
    await made.look()
    bundle = await file_of(reader, await again(made, test))
    report = verify(bundle, fault_of)
    assert (report.verdict, len(report.winners), len(bundle["entries"].splitlines())) == ("verified", 3, 4)
    assert report.sentence.endswith("This was a test, and nothing was promised.")
    assert log_of(bundle) == [("test", 1, "postponed"), ("test", 2, "commit"), ("test", 3, "result")]
    assert (await state_of(made), (await made.only()).state) == ("open", DrawState.PLANNED)
    await the_draw_itself(made)


async def the_draw_itself(made: Draws) -> None:
    """Let the raffle end and be drawn: the test is no part of it, and its log begins with it."""
    made.at(LATER_COMES - timedelta(minutes=29))
    await made.look()
    await made.say_all()
    made.at(LATER_COMES)
    await made.look()
    bundle = await made.bundle()
    assert log_of(bundle) == [("live", 1, "commit"), ("live", 2, "result")]
    assert (verify(bundle, fault_of).verdict, len(bundle["entries"].splitlines())) == ("verified", 5)
    assert ((await made.only()).number, await state_of(made)) == (1, "drawn")
    with pytest.raises(Refused, match="is drawn"):
        await tried(made)
    reader, me = made.pipeline.server.database.reader(), [Identity("kick", "1")]
    own = Held(await forgetting.mine(reader, me, EVERYWHERE), EVERYWHERE)
    taken = [one async for name, some in sections.records(reader, own) if name == "draws" for one in some]
    assert [(one["draw"], one["isTest"]) for one in taken] == [(2, True), (1, False)], "he is told which was which"


async def test_a_raffle_is_planned_and_drawn_whatever_was_tried_before(database_url: str) -> None:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        made = await draws_on(pipeline)
        await made.house.rules(settlement_h=0, renews=False)
        made.period = await made.house.start(ends=micros(COMES) - 30 * MINUTE)
        nobody_in = await tried(made)
        await made.look()
        assert (await again(made, nobody_in)).state is DrawState.EMPTY
        planned = await made.only()
        assert (planned.number, planned.state, planned.beacon_round) == (2, DrawState.PLANNED, ROUND)
        await made.house.happen(gift(1, 1, micros(EVE), 1))
        made.at(COMES - timedelta(minutes=29))
        last = await tried(made)
        await made.look()
        assert (last.number, (await again(made, last)).state) == (3, DrawState.COMMITTED)
        with pytest.raises(Refused, match="promised by itself"):
            await made.ask()
        drawn = await again(made, planned)
        assert (drawn.id, drawn.state) == (planned.id, DrawState.COMMITTED), "the test is not taken for the draw"


async def test_nobody_wins_in_a_test_and_giving_it_up_changes_nothing_else(open_raffle: Draws) -> None:
    made, test = open_raffle, await tried(open_raffle)
    await made.look()
    made.at(COMES)
    await made.look()
    claim = {"draw_id": test.id, "position": 1, "actor": "tester"}
    with pytest.raises(Refused) as confirmed:
        await made.house.do(settle.confirm, **claim)
    with pytest.raises(Refused) as passed:
        await made.house.do(settle.pass_on, **claim, code="declined", reason="No.", keys=KEYS)
    assert (confirmed.value.code, passed.value.code) == ("draw_is_test", "draw_is_test")
    await made.house.do(settle.void, draw_id=test.id, reason="Enough seen.", keys=KEYS)
    assert ((await again(made, test)).state, await state_of(made)) == (DrawState.VOID, "open")


async def test_a_few_tests_are_on_their_way_at_once_and_no_more(open_raffle: Draws) -> None:
    made = open_raffle
    some = [await tried(made) for _ in range(TESTS_MAX)]
    assert len({one.name for one in some}) == TESTS_MAX
    with pytest.raises(Refused) as refused:
        await tried(made)
    assert refused.value.code == "draw_tests_many"
    await made.look()
    await made.house.do(settle.void, draw_id=some[0].id, reason="One too many.", keys=KEYS)
    assert (await tried(made)).is_test
