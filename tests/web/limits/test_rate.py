"""Points: spent by what operations cost, told to whoever asks, and back with time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.web.graphql import gate
from server.web.graphql.endpoint import PATH
from server.web.graphql.rate import PER_MINUTE, Rates
from tests.graph import Graph, Socket

NOW = datetime(2026, 8, 1, tzinfo=UTC)
RATE = "{ rateLimit { cost limit remaining resetAt } }"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


def test_points_are_spent_and_come_back_within_a_minute() -> None:
    clock = Hands()
    rates = Rates(clock, per_minute=60)
    first = rates.spend("one", 45)
    assert (first.cost, first.limit, first.remaining, first.missing_s) == (45, 60, 15, 0)
    assert first.reset_at == NOW + timedelta(seconds=45)
    refused = rates.spend("one", 20)
    assert (refused.remaining, refused.missing_s) == (15, 5)
    clock.seconds = 5
    assert rates.spend("one", 20).missing_s == 0
    clock.seconds = 500
    assert rates.spend("one", 1).remaining == 59


def test_nobody_spends_the_points_of_another_and_few_are_remembered() -> None:
    rates = Rates(Hands(), per_minute=10, callers_max=3)
    assert rates.spend("one", 10).remaining == 0
    assert rates.spend("two", 1).remaining == 9
    assert rates.spend("one", 1).missing_s > 0
    for number in range(1_000):
        rates.spend(f"caller {number}", 1)
    assert len(rates) == 3


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 20))))
def test_nobody_ever_spends_more_than_the_limit_and_what_came_back(steps: list[tuple[int, float]]) -> None:
    clock = Hands()
    rates = Rates(clock, per_minute=60)
    spent = 0
    for cost, pause_s in steps:
        clock.seconds += pause_s
        allowance = rates.spend("one", cost)
        spent += 0 if allowance.missing_s else cost
        assert spent <= 60 + clock.seconds + 1e-6
        assert 0 <= allowance.remaining <= 60


async def test_the_graph_tells_what_an_operation_cost_and_what_is_left(graph: Graph) -> None:
    told = (await graph.data(RATE))["rateLimit"]
    assert (told["cost"], told["limit"]) == (5, PER_MINUTE)
    assert PER_MINUTE - 100 < told["remaining"] < PER_MINUTE
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(RATE)
    assert (await socket.event())["cost"] == 5
    await socket.frames.close()


async def test_who_has_spent_everything_is_told_when_to_come_again(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "READING_COST", PER_MINUTE - 5)
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
