"""Kick is asked for every event we want, once each, and asked anew when it stops: whatever it says of itself."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from clients.simulator.happenings import StreamTold
from server.platforms.kick.parse import KINDS
from server.platforms.kick.subscriptions import PATH
from server.schema.ids import id_of
from tests.database import FrozenClock
from tests.effects.connecting import CHAT, OWNER, STATUS, Connected, connected_to
from tests.graph import Graph

GIFTS = "channel.subscription.gifts"
SHOWN = """query ($slug: String!) { community(slug: $slug) {
  eventSubscriptions { platformId kind state detail remedy lastEventAt }
  gaps(first: 10) { totalCount edges { node { source cause kinds detail remedy recovered unrecovered endedAt } } }
} }"""


@pytest.fixture
async def connected(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Connected, None]:
    async with connected_to(database_url, clock, tmp_path) as one:
        yield one


def orders(connected: Connected) -> int:
    return sum((call.method, call.path) == ("POST", PATH) for call in connected.kick.calls)


async def test_every_kind_is_ordered_once_and_a_second_look_orders_nothing(connected: Connected) -> None:
    await connected.look("subscriptions")
    assert await connected.states() == dict.fromkeys(sorted(KINDS), "active")
    assert sorted(one.kind for one in connected.kick.subscriptions.of(OWNER)) == sorted(KINDS)
    await connected.pass_time(minutes=25)
    assert orders(connected) == 1
    assert len(connected.kick.subscriptions.held) == len(KINDS)
    assert await connected.gaps() == []


async def test_a_channel_that_is_attached_is_looked_at_at_once(
    database_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    async with connected_to(database_url, clock, tmp_path, attached=False) as connected:
        assert await connected.look("subscriptions") == 0
        await connected.live.community(broadcaster=str(OWNER))
        assert await connected.look("subscriptions") == 1
        assert len(connected.kick.subscriptions.of(OWNER)) == len(KINDS)


async def test_of_doubles_the_oldest_stays(connected: Connected) -> None:
    first = connected.kick.subscriptions.order(OWNER, CHAT)
    connected.clock.pass_time(seconds=5)
    second = connected.kick.subscriptions.order(OWNER, CHAT)
    await connected.look("subscriptions")
    assert first.id in connected.kick.subscriptions.held
    assert second.id not in connected.kick.subscriptions.held
    assert len(connected.kick.subscriptions.held) == len(KINDS)


async def test_an_answer_that_creates_nothing_is_a_failure_that_is_told_and_tried_again(connected: Connected) -> None:
    connected.kick.quirks.ghost_orders = True
    await connected.look("subscriptions")
    assert set((await connected.states()).values()) == {"failed"}
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    told = (await graph.data(SHOWN, slug="house"))["community"]["eventSubscriptions"]
    assert len(told) == len(KINDS)
    assert told[0]["detail"] == "Kick answered that all is well and created nothing."
    assert told[0]["remedy"]
    connected.kick.quirks.ghost_orders = False
    await connected.pass_time(minutes=11)
    assert set((await connected.states()).values()) == {"active"}


async def test_one_kind_that_is_refused_does_not_harm_the_others(connected: Connected) -> None:
    connected.kick.quirks.refused = {GIFTS}
    await connected.look("subscriptions")
    states = await connected.states()
    assert states.pop(GIFTS) == "failed"
    assert set(states.values()) == {"active"}


async def test_the_limit_is_told_with_what_to_do(connected: Connected) -> None:
    connected.kick.quirks.order_limit = 3
    await connected.look("subscriptions")
    rows = await connected.read("SELECT DISTINCT state, code FROM event_subscription")
    assert [tuple(row) for row in rows] == [("failed", "quota")]


async def test_what_is_ordered_and_not_listed_is_believed_in_for_half_an_hour(connected: Connected) -> None:
    connected.kick.quirks.unlisted = {CHAT}
    await connected.look("subscriptions")
    assert (await connected.states())[CHAT] == "unlisted"
    await connected.pass_time(minutes=25)
    assert orders(connected) == 1, "nothing is doubled because a list is short"
    await connected.pass_time(minutes=20)
    assert orders(connected) == 2
    connected.kick.quirks.unlisted = set()
    await connected.pass_time(minutes=15)
    assert len(connected.kick.subscriptions.of(OWNER, CHAT)) == 1, "the double is given up once both are listed"


async def test_what_kick_takes_away_is_ordered_anew_and_leaves_a_gap(connected: Connected) -> None:
    await connected.look("subscriptions")
    connected.clock.pass_time(minutes=3)
    await connected.chat(1, "before")
    connected.clock.pass_time(minutes=2)
    connected.kick.subscriptions.drop(kind=CHAT)
    assert await connected.chat(1, "into the void") == 0
    await connected.pass_time(minutes=10)
    assert await connected.chat(1, "after") == 1
    assert await connected.gaps() == [("webhook", "subscription_lost", CHAT, False)]
    [row] = await connected.read("SELECT began_at, ended_at FROM gap")
    assert 5 * 60e6 < row["ended_at"] - row["began_at"] <= 10 * 60e6
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    [edge] = (await graph.data(SHOWN, slug="house"))["community"]["gaps"]["edges"]
    assert edge["node"]["unrecovered"] == ["chat messages"]


async def test_a_look_that_kick_does_not_answer_changes_nothing_and_says_why(connected: Connected) -> None:
    await connected.look("subscriptions")
    connected.clock.pass_time(minutes=11)
    connected.kick.stumble("error", PATH, times=3)
    await connected.look("subscriptions")
    rows = await connected.read("SELECT DISTINCT state, code FROM event_subscription")
    assert [tuple(row) for row in rows] == [("active", "unavailable")]
    await connected.pass_time(minutes=2)
    rows = await connected.read("SELECT DISTINCT state, code FROM event_subscription")
    assert [tuple(row) for row in rows] == [("active", None)]
    assert orders(connected) == 1


async def test_a_token_that_kick_takes_no_more_is_fetched_anew(connected: Connected) -> None:
    await connected.look("subscriptions")
    connected.kick.grants.withdraw(None)
    await connected.pass_time(minutes=11)
    rows = await connected.read("SELECT DISTINCT state, code FROM event_subscription")
    assert [tuple(row) for row in rows] == [("active", None)]


async def test_a_channel_that_nobody_attaches_any_more_is_given_up(connected: Connected) -> None:
    await connected.look("subscriptions")
    stranger = connected.kick.subscriptions.order(7_200_102, CHAT)
    await connected.server.database.writer().execute("DELETE FROM attachment")
    await connected.look("subscriptions")
    assert list(connected.kick.subscriptions.held) == [stranger.id], "what is not ours is left alone"
    assert await connected.states() == {}


async def test_detaching_gives_up_what_no_other_community_follows(connected: Connected) -> None:
    other = await connected.live.community("mews", broadcaster=str(OWNER))
    await connected.look("subscriptions")
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    document = "mutation ($input: DetachChannelInput!) { detachChannel(input: $input) { __typename } }"
    for community, left in ((1, len(KINDS)), (other, 0)):
        given = {"communityId": id_of("community", community), "platform": "KICK", "platformId": str(OWNER)}
        done = await graph.data(document, input=given | {"idempotencyKey": "d"})
        assert done["detachChannel"]["__typename"] == "ChannelDetached"
        await connected.look("subscriptions")
        assert len(connected.kick.subscriptions.of(OWNER)) == left


async def test_a_start_that_no_webhook_told_shows_that_its_subscription_is_dead(connected: Connected) -> None:
    await connected.look("subscriptions")
    connected.clock.pass_time(hours=2)
    connected.kick.subscriptions.kill(STATUS)
    [dead] = connected.kick.subscriptions.of(OWNER, STATUS)
    await connected.start()
    await connected.pass_time(minutes=3)
    assert dead.id not in connected.kick.subscriptions.held
    [fresh] = connected.kick.subscriptions.of(OWNER, STATUS)
    assert not fresh.is_dead
    assert ("webhook", "untold", STATUS, True) in await connected.gaps()
    connected.clock.pass_time(minutes=10)
    since = connected.kick.broadcasts.pop(OWNER).since
    assert await connected.happen(StreamTold(title="Evening", started_at=since, ended_at=connected.clock.at)) == 1
    await connected.pass_time(minutes=1)
    assert (await connected.states())[STATUS] == "active"
    assert await connected.gaps() == [("webhook", "untold", STATUS, False)]
    assert await connected.streams() == [(since, since + timedelta(minutes=13), None)]
