"""Staff is alerted once of each trouble, told once when it is over, and the operator of what concerns everybody."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from server.actions import jobs as job_actions
from server.actions.credentials import store_new
from server.domain.alerts import Thresholds
from server.effects.alerts import Watch
from server.effects.apart import UNFINISHED, examined_apart
from server.effects.findings import Finding
from server.events.jobs import JobDied
from server.events.overlays import OverlayCrowded
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.ports_platforms import Tokens
from server.routines import examined, examined_now
from server.schema.ids import id_of
from server.store.credentials import Owner
from tests.effects.examining import die, find_nothing, last
from tests.graph import STREAM_STARTED, Graph, graph, line, status
from tests.resolvers.dying import dead_job

__all__ = ["graph"]

THRESHOLDS = Thresholds(silence=timedelta(minutes=30), gap=timedelta(minutes=15), quarantined=2)
ALERTS = """query ($s: String!, $open: Boolean! = true) { community(slug: $s) { alerts(first: 10, onlyOpen: $open) {
  totalCount nodes { id kind cause title detail remedy openedAt closedAt acknowledgedBy } } } }"""
OPERATOR_ALERTS = "{ alerts(first: 10) { totalCount nodes { kind cause title detail remedy } } }"
ACKNOWLEDGE = """mutation ($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) {
  ... on AlertAcknowledged { alert { acknowledgedBy } } ... on Problem { code } } }"""
GAP_S_MAX = 0.02


def watch(graph: Graph) -> Watch:
    server = graph.server
    return Watch(server.database, server.units, thresholds=THRESHOLDS, clock=server.clock)


async def alerts(graph: Graph, slug: str = "house", **given: Any) -> list[dict[str, Any]]:
    return (await graph.data(ALERTS, s=slug, **given))["community"]["alerts"]["nodes"]


async def told(graph: Graph) -> list[tuple[int | None, str, bool, str]]:
    """What the Discord client is to tell whom: community, kind, whether it is over, and the state of the job."""
    rows = await graph.server.database.reader().fetch(
        "SELECT community_id, payload, state FROM job WHERE kind = 'staff_alert' ORDER BY id"
    )
    found = [(row["community_id"], orjson.loads(row["payload"]), row["state"]) for row in rows]
    return [(community, payload["kind"], payload["over"], state) for community, payload, state in found]


async def write(graph: Graph, *statements: str) -> None:
    async def run(tx: Tx, _: Scope) -> Done[None]:
        for statement in statements:
            await tx.execute(statement)
        return Done(None)

    await graph.server.units.run(0, run)


async def test_a_live_channel_that_falls_silent_is_told_once_and_again_when_it_is_heard(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.live.attach(house, "100002")
    await graph.deliver("livestream.status.updated", status("100001", STREAM_STARTED))
    await graph.deliver("chat.message.sent", line("100001", 1, "hello", "2026-08-01T17:55:00Z"))
    await graph.live.settle()
    looking = watch(graph)
    assert await looking.look() == 0, "heard a moment ago"
    graph.live.clock.pass_time(minutes=31)
    for _ in range(3):
        await looking.look()
        graph.live.clock.pass_time(minutes=1)
    [alert] = await alerts(graph)
    assert (alert["kind"], alert["cause"]) == ("SOURCE_DEAD", "source_dead:kick:100001")
    assert "Streamer100001" in alert["title"]
    assert "live since 2026-08-01 17:00 UTC" in alert["detail"]
    assert alert["remedy"].endswith(".")
    assert await told(graph) == [(house, "source_dead", False, "ready")], "the other channel is not live"
    await graph.deliver("chat.message.sent", line("100001", 1, "again", "2026-08-01T18:34:00Z"))
    await graph.live.settle()
    await looking.look()
    await looking.look()
    assert await alerts(graph) == []
    assert [over["closedAt"] for over in await alerts(graph, open=False)] == ["2026-08-01T18:34:00Z"]
    assert await told(graph) == [(house, "source_dead", False, "ready"), (house, "source_dead", True, "behind")]
    graph.live.clock.pass_time(hours=1)
    await looking.look()
    assert len(await alerts(graph)) == 1, "the same trouble again is another alert"


async def test_a_stream_that_ended_is_not_missed(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.deliver("livestream.status.updated", status("100001", STREAM_STARTED))
    await graph.deliver("livestream.status.updated", status("100001", STREAM_STARTED, "2026-08-01T17:50:00Z"))
    await graph.live.settle()
    graph.live.clock.pass_time(hours=2)
    assert await watch(graph).look() == 0


async def test_a_quarantine_that_grows_is_told_with_what_is_in_it(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    looking = watch(graph)
    for number in range(3):
        await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}, "nonsense": number})
        await graph.live.settle()
        await looking.look()
        assert len(await alerts(graph)) == int(number >= 1)
    [alert] = await alerts(graph)
    assert alert["detail"] == "In quarantine, by reason: wrong_shape: 3."
    assert await told(graph) == [(house, "quarantine_grows", False, "ready")], "told once, though it grew"
    await write(graph, "UPDATE delivery SET state = 'applied' WHERE state = 'quarantined'")
    await looking.look()
    assert await alerts(graph) == []


async def test_a_channel_that_must_be_connected_again_is_told_by_its_name(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    owner = Owner(community_id=house, provider="kick", external_id="100001", purpose="channel")
    tokens = Tokens(access_token="a", refresh_token="r", expires_in_s=7200, scopes=frozenset())
    vault = graph.server.renewals.vault
    await graph.server.units.run(house, partial(store_new, vault=vault, owner=owner, granted=tokens))
    looking = watch(graph)
    assert await looking.look() == 0
    await write(graph, "UPDATE credential SET state = 'reauthorise', last_error = 'invalid_grant'")
    await looking.look()
    [alert] = await alerts(graph)
    assert (alert["kind"], alert["cause"]) == ("CREDENTIAL_LOST", "credential_lost:kick:100001:channel")
    assert "invalid_grant" in alert["detail"]
    await write(graph, "UPDATE credential SET state = 'good'")
    await looking.look()
    assert await alerts(graph) == []


async def test_a_job_that_gives_up_is_told_at_once_and_is_over_when_it_is_tried_again(graph: Graph) -> None:
    house, den = await graph.live.community(), await graph.live.community("den", "100002")
    number = await dead_job(graph.server, house)

    async def die(_: Tx, __: Scope) -> Done[None]:
        return Done(None, [JobDied(job_id=number, kind="test.dead", audience="discord", community_id=house)] * 2)

    await graph.server.units.run(0, die)
    await graph.server.units.run(den, die)
    [alert] = await alerts(graph)
    assert (alert["kind"], alert["cause"]) == ("JOB_DEAD", "job_dead:test.dead")
    assert await told(graph) == [(house, "job_dead", False, "ready")]
    assert await alerts(graph, "den") == []
    looking = watch(graph)
    await looking.look()
    assert len(await told(graph)) == 1
    await graph.server.units.run(house, partial(job_actions.retry, job_id=number))
    await looking.look()
    assert await alerts(graph) == []
    log = await graph.server.database.reader().fetch(
        "SELECT actor, action FROM audit_event WHERE community_id = $1 AND target_kind = 'alert' ORDER BY id", house
    )
    assert [tuple(row) for row in log] == [("system:alerts", "alerts.raise"), ("system:alerts", "alerts.close")]


async def test_an_overlay_key_in_too_many_places_is_told_once(graph: Graph) -> None:
    house = await graph.live.community()

    async def crowd(_: Tx, __: Scope) -> Done[None]:
        return Done(None, [OverlayCrowded(key_id=1, overlay="main")])

    for _ in range(3):
        await graph.server.units.run(house, crowd)
    [alert] = await alerts(graph)
    assert (alert["kind"], alert["cause"]) == ("OVERLAY_CROWDED", "overlay_crowded:main")
    assert await told(graph) == [(house, "overlay_crowded", False, "ready")]
    graph.live.clock.pass_time(hours=25)
    await watch(graph).look()
    assert await alerts(graph) == [], "over when it was not crowded for a day"


async def test_who_looks_after_an_alert_is_seen_and_it_stays_open(graph: Graph) -> None:
    house = await graph.live.community()
    await dead_job(graph.server, house)
    await watch(graph).look()
    [alert] = await alerts(graph)
    given = {"communityId": id_of("community", house), "alertId": alert["id"]}
    done = await graph.data(ACKNOWLEDGE, input={**given, "idempotencyKey": "k"})
    assert done["acknowledgeAlert"] == {"alert": {"acknowledgedBy": "operator:command-line"}}
    again = await graph.data(ACKNOWLEDGE, input={**given, "idempotencyKey": "k2"})
    assert again["acknowledgeAlert"] == {"code": "alert_not_open"}
    assert [one["acknowledgedBy"] for one in await alerts(graph)] == ["operator:command-line"]


async def found(*findings: Finding) -> Sequence[Finding]:
    await asyncio.sleep(0)
    return findings


BAD = Finding(check="balances", ok=False, detail="house: viewer 1 has too much", remedy="Restore the backup.")
FINE = Finding(check="balances", ok=True, detail="Every balance is right.")
WATCHED = Finding(check="quarantine", ok=False, detail="wrong_shape: 1", remedy="Replay them.")


@pytest.mark.parametrize("many", [1, 2])
async def test_what_the_doctor_finds_is_for_the_operator_and_told_to_an_only_community(graph: Graph, many: int) -> None:
    house = await graph.live.community()
    if many == 2:
        await graph.live.community("den", "100002")
    looking = watch(graph)
    for _ in range(2):
        await looking.visit(partial(found, BAD, WATCHED))
    shown = (await graph.data(OPERATOR_ALERTS))["alerts"]
    assert [(alert["kind"], alert["cause"]) for alert in shown["nodes"]] == [
        ("DOCTOR_FAILED", "doctor_failed:balances")
    ]
    assert await alerts(graph) == []
    assert await told(graph) == ([(house, "doctor_failed", False, "ready")] if many == 1 else [])
    await looking.visit(partial(found, FINE))
    assert (await graph.data(OPERATOR_ALERTS))["alerts"]["totalCount"] == 0


async def test_the_doctor_works_in_a_process_of_its_own_and_holds_up_nobody(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched(viewers=20)
    await write(graph, "UPDATE viewer SET watch_us = watch_us + 1")
    settings = graph.server.settings
    gaps: list[float] = []

    async def tick() -> None:
        # Of this thread alone: how busy the machine is does not count.
        before = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            gaps.append(time.thread_time() - before)
            before = time.thread_time()

    ticking = asyncio.create_task(tick())
    findings = await examined_apart(partial(examined_now, settings))
    ticking.cancel()
    # Its clock is the real one, by which the others find fault with a world that stands still.
    assert "balances" in {one.check for one in findings if not one.ok}
    assert [one.check for one in findings] == [one.check for one in await examined(settings)]
    assert max(gaps) <= GAP_S_MAX
    assert len(gaps) > 20


async def test_a_doctor_who_does_not_finish_is_told_and_one_nobody_waits_for_is_ended() -> None:
    assert await examined_apart(find_nothing) == [], "a process that could not begin would not finish either"
    assert await examined_apart(die) == [UNFINISHED]
    async with asyncio.timeout(20):
        waiting = asyncio.create_task(examined_apart(last))
        await asyncio.sleep(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
