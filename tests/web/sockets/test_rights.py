"""Subscriptions end with the right to them, for everybody who has lost it and for nobody else."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.auth.actors import Actor
from server.auth.tokens import CommunityScope, TokenFault
from server.domain.staff import Capability, Holder
from server.schema.ids import id_of
from server.web.graphql import endpoint, holders
from tests.graph import Graph, Socket
from tests.web.sockets.speaking import BOARD, FEED

MODERATOR, MANAGER = ("kick", "22"), ("discord_role", "33")
WITHIN_S = 5
REVOKE = "mutation ($input: RevokeStaffRoleInput!) { revokeStaffRole(input: $input) { __typename } }"


async def house(graph: Graph) -> int:
    number = await graph.live.community()
    await graph.watched()
    await graph.grant(number, ("kick", "44"), "OWNER")
    for holder in (MODERATOR, MANAGER):
        await graph.grant(number, holder, "MODERATOR")
    return number


async def revoke(graph: Graph, number: int, holder: Holder) -> None:
    given = {
        "communityId": id_of("community", number),
        "holder": {"kind": holder[0].upper(), "platformId": holder[1]},
        "idempotencyKey": f"revoked-{number}-{holder}",
    }
    answer = await graph.data(REVOKE, input=given)
    assert answer["revokeStaffRole"]["__typename"] == "StaffRoleRevoked"


async def listening(graph: Graph, token: str, document: str, number: int) -> Socket:
    socket = await Socket(graph).open(token)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(document, c=id_of("community", number))
    await socket.event()
    return socket


async def left(socket: Socket) -> int | None:
    async with asyncio.timeout(WITHIN_S):
        return await socket.closed()


async def is_open(socket: Socket) -> bool:
    """Whether a socket still answers; what it is told meanwhile does not matter."""
    await socket.send(type="ping")
    while True:
        heard = await socket.heard()
        if heard.get("type") == "pong" or "closed" in heard:
            return "closed" not in heard


@pytest.mark.parametrize("document", [BOARD, FEED], ids=["board", "feed"])
async def test_who_loses_the_right_to_what_he_listens_to_is_told_to_go(graph: Graph, document: str) -> None:
    number = await house(graph)
    going = [await listening(graph, graph.person(MODERATOR, ("kick", "1")), document, number) for _ in range(2)]
    both = await listening(graph, graph.person(MODERATOR, MANAGER), document, number)
    owner = await listening(graph, graph.person(("kick", "44")), document, number)
    admin = await listening(graph, graph.owner(number, "house"), document, number)
    await revoke(graph, number, MODERATOR)
    assert await asyncio.gather(*map(left, going)) == [4403, 4403]
    for socket in (both, owner, admin):
        assert await is_open(socket), "whoever holds it by another grant stays"
    await revoke(graph, number, MANAGER)
    assert await left(both) == 4403
    for socket in (owner, admin):
        assert await is_open(socket)
        await socket.frames.close()


async def test_who_lost_the_right_cannot_begin_again_and_hears_nothing_that_others_began(graph: Graph) -> None:
    number = await house(graph)
    other = await listening(graph, graph.person(MANAGER), BOARD, number)
    token = graph.person(MODERATOR)
    first = await listening(graph, token, BOARD, number)
    idle = await Socket(graph).open(token)
    assert (await idle.heard())["type"] == "connection_ack"
    await revoke(graph, number, MODERATOR)
    await idle.subscribe(BOARD, c=id_of("community", number))
    heard = await idle.heard()
    assert heard["payload"][0]["extensions"]["code"] == "forbidden"
    assert await left(first) == 4403
    assert await is_open(idle), "a socket that listens to nothing has lost nothing"
    for socket in (other, idle):
        await socket.frames.close()


async def test_a_right_by_which_nobody_listens_any_more_ends_nothing(graph: Graph) -> None:
    number = await house(graph)
    socket = await listening(graph, graph.person(MODERATOR), BOARD, number)
    await socket.send(type="complete", id="1")
    await revoke(graph, number, MODERATOR)
    await asyncio.sleep(holders.RECHECK_S + 0.5)
    assert await is_open(socket)
    await socket.frames.close()


async def test_the_other_communitys_grants_are_of_no_use(graph: Graph) -> None:
    number = await house(graph)
    den = await graph.live.community("den", "100002")
    await graph.grant(den, MODERATOR, "OWNER")
    socket = await listening(graph, graph.person(MODERATOR), FEED, number)
    await revoke(graph, number, MODERATOR)
    assert await left(socket) == 4403


async def test_only_people_with_the_same_rights_share_a_broadcast(graph: Graph) -> None:
    number = await house(graph)
    bound = graph.person(MODERATOR, community=CommunityScope(id=number, slug="house"))
    limited = graph.person(("kick", "44"), ceiling=frozenset({Capability.COMMUNITY_READ}))
    tokens = [graph.operator, graph.operator, graph.person(MODERATOR), bound, limited]
    sockets = [await listening(graph, token, BOARD, number) for token in tokens]
    assert len(graph.server.site[endpoint.SOCKETS].fanout) == 4
    for socket in sockets:
        await socket.frames.close()


async def test_the_rights_of_many_are_looked_up_together_and_a_failure_ends_nobody(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await house(graph)
    sockets = [await listening(graph, graph.person(MODERATOR), BOARD, number) for _ in range(7)]
    looked: list[int] = []
    held = graph.server.site[endpoint.SOCKETS].holders
    rights = held._rights

    async def failing_once(asked: Collection[Any]) -> Any:
        looked.append(len(asked))
        if len(looked) == 1:
            raise ConnectionError("The database is away for a moment.")
        return await rights(asked)

    monkeypatch.setattr(held, "_rights", failing_once)
    monkeypatch.setattr(holders, "AT_ONCE", 4)
    await asyncio.sleep(holders.RECHECK_S + 0.5)
    assert looked == [4], "the first try failed"
    for socket in sockets:
        assert await is_open(socket)
    await revoke(graph, number, MODERATOR)
    assert await asyncio.gather(*map(left, sockets)) == [4403] * 7
    assert looked[1:3] == [4, 3]


async def test_a_fault_while_tokens_are_judged_closes_nothing_is_told_once_and_passes(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holders, "RECHECK_S", 0.02)
    number = await house(graph)
    strange, owner = graph.person(("kick", "44")), graph.owner(number, "house")
    staying = [await listening(graph, token, FEED, number) for token in (strange, owner)]
    door, rounds = graph.server.door, 0
    judge = door.is_over

    def failing(actor: Actor, authorization: object) -> TokenFault | None:
        nonlocal rounds
        if actor.kind == "person":
            rounds += 1
            raise LookupError("a bug of ours")
        return judge(actor, authorization)

    monkeypatch.setattr(door, "is_over", failing)
    with capture_logs() as logged:
        async with asyncio.timeout(WITHIN_S):
            while rounds < 4:
                await asyncio.sleep(0.02)
        told = [line for line in logged if line["event"] == "graphql.token_not_judged"]
    assert len(told) == 1
    assert told[0]["error_id"]
    assert str(told[0]["exc_info"]) == "a bug of ours"
    for socket in staying:
        assert await is_open(socket)
    monkeypatch.setattr(door, "is_over", judge)
    graph.live.clock.pass_time(hours=2)
    assert await left(staying[0]) == 4403, "the loop goes on"
    assert await is_open(staying[1])
    await staying[1].frames.close()
