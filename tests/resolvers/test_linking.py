"""Linked accounts as clients see them; renames; many who link at once."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from server.schema.ids import id_of
from tests.graph import Graph, Socket, line, person

GIVES = {
    "linkAccounts": "AccountsLinked { viewerId }",
    "unlinkAccount": "AccountUnlinked { viewerId restId }",
    "updateLinkSettings": "LinkSettingsUpdated { settings { cooldown } }",
}
VIEWER = """query ($slug: String!, $id: ID!) { community(slug: $slug) {
    leaderboardAround(viewerId: $id, before: 0, after: 0) { viewerId seconds account { name } }
    viewer(id: $id) { id rank watchTime { seconds }
        accounts { platform platformId }
        linkedAccounts { account { platform platformId name } cause actor at }
        linkHistory(first: 10) { totalCount
            nodes { kind account { platformId } viewerId cause actor reason at } } } } }"""
OF_ACCOUNT = """query ($slug: String!, $platform: Platform!, $id: String!) { community(slug: $slug) {
    viewerOfAccount(platform: $platform, platformId: $id) { id watchTime { seconds } accounts { name } } } }"""
KICK, ANN, TWIN = ("KICK", "2"), ("DISCORD", "77"), ("TWITCH", "5")


def account(key: tuple[str, str]) -> dict[str, str]:
    return {"platform": key[0], "platformId": key[1]}


class House:
    """A community in the graph, with a running stream."""

    def __init__(self, graph: Graph, number: int, slug: str) -> None:
        self.graph = graph
        self.number = number
        self.slug = slug
        self.keys = 0

    async def change(self, name: str, **given: Any) -> Any:
        """Send a mutation, under a key of its own."""
        self.keys += 1
        given = {
            "communityId": id_of("community", self.number),
            "idempotencyKey": f"{name}-{self.keys}",
            **({"reason": "A test."} if "cooldown" not in given else {}),
            **given,
        }
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) "
            f"{{ __typename ... on {GIVES[name]} ... on Problem {{ code }} }} }}"
        )
        return (await self.graph.data(document, input=given))[name]

    async def link(self, one: tuple[str, str], other: tuple[str, str]) -> Any:
        return await self.change("linkAccounts", one=account(one), other=account(other))

    async def unlink(self, one: tuple[str, str]) -> Any:
        return await self.change("unlinkAccount", account=account(one))

    async def viewer(self, viewer_id: str) -> Any:
        return (await self.graph.data(VIEWER, slug=self.slug, id=viewer_id))["community"]

    async def of(self, key: tuple[str, str]) -> Any:
        found = await self.graph.data(OF_ACCOUNT, slug=self.slug, platform=key[0], id=key[1])
        return found["community"]["viewerOfAccount"]


@pytest.fixture
async def house(graph: Graph) -> House:
    number = await graph.live.community("house", "100001")
    await graph.watched()
    return House(graph, number, "house")


async def test_a_viewer_shows_his_accounts_how_they_were_linked_and_what_happened(house: House) -> None:
    old = (await house.of(KICK))["id"]
    linked = await house.link(ANN, KICK)
    assert linked == {"__typename": "AccountsLinked", "viewerId": old}
    viewer = (await house.viewer(old))["viewer"]
    at = "2026-08-01T18:00:00Z"
    how = {"cause": "STAFF", "actor": "operator:command-line", "at": at}
    assert viewer["linkedAccounts"] == [
        {"account": {"platform": "KICK", "platformId": "2", "name": "viewer2"}, **how},
        {"account": {"platform": "DISCORD", "platformId": "77", "name": "#77"}, **how},
    ]
    event = {"viewerId": old, "reason": "A test.", **how}
    assert viewer["linkHistory"]["totalCount"] == 2
    assert viewer["linkHistory"]["nodes"] == [
        {"kind": "LINKED", "account": {"platformId": key}, **event} for key in ("2", "77")
    ]
    await house.link(TWIN, ANN)
    unlinked = await house.unlink(KICK)
    assert unlinked["viewerId"] == old
    rest = (await house.viewer(unlinked["restId"]))["viewer"]
    assert {one["platformId"] for one in rest["accounts"]} == {"77", "5"}
    told = [(node["kind"], node["account"]["platformId"]) for node in rest["linkHistory"]["nodes"]]
    assert told == [("UNLINKED", "2"), ("LINKED", "5"), ("LINKED", "77")]
    alone = (await house.viewer(old))["viewer"]
    assert (alone["linkedAccounts"], alone["watchTime"]["seconds"]) == ([], 360)


async def test_the_history_is_read_page_by_page(house: House) -> None:
    viewer = (await house.link(ANN, KICK))["viewerId"]
    await house.unlink(ANN)
    paged = """query ($id: ID!, $after: String) { community(slug: "house") { viewer(id: $id) {
        linkHistory(first: 3, after: $after) { nodes { kind } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await house.graph.data(paged, id=viewer))["community"]["viewer"]["linkHistory"]
    assert ([node["kind"] for node in first["nodes"]], first["pageInfo"]["hasNextPage"]) == (
        ["UNLINKED", "UNLINKED", "LINKED"],
        True,
    )
    more = await house.graph.data(paged, id=viewer, after=first["pageInfo"]["endCursor"])
    page = more["community"]["viewer"]["linkHistory"]
    assert ([node["kind"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["LINKED"], False)


async def test_an_id_from_before_a_link_leads_to_the_viewer_everywhere(house: House) -> None:
    await house.link(TWIN, ANN)
    former = (await house.of(ANN))["id"]
    kick = (await house.of(KICK))["id"]
    assert (await house.link(KICK, TWIN))["viewerId"] == kick
    found = await house.viewer(former)
    assert (found["viewer"]["id"], found["viewer"]["rank"]) == (kick, 2)
    assert found["leaderboardAround"] == [{"viewerId": kick, "seconds": 360, "account": {"name": "viewer2"}}]
    adjusted = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) {
        __typename ... on WatchTimeAdjusted { seconds } } }"""
    given = {"communityId": id_of("community", house.number), "viewerId": former, "seconds": 40, "reason": "A test."}
    answer = await house.graph.data(adjusted, input={**given, "idempotencyKey": "k"})
    assert answer["adjustWatchTime"] == {"__typename": "WatchTimeAdjusted", "seconds": 400}


async def test_links_belong_to_one_community(house: House) -> None:
    den = House(house.graph, await house.graph.live.community("den", "100001"), "den")
    await house.graph.watched()
    await house.link(ANN, KICK)
    assert (await den.link(ANN, ("KICK", "3")))["__typename"] == "AccountsLinked"
    assert (await house.link(ANN, ("KICK", "3")))["code"] == "account_linked_elsewhere"
    assert (await den.unlink(KICK))["code"] == "not_linked"
    theirs = (await den.of(KICK))["id"]
    assert await house.viewer(theirs) == {"viewer": None, "leaderboardAround": None}


async def test_the_feed_tells_of_links(house: House) -> None:
    socket = await Socket(house.graph).open(house.graph.operator)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(
        """subscription ($id: ID!) { feed(communityId: $id) { __typename
            ... on ViewerLinked { viewerId formerId } ... on ViewerUnlinked { viewerId restId accountId }
            ... on WatchTimeChanged { viewers { viewerId seconds } } } }""",
        "1",
        id=id_of("community", house.number),
    )
    await asyncio.sleep(0.1)
    viewer = (await house.link(ANN, KICK))["viewerId"]
    linked, changed = await socket.event(), await socket.event()
    assert (linked["__typename"], linked["viewerId"]) == ("ViewerLinked", viewer)
    assert changed["viewers"] == [
        {"viewerId": viewer, "seconds": 360},
        {"viewerId": linked["formerId"], "seconds": 0},
    ]
    await house.unlink(ANN)
    unlinked = await socket.event()
    assert (unlinked["__typename"], unlinked["viewerId"], unlinked["restId"]) == (
        "ViewerUnlinked",
        linked["formerId"],
        viewer,
    )
    await socket.frames.close()


async def test_the_cool_down_is_a_setting_of_the_community(house: House) -> None:
    asked = '{ community(slug: "house") { linkSettings { cooldown } } }'
    assert (await house.graph.data(asked))["community"]["linkSettings"]["cooldown"] == 86_400
    done = await house.change("updateLinkSettings", cooldown=3_600)
    assert done["settings"]["cooldown"] == 3_600
    assert (await house.graph.data(asked))["community"]["linkSettings"]["cooldown"] == 3_600


async def test_who_takes_a_new_name_keeps_everything_and_who_takes_the_old_one_gets_nothing(house: House) -> None:
    graph = house.graph
    before = (await house.of(KICK))["id"]
    await house.link(ANN, KICK)
    renamed = line("100001", 2, "under a new name", "2026-08-01T17:50:00Z")
    renamed["sender"] |= person("2", "brandnew")
    taken = line("100001", 999, "under the old name", "2026-08-01T17:51:00Z")
    taken["sender"] |= person("999", "viewer2")
    for told in (renamed, taken):
        await graph.deliver("chat.message.sent", told, sent_at="2026-08-01T18:00:07Z")
    await graph.live.settle()
    mine, theirs = await house.of(KICK), await house.of(("KICK", "999"))
    assert (mine["id"], mine["watchTime"]["seconds"]) == (before, 360 + 300)
    assert {one["name"] for one in mine["accounts"]} == {"brandnew", "#77"}
    assert (await house.of(ANN))["id"] == before
    assert theirs["id"] != before
    assert (theirs["watchTime"]["seconds"], [one["name"] for one in theirs["accounts"]]) == (300, ["viewer2"])
    assert (await house.viewer(theirs["id"]))["viewer"]["linkedAccounts"] == []


async def test_many_who_link_the_same_two_at_once_make_one_link(house: House) -> None:
    answers = await asyncio.gather(*(house.link(*pair) for pair in [(ANN, KICK), (KICK, ANN)] * 10))
    assert Counter(one["__typename"] if "viewerId" in one else one["code"] for one in answers) == {
        "AccountsLinked": 1,
        "already_linked": 19,
    }
    viewer = (await house.viewer((await house.of(KICK))["id"]))["viewer"]
    assert viewer["linkHistory"]["totalCount"] == 2
    assert viewer["watchTime"]["seconds"] == 360


async def test_links_and_unlinks_at_once_lose_nothing_and_double_nothing(house: House) -> None:
    chance = random.Random(5)
    people = [("KICK", "1"), KICK, ("KICK", "3"), ANN, ("DISCORD", "78"), TWIN]
    deeds = [
        house.link(*chance.sample(people, 2)) if chance.random() < 0.6 else house.unlink(chance.choice(people))
        for _ in range(80)
    ]
    chat = [
        house.graph.deliver("chat.message.sent", line("100001", user, f"at {minute}", f"2026-08-01T17:{minute}:00Z"))
        for minute in range(45, 55)
        for user in (1, 2, 3)
    ]
    answers, *_ = await asyncio.gather(asyncio.gather(*deeds), asyncio.gather(*chat), house.graph.live.settle())
    done = Counter(one["__typename"] for one in answers)
    assert min(done["AccountsLinked"], done["AccountUnlinked"]) > 3, done
    await house.graph.live.settle()
    total = 0
    for number in {(await house.of(key))["id"] for key in people if await house.of(key)}:
        total += (await house.viewer(number))["viewer"]["watchTime"]["seconds"]
    # Everybody wrote on Kick, where nobody has two accounts: whoever is linked to whom, each has his own time.
    assert total == 300 + 360 + 420 + 3 * (9 * 60 + 300)
    rows = await house.graph.server.database.reader().fetch(
        "SELECT account_id, sum(CASE kind WHEN 'linked' THEN 1 ELSE -1 END) AS linked, (SELECT count(*) FROM "
        "account_link l WHERE l.account_id = e.account_id) AS links FROM link_event e GROUP BY account_id"
    )
    assert all(row["linked"] == row["links"] for row in rows)
