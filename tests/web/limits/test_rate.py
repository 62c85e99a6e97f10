"""Points: spent by what operations cost, told to whoever asks, and back with time."""

from datetime import timedelta

import pytest

from server.domain.limits import GRAPHQL_TOKEN
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.web.graphql import gate
from server.web.graphql.endpoint import PATH
from server.web.graphql.rate import Rates
from tests.graph import Graph, Socket
from tests.hands import NOW, Hands

POINTS = GRAPHQL_TOKEN.limit.capacity
RATE = "{ rateLimit { cost limit remaining resetAt } }"


def rates_with(clock: Hands, points: int = 60) -> Rates:
    """So many points a minute; the tests count in small numbers."""
    factor = points / GRAPHQL_TOKEN.limit.capacity
    return Rates(RateLimits(MemoryLimiter(clock, buckets_max=3), clock, factor=factor), clock)


def test_points_are_spent_and_come_back_within_a_minute() -> None:
    clock = Hands()
    rates = rates_with(clock)
    first = rates.spend("one", "", 45)
    assert (first.cost, first.limit, first.remaining, first.wait_s) == (45, 60, 15, 0)
    assert first.reset_at == NOW + timedelta(seconds=45)
    refused = rates.spend("one", "", 20)
    assert (refused.remaining, refused.wait_s) == (15, 5)
    clock.seconds = 5
    assert rates.spend("one", "", 20).wait_s == 0
    clock.seconds = 500
    assert rates.spend("one", "", 1).remaining == 59


def test_nobody_spends_the_points_of_another() -> None:
    rates = rates_with(Hands(), 10)
    assert rates.spend("one", "", 10).remaining == 0
    assert rates.spend("two", "", 1).remaining == 9
    assert rates.spend(None, "one", 1).remaining == 9
    assert rates.spend("one", "", 1).wait_s > 0


def test_strangers_share_the_points_of_their_network() -> None:
    rates = rates_with(Hands(), 10)
    assert rates.spend(None, "2a00::1", 10).remaining == 0
    assert rates.spend(None, "2a00::2", 1).wait_s > 0
    assert rates.spend(None, "2a00:0:0:1::2", 1).wait_s == 0


async def test_the_graph_tells_what_an_operation_cost_and_what_is_left(graph: Graph) -> None:
    told = (await graph.data(RATE))["rateLimit"]
    assert (told["cost"], told["limit"]) == (5, POINTS)
    assert POINTS - 100 < told["remaining"] < POINTS
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(RATE)
    assert (await socket.event())["cost"] == 5
    await socket.frames.close()


async def test_who_has_spent_everything_is_told_when_to_come_again(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "READING_COST", POINTS - 5)
    headers = {"Authorization": f"Bearer {graph.operator}"}
    for number in range(2):
        body = {"query": f"{{ me {{ kind }} }} # {number}"}
        async with graph.live.http.post(PATH, json=body, headers=headers) as answer:
            status, told, wait = answer.status, await answer.json(), answer.headers.get("Retry-After")
    assert status == 429
    [error] = told["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("rate_limited", int(wait or 0))
    assert 0 < int(wait or 0) <= 60
    assert "data" not in told
    owner = graph.owner(await graph.live.community(), "house")
    assert "data" in await graph.ask(RATE, owner), "others have points of their own"
