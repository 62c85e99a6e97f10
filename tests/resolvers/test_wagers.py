"""Wagers as staff, a viewer and the Discord client see them."""

from typing import Any

import pytest

from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers.proving import guild_bound
from tests.resolvers.wager_cases import told_in
from tests.services import service

CLAIM = """mutation ($input: ClaimWagerAccountInput!) { claimWagerAccount(input: $input) {
  ... on WagerAccountClaimed { claimId state } ... on Problem { code } } }"""
VERIFY = """mutation ($input: VerifyWagerAccountInput!) { verifyWagerAccount(input: $input) {
  ... on WagerAccountVerified { claim { state name decidedBy } } ... on Problem { code } } }"""
LEASE = """mutation { leaseJobs(input: { limit: 10, idempotencyKey: "l1" }) { ... on JobsLeased { jobs {
  kind ... on WagerRoleJob { discordId provider name role isGiven } } } } }"""
STANDING = """query ($after: String) { community(slug: "house") { wagers { feeds { provider names }
  claims(first: 1, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { name state platformId } }
  waiting: claims(first: 5, state: CLAIMED) { totalCount } conflicts { name platform platformId } } } }"""


def given(community: int, key: str, **more: Any) -> dict[str, Any]:
    return {"communityId": id_of("community", community), "idempotencyKey": key, **more}


@pytest.fixture
async def house(graph: Graph) -> int:
    community = await graph.live.community("house", "100001")
    await told_in(graph.server, community)
    return community


async def test_a_verified_discord_user_is_given_his_role_by_the_client(graph: Graph, house: int) -> None:
    await guild_bound(graph.server, house, "7")
    token = graph.person(("discord", "88"))
    claimed = await graph.data(CLAIM, token, input=given(house, "c1", provider="SHUFFLE", name="Beta"))
    claim_id = claimed["claimWagerAccount"]["claimId"]
    verified = await graph.data(VERIFY, input=given(house, "v1", claimId=claim_id))
    assert verified["verifyWagerAccount"]["claim"]["state"] == "VERIFIED"
    bot = await service(graph)
    [job] = (await graph.data(LEASE, bot.token()))["leaseJobs"]["jobs"]
    assert job == {
        "kind": "wager.role",
        "discordId": "88",
        "provider": "SHUFFLE",
        "name": "Beta",
        "role": "Shuffle Code User",
        "isGiven": True,
    }


async def test_claims_are_paged_and_rivals_are_shown_to_staff_alone(graph: Graph, house: int) -> None:
    token = graph.person(("kick", "9"))
    await graph.data(CLAIM, token, input=given(house, "c1", provider="SHUFFLE", name="alfa"))
    wagers = (await graph.data(STANDING))["community"]["wagers"]
    assert wagers["feeds"] == [{"provider": "SHUFFLE", "names": 2}]
    assert (wagers["claims"]["totalCount"], wagers["waiting"]["totalCount"]) == (2, 2)
    assert wagers["claims"]["nodes"] == [{"name": "alfa", "state": "CLAIMED", "platformId": "9"}]
    assert [one["platformId"] for one in wagers["conflicts"]] == ["2", "9"]
    after = wagers["claims"]["pageInfo"]["endCursor"]
    second = (await graph.data(STANDING, after=after))["community"]["wagers"]["claims"]
    assert ([one["name"] for one in second["nodes"]], second["pageInfo"]["hasNextPage"]) == (["Alfa"], False)
    await graph.grant(house, ("kick", "9"), "MODERATOR")
    reader = graph.person(("kick", "9"), ceiling=frozenset())
    assert await graph.code(STANDING, reader) == "forbidden"


async def test_a_viewer_without_links_manage_sees_the_feeds_and_not_who_claims_what(graph: Graph, house: int) -> None:
    query = 'query { community(slug: "house") { wagers { conflicts { name } } } }'
    assert (await graph.data(query, graph.owner(house, "house")))["community"]["wagers"]["conflicts"] == []
    await guild_bound(graph.server, house, "7")
    bot = await service(graph)
    assert await graph.code(query, bot.token()) == "forbidden"
    feeds = 'query { community(slug: "house") { wagers { feeds { provider } } } }'
    assert (await graph.data(feeds, bot.token()))["community"]["wagers"]["feeds"] == [{"provider": "SHUFFLE"}]
