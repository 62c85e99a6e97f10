"""Draws of many communities go on side by side: none holds another up, and promises come before questions."""

from collections.abc import AsyncGenerator

import pytest

from server.actions.draws import plan
from server.actions.raffle import give
from server.domain.draws.plan import DrawState
from server.domain.draws.rounds import Beacon
from server.domain.instants import micros
from server.effects import draws as effects
from server.ports_platforms import ApiFault
from tests.actions.pipeline import Pipeline, pipeline_on
from tests.database import FrozenClock
from tests.effects.drawing import COMES, EVE, Draws, Relay, draws_on, keeper_on


class Stumbling(Relay):
    """Fails the first time, in a way that nobody thought of."""

    async def round(self, number: int) -> Beacon | ApiFault:
        self.is_broken = not self.asked
        return await super().round(number)


class Watching(Relay):
    """Notes where a draw stands when it is asked."""

    def __init__(self, watched: Draws) -> None:
        super().__init__()
        self.watched = watched
        self.seen: list[DrawState] = []

    async def round(self, number: int) -> Beacon | ApiFault:
        self.seen.append((await self.watched.only()).state)
        return await super().round(number)


@pytest.fixture
async def pipeline(database_url: str) -> AsyncGenerator[Pipeline, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as made:
        yield made


async def test_a_draw_that_fails_holds_no_other_up_however_few_are_read_at_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "DRAWS_MAX", 1)
    one, other = await draws_on(pipeline), await draws_on(pipeline)
    await one.begin()
    await other.begin()
    await other.close()
    assert {(await drawn.only()).state for drawn in (one, other)} == {DrawState.COMMITTED}
    one.at(COMES)
    keeper = keeper_on(pipeline.server, Stumbling())
    await keeper.look()
    assert [(await drawn.only()).state for drawn in (one, other)] == [DrawState.COMMITTED, DrawState.DRAWN]
    alerts = await pipeline.read("SELECT community_id FROM alert WHERE kind = 'draw_stuck'")
    assert [row["community_id"] for row in alerts] == [one.house.community], "its staff is told, and no other"
    await keeper.look()
    assert (await one.only()).state is DrawState.DRAWN


async def test_promises_are_made_before_relays_are_asked_that_may_take_their_time(pipeline: Pipeline) -> None:
    one, other = await draws_on(pipeline), await draws_on(pipeline)
    await other.house.do(plan.set_automatic, automatic=False, actor="tester")
    await one.begin()
    await other.begin()
    await one.close()
    one.at(COMES)
    await other.house.look()
    await other.ask()
    relay = Watching(other)
    await keeper_on(pipeline.server, relay).look()
    assert relay.seen == [DrawState.COMMITTED]


@pytest.mark.parametrize(("reference", "places"), [("1234567890", ["discord"]), (None, [])])
async def test_a_code_that_a_bot_says_it_posted_counts_where_it_says_in_which_message(
    pipeline: Pipeline, reference: str | None, places: list[str]
) -> None:
    drawn = await draws_on(pipeline)
    await drawn.begin()
    await drawn.close()
    await pipeline.write(
        "UPDATE job SET state = 'done', outcome = 'done', reference = CAST($1 AS TEXT), settled_at = $2 "
        "WHERE kind = 'draw_committed' RETURNING id",
        reference,
        micros(pipeline.clock.now()),
    )
    drawn.at(COMES)
    await drawn.look()
    [result] = [one for one in (await drawn.bundle())["log"] if one["kind"] == "result"]
    assert [one["place"] for one in result["evidence"]] == places


async def test_what_staff_took_makes_what_it_gave_no_less_in_the_record(pipeline: Pipeline) -> None:
    drawn = await draws_on(pipeline)
    await drawn.begin()
    rows = await pipeline.read(
        "SELECT s.viewer_id FROM ticket_standing s WHERE s.period_id = $1 ORDER BY s.tickets", drawn.period
    )
    by_staff = {"reason": "A test.", "actor": "tester"}
    first, last = rows[0]["viewer_id"], rows[-1]["viewer_id"]
    await drawn.house.do(give.grant, viewer_id=first, tickets=100, source_key="a", **by_staff)
    await drawn.house.do(give.grant, viewer_id=last, tickets=-60, source_key="b", **by_staff)
    await drawn.close()
    [commit] = [one for one in (await drawn.bundle())["log"] if one["kind"] == "commit"]
    assert (commit["manual_tickets_total"], commit["tickets_total"]) == (100, 15 + 30 + 45 + 100)
