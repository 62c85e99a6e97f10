"""Two communities side by side, with something of everything, for the tests of every mutation."""

from dataclasses import dataclass

import pytest

from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers import (
    chat_cases,
    draw_cases,
    giveaway_cases,
    happening_cases,
    panel_cases,
    raffle_cases,
    reward_cases,
    role_cases,
    slot_cases,
    streamalert_cases,
    wager_cases,
)
from tests.resolvers.dying import alert_of, dead_job
from tests.resolvers.proving import GUILD, guild_bound, handed_out, linked_himself, waiting_for_code
from tests.services import Service, service

LINK = "mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"
LINKED = {
    "one": {"platform": "KICK", "platformId": "3"},
    "other": {"platform": "DISCORD", "platformId": "88"},
    "reason": "Told us so.",
    "idempotencyKey": "beforehand",
}
FORGET = "mutation ($input: ForgetMeInput!) { forgetMe(input: $input) { ... on ForgettingPlanned { id } } }"
QUARANTINED = """query ($slug: String!) { community(slug: $slug) {
    deliveries(first: 5, where: { state: QUARANTINED }) { nodes { id } } } }"""


@dataclass(frozen=True)
class Houses:
    """Two communities on one channel, with the same viewers, one of them linked, and one quarantined delivery each."""

    graph: Graph
    one: int
    other: int
    viewers: dict[str, str]
    deliveries: list[str]
    code: str
    slots: slot_cases.SlotThings
    rewards: reward_cases.RewardThings
    dead: int
    happenings: happening_cases.HappeningThings
    bot: Service
    guild_code: str
    alert: str
    wager_claim: str
    draw: str
    giveaways: giveaway_cases.GiveawayThings
    panel: str
    role_reward: str
    stream_alerts: streamalert_cases.StreamAlertThings


async def two_communities(graph: Graph) -> tuple[int, int]:
    """Two communities that heard the same, one delivery of it beyond understanding."""
    one = await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100001")
    await graph.watched()
    await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}, "nonsense": True})
    await graph.live.settle()
    return one, other


async def quarantined(graph: Graph, slug: str) -> list[str]:
    """The deliveries of a community that nobody understood."""
    page = await graph.data(QUARANTINED, slug=slug)
    return [node["id"] for node in page["community"]["deliveries"]["nodes"]]


async def linked_and_granted(graph: Graph, *communities: int) -> None:
    """A viewer with two accounts, an owner and a moderator in each community."""
    for community in communities:
        linked = {**LINKED, "communityId": id_of("community", community)}
        assert (await graph.data(LINK, input=linked))["linkAccounts"]["__typename"] == "AccountsLinked"
        await graph.grant(community, ("kick", "44"), "OWNER")
        await graph.grant(community, ("kick", "22"), "MODERATOR")


async def on_their_way(graph: Graph, one: int, other: int) -> str:
    """People about to link or to be forgotten, or with keys of their own; the code that one types in the first."""
    codes = [await waiting_for_code(graph.server, community, "99", "9099") for community in (one, other)]
    await linked_himself(graph.server, other, "66", "2")
    for community in (one, other):
        given = {"communityId": id_of("community", community), "confirmed": True, "idempotencyKey": "beforehand"}
        assert (await graph.data(FORGET, graph.person(("discord", "55")), input=given))["forgetMe"]["id"]
        await handed_out(graph.server, community, ("discord", "88"))
    return codes[0]


@pytest.fixture
async def houses(graph: Graph, request: pytest.FixtureRequest) -> Houses:
    one, other = await two_communities(graph)
    deliveries = await quarantined(graph, "house")
    assert len(deliveries) == 1
    await linked_and_granted(graph, one, other)
    viewers = await graph.accounts(one)
    code = await on_their_way(graph, one, other)
    await chat_cases.switched_off(graph.server, one, other)
    slots = [await slot_cases.slot_things(graph.server, community) for community in (one, other)]
    rewards = [await reward_cases.reward_things(graph.server, community) for community in (one, other)]
    await raffle_cases.raffles_open(graph.server, request, one, other)
    wager_claims = await wager_cases.wagers_told(graph.server, request, one, other)
    alerts = [await alert_of(graph.server, community) for community in (one, other)]
    dead = [await dead_job(graph.server, community) for community in (one, other)]
    told = [await happening_cases.happening_things(graph.server, community) for community in (one, other)]
    guild_codes = [await guild_bound(graph.server, *place) for place in ((one, GUILD), (other, "8"))]
    panels = [await panel_cases.panel_there(graph.server, community) for community in (one, other)]
    stream_alerts = [await streamalert_cases.stream_alert_things(graph.server, community) for community in (one, other)]
    bot = await service(graph)
    return Houses(
        graph,
        one,
        other,
        viewers,
        deliveries,
        code,
        slots[0],
        rewards[0],
        dead[0],
        told[0],
        bot,
        guild_codes[0],
        alerts[0],
        wager_claims[0],
        await draw_cases.draws_made(graph.server, request, one, other),
        await giveaway_cases.giveaways_made(graph.server, request, one, other),
        panels[0],
        await role_cases.roles_made(graph.server, request, one, other),
        stream_alerts[0],
    )
