"""Staff is alerted once of each cause for which news was missed: not of what others told, and long silence anyway."""

from collections.abc import Sequence
from datetime import timedelta

from server.domain.gaps import KINDS, NewGap
from server.domain.happenings.sources import Heard, IngestSources
from server.domain.instants import micros
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, gaps
from tests.effects.test_alerts import alerts, told, watch
from tests.graph import Graph, graph

__all__ = ["graph"]

GIFTS, CHAT = "channel.subscription.gifts", "chat.message.sent"


async def gap(
    graph: Graph, cause: str, kinds: Sequence[str], *, minutes: int = 2, filled_by: set[str] | None = None
) -> NewGap:
    """A gap of channel 100001 that is open since so many minutes, or was filled by somebody and is over now."""
    [channel] = await graph.server.database.reader().fetch("SELECT id FROM channel WHERE external_id = '100001'")
    source = "websocket" if cause == "socket_down" else "webhook"
    began_at = graph.server.clock.now() - timedelta(minutes=minutes)
    found = NewGap(channel_id=channel["id"], source=source, cause=cause, kinds=kinds, began_at=began_at)

    async def note(tx: Tx, scope: Scope) -> Done[None]:
        if filled_by is not None:
            await gaps.note_past(tx, found, scope.now, filled_by)
        else:
            await gaps.open_gap(tx, found)
        return Done(None)

    await graph.server.units.run(0, note)
    return found


async def test_what_nobody_told_is_alerted_once_per_cause_and_is_over_after_a_day(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.live.community("mews", "100002")
    graph.live.clock.pass_time(minutes=5)
    looking = watch(graph)
    await gap(graph, "server_down", sorted(KINDS), filled_by={"poll"})
    await gap(graph, "server_down", [CHAT], filled_by=set[str]())
    assert await looking.look() == 1
    [alert] = await alerts(graph)
    assert (alert["kind"], alert["cause"]) == ("NEWS_MISSED", "news_missed:kick:100001:server_down")
    assert "until 2026-08-01 18:05 UTC" in alert["detail"]
    assert "gifted subscriptions" in alert["detail"]
    assert "starts and ends" not in alert["detail"], "asking brought them to light"
    assert alert["remedy"].startswith("Nothing to do now. Run two servers")
    assert await looking.look() == 0, "once"
    assert await alerts(graph, "mews") == [], "another community follows another channel"
    graph.live.clock.pass_time(hours=25)
    assert await looking.look() == 1
    assert await alerts(graph) == []
    assert [one[1:3] for one in await told(graph)] == [("news_missed", False), ("news_missed", True)]


async def test_what_another_source_told_is_no_trouble_unless_the_community_does_not_believe_it(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    graph.live.clock.pass_time(minutes=5)
    looking = watch(graph)
    await gap(graph, "subscription_lost", [GIFTS], filled_by={"websocket"})
    assert await looking.look() == 0

    async def believe(tx: Tx, scope: Scope) -> Done[int]:
        chosen, at = IngestSources(gifts=Heard.WEBHOOK).stored(), micros(scope.now)
        return Done(await communities.add_setting_version(tx, house, "happenings", at, chosen, "tester", scope.now))

    await graph.server.units.run(house, believe)
    assert await looking.look() == 1


async def test_a_long_silence_is_alerted_while_it_lasts(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    graph.live.clock.pass_time(minutes=5)
    looking = watch(graph)
    down = await gap(graph, "socket_down", [GIFTS], minutes=14)
    assert await looking.look() == 0
    graph.live.clock.pass_time(minutes=2)
    assert await looking.look() == 1
    [alert] = await alerts(graph)
    assert "and it lasts" in alert["detail"]

    async def close(tx: Tx, scope: Scope) -> Done[None]:
        await gaps.close_gap(tx, down.channel_id, down.key, scope.now, {"webhook"})
        return Done(None)

    await graph.server.units.run(0, close)
    assert await looking.look() == 1
    assert await alerts(graph) == [], "webhooks told it all"
