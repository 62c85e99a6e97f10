"""Channel rewards as staff sees them: what there is, what was redeemed, and who may know."""

from typing import Any

from server.domain.rewards.actions import ActionKind, RewardAction
from server.schema.ids import id_of
from tests.graph import Graph, Socket
from tests.resolvers.reward_cases import reward_things

BONUS = RewardAction(kind=ActionKind.WATCH_TIME_BONUS, seconds=600)
SHOWN = """query ($s: String!, $n: Int!, $a: String, $stuck: Boolean! = false) { community(slug: $s) { rewards {
  all { id title cost state problem remedy platformId isOn asksForInput changedBy action { kind seconds text } }
  redemptions(first: $n, after: $a, onlyStuck: $stuck) { totalCount pageInfo { hasNextPage endCursor }
    nodes { platformId title cost progress state reason explanation rewardId account { name } channel { platformId } } }
} } }"""


async def shown(graph: Graph, slug: str = "house", **more: Any) -> dict[str, Any]:
    return (await graph.data(SHOWN, s=slug, n=more.pop("n", 10), **more))["community"]["rewards"]


async def test_staff_sees_rewards_and_what_was_redeemed_page_by_page(graph: Graph) -> None:
    for slug in ("house", "den"):
        await reward_things(graph.server, await graph.live.community(slug, "100001"), BONUS)
    seen = await shown(graph, n=1)
    assert seen["all"] == [
        {
            "id": id_of("reward", 1),
            "title": "Bonus",
            "cost": 100,
            "state": "PENDING",
            "problem": None,
            "remedy": None,
            "platformId": "R1",
            "isOn": True,
            "asksForInput": False,
            "changedBy": "staff",
            "action": {"kind": "WATCH_TIME_BONUS", "seconds": 600, "text": None},
        }
    ]
    first = seen["redemptions"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (2, True)
    found = list(first["nodes"])
    while first["pageInfo"]["hasNextPage"]:
        first = (await shown(graph, n=1, a=first["pageInfo"]["endCursor"]))["redemptions"]
        found += first["nodes"]
    told = [(one["platformId"], one["progress"], one["rewardId"]) for one in found]
    assert told == [("stuck", "STUCK", id_of("reward", 1)), ("waiting", "WAITING", id_of("reward", 1))]
    assert {one["account"]["name"] for one in found} == {"viewer1"}
    stuck = (await shown(graph, stuck=True))["redemptions"]
    assert [(one["platformId"], one["reason"]) for one in stuck["nodes"]] == [("stuck", "platform_lost_it")]
    assert stuck["totalCount"] == 1


async def test_a_channel_without_leave_says_what_to_do(graph: Graph) -> None:
    await reward_things(graph.server, await graph.live.community("house", "100001"))
    await graph.live.settle()
    [reward] = (await shown(graph))["all"]
    assert (reward["state"], reward["problem"]) == ("FAILED", "not_allowed")
    assert reward["remedy"].startswith("The platform does not let us. Connect the channel again")


async def test_what_people_redeemed_is_for_those_who_manage_rewards(graph: Graph) -> None:
    community = await graph.live.community("house", "100001")
    await reward_things(graph.server, community)
    await graph.grant(community, ("discord", "22"), "MODERATOR")
    await graph.grant(community, ("discord", "33"), "MANAGER")
    moderator, manager = (graph.person(("discord", number)) for number in ("22", "33"))
    answer = await graph.ask(SHOWN, moderator, s="house", n=1)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["forbidden"]
    titles = '{ community(slug: "house") { rewards { all { title } } } }'
    assert (await graph.data(titles, moderator))["community"]["rewards"]["all"] == [{"title": "Bonus"}]
    assert (await graph.ask(SHOWN, manager, s="house", n=1)).get("errors") is None


async def test_the_feed_tells_how_redemptions_get_on(graph: Graph) -> None:
    community = await graph.live.community("house", "100001")
    await reward_things(graph.server, community, BONUS)
    await graph.live.settle()
    socket = await Socket(graph).open(graph.operator)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(
        """subscription ($c: ID!) { feed(communityId: $c, after: "0") {
             ... on RedemptionChanged { progress title cost redeemer platform } } }""",
        c=id_of("community", community),
    )
    told = {"title": "Bonus", "cost": "100", "redeemer": "viewer1", "platform": "KICK"}
    seen = [one for one in [await socket.event() for _ in range(4)] if one]
    assert [one["progress"] for one in seen[:2]] == ["WAITING", "WAITING"]
    assert all({**one, "progress": ""} == {**told, "progress": ""} for one in seen)
    assert seen[-1]["progress"] == "DONE"
    await socket.frames.close()
