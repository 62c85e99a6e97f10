"""Watch time through the graph: the rules through time, totals with their reasons, and why nobody earns."""

from collections.abc import Iterable
from typing import Any

import pytest

from server.actions.watchtime import everybody
from server.actions.watchtime.everybody import quorum_among
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.values import Live, RuleBook
from server.ports import Reader
from server.resolvers import loaders
from tests.graph import Graph, line, status

WHY = """query ($slug: String!, $account: String!, $first: Int! = 5, $after: String) { community(slug: $slug) {
  viewerOfAccount(platform: KICK, platformId: $account) { id rank accounts { platform platformId name } watchTime {
    seconds
    streams(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes {
        stream { startedAt endedAt channel { platformId } } seconds
        spans { startsAt endsAt account { platformId } } ignored { reason count } lost { reason seconds }
      }
    }
    adjustments(first: 5) { totalCount nodes { seconds reason actor at account { platformId } } }
    exclusions { account { platformId } startsAt endsAt }
  } } } }"""
UPDATE = """mutation ($input: UpdateWatchTimeSettingsInput!) { updateWatchTimeSettings(input: $input) {
  ... on WatchTimeSettingsUpdated { settings { window effectiveFrom } } ... on Problem { code } } }"""
RULES = """query ($after: String) { community(slug: "house") { id
  watchTimeSettings { window repeats quorum dailyCap tracking excludeHosts effectiveFrom actor createdAt
    excluded { platformId name } }
  watchTimeSettingsHistory(first: 2, after: $after) { totalCount nodes { window } pageInfo { hasNextPage endCursor } }
} }"""


async def why(graph: Graph, account: str, slug: str = "house", **page: Any) -> dict[str, Any]:
    found = await graph.data(WHY, slug=slug, account=account, **page)
    return found["community"]["viewerOfAccount"]


async def change(graph: Graph, key: str, **changes: Any) -> dict[str, Any]:
    """Change the rules of the house and count anew."""
    rules = await graph.data(RULES)
    given = {"communityId": rules["community"]["id"], "idempotencyKey": key, **changes}
    done = await graph.data(UPDATE, input=given)
    await graph.live.settle()
    return done["updateWatchTimeSettings"]


async def test_a_total_is_explained_by_its_spans(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched()
    viewer = await why(graph, "3")
    assert (viewer["rank"], viewer["watchTime"]["seconds"]) == (1, 420)
    assert viewer["accounts"] == [{"platform": "KICK", "platformId": "3", "name": "viewer3"}]
    [stream] = viewer["watchTime"]["streams"]["nodes"]
    assert stream == {
        "stream": {"startedAt": "2026-08-01T17:00:00Z", "endedAt": None, "channel": {"platformId": "100001"}},
        "seconds": 420,
        "spans": [
            {"startsAt": "2026-08-01T17:30:00Z", "endsAt": "2026-08-01T17:37:00Z", "account": {"platformId": "3"}}
        ],
        "ignored": [],
        "lost": [],
    }


async def test_what_gave_nothing_is_said_with_its_reason(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched()
    for second in (10, 20):
        await graph.deliver("chat.message.sent", line("100001", 1, "line 0", f"2026-08-01T17:40:{second}Z"))
    await change(graph, "cap", dailyCap=60, effectiveFrom="2026-08-01T00:00:00Z")
    watched = (await why(graph, "1"))["watchTime"]
    [stream] = watched["streams"]["nodes"]
    assert stream["ignored"] == [{"reason": "REPEAT", "count": 2}]
    await change(graph, "quorum", quorum=2)
    await graph.live.settle()
    watched = (await why(graph, "3"))["watchTime"]
    assert watched["seconds"] == sum(stream["seconds"] for stream in watched["streams"]["nodes"])


async def test_a_cap_and_a_quorum_tell_what_they_took(graph: Graph) -> None:
    await graph.live.community()
    await change(graph, "rules", dailyCap=60, quorum=3, effectiveFrom="2026-08-01T00:00:00Z")
    await graph.watched()
    graph.live.clock.pass_time(seconds=60)
    await graph.live.settle()
    watched = (await why(graph, "3"))["watchTime"]
    # Three accounts are active until 17:35; of those five minutes the cap leaves one.
    [stream] = watched["streams"]["nodes"]
    assert stream["lost"] == [{"reason": "CAP", "seconds": 240}, {"reason": "QUORUM", "seconds": 120}]
    assert (stream["seconds"], watched["seconds"]) == (60, 60)


async def test_streams_are_explained_page_by_page_newest_first(graph: Graph) -> None:
    await graph.live.community()
    days = [f"2026-07-{day:02d}" for day in range(10, 15)]
    for day in days:
        await graph.deliver("livestream.status.updated", status("100001", f"{day}T10:00:00Z", f"{day}T11:00:00Z"))
        await graph.deliver("chat.message.sent", line("100001", 1, day, f"{day}T10:58:00Z"))
    # A stream the viewer had no part in, and a message outside every stream.
    await graph.deliver("livestream.status.updated", status("100001", "2026-07-20T10:00:00Z", "2026-07-20T11:00:00Z"))
    await graph.deliver("chat.message.sent", line("100001", 1, "late", "2026-07-21T10:58:00Z"))
    await graph.live.settle()
    seen: list[str] = []
    after, page = None, dict[str, Any]()
    for _ in range(3):
        page = (await why(graph, "1", first=2, after=after))["watchTime"]["streams"]
        assert page["totalCount"] == 5
        seen += [node["stream"]["startedAt"][:10] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == days[::-1]
    assert page["pageInfo"]["hasNextPage"] is False
    nodes: list[dict[str, Any]] = page["nodes"]
    assert {node["seconds"] for node in nodes} == {120}
    too_many = await graph.ask(WHY, graph.operator, slug="house", account="1", first=21)
    assert too_many["errors"][0]["extensions"]["code"] == "page_size_invalid"


async def test_what_everybody_wrote_is_read_once_for_all_streams_of_a_query(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    await graph.live.community()
    await change(graph, "rules", quorum=2, effectiveFrom="2026-07-09T00:00:00Z")
    for day in range(10, 15):
        day_of = f"2026-07-{day}"
        await graph.deliver("livestream.status.updated", status("100001", f"{day_of}T10:00:00Z", f"{day_of}T11:00:00Z"))
        for account in range(1, 1 + day % 2 + 1):
            await graph.deliver("chat.message.sent", line("100001", account, day_of, f"{day_of}T10:58:00Z"))
    graph.live.clock.pass_time(seconds=60)
    await graph.live.settle()
    read: list[set[int]] = []

    async def counted(reader: Reader, lives: Iterable[Live], book: RuleBook) -> Quorum:
        read.append({live.stream for live in lives})
        return await quorum_among(reader, lives, book)

    monkeypatch.setattr(loaders, "quorum_among", counted)
    watched = (await why(graph, "1", first=5))["watchTime"]
    assert [len(streams) for streams in read] == [5]
    assert [node["seconds"] for node in watched["streams"]["nodes"]] == [0, 120, 0, 120, 0]
    assert watched["seconds"] == 240


async def test_more_messages_than_a_quorum_may_ask_for_are_refused_and_not_cut(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    await graph.live.community()
    await change(graph, "rules", quorum=2, effectiveFrom="2026-08-01T00:00:00Z")
    await graph.watched()
    monkeypatch.setattr(everybody, "MESSAGES_MAX", 1)
    answer = await graph.ask(WHY, graph.operator, slug="house", account="3", first=5)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "quorum_too_large"
    assert "fewer streams" in error["extensions"]["remedy"]


async def test_rules_have_a_history_and_the_defaults_no_author(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched()
    rules = (await graph.data(RULES))["community"]["watchTimeSettings"]
    assert (rules["window"], rules["actor"], rules["effectiveFrom"], rules["excluded"]) == (300, None, None, [])
    for window in (60, 61, 62):
        graph.live.clock.pass_time(seconds=1)
        await change(graph, f"w{window}", window=window)
    excluded = [{"platform": "KICK", "platformId": "2"}, {"platform": "KICK", "platformId": "77"}]
    graph.live.clock.pass_time(seconds=1)
    await change(graph, "excluded", excluded=excluded, dailyCap=None)
    house = (await graph.data(RULES))["community"]
    assert house["watchTimeSettings"] == {
        "window": 62,
        "repeats": 3,
        "quorum": 1,
        "dailyCap": None,
        "tracking": True,
        "excludeHosts": True,
        "effectiveFrom": "2026-08-01T18:00:04Z",
        "actor": "operator:command-line",
        "createdAt": "2026-08-01T18:00:04Z",
        "excluded": [{"platformId": "2", "name": "viewer2"}, {"platformId": "77", "name": "#77"}],
    }
    history = house["watchTimeSettingsHistory"]
    assert [node["window"] for node in history["nodes"]] == [62, 62]
    more = (await graph.data(RULES, after=history["pageInfo"]["endCursor"]))["community"]["watchTimeSettingsHistory"]
    assert [node["window"] for node in more["nodes"]] == [61, 60]
    assert (more["totalCount"], more["pageInfo"]["hasNextPage"]) == (4, False)


async def test_an_exclusion_is_told_with_its_time(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched()
    viewer_two = {"platform": "KICK", "platformId": "2"}
    await change(graph, "on", excluded=[viewer_two])
    graph.live.clock.pass_time(seconds=30)
    await change(graph, "off", excluded=[])
    assert (await why(graph, "2"))["watchTime"]["exclusions"] == [
        {"account": {"platformId": "2"}, "startsAt": "2026-08-01T18:00:00Z", "endsAt": "2026-08-01T18:00:30Z"}
    ]
    graph.live.clock.pass_time(seconds=30)
    await change(graph, "again", excluded=[viewer_two])
    again = (await why(graph, "2"))["watchTime"]["exclusions"]
    assert [(span["startsAt"], span["endsAt"]) for span in again[1:]] == [("2026-08-01T18:01:00Z", None)]
    assert (await why(graph, "1"))["watchTime"]["exclusions"] == []


async def test_an_adjustment_is_told_with_its_reason_and_counts(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched()
    viewers = await graph.accounts(community)
    adjust = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) {
      ... on WatchTimeAdjusted { seconds } } }"""
    rules = await graph.data(RULES)
    for number, seconds in enumerate((100, -40)):
        given = {"communityId": rules["community"]["id"], "viewerId": viewers["1"], "seconds": seconds}
        await graph.data(adjust, input={**given, "reason": f"Because {number}.", "idempotencyKey": f"k{number}"})
    watched = (await why(graph, "1"))["watchTime"]
    assert watched["seconds"] == 360
    assert watched["adjustments"]["totalCount"] == 2
    assert [(node["seconds"], node["reason"]) for node in watched["adjustments"]["nodes"]] == [
        (-40, "Because 1."),
        (100, "Because 0."),
    ]


EARNING = '{ community(slug: "house") { earningStatus { code explanation at } } }'


async def earning(graph: Graph) -> str:
    return (await graph.data(EARNING))["community"]["earningStatus"]["code"]


async def test_the_status_says_what_is_in_the_way(graph: Graph) -> None:
    await graph.live.community()
    assert await earning(graph) == "NOT_LIVE"
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T17:00:00Z"))
    await graph.live.settle()
    assert await earning(graph) == "NO_CHAT_IN_WINDOW"
    await graph.deliver("chat.message.sent", line("100001", 1, "hello", "2026-08-01T17:58:00Z"))
    await graph.live.settle()
    assert await earning(graph) == "EARNING"
    await change(graph, "quorum", quorum=2)
    assert await earning(graph) == "BELOW_QUORUM"
    graph.live.clock.pass_time(minutes=4)
    await change(graph, "off", tracking=False, quorum=1)
    assert await earning(graph) == "TRACKING_OFF"


@pytest.mark.parametrize("said", ["hello", "HELLO  "])
async def test_a_line_repeated_after_hours_of_silence_is_no_earning(graph: Graph, said: str) -> None:
    await graph.live.community()
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T12:00:00Z"))
    await graph.deliver("chat.message.sent", line("100001", 1, "hello", "2026-08-01T12:05:00Z"))
    await graph.deliver("chat.message.sent", line("100001", 1, said, "2026-08-01T17:59:00Z"))
    await graph.live.settle()
    assert await earning(graph) == "NO_CHAT_IN_WINDOW"


async def test_an_account_that_never_appeared_is_no_viewer(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.live.community("den", "100002")
    await graph.watched("100001")
    assert await why(graph, "404") is None
    assert await why(graph, "1", slug="den") is None


DAYS = """query ($slug: String!, $account: String! = "1", $last: Int! = 30) { community(slug: $slug) {
  viewerOfAccount(platform: KICK, platformId: $account) { watchTime { days(last: $last) { day seconds } } } } }"""


async def days(graph: Graph, slug: str = "house", **given: Any) -> dict[str, int]:
    found = await graph.data(DAYS, slug=slug, **given)
    return {one["day"]: one["seconds"] for one in found["community"]["viewerOfAccount"]["watchTime"]["days"]}


async def test_days_are_told_by_the_communitys_clock_with_those_without_a_stream(graph: Graph) -> None:
    await graph.live.community(timezone="Pacific/Auckland")
    # In Auckland it is past midnight when the second one begins, and both are of one day there.
    spans = [("2026-07-29T09:00:00Z", "09:58"), ("2026-07-29T13:00:00Z", "13:58"), ("2026-07-30T02:00:00Z", "02:58")]
    for began, minute in spans:
        ended = began.replace(":00:00Z", ":59:00Z")
        await graph.deliver("livestream.status.updated", status("100001", began, ended))
        at = f"{began[:10]}T{minute}:00Z"
        await graph.deliver("chat.message.sent", line("100001", 1, at, at))
    await graph.live.settle()
    told = await days(graph)
    assert next(iter(told)) == "2026-07-04"
    assert list(told)[-1] == "2026-08-02", "it is 06:00 there"
    assert {day: seconds for day, seconds in told.items() if seconds} == {"2026-07-29": 60, "2026-07-30": 120}
    assert list((await days(graph, last=3)).values()) == [0, 0, 0]
    assert await days(graph, last=1) == {"2026-08-02": 0}


async def test_days_of_one_community_are_not_those_of_another(graph: Graph) -> None:
    await graph.live.community()
    await graph.live.community("den", "100002")
    await graph.watched()
    await graph.watched("100002", viewers=1)
    await graph.deliver("chat.message.sent", line("100002", 3, "hello", "2026-08-01T17:40:00Z"))
    await graph.live.settle()
    assert (await days(graph, account="3"))["2026-08-01"] == 420
    assert (await days(graph, "den", account="3"))["2026-08-01"] == 300


@pytest.mark.parametrize("last", [0, 93, -1])
async def test_more_days_than_there_may_be_are_refused(graph: Graph, last: int) -> None:
    await graph.live.community()
    await graph.watched()
    assert await graph.code(DAYS, graph.operator, slug="house", last=last) == "page_size_invalid"
