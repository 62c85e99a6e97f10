"""What was missed is known: from heartbeats, lines of ours that do not come back, and sockets that are down."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from clients.simulator.happenings import Spoken
from clients.simulator.people import plain_person
from server.domain.instants import micros
from server.effects.gaps import GapWatch, Heartbeat
from server.platforms.kick.parse import KINDS
from tests.database import FrozenClock
from tests.effects.connecting import CHAT, OWNER, Connected, connected_to
from tests.graph import Graph

ALL = " ".join(sorted(KINDS))
SHOWN = """query ($slug: String!) { community(slug: $slug) { gaps(first: 10) { totalCount edges { node {
  channel { platformId } source cause detail remedy beganAt endedAt kinds recovered unrecovered } } } } }"""


@pytest.fixture
async def connected(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Connected, None]:
    async with connected_to(database_url, clock, tmp_path) as one:
        await one.look("subscriptions")
        yield one


async def beat(connected: Connected) -> int:
    """Beat as a server does that has just started."""
    return await Heartbeat(connected.server.units, kinds=sorted(KINDS), is_polled=True).beat()


async def test_a_server_that_was_down_knows_for_how_long(connected: Connected) -> None:
    await beat(connected)
    connected.clock.pass_time(seconds=60)
    assert await beat(connected) == 0, "a quick restart is no gap"
    connected.clock.pass_time(minutes=42)
    assert await beat(connected) == 1
    assert await connected.gaps() == [("webhook", "server_down", ALL, False)]
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    [edge] = (await graph.data(SHOWN, slug="house"))["community"]["gaps"]["edges"]
    shown = edge["node"]
    assert (shown["beganAt"], shown["endedAt"]) == ("2026-08-01T18:01:00Z", "2026-08-01T18:43:00Z")
    assert shown["channel"] == {"platformId": str(OWNER)}
    assert shown["recovered"] == ["starts and ends of streams, by poll"]
    assert "chat messages" in shown["unrecovered"]
    assert "starts and ends of streams" not in shown["unrecovered"]


async def test_one_who_could_not_write_for_a_while_names_the_database(connected: Connected) -> None:
    heart = Heartbeat(connected.server.units, kinds=sorted(KINDS), is_polled=True)
    await heart.beat()
    connected.clock.pass_time(minutes=5)
    assert await heart.beat() == 1
    assert await connected.gaps() == [("webhook", "database_down", ALL, False)]


async def test_servers_that_come_back_at_the_same_moment_note_one_gap(connected: Connected) -> None:
    await beat(connected)
    connected.clock.pass_time(minutes=42)
    assert sum(await asyncio.gather(*(beat(connected) for _ in range(6)))) == 1
    assert len(await connected.gaps()) == 1


async def test_another_server_that_goes_on_beating_leaves_no_gap(connected: Connected) -> None:
    await beat(connected)
    for _ in range(10):
        connected.clock.pass_time(seconds=60)
        assert await beat(connected) == 0


async def said(connected: Connected, message_id: str) -> None:
    """A line of ours that Kick took just now, as whoever speaks leaves it behind."""
    [row] = await connected.read("SELECT id FROM channel WHERE external_id = $1", str(OWNER))
    await connected.server.database.writer().execute(
        "INSERT INTO chat_line (community_id, channel_id, kind, key, part, text, state, attempts, message_id, "
        "created_at, due_at, expires_at, settled_at) "
        "VALUES (1, $1, 'reply', $2, 0, 'hi', 'sent', 1, $2, $3, $3, $3, $3)",
        row["id"],
        message_id,
        micros(connected.clock.at),
    )


async def test_a_line_of_ours_that_comes_back_shows_that_all_is_well(connected: Connected) -> None:
    await connected.start()
    await connected.pass_time(minutes=1)
    await said(connected, "our-line-1")
    connected.clock.pass_time(seconds=2)
    await connected.happen(Spoken(message_id="our-line-1", sender=plain_person(1, "Bot"), text="hi"))
    await connected.pass_time(minutes=3)
    assert await connected.gaps() == []


async def test_a_line_that_does_not_come_back_while_live_shows_that_chat_is_dead(connected: Connected) -> None:
    connected.clock.pass_time(hours=2)
    await connected.look("gaps")
    await connected.start()
    await connected.pass_time(minutes=1)
    await connected.chat(1, "the last one that is heard")
    connected.clock.pass_time(seconds=1)
    connected.kick.subscriptions.kill(CHAT)
    [dead] = connected.kick.subscriptions.of(OWNER, CHAT)
    await said(connected, "our-line-2")
    await connected.pass_time(minutes=2)
    assert dead.id not in connected.kick.subscriptions.held, "it was ordered anew within two minutes"
    await GapWatch(connected.server.database, connected.server.units).look()
    assert ("webhook", "subscription_silent", CHAT, True) in await connected.gaps(), "what came before proves nothing"
    await connected.chat(1, "loud and clear")
    await connected.pass_time(minutes=1)
    assert (await connected.states())[CHAT] == "active"
    assert [gap for gap in await connected.gaps() if gap[2] == CHAT] == [
        ("webhook", "subscription_silent", CHAT, False)
    ]


async def test_a_line_said_off_the_air_proves_nothing(connected: Connected) -> None:
    await said(connected, "our-line-3")
    await connected.pass_time(minutes=12)
    assert await connected.gaps() == []


async def test_a_websocket_that_is_down_leaves_a_gap_until_it_listens_again(connected: Connected) -> None:
    write, at = connected.server.database.writer().execute, connected.clock.at
    [row] = await connected.read("SELECT id FROM channel WHERE external_id = $1", str(OWNER))
    await write(
        "INSERT INTO channel_listening (channel_id, state, transport, holder, since) VALUES ($1, $2, $3, $4, $5)",
        row["id"],
        "waiting",
        "pusher",
        "x",
        micros(at),
    )
    await connected.pass_time(seconds=30)
    assert await connected.gaps() == []
    await connected.pass_time(minutes=2)
    [gap] = await connected.gaps()
    assert (gap[0], gap[1], gap[3]) == ("websocket", "socket_down", True)
    again = connected.clock.at
    await write("UPDATE channel_listening SET state = 'listening', since = $1", micros(again))
    await connected.pass_time(minutes=1)
    [row] = await connected.read("SELECT began_at, ended_at, filled_by FROM gap")
    assert (row["began_at"], row["ended_at"], row["filled_by"]) == (micros(at), micros(again), "webhook")


async def test_a_community_sees_the_gaps_of_its_own_channels_only(connected: Connected) -> None:
    await beat(connected)
    connected.clock.pass_time(minutes=42)
    await beat(connected)
    await connected.live.community("other", broadcaster="999")
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    assert (await graph.data(SHOWN, slug="other"))["community"]["gaps"]["totalCount"] == 0
    assert (await graph.data(SHOWN, slug="house"))["community"]["gaps"]["totalCount"] == 1
    await connected.live.attach(2, str(OWNER))
    told = (await graph.data(SHOWN, slug="other"))["community"]["gaps"]
    assert told["totalCount"] == 0, "what was missed before it was attached is no loss of theirs"
