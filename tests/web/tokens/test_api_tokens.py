"""A person's own tokens for his programs: never more than he may do himself, in one community, for a while."""

from datetime import timedelta
from typing import Any

import pytest

from server.auth import door
from server.domain.staff import EVERYTHING
from server.effects.tokens import note
from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers.facts import facts
from tests.services import service
from tests.web.tokens.standing import is_answered, left, listening
from tests.web.tokens.test_overlay_keys import LIST as OVERLAYS
from tests.web.tokens.test_overlay_keys import made as overlay_key

CREATE = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { __typename
    ... on ApiTokenCreated { secret apiToken { id name capabilities createdAt expiresAt } }
    ... on Problem { code message } } }"""
REVOKE = """mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { __typename
    ... on ApiTokenRevoked { apiToken { id revokedAt } } ... on Problem { code } } }"""
MINE = "{ myApiTokens(first: 50) { totalCount nodes { id communityId name usedAt revokedAt } } }"
ALL = "query ($s: String!) { community(slug: $s) { apiTokens(first: 5) { nodes { id holderKind holderId name } } } }"
MAYEST = "query ($c: ID!) { me { kind subject capabilities(communityId: $c) } }"
ADJUST = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor } }'
OWNER, MODERATOR = ("kick", "44"), ("kick", "22")


@pytest.fixture
async def houses(graph: Graph) -> tuple[int, int]:
    """Two communities with the same owner; the first has a moderator and viewers."""
    both = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    await graph.watched()
    for community in both:
        await graph.grant(community, OWNER, "OWNER")
    await graph.grant(both[0], MODERATOR, "MODERATOR")
    return both


async def made(graph: Graph, token: str, community: int, *capabilities: str, **more: Any) -> dict[str, Any]:
    given = {"name": "Counter", "idempotencyKey": "k", "capabilities": capabilities, **more}
    given["communityId"] = id_of("community", community)
    return (await graph.data(CREATE, token, input=given))["createApiToken"]


async def revoke(graph: Graph, token: str, community: int, token_id: str) -> Any:
    given = {"communityId": id_of("community", community), "tokenId": token_id, "idempotencyKey": f"r {token_id}"}
    return (await graph.data(REVOKE, token, input=given))["revokeApiToken"]


async def mayest(graph: Graph, token: str, community: int) -> list[str]:
    return (await graph.data(MAYEST, token, c=id_of("community", community)))["me"]["capabilities"]


async def test_a_token_allows_what_it_says_in_its_community_and_not_more(graph: Graph, houses: tuple[int, int]) -> None:
    one = await made(graph, graph.person(OWNER), houses[0], "COMMUNITY_READ", "WATCHTIME_ADJUST")
    assert one["secret"].startswith("rgp_")
    assert (one["apiToken"]["createdAt"], one["apiToken"]["expiresAt"]) == (
        "2026-08-01T18:00:00Z",
        "2026-10-30T18:00:00Z",
    )
    assert await mayest(graph, one["secret"], houses[0]) == ["COMMUNITY_READ", "WATCHTIME_ADJUST"]
    assert await mayest(graph, one["secret"], houses[1]) == []
    told = await graph.data(MAYEST, one["secret"], c=id_of("community", houses[0]))
    assert (told["me"]["kind"], told["me"]["subject"]) == ("PERSON", "kick:44")
    given = {
        "communityId": id_of("community", houses[0]),
        "viewerId": (await graph.accounts(houses[0]))["1"],
        "seconds": 60,
        "reason": "A test.",
        "idempotencyKey": "k",
    }
    done = await graph.data(ADJUST, one["secret"], input=given)
    assert done["adjustWatchTime"]["__typename"] == "WatchTimeAdjusted"


async def test_nobody_hands_out_what_he_may_not_do_and_a_token_shrinks_with_its_maker(
    graph: Graph, houses: tuple[int, int]
) -> None:
    moderator, before = graph.person(MODERATOR), await facts(graph)
    refused = await made(graph, moderator, houses[0], "COMMUNITY_READ", "SETTINGS_EDIT")
    assert (refused["code"], refused["message"].rpartition(": ")[2]) == ("capability_not_held", "settings.edit.")
    assert (await made(graph, moderator, houses[1], "COMMUNITY_READ"))["code"] == "capability_not_held"
    assert await facts(graph) == before
    one = await made(graph, moderator, houses[0], "COMMUNITY_READ", "LINKS_MANAGE")
    assert await mayest(graph, one["secret"], houses[0]) == ["COMMUNITY_READ", "LINKS_MANAGE"]
    owner = graph.person(OWNER)
    taken = """mutation ($input: RevokeStaffRoleInput!) { revokeStaffRole(input: $input) { __typename } }"""
    holder = {"kind": "KICK", "platformId": "22"}
    await graph.data(
        taken, owner, input={"communityId": id_of("community", houses[0]), "holder": holder, "idempotencyKey": "t"}
    )
    assert await mayest(graph, one["secret"], houses[0]) == []


async def test_a_token_makes_no_tokens_and_neither_does_a_bot(graph: Graph, houses: tuple[int, int]) -> None:
    owner = graph.person(OWNER)
    everything = await made(graph, owner, houses[0], *sorted(one.name for one in EVERYTHING))
    bot = await service(graph)
    before = await facts(graph)
    for token in (everything["secret"], bot.acting("22"), graph.operator, graph.owner(houses[0], "house")):
        assert (await made(graph, token, houses[0], idempotencyKey="k2"))["code"] == "sign_in_needed"
    assert await facts(graph) == before


async def test_everybody_sees_and_revokes_his_own_and_an_owner_all_of_his_community(
    graph: Graph, houses: tuple[int, int]
) -> None:
    owner, moderator = graph.person(OWNER), graph.person(MODERATOR)
    theirs = await made(graph, moderator, houses[0], "COMMUNITY_READ")
    mine = await made(graph, owner, houses[0], "COMMUNITY_READ")
    elsewhere = await made(graph, owner, houses[1], "COMMUNITY_READ")
    listed = (await graph.data(MINE, owner))["myApiTokens"]
    assert [one["id"] for one in listed["nodes"]] == [elsewhere["apiToken"]["id"], mine["apiToken"]["id"]]
    bound = (await graph.data(MINE, mine["secret"]))["myApiTokens"]
    assert ([one["id"] for one in bound["nodes"]], bound["totalCount"]) == ([mine["apiToken"]["id"]], 1)
    page = await graph.data(ALL, owner, s="house")
    assert [(one["holderKind"], one["holderId"]) for one in page["community"]["apiTokens"]["nodes"]] == [
        ("KICK", "44"),
        ("KICK", "22"),
    ]
    answer = await graph.ask(ALL, moderator, s="house")
    assert answer["errors"][0]["extensions"]["code"] == "forbidden"
    before = await facts(graph)
    for token, community, one in (
        (moderator, houses[0], mine),
        (owner, houses[1], theirs),
        (graph.person(("kick", "1")), houses[0], theirs),
    ):
        assert (await revoke(graph, token, community, one["apiToken"]["id"]))["code"] == "api_token_unknown"
    assert await facts(graph) == before
    assert (await revoke(graph, owner, houses[0], theirs["apiToken"]["id"]))["apiToken"]["revokedAt"]
    assert await is_answered(graph, theirs["secret"]) == "token_revoked"
    assert await is_answered(graph, mine["secret"]) == "ok"


@pytest.mark.timeout(60)
async def test_a_token_ends_by_itself_and_with_its_revocation(graph: Graph, houses: tuple[int, int]) -> None:
    owner = graph.person(OWNER, lifetime=timedelta(days=30))
    short = await made(graph, owner, houses[0], "COMMUNITY_READ", days=1)
    long = await made(graph, owner, houses[0], "COMMUNITY_READ", days=366, idempotencyKey="k2")
    sockets = [await listening(graph, one["secret"], FEED, houses[0]) for one in (short, long)]
    graph.live.clock.pass_time(days=1)
    assert await left(sockets[0]) == 4403
    assert await is_answered(graph, short["secret"]) == "token_expired"
    assert await is_answered(graph, long["secret"]) == "ok"
    await revoke(graph, owner, houses[0], long["apiToken"]["id"])
    assert await left(sockets[1]) == 4403
    assert await is_answered(graph, long["secret"]) == "token_revoked"


async def test_a_person_has_so_many_tokens_and_no_more(
    graph: Graph, houses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.domain.tokens.API_TOKENS_MAX", 2)
    owner = graph.person(OWNER, lifetime=timedelta(days=30))
    for number, days in enumerate((1, 90)):
        assert "secret" in await made(graph, owner, houses[number], idempotencyKey=f"k{number}", days=days)
    assert (await made(graph, owner, houses[0], idempotencyKey="k3"))["code"] == "api_tokens_too_many"
    graph.live.clock.pass_time(days=2)
    assert "secret" in await made(graph, owner, houses[0], idempotencyKey="k4")


@pytest.mark.parametrize("token", ["rgp_" + "A" * 43, "rgo_" + "A" * 43, "rgp_", "rgp_" + "A" * 42, "rgx_" + "A" * 43])
async def test_an_invented_secret_is_no_ones(graph: Graph, token: str) -> None:
    assert await is_answered(graph, token) == "token_invalid"


async def test_the_use_of_a_token_is_noted_however_many_overlays_are_on_air(
    graph: Graph, houses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "USES_MAX", 2)
    owner = graph.person(OWNER)
    token = await made(graph, owner, houses[0], "COMMUNITY_READ")
    for name in ("one", "two", "three"):
        assert await is_answered(graph, (await overlay_key(graph, houses[0], key=name))["secret"]) == "ok"
    assert await is_answered(graph, token["secret"]) == "ok"
    await note(graph.server.units, graph.server.door.uses)
    [mine] = (await graph.data(MINE, owner))["myApiTokens"]["nodes"]
    assert mine["usedAt"] is not None
    noted = (await graph.data(OVERLAYS, owner, s="house"))["community"]["overlayKeys"]["nodes"]
    assert len([one for one in noted if one["usedAt"] is not None]) == 2, "there is a bound"
