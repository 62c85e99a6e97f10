"""Mutations: two communities never touch each other, a key works once, and a refusal changes nothing."""

import asyncio
from typing import Any

import pytest

from server.resolvers.root import build_schema
from server.schema.ids import id_of
from tests.resolvers.case import Case
from tests.resolvers.dying import dead_job
from tests.resolvers.facts import facts, forget_keys
from tests.resolvers.houses import Houses, quarantined
from tests.resolvers.mutation_cases import CASES, OF_CLIENTS, REFUSED

every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_every_mutation_has_its_case() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    assert {case.name for case in CASES} | OF_CLIENTS == set(mutation.fields)


@every
async def test_a_key_works_once_and_for_one_community(houses: Houses, case: Case) -> None:
    theirs = await facts(houses.graph, community_id=houses.other)
    first, second = await asyncio.gather(case.run(houses, "key-1"), case.run(houses, "key-1"))
    assert first["__typename"] != "Refused", first
    assert first == second, "the same key at once gives the same result"
    once = await facts(houses.graph)
    assert await case.run(houses, "key-1") == first, "the same key later gives the first result"
    assert await facts(houses.graph) == once
    refused = await case.run(houses, "key-1", **case.another)
    assert (refused["__typename"], refused["code"]) == ("Refused", "idempotency_key_reused")
    assert await facts(houses.graph) == once
    assert await facts(houses.graph, community_id=houses.other) == theirs, "nothing of the other community changed"


@every
async def test_unusable_keys_are_refused(houses: Houses, case: Case) -> None:
    before = await facts(houses.graph)
    for key in ("", "x" * 101, "a\nb"):
        refused = await case.run(houses, key)
        assert (refused["__typename"], refused["code"]) == ("Refused", "idempotency_key_invalid"), key
    assert await facts(houses.graph) == before


@pytest.mark.parametrize(
    ("name", "changed", "code"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_refusal_says_what_to_do_and_changes_nothing(
    houses: Houses, name: str, changed: dict[str, Any], code: str
) -> None:
    [case] = [case for case in CASES if case.name == name]
    before = await facts(houses.graph)
    refused = await case.run(houses, "key-1", **changed)
    assert (refused["__typename"], refused["code"]) == ("Refused", code)
    assert refused["message"].endswith(".")
    assert refused["remedy"].endswith(".")
    assert await facts(houses.graph) == before


async def test_another_communitys_viewer_cannot_be_adjusted(houses: Houses) -> None:
    theirs = await houses.graph.accounts(houses.other)
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    refused = await case.run(houses, "key-1", viewerId=theirs["2"])
    assert refused["code"] == "viewer_unknown"


async def test_another_communitys_delivery_cannot_be_replayed(houses: Houses) -> None:
    theirs = await quarantined(houses.graph, "den")
    [case] = [case for case in CASES if case.name == "replayDeliveries"]
    refused = await case.run(houses, "key-1", deliveryIds=theirs[:1])
    assert refused["code"] == "nothing_quarantined"


async def test_another_communitys_job_cannot_be_retried(houses: Houses) -> None:
    theirs = await dead_job(houses.graph.server, houses.other)
    [case] = [case for case in CASES if case.name == "retryJob"]
    assert (await case.run(houses, "key-1", jobId=id_of("job", theirs)))["code"] == "job_not_dead"


async def test_two_callers_may_use_the_same_key(houses: Houses) -> None:
    graph = houses.graph
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    given = {**case.given(houses), "idempotencyKey": "key-1"}
    for token in (graph.operator, graph.owner(houses.one, "house")):
        done = await graph.data(case.document, token, input=given)
        assert done["adjustWatchTime"]["__typename"] == "WatchTimeAdjusted"
    assert (await graph.balances(houses.one))["2"] == 360 + 1200
    assert (await graph.balances(houses.other))["2"] == 360


async def test_two_mutations_may_use_the_same_key(houses: Houses) -> None:
    for name in ("setTracking", "adjustWatchTime", "attachChannel"):
        [case] = [case for case in CASES if case.name == name]
        assert (await case.run(houses, "key-1"))["__typename"] != "Refused"


async def test_a_key_that_is_forgotten_still_adjusts_only_once(houses: Houses) -> None:
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    await case.run(houses, "key-1")
    await forget_keys(houses.graph)
    assert (await case.run(houses, "key-1"))["seconds"] == 960
    assert (await houses.graph.balances(houses.one))["2"] == 960
