"""A community that attaches a channel misses nothing, and nobody can keep a delivery from it."""

from functools import partial

from server.actions import channels, inbox
from server.jobs.unit import Done, Scope
from server.ports import Tx
from tests.ingest.test_hosts import IDS, SENT, line, status
from tests.running import Running

STARTED = status(live=True, started_at="2026-08-01T17:55:00Z")


async def watched(live: Running, community: int) -> list[int]:
    rows = await live.server.database.reader().fetch(
        "SELECT watch_us / 1000000 AS seconds FROM viewer WHERE community_id = $1 AND watch_us > 0", community
    )
    return [row["seconds"] for row in rows]


async def test_what_another_community_had_not_applied_yet_counts_for_the_newcomer_too(live: Running) -> None:
    first = await live.community("first")
    newcomer = await live.community("newcomer", broadcaster="100002")
    assert await live.deliver("livestream.status.updated", STARTED, message_id=IDS[0], sent_at=SENT) == 204
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    assert await live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) == 204
    attach = partial(channels.attach, platform="kick", external_id="100001", name="House", slug="house")
    await live.server.units.run(newcomer, attach)
    live.clock.pass_time(seconds=3)
    await live.settle()
    assert await watched(live, first) == [300]
    assert await watched(live, newcomer) == [300]


async def test_a_genuine_body_sent_first_under_another_kind_does_not_push_the_real_one_out(live: Running) -> None:
    community = await live.community()
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    assert await live.deliver("livestream.status.updated", STARTED, message_id=IDS[0], sent_at=SENT) == 204
    assert await live.deliver("channel.followed", said, message_id=IDS[1], sent_at=SENT) == 204
    assert await live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) == 204
    await live.settle()
    assert await watched(live, community) == [300]


async def test_one_body_under_many_undocumented_kinds_is_stored_once(live: Running) -> None:
    await live.community()
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    for number in range(20):
        assert await live.deliver(f"made.up.{number}", said, message_id=IDS[1], sent_at=SENT) == 204
    rows = await live.server.database.reader().fetch("SELECT count(*) AS many FROM inbox")
    assert rows[0]["many"] == 1


async def test_what_is_replayed_counts_for_communities_that_attached_the_channel_meanwhile(live: Running) -> None:
    first = await live.community("first")
    newcomer = await live.community("newcomer", broadcaster="100002")
    assert await live.deliver("livestream.status.updated", STARTED, message_id=IDS[0], sent_at=SENT) == 204
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    assert await live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) == 204
    await write(live, "UPDATE delivery SET state = 'quarantined' WHERE id = (SELECT max(id) FROM delivery)")
    await live.settle()
    live.clock.pass_time(minutes=5)
    attach = partial(channels.attach, platform="kick", external_id="100001", name="House", slug="house")
    await live.server.units.run(newcomer, attach)
    live.clock.pass_time(seconds=3)
    await live.settle()
    rows = await live.server.database.reader().fetch("SELECT max(id) AS last FROM delivery WHERE state = 'quarantined'")
    await live.server.units.run(first, partial(inbox.replay, delivery_ids=[rows[0]["last"]]))
    await live.settle()
    assert await watched(live, first) == [300]
    assert await watched(live, newcomer) == [300]


async def test_an_end_without_an_instant_is_never_moved_by_its_retries(live: Running) -> None:
    community = await live.community()
    untimed = status(live=False, started_at="2026-08-01T17:55:00Z")
    said = line(7, "hello", "2026-08-01T18:04:00Z")
    told = [
        ("livestream.status.updated", STARTED, "2026-08-01T17:55:01Z"),
        ("livestream.status.updated", untimed, "2026-08-01T18:05:00Z"),
        ("livestream.status.updated", untimed, "2026-08-01T19:05:00Z"),
        ("chat.message.sent", said, "2026-08-01T18:04:01Z"),
        ("livestream.status.updated", STARTED, "2026-08-01T19:05:01Z"),
    ]
    live.clock.pass_time(hours=2)
    for message_id, (kind, body, sent_at) in zip(IDS, told, strict=False):
        assert await live.deliver(kind, body, message_id=message_id, sent_at=sent_at) == 204
        await live.settle()
    assert await watched(live, community) == [60]
    timed = status(live=False, started_at="2026-08-01T17:55:00Z", ended_at="2026-08-01T18:06:00Z")
    assert await live.deliver("livestream.status.updated", timed, message_id=IDS[9], sent_at=SENT) == 204
    await live.settle()
    assert await watched(live, community) == [120]


async def write(live: Running, statement: str) -> None:
    async def run(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute(statement))

    await live.server.units.run(0, run)
