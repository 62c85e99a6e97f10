"""What a community adds up to since a time: each happening once, as it is known by now, and nothing of anybody else."""

import asyncio
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.events.happening import Person
from server.schema.ids import id_of
from server.store import totals
from tests.database import START as NOW
from tests.graph import Graph, Socket
from tests.resolvers.happening_cases import gift, happening_things, tell
from tests.resolvers.test_raffle import START, do

PAYLOADS = Path(__file__).parents[1] / "payloads" / "kick"
TOTALS = """query ($slug: String!, $since: DateTime) { community(slug: $slug) { totals(since: $since) {
  since subscriptions kicks watchTime } } }"""
MERGE = """mutation ($input: MergeHappeningsInput!) { mergeHappenings(input: $input) { __typename } }"""
TEST_ALERT = "mutation ($input: SendTestStreamAlertInput!) { sendTestStreamAlert(input: $input) { __typename } }"
KEY = "mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) { __typename } }"
ADJUST = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"
FEED = "subscription ($community: ID!) { feed(communityId: $community, after: 0) { __typename } }"
MANY = 50_000


async def told(graph: Graph, slug: str = "house", since: str | None = None) -> dict[str, Any]:
    found = await graph.data(TOTALS, slug=slug, since=since)
    return found["community"]["totals"]


async def sums(graph: Graph, slug: str = "house", since: str | None = None) -> tuple[int, int, int]:
    found = await told(graph, slug, since)
    return int(found["subscriptions"]), int(found["kicks"]), found["watchTime"]


async def happens(graph: Graph, name: str, at: str, broadcaster: str = "100001") -> None:
    """Have Kick tell of something that a file of its payloads describes."""
    body = json.loads((PAYLOADS / f"{name}.json").read_text())
    body["broadcaster"]["user_id"] = int(broadcaster)
    await graph.deliver(name.partition("--")[0], body | {"created_at": at, "expires_at": None}, sent_at=at)


@pytest.fixture
async def house(graph: Graph) -> int:
    return await graph.live.community()


async def test_each_kind_adds_up_and_a_copy_changes_nothing(graph: Graph, house: int) -> None:
    assert await sums(graph) == (0, 0, 0)
    for _ in range(2):
        await happens(graph, "channel.subscription.new--plain", "2026-08-01T17:10:00Z")
        await happens(graph, "channel.subscription.renewal--plain", "2026-08-01T17:20:00Z")
        await happens(graph, "channel.subscription.gifts--three", "2026-08-01T17:30:00Z")
        await happens(graph, "kicks.gifted--pinned", "2026-08-01T17:40:00Z")
    await happens(graph, "moderation.banned--for-good", "2026-08-01T17:50:00Z")
    await graph.live.settle()
    assert await sums(graph) == (5, 5_000, 0)
    assert await sums(graph, since="2026-08-01T17:30:00Z") == (3, 5_000, 0), "from the instant on"
    assert await sums(graph, since="2026-08-01T17:40:00.000001Z") == (0, 0, 0)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(FEED, community=id_of("community", house))
    assert (await socket.event())["__typename"] == "TotalsChanged"


async def test_what_is_held_counts_when_it_is_told_and_what_was_a_copy_no_more(graph: Graph, house: int) -> None:
    things = await happening_things(graph.server, house)
    assert (await sums(graph))[0] == 3, (
        "two of the first gift, one of somebody not known yet; the held one may be a copy"
    )
    named = {"communityId": id_of("community", house), "idempotencyKey": "k", "reason": "Told twice."}
    merged = await graph.data(MERGE, input=named | {"reviewId": things.review})
    assert merged["mergeHappenings"]["__typename"] == "HappeningsMerged"
    assert (await sums(graph))[0] == 4, "a, b and c of one gift, and d"
    await tell(graph.server, house, gift(Person(id="505", name="LargeLark"), "a", "b", "c", "e"))
    assert (await sums(graph))[0] == 4, "staff has to say whether that is another one"


async def test_watch_time_is_that_of_the_streams_that_began_since(graph: Graph, house: int) -> None:
    await graph.watched()
    watched = sum((await graph.balances(house)).values())
    assert await sums(graph) == (0, 0, watched)
    assert watched > 0
    assert (await sums(graph, since="2026-08-01T17:00:00Z"))[2] == watched
    assert (await sums(graph, since="2026-08-01T17:00:00.000001Z"))[2] == 0
    given = {"communityId": id_of("community", house), "seconds": 600, "reason": "Tea.", "idempotencyKey": "tea"}
    await graph.data(ADJUST, input=given | {"viewerId": (await graph.accounts(house))["1"]})
    assert (await sums(graph))[2] == watched, "what staff gives was not watched"


async def test_it_begins_with_the_open_raffle_or_else_with_the_month_where_the_community_is(graph: Graph) -> None:
    community = await graph.live.community("fjord", timezone="Europe/Oslo")
    assert (await told(graph, "fjord"))["since"] == "2026-07-31T22:00:00Z"
    await do(graph, community, START, title="Summer", startsAt="2026-07-20T12:00:00Z", endsAt="2026-08-01T18:00:01Z")
    assert (await told(graph, "fjord"))["since"] == "2026-07-20T12:00:00Z"
    for at in ("2026-07-20T11:59:59Z", "2026-07-20T12:00:00Z", "2026-08-01T18:00:01Z"):
        await happens(graph, "kicks.gifted--pinned", at)
    await graph.live.settle()
    assert (await sums(graph, "fjord"))[1] == 5_000, "neither before it nor from its end on"
    assert (await sums(graph, "fjord", "2026-07-01T00:00:00Z"))[1] == 15_000


async def test_no_more_than_a_year_is_added_up(graph: Graph, house: int) -> None:
    assert house
    assert (await told(graph, since="2019-01-01T00:00:00Z"))["since"] == "2025-07-31T00:00:00Z"
    ahead = (NOW + timedelta(days=3)).isoformat()
    assert datetime.fromisoformat((await told(graph, since=ahead))["since"]) == NOW + timedelta(days=3)


async def test_alerts_that_are_tried_count_nowhere(graph: Graph, house: int) -> None:
    given = {"communityId": id_of("community", house), "overlay": "main"}
    await graph.data(KEY, input=given | {"idempotencyKey": "key"})
    tried = given | {"kind": "GIFT", "name": "Test", "amount": 50, "idempotencyKey": "test"}
    made = await graph.data(TEST_ALERT, input=tried)
    assert made["sendTestStreamAlert"]["__typename"] == "StreamAlertsSteered"
    assert await sums(graph) == (0, 0, 0)


async def test_another_community_has_its_own(graph: Graph, house: int) -> None:
    other = await graph.live.community("den", "100002")
    await happens(graph, "channel.subscription.gifts--three", "2026-08-01T17:30:00Z", "100002")
    await graph.watched("100002")
    assert await sums(graph) == (0, 0, 0)
    assert (await sums(graph, "den"))[:2] == (3, 0)
    stranger = graph.owner(other, "den")
    assert await graph.code(TOTALS, stranger, slug="house") == "forbidden"
    assert house


async def test_ten_thousand_who_ask_at_once_have_it_added_up_once(
    graph: Graph, house: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    within = totals.within

    async def counted(*given: Any) -> Any:
        asked.append(1)
        found = await within(*given)
        # Whoever asks meanwhile finds nothing answered yet.
        await asyncio.sleep(0.05)
        return found

    monkeypatch.setattr(totals, "within", counted)
    assert await asyncio.gather(*(sums(graph) for _ in range(20))) == [(0, 0, 0)] * 20
    assert len(asked) == 1
    await happens(graph, "channel.subscription.new--plain", "2026-08-01T17:10:00Z")
    await graph.live.settle()
    assert await asyncio.gather(*(sums(graph) for _ in range(20))) == [(1, 0, 0)] * 20, "nobody is told what was"
    assert len(asked) == 2
    assert house


@pytest.mark.timeout(120)
async def test_it_is_added_up_from_an_index_alone(graph: Graph, house: int) -> None:
    reader, writer = graph.server.database.reader(), graph.server.database.writer()
    many = (
        f"SELECT generate_series(1, {MANY}) AS n"
        if reader.dialect == "postgres"
        else f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s"
    )
    await writer.execute(
        "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, told_at, "
        f"amount) SELECT {house}, 1, 'kicks', 'x', n, 'told', FALSE, '{{}}', 0, 1 FROM ({many}) AS made"
    )
    await writer.execute("ANALYZE")
    explain = "EXPLAIN" if reader.dialect == "postgres" else "EXPLAIN QUERY PLAN"
    rows = await writer.fetch(f"{explain} {totals.HAPPENED}", house, MANY - 100, MANY)
    plan = "\n".join(str(row[-1]) for row in rows)
    assert re.search(r"COVERING INDEX happening_sums|Index Only Scan using happening_sums", plan), plan
