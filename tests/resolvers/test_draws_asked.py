"""Draws that staff asks for or gives up while one is planned, closed or promised by itself, and what is claimed."""

from datetime import timedelta

import pytest

from server.actions.draws import settle
from server.actions.draws.freeze import freeze
from server.actions.giveaways import run
from server.domain.draws.plan import COMMIT_LEAD, soonest
from server.domain.giveaways import GiveawayKind, GiveawayRules
from server.domain.refusals import Refused
from server.effects import raffle
from server.schema.ids import id_of
from server.system import SystemChance
from tests.effects.drawing import COMES, KEYS, ROUND
from tests.graph import Graph
from tests.resolvers.drawing import Eve, eve_on
from tests.resolvers.test_draws import shown, staff


@pytest.fixture
async def eve(graph: Graph) -> Eve:
    return await eve_on(graph)


async def test_a_draw_that_was_promised_by_itself_is_not_drawn_sooner_and_its_refusal_says_what_to_do(eve: Eve) -> None:
    await eve.begin()
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    asking = {"raffleId": id_of("raffle", eve.period)}
    await eve.close()
    refused = await staff(eve, "drawRaffle", **asking, reason="now")
    assert refused["code"] == "draw_promised"
    assert refused["message"].endswith(f"{COMES:%Y-%m-%d %H:%M:%S} UTC, with round {ROUND} of the beacon.")
    given_up = {"drawId": id_of("draw", await eve.draw()), "reason": "We draw on stream."}
    assert (await staff(eve, "voidDraw", **given_up))["draw"]["state"] == "VOID"
    asked = [(await staff(eve, "drawRaffle", **asking, reason=f"{one}"))["draw"] for one in range(2)]
    assert [(one["number"], one["state"]) for one in asked] == [(2, "ASKED")] * 2
    soon = str(soonest(eve.graph.live.clock.now()))
    assert (await shown(eve))["round"] == soon, "what is shown before the promise"
    await eve.look()
    promised = await shown(eve)
    assert (promised["state"], promised["round"]) == ("COMMITTED", soon)
    assert (await staff(eve, "drawRaffle", **asking, reason="again"))["draw"]["id"] == asked[0]["id"]


async def test_a_list_that_is_closed_and_not_promised_yet_is_drawn_as_soon_as_staff_asks(eve: Eve) -> None:
    await eve.begin()
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    eve.at(COMES - timedelta(minutes=29))
    await raffle.look(eve.graph.server.database, eve.graph.server.units)
    await eve.do(freeze, draw_id=await eve.draw(), chance=SystemChance(), keys=KEYS)
    asked = await staff(eve, "drawRaffle", raffleId=id_of("raffle", eve.period), reason="now")
    assert asked["draw"]["state"] == "FROZEN"
    soon = str(soonest(eve.graph.live.clock.now()))
    assert (await shown(eve))["round"] == soon
    await eve.look()
    promised = await shown(eve)
    assert (promised["state"], promised["round"]) == ("COMMITTED", soon)
    assert [one["reason"] for one in promised["story"]["postponements"]] == ["drawn_by_staff"]


SETTLED = """{ community(slug: "house") { giveaways(first: 1) { nodes {
  state draw { places { position state claimUntil } } } } } }"""


async def test_where_nothing_need_be_claimed_the_winner_has_his_prize_as_the_giveaway_says(eve: Eve) -> None:
    await eve.begin()
    rules = GiveawayRules(kind=GiveawayKind.TICKETS, claim_s=0, alternates=1)
    made = await eve.do(run.open_up, title="A mug", rules=rules, ends=None, actor="tester")
    eve.at(COMES - COMMIT_LEAD)
    await eve.do(run.draw, giveaway_id=made.id, actor="tester")
    await eve.look()
    await eve.come()
    [told] = (await eve.graph.data(SETTLED))["community"]["giveaways"]["nodes"]
    states = [(one["state"], one["claimUntil"]) for one in told["draw"]["places"]]
    assert (told["state"], states) == ("CLAIMED", [("CONFIRMED", None), ("ALTERNATE", None)])


async def test_a_draw_that_was_given_up_is_not_told_to_be_put_off(eve: Eve) -> None:
    await eve.begin()
    planned = await eve.draw()
    with pytest.raises(Refused) as early:
        await eve.do(settle.void, draw_id=planned, reason="No.", keys=KEYS)
    await eve.close()
    await eve.do(settle.void, draw_id=planned, reason="No.", keys=KEYS)
    with pytest.raises(Refused) as again:
        await eve.do(settle.void, draw_id=planned, reason="No.", keys=KEYS)
    assert {early.value.code, again.value.code} == {"draw_not_committed"}
    assert ("postponeDraw" in early.value.remedy, "drawRaffle" in again.value.remedy) == (True, True)
