"""Happenings through the graph: what is pending, what is doubted, what staff decides, and who listens."""

from dataclasses import dataclass

import pytest

from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import linking
from tests.database import START
from tests.graph import Graph
from tests.resolvers.happening_cases import HappeningThings, gift, happening_things, tell

HAPPENINGS = """query ($slug: String!, $where: HappeningFilter, $first: Int! = 20, $after: String) {
  community(slug: $slug) { happenings(first: $first, after: $after, where: $where) {
    totalCount pageInfo { hasNextPage endCursor } nodes {
    id kind state at personName personPlatformId isPending count receivers mergedIntoId
    channel { platformId } copies { source at } suggestion { platformId name } } } } }"""
REVIEWS = """query ($slug: String!, $state: ReviewState) { community(slug: $slug) {
  happeningReviews(first: 5, state: $state) { totalCount nodes {
    id state reason actor one { id state } other { id state receivers } } } } }"""
MERGE = """mutation ($input: MergeHappeningsInput!) { mergeHappenings(input: $input) {
  __typename ... on HappeningsMerged { happening { id state count receivers } } ... on Problem { code } } }"""
SEPARATE = """mutation ($input: SeparateHappeningsInput!) { separateHappenings(input: $input) {
  __typename ... on Problem { code } } }"""
IDENTIFY = """mutation ($input: IdentifyHappeningInput!) { identifyHappening(input: $input) {
  __typename ... on HappeningIdentified { happening { personPlatformId isPending } } ... on Problem { code } } }"""


@dataclass
class House:
    graph: Graph
    id: int
    things: HappeningThings

    async def listed(self, **asked: object) -> list[dict[str, object]]:
        page = await self.graph.data(HAPPENINGS, slug="house", **asked)
        return page["community"]["happenings"]["nodes"]

    async def states(self) -> list[str]:
        return [str(node["state"]) for node in await self.listed()][::-1]

    async def reviews(self, **asked: object) -> list[dict[str, object]]:
        return (await self.graph.data(REVIEWS, slug="house", **asked))["community"]["happeningReviews"]["nodes"]

    def input(self, key: str, **more: object) -> dict[str, object]:
        return {"communityId": id_of("community", self.id), "reason": "A test.", "idempotencyKey": key, **more}


@pytest.fixture
async def house(graph: Graph) -> House:
    community = await graph.live.community("house", "100001")
    return House(graph, community, await happening_things(graph.server, community))


async def test_what_is_known_is_shown(house: House) -> None:
    pending, held, first = await house.listed()
    assert (first["kind"], first["state"], first["personName"], first["personPlatformId"]) == (
        "GIFT",
        "TOLD",
        "LargeLark",
        "505",
    )
    assert (first["count"], first["receivers"], first["channel"]) == (2, ["a", "b"], {"platformId": "100001"})
    assert first["copies"] == [{"source": "WEBHOOK", "at": "2026-08-01T18:00:00Z"}]
    assert (held["state"], held["id"]) == ("HELD", house.things.held)
    assert (pending["isPending"], pending["personPlatformId"], pending["suggestion"]) == (True, None, None)
    assert [node["id"] for node in await house.listed(where={"isPending": True})] == [house.things.pending]
    assert [node["id"] for node in await house.listed(where={"state": "HELD"})] == [house.things.held]
    page = (await house.graph.data(HAPPENINGS, slug="house", first=2))["community"]["happenings"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    after = page["pageInfo"]["endCursor"]
    assert [node["id"] for node in await house.listed(after=after)] == [first["id"]]


async def test_the_one_account_with_the_name_is_suggested(house: House) -> None:
    async def know(tx: Tx, _: Scope, *ids: str) -> Done[None]:
        people = [(Person(id=one, name="QuietWren"), START) for one in ids]
        await linking.accounts_of(tx, "kick", people)
        return Done(None)

    units = house.graph.server.units
    await units.run(0, lambda tx, scope: know(tx, scope, "707"))
    [pending] = await house.listed(where={"isPending": True})
    assert pending["suggestion"] == {"platformId": "707", "name": "QuietWren"}
    await units.run(0, lambda tx, scope: know(tx, scope, "708"))
    [pending] = await house.listed(where={"isPending": True})
    assert pending["suggestion"] is None


async def test_two_that_are_one_become_one(house: House) -> None:
    [question] = await house.reviews(state="OPEN")
    done = await house.graph.data(MERGE, input=house.input("k", reviewId=question["id"]))
    happening = done["mergeHappenings"]["happening"]
    assert (happening["count"], happening["receivers"]) == (3, ["a", "b", "c"])
    assert await house.states() == ["TOLD", "VOID", "TOLD"]
    assert (await house.listed(where={"state": "VOID"}))[0]["mergedIntoId"] == happening["id"]
    again = await house.graph.data(SEPARATE, input=house.input("k2", reviewId=question["id"]))
    assert again["separateHappenings"]["code"] == "review_decided"
    # A copy of either that comes later is no news.
    lark = Person(id="505", name="LargeLark")
    await tell(house.graph.server, house.id, gift(lark, "c", "b"), gift(lark, "a", "b"))
    assert await house.states() == ["TOLD", "VOID", "TOLD"]
    assert not await house.reviews(state="OPEN")


async def test_two_that_are_two_both_count(house: House) -> None:
    [question] = await house.reviews()
    await house.graph.data(SEPARATE, input=house.input("k", reviewId=question["id"]))
    assert await house.states() == ["TOLD", "TOLD", "TOLD"]
    [answered] = await house.reviews(state="DIFFERENT")
    assert (answered["reason"], answered["actor"]) == ("A test.", "operator:command-line")
    await tell(house.graph.server, house.id, gift(Person(id="505", name="LargeLark"), "c", "b"))
    assert await house.states() == ["TOLD", "TOLD", "TOLD"]


async def test_staff_says_who_it_was(house: House) -> None:
    given = house.input("k", happeningId=house.things.pending, platformId="606")
    done = await house.graph.data(IDENTIFY, input=given)
    assert done["identifyHappening"]["happening"] == {"personPlatformId": "606", "isPending": False}
    given = house.input("k2", happeningId=house.things.pending, platformId="607")
    assert (await house.graph.data(IDENTIFY, input=given))["identifyHappening"]["code"] == "happening_not_pending"


async def test_how_a_channel_is_listened_to(house: House) -> None:
    query = """{ community(slug: "house") { ingestSources { chat gifts }
      listening { channel { platformId } state since transport lastFrameAt code remedy } } }"""
    told = (await house.graph.data(query))["community"]
    assert told["ingestSources"] == {"chat": "WEBHOOK", "gifts": "BOTH"}
    [line] = told["listening"]
    assert (line["channel"]["platformId"], line["state"], line["since"]) == ("100001", "UNKNOWN", None)
    assert line["remedy"].endswith(".")

    async def know(tx: Tx, _: Scope) -> Done[None]:
        await tx.execute("UPDATE attachment SET chatroom_ref = '7'")
        await tx.execute(
            "INSERT INTO channel_listening (channel_id, state, transport, holder, since, code) "
            "SELECT id, 'refused', 'pusher', 'one', 0, 4001 FROM channel"
        )
        return Done(None)

    await house.graph.server.units.run(0, know)
    [line] = (await house.graph.data(query))["community"]["listening"]
    assert (line["state"], line["transport"], line["code"]) == ("REFUSED", "pusher", 4001)
    assert "REGULARS_KICK_PUSHER_URL" in line["remedy"]
