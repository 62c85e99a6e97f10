"""Boards that everybody sees name people by one rule of the server, masked unless their community wants otherwise."""

from typing import Any

import pytest

from server.auth.tokens import CommunityScope
from server.domain.names import NameSettings, public_name
from server.schema.ids import id_of
from tests.graph import Graph, Socket

BOARD = """query ($slug: String!) { community(slug: $slug) { nameSettings { masks }
  leaderboard(first: 10) { nodes { publicName account { name } } } } }"""
RAFFLE = """{ community(slug: "house") { raffles { current { board(first: 10) { nodes { publicName } } } } } }"""
LIVE = """subscription ($community: ID!) { leaderboardChanged(communityId: $community, first: 9) {
  standings { publicName } } }"""
AROUND = """query ($viewer: ID!) { community(slug: "house") {
  leaderboardAround(viewerId: $viewer, before: 9, after: 9) { publicName } } }"""
SET = "mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) { __typename } }"
RULES = "mutation ($input: UpdateRaffleRulesInput!) { updateRaffleRules(input: $input) { __typename } }"
START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"


def names(nodes: list[dict[str, Any]]) -> list[str]:
    return [one["publicName"] for one in nodes]


async def board(graph: Graph, token: str | None = None, slug: str = "house") -> list[str]:
    return names((await graph.data(BOARD, token, slug=slug))["community"]["leaderboard"]["nodes"])


async def mask(graph: Graph, community_id: int, *, masks: bool) -> None:
    given = {"communityId": id_of("community", community_id), "masks": masks, "idempotencyKey": f"{masks}"}
    assert (await graph.data(SET, input=given))["updateNameSettings"]["__typename"] == "NameSettingsUpdated"


async def test_names_are_masked_until_the_community_wants_otherwise_and_nowhere_else(graph: Graph) -> None:
    house, mill = await graph.live.community(), await graph.live.community("mill", "100002")
    await graph.watched()
    await graph.watched("100002")
    assert await board(graph) == ["vi***", "vi***", "vi***"]
    await mask(graph, house, masks=False)
    assert await board(graph) == ["viewer3", "viewer2", "viewer1"]
    assert await board(graph, slug="mill") == ["vi***", "vi***", "vi***"]
    viewer = (await graph.accounts(mill))["1"]
    assert viewer
    await mask(graph, house, masks=True)
    assert await board(graph) == ["vi***", "vi***", "vi***"]


async def test_whoever_asks_himself_sees_his_own_name_and_staff_every_account(graph: Graph) -> None:
    house = await graph.live.community()
    await graph.watched()
    await graph.grant(house, ("kick", "2"), "MODERATOR")
    moderator = graph.person(("kick", "2"), community=CommunityScope(id=house, slug="house"))
    assert await board(graph, moderator) == ["vi***", "viewer2", "vi***"]
    nodes = (await graph.data(BOARD, moderator, slug="house"))["community"]["leaderboard"]["nodes"]
    assert [one["account"]["name"] for one in nodes] == ["viewer3", "viewer2", "viewer1"]
    viewer = (await graph.accounts(house))["1"]
    around = (await graph.data(AROUND, moderator, viewer=viewer))["community"]["leaderboardAround"]
    assert names(around) == ["vi***", "viewer2", "vi***"]


async def test_what_is_told_to_everybody_at_once_names_nobody_whole(graph: Graph) -> None:
    house = await graph.live.community()
    await graph.watched()
    await graph.grant(house, ("kick", "2"), "MODERATOR")
    socket = await Socket(graph).open(graph.person(("kick", "2")))
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(LIVE, community=id_of("community", house))
    assert names((await socket.event())["standings"]) == ["vi***", "vi***", "vi***"]


@pytest.mark.parametrize(("wager", "shown"), [(0, "viewer1"), (20, "vi***")])
async def test_a_board_that_tells_of_wagers_is_masked_always(graph: Graph, wager: int, shown: str) -> None:
    house = await graph.live.community()
    await mask(graph, house, masks=False)
    where = {"communityId": id_of("community", house), "idempotencyKey": "start"}
    rules = where | {"wager": wager, "confirmsWagers": True, "watchTime": 1000}
    assert (await graph.data(RULES, input=rules))["updateRaffleRules"]["__typename"] == "RaffleRulesUpdated"
    given = where | {"title": "Mug"}
    assert (await graph.data(START, input=given))["startRaffle"]["__typename"] == "RaffleStarted"
    await graph.watched(viewers=1)
    viewer = (await graph.accounts(house))["1"]
    ticket = where | {"viewerId": viewer, "tickets": 5, "reason": "Kind."}
    granted = await graph.data(
        "mutation ($input: GrantTicketsInput!) { grantTickets(input: $input) { __typename } }", input=ticket
    )
    assert granted["grantTickets"]["__typename"] == "TicketsGranted"
    found = (await graph.data(RAFFLE))["community"]["raffles"]["current"]["board"]["nodes"]
    assert names(found) == [shown]


def test_where_wagers_are_told_no_setting_shows_a_name() -> None:
    assert public_name("quietSparrow", NameSettings(masks=False), tells_wagers=True) == "qu***"
    assert public_name("quietSparrow", NameSettings(masks=False)) == "quietSparrow"
