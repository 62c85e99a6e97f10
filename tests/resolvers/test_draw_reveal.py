"""Nobody is chosen among those who were drawn before they are named, and all of them are."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from server import wiring
from server.actions.giveaways import run
from server.domain.draws.plan import REVEAL_AFTER
from server.domain.giveaways import GiveawayKind, GiveawayRules
from server.jobs.queue import QueueRunner
from server.schema.ids import id_of
from tests.effects.drawing import COMES
from tests.graph import Graph
from tests.resolvers.drawing import Eve, eve_on, of
from tests.resolvers.test_draws import heard_of_draws

DECLINED = {"code": "DECLINED", "reason": "No."}


@pytest.fixture
async def eve(graph: Graph) -> Eve:
    found = await eve_on(graph)
    await graph.grant(found.community, ("kick", "900"), "MANAGER")
    return found


async def refusal(eve: Eve, name: str, **given: Any) -> dict[str, str] | None:
    """Why a manager's mutation is refused; None where it is done."""
    document = f"""mutation ($input: {name[0].upper()}{name[1:]}Input!) {{
      {name}(input: $input) {{ ... on Problem {{ code message remedy }} }} }}"""
    named = {"communityId": of(eve), "idempotencyKey": f"{name}{given}{eve.graph.live.clock.now()}"[:100]}
    [told] = (await eve.graph.data(document, eve.graph.person(("kick", "900")), input=named | given)).values()
    return told or None


async def is_early(eve: Eve, name: str, **given: Any) -> bool:
    """Whether a mutation is refused because the winners are not known yet, with the time at which they are."""
    told = await refusal(eve, name, **given)
    assert told is not None
    return (told["code"], told["message"]) == (
        "draw_not_revealed",
        f"Who was drawn is told at {COMES + REVEAL_AFTER:%Y-%m-%d %H:%M:%S} UTC; nobody can be chosen before.",
    )


async def lines(eve: Eve) -> list[str]:
    """What we say in chat."""
    return [
        row["text"] for row in await eve.graph.server.database.reader().fetch("SELECT text FROM chat_line ORDER BY id")
    ]


async def reveal(eve: Eve) -> str:
    """What chat is told once the server comes to name the winners."""
    server = eve.graph.server
    carried_out = {**wiring.effects(server.database, server.units), **wiring.draw_effects(eve.keeper)}
    await QueueRunner(server.database, server.units, effects=carried_out, clock=eve.graph.live.clock).drain()
    return next(line for line in await lines(eve) if "drawn were" in line)


async def test_staff_swaps_no_winner_of_a_raffle_before_he_is_named(eve: Eve) -> None:
    await eve.begin(alternates=1)
    await eve.close()
    eve.at(COMES)
    await eve.look()
    winner = {"drawId": id_of("draw", await eve.draw()), "position": 1}
    eve.at(COMES + REVEAL_AFTER - timedelta(microseconds=1))
    assert await is_early(eve, "passWinner", **winner, **DECLINED)
    assert await is_early(eve, "confirmWinner", **winner)
    eve.at(COMES + REVEAL_AFTER)
    assert await refusal(eve, "passWinner", **winner, **DECLINED) is None
    told = await reveal(eve)
    drawn = await eve.graph.server.database.reader().fetch(
        "SELECT p.ticket, a.name FROM draw_place p JOIN account a ON a.id = p.account_id ORDER BY p.position"
    )
    first, second = ((row["name"], row["ticket"]) for row in drawn)
    assert f"drawn were {first[0]} (ticket {first[1]}, passed over), {second[0]} (ticket {second[1]})." in told, (
        "who was drawn first is named although staff was quicker"
    )


async def test_whoever_nobody_is_left_after_is_named_all_the_same(eve: Eve) -> None:
    await eve.begin(alternates=0)
    await eve.close()
    await eve.come()
    winner = {"drawId": id_of("draw", await eve.draw()), "position": 1}
    assert await refusal(eve, "passWinner", **winner, **DECLINED) is None
    assert ", passed over)." in await reveal(eve)


async def test_who_is_confirmed_in_the_second_of_the_reveal_is_named_as_that(eve: Eve) -> None:
    await eve.begin(alternates=0)
    await eve.close()
    await eve.come()
    assert await refusal(eve, "confirmWinner", drawId=id_of("draw", await eve.draw()), position=1) is None
    assert ", confirmed)." in await reveal(eve)


async def test_staff_swaps_no_winner_of_a_giveaway_before_he_is_named(eve: Eve) -> None:
    await eve.begin()
    eve.at(COMES - timedelta(seconds=60))
    rules = GiveawayRules(kind=GiveawayKind.TICKETS, lead_s=60)
    made = await eve.do(run.open_up, title="A mug", rules=rules, ends=None, actor="tester")
    await eve.do(run.draw, giveaway_id=made.id, actor="tester")
    await eve.look()
    eve.at(COMES)
    await eve.look()
    winner = {"giveawayId": id_of("giveaway", made.id), "position": 1}
    eve.at(COMES + REVEAL_AFTER - timedelta(microseconds=1))
    assert await is_early(eve, "redrawGiveaway", **winner, **DECLINED)
    assert await is_early(eve, "confirmGiveaway", **winner)
    assert not [line for line in await lines(eve) if "next is" in line], "chat hears of nobody"
    eve.at(COMES + REVEAL_AFTER)
    assert await refusal(eve, "redrawGiveaway", **winner, **DECLINED) is None
    assert [line for line in await lines(eve) if "next is" in line]
    assert ", passed over), " in await reveal(eve)


@pytest.mark.parametrize("masks", [True, False])
async def test_the_feed_names_winners_in_public_as_the_community_wants_it(eve: Eve, masks: bool) -> None:  # noqa: FBT001 - both are tried
    assert await refusal(eve, "updateNameSettings", masks=masks) is None
    await eve.begin(alternates=0)
    await eve.close()
    await eve.come()
    await reveal(eve)
    [winner] = (await heard_of_draws(eve))[-1]["winners"]
    assert winner["publicName"] == (f"{winner['name'][:2]}***" if masks else winner["name"])
    [row] = await eve.graph.server.database.reader().fetch("SELECT payload FROM job WHERE kind = 'draw_done'")
    assert orjson.loads(row["payload"])["masks"] is masks
