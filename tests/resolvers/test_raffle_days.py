"""On which days somebody's own tickets came."""

from typing import Any

from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers.test_raffle import GRANT, START, do

DAYS = """query ($c: ID!) { myRaffle(communityId: $c) { days { day bySource { source tickets } } } }"""
DAY_S = 24 * 3_600


async def days(graph: Graph, community: int, account: str = "2") -> dict[str, dict[str, int]]:
    """Days on which something came, and how many there are."""
    token = graph.person(("kick", account))
    told = (await graph.data(DAYS, token, c=id_of("community", community)))["myRaffle"]["days"]
    return {one["day"]: {part["source"]: int(part["tickets"]) for part in one["bySource"]} for one in told}


async def give(graph: Graph, community: int, tickets: int, viewer: str = "2") -> None:
    number = (await graph.accounts(community))[viewer]
    await do(graph, community, GRANT, viewerId=number, tickets=tickets, reason=f"At {graph.live.clock.now()}.")
    await graph.live.settle()


async def test_days_are_those_of_the_raffle_by_the_communitys_clock(graph: Graph) -> None:
    # It is 18:00 here, and 06:00 of the second of August there.
    community = await graph.live.community(timezone="Pacific/Auckland")
    await graph.watched()
    given: dict[str, Any] = {"startsAt": "2026-08-01T12:00:00Z", "endsAt": "2026-09-10T12:00:00Z", "title": "Summer"}
    await do(graph, community, START, **given)
    assert await days(graph, community) == {"2026-08-02": {}}
    await give(graph, community, 7)
    graph.live.clock.pass_time(seconds=5 * 3_600)
    await give(graph, community, 3)
    graph.live.clock.pass_time(seconds=14 * 3_600)
    await give(graph, community, 5)
    await give(graph, community, -1)
    assert await days(graph, community) == {"2026-08-02": {"STAFF": 10}, "2026-08-03": {"STAFF": 4}}
    assert await days(graph, community, "3") == {"2026-08-02": {}, "2026-08-03": {}}, "what somebody else has is his"
    graph.live.clock.pass_time(seconds=31 * DAY_S)
    told = await days(graph, community)
    assert (len(told), next(iter(told)), list(told)[-1]) == (31, "2026-08-04", "2026-09-03")
    assert not any(told.values())
    graph.live.clock.pass_time(seconds=31 * DAY_S)
    assert list(await days(graph, community))[-1] == "2026-09-10", "and no day after its end"


async def test_days_of_one_community_are_not_those_of_another(graph: Graph) -> None:
    house = await graph.live.community()
    den = await graph.live.community("den", "100002")
    await graph.watched()
    await graph.watched("100002")
    for community, tickets in ((house, 7), (den, 5)):
        await do(graph, community, START, startsAt="2026-08-01T17:00:00Z", title="Summer")
        await give(graph, community, tickets)
    assert await days(graph, house) == {"2026-08-01": {"STAFF": 7}}
    assert await days(graph, den) == {"2026-08-01": {"STAFF": 5}}
