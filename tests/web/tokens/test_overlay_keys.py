"""Keys of overlays at the door: one community, reading only, three places at once, until they are revoked."""

import asyncio
from typing import Any

import pytest

from server.auth.signing import OperatorKeys
from server.effects.tokens import note
from server.events.overlays import OverlayCrowded
from server.schema.ids import id_of
from server.web.graphql.endpoint import SOCKETS
from server.wiring import reactions
from tests.graph import Graph, Socket
from tests.resolvers.facts import facts
from tests.web.tokens.standing import is_answered, is_open, left, listening

CREATE = """mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) { __typename
    ... on OverlayKeyCreated { secret overlayKey { id overlay usedAt revokedAt } } ... on Problem { code } } }"""
REVOKE = """mutation ($input: RevokeOverlayKeyInput!) { revokeOverlayKey(input: $input) { __typename
    ... on OverlayKeyRevoked { overlayKey { id revokedAt } } ... on Problem { code } } }"""
LIST = """query ($s: String!) { community(slug: $s) { overlayKeys(first: 5) {
    totalCount nodes { id overlay createdBy usedAt revokedAt } } } }"""
BOARD = "subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 3) { sequence } }"


async def made(graph: Graph, community: int, overlay: str = "main-scene", key: str = "k") -> dict[str, Any]:
    given = {"communityId": id_of("community", community), "overlay": overlay, "idempotencyKey": key}
    return (await graph.data(CREATE, input=given))["createOverlayKey"]


async def revoke(graph: Graph, community: int, key_id: str) -> Any:
    given = {"communityId": id_of("community", community), "keyId": key_id, "idempotencyKey": f"revoke {key_id}"}
    return (await graph.data(REVOKE, input=given))["revokeOverlayKey"]


@pytest.fixture
async def houses(graph: Graph) -> tuple[int, int]:
    """Two communities, in the first of which somebody has watched."""
    both = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    await graph.watched()
    return both


async def test_a_key_is_told_what_it_is_good_for_when_it_is_let_in(graph: Graph, houses: tuple[int, int]) -> None:
    for house in houses:
        socket = await Socket(graph).open((await made(graph, house))["secret"])
        known = {"communityId": id_of("community", house), "overlay": "main-scene"}
        assert await socket.heard() == {"type": "connection_ack", "payload": known}
        await socket.frames.close()


async def test_a_key_shows_its_community_and_no_other_and_changes_nothing(
    graph: Graph, houses: tuple[int, int]
) -> None:
    secret = (await made(graph, houses[0]))["secret"]
    assert secret.startswith("rgo_")
    told = await graph.data("{ me { kind subject community { slug } } }", secret)
    assert told["me"] == {"kind": "OVERLAY", "subject": "main-scene", "community": {"slug": "house"}}
    capabilities = "query ($c: ID!) { me { capabilities(communityId: $c) } }"
    for community, held in zip(houses, (["COMMUNITY_READ"], []), strict=True):
        told = await graph.data(capabilities, secret, c=id_of("community", community))
        assert told["me"]["capabilities"] == held
    before = await facts(graph)
    for document, given in ((CREATE, {"overlay": "mine"}), (REVOKE, {"keyId": id_of("overlay_key", 1)})):
        whole = {**given, "communityId": id_of("community", houses[0]), "idempotencyKey": "k2"}
        assert await graph.code(document, secret, input=whole) == "forbidden"
    assert await graph.code("{ communities(first: 1) { totalCount } }", secret) == "forbidden"
    assert await facts(graph) == before


async def test_a_secret_is_told_to_its_maker_and_is_nowhere_afterwards(graph: Graph, houses: tuple[int, int]) -> None:
    first = await made(graph, houses[0])
    assert await made(graph, houses[0]) == first, "a repeat of the mutation tells the same"
    assert first["secret"] not in str(await facts(graph))
    assert first["secret"] not in str(await graph.data(LIST, s="house"))
    assert (await made(graph, houses[0], key="another"))["secret"] != first["secret"]


async def test_an_address_is_no_place_for_a_key(graph: Graph, houses: tuple[int, int]) -> None:
    secret = (await made(graph, houses[0]))["secret"]
    for name in ("token", "access_token", "authorization", "key"):
        body = {"query": "{ me { kind } }"}
        async with graph.live.http.post("/graphql", params={name: secret}, json=body) as answer:
            assert (await answer.json())["data"] == {"me": None}


async def test_only_who_manages_overlays_sees_the_keys(graph: Graph, houses: tuple[int, int]) -> None:
    secret = (await made(graph, houses[0]))["secret"]
    await made(graph, houses[1], key="elsewhere")
    for holder, role in ((("kick", "22"), "MODERATOR"), (("kick", "33"), "MANAGER")):
        await graph.grant(houses[0], holder, role)
    [key] = (await graph.data(LIST, graph.person(("kick", "33")), s="house"))["community"]["overlayKeys"]["nodes"]
    assert (key["overlay"], key["createdBy"]) == ("main-scene", "operator:command-line")
    for token in (graph.person(("kick", "22")), secret):
        answer = await graph.ask(LIST, token, s="house")
        assert answer["errors"][0]["extensions"]["code"] == "forbidden"
        assert "overlays.manage" in answer["errors"][0]["message"]


async def test_the_last_use_is_shown_and_not_written_at_every_request(
    graph: Graph, houses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await made(graph, houses[0])
    writes: list[str] = []
    monkeypatch.setattr(graph.server.database, "_hook", writes.append)
    for _ in range(20):
        assert await is_answered(graph, key["secret"]) == "ok"
    assert not [sql for sql in writes if "used_at" in sql]
    uses = graph.server.door.uses()
    assert list(uses.values()) == [graph.live.clock.now()]


@pytest.mark.timeout(60)
async def test_a_revoked_key_opens_nothing_and_keeps_nothing_open(graph: Graph, houses: tuple[int, int]) -> None:
    mine, other = await made(graph, houses[0]), await made(graph, houses[0], key="another")
    sockets = [await listening(graph, one["secret"], BOARD, houses[0]) for one in (mine, other)]
    assert (await revoke(graph, houses[1], mine["overlayKey"]["id"]))["code"] == "overlay_key_unknown"
    assert (await revoke(graph, houses[0], mine["overlayKey"]["id"]))["overlayKey"]["revokedAt"]
    assert await left(sockets[0]) == 4403
    assert await is_open(sockets[1])
    assert await is_answered(graph, mine["secret"]) == "token_revoked"
    assert await is_answered(graph, other["secret"]) == "ok"
    await sockets[1].frames.close()


async def test_a_try_of_a_revoked_key_is_refused_and_noted(graph: Graph, houses: tuple[int, int]) -> None:
    mine, other = await made(graph, houses[0]), await made(graph, houses[0], key="another")
    await revoke(graph, houses[0], mine["overlayKey"]["id"])
    graph.live.clock.pass_time(minutes=1)
    for secret in (mine["secret"], mine["secret"], "rgo_" + "x" * 43):
        assert await (await Socket(graph).open(secret)).heard() == {"closed": 4403}
    await note(graph.server.units, graph.server.door.uses)
    told = (await graph.data(LIST, s="house"))["community"]["overlayKeys"]["nodes"]
    used = {one["id"]: (one["usedAt"], one["revokedAt"]) for one in told}
    used_at, revoked_at = used[mine["overlayKey"]["id"]]
    assert used_at > revoked_at
    assert used[other["overlayKey"]["id"]] == (None, None)


async def test_a_key_is_in_three_places_at_once_and_the_fourth_is_told_of(
    graph: Graph, houses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded: list[OverlayCrowded] = []

    async def heard(_: Any, __: Any, events: Any) -> list[Any]:
        crowded.extend(events)
        return []

    wired = {**reactions(digest=len, keys=OperatorKeys("")), OverlayCrowded: (heard,)}
    monkeypatch.setattr(graph.server.units, "_reactions", wired)
    key = await made(graph, houses[0])
    sockets = [await listening(graph, key["secret"], BOARD, houses[0]) for _ in range(3)]
    for _ in range(3):
        assert await (await Socket(graph).open(key["secret"])).heard() == {"closed": 4429}
    assert crowded == [OverlayCrowded(key_id=1, overlay="main-scene")], "told once, not at every try"
    await sockets.pop().frames.close()
    holders = graph.server.site[SOCKETS].holders
    while holders.present > 2:
        await asyncio.sleep(0.01)
    sockets.append(await listening(graph, key["secret"], BOARD, houses[0]))
    for socket in sockets:
        assert await is_open(socket)
        await socket.frames.close()


async def test_a_community_has_so_many_keys_and_no_more(
    graph: Graph, houses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.domain.tokens.OVERLAY_KEYS_MAX", 2)
    keys = [await made(graph, houses[0], key=f"k{number}") for number in range(3)]
    assert keys[2]["code"] == "overlay_keys_too_many"
    await revoke(graph, houses[0], keys[0]["overlayKey"]["id"])
    assert "secret" in await made(graph, houses[0], key="k4")
