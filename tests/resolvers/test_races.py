"""Twenty callers who change the same thing at once: every change counts once, and no rule is slipped past."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from server.actions.watchtime.adjust import TOTAL_S_MAX
from server.domain.instants import SECOND
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from tests.graph import Graph

AT_ONCE = 20
PROBLEM = "__typename ... on Problem { code }"
ADJUST = f"""mutation ($input: AdjustWatchTimeInput!) {{ adjustWatchTime(input: $input) {{
  {PROBLEM} ... on WatchTimeAdjusted {{ seconds }} }} }}"""
CREATE = f"mutation ($input: CreateCommunityInput!) {{ createCommunity(input: $input) {{ {PROBLEM} }} }}"
ATTACH = f"mutation ($input: AttachChannelInput!) {{ attachChannel(input: $input) {{ {PROBLEM} }} }}"


async def all_at_once(graph: Graph, document: str, **given: Any) -> list[dict[str, Any]]:
    """What twenty callers are told who send the same, each with a key of his own."""

    async def one(number: int) -> dict[str, Any]:
        [result] = (await graph.data(document, input={**given, "idempotencyKey": f"key {number}"})).values()
        return result

    return await asyncio.gather(*(one(number) for number in range(AT_ONCE)))


async def viewer_with(graph: Graph, community: int, seconds: int) -> dict[str, Any]:
    """The input that names a viewer of so much watch time."""
    await graph.watched(viewers=1)
    [viewer] = (await graph.accounts(community)).values()
    given = {"communityId": id_of("community", community), "viewerId": viewer, "reason": "So it is."}
    [before] = (await graph.balances(community)).values()
    await graph.data(ADJUST, input={**given, "seconds": seconds - before, "idempotencyKey": "beforehand"})
    assert await graph.balances(community) == {"1": seconds}
    return given


async def test_adjustments_at_once_all_count(graph: Graph) -> None:
    community = await graph.live.community()
    given = await viewer_with(graph, community, 1_000)
    results = await all_at_once(graph, ADJUST, **given, seconds=7)
    assert sorted(result["seconds"] for result in results) == [1_000 + 7 * turn for turn in range(1, AT_ONCE + 1)]
    assert await graph.balances(community) == {"1": 1_000 + 7 * AT_ONCE}


async def test_what_is_there_for_five_is_taken_by_five_of_twenty(graph: Graph) -> None:
    community = await graph.live.community()
    given = await viewer_with(graph, community, 5 * 60)
    results = await all_at_once(graph, ADJUST, **given, seconds=-60)
    assert Counter(result.get("code") for result in results) == {None: 5, "below_zero": AT_ONCE - 5}
    assert await graph.balances(community) == {"1": 0}


async def test_a_slug_that_twenty_want_is_given_to_one_and_refused_to_the_others(graph: Graph) -> None:
    results = await all_at_once(graph, CREATE, slug="house", name="House", timezone="UTC")
    assert Counter(result.get("code") for result in results) == {None: 1, "slug_taken": AT_ONCE - 1}
    assert (await graph.data("{ communities(first: 5) { totalCount } }"))["communities"] == {"totalCount": 1}


async def test_a_channel_that_twenty_attach_is_attached_once(graph: Graph) -> None:
    community = id_of("community", await graph.live.community())
    given = {"communityId": community, "platform": "KICK", "platformId": "77", "name": "Seven"}
    results = await all_at_once(graph, ATTACH, **given)
    assert Counter(result.get("code") for result in results) == {None: 1, "channel_already_attached": AT_ONCE - 1}
    [row] = await graph.server.database.reader().fetch("SELECT count(*) AS many FROM channel WHERE external_id = '77'")
    assert row["many"] == 1


HOURS = 1_000 * 3_600
"""The largest single adjustment."""


@pytest.mark.parametrize(
    ("start_us", "counted"),
    [(2**53 + 1, AT_ONCE), ((TOTAL_S_MAX - 5 * HOURS) * SECOND, 5), (2**63 - 1, 0)],
    ids=["beyond a double", "just below the most there may be", "as much as 64 bits hold"],
)
async def test_a_large_total_is_added_to_exactly_or_not_at_all(graph: Graph, start_us: int, counted: int) -> None:
    """Beyond 64 bits SQLite would go on in doubles, and PostgreSQL would fail."""
    community = await graph.live.community()
    given = await viewer_with(graph, community, 60)

    async def wish(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute("UPDATE viewer SET watch_us = $1", start_us))

    await graph.server.units.run(community, wish)
    results = await all_at_once(graph, ADJUST, **given, seconds=HOURS)
    codes = Counter(result.get("code") for result in results)
    assert codes == Counter({None: counted, "total_out_of_range": AT_ONCE - counted})
    [row] = await graph.server.database.reader().fetch("SELECT watch_us FROM viewer")
    assert (row["watch_us"], type(row["watch_us"])) == (start_us + counted * HOURS * SECOND, int)
