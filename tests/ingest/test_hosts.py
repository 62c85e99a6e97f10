"""Who never earns watch time, unless the community says so."""

from typing import Any

from tests.ingest.test_kick_webhook import IDS, SENT, line, status
from tests.running import Running


async def test_the_channels_owner_and_known_bots_earn_nothing(live: Running) -> None:
    community = await live.community()
    started = status(live=True, started_at="2026-08-01T17:55:00Z")
    owner = line(100001, "welcome", "2026-08-01T18:00:00Z")
    bot = line(8, "!commands", "2026-08-01T18:00:01Z")
    bot["sender"]["username"] = "BotRix"
    viewer = line(9, "hello", "2026-08-01T18:00:02Z")
    told = [("livestream.status.updated", started), *(("chat.message.sent", said) for said in (owner, bot, viewer))]
    for message_id, (kind, body) in zip(IDS, told, strict=False):
        assert await live.deliver(kind, body, message_id=message_id, sent_at=SENT) == 204
    await live.settle()
    rows = await live.server.database.reader().fetch(
        "SELECT a.external_id FROM viewer v JOIN account a ON a.id = v.face "
        "WHERE v.community_id = $1 AND v.watch_us > 0",
        community,
    )
    assert [row["external_id"] for row in rows] == ["9"]


async def test_an_account_that_takes_a_bots_name_later_keeps_its_watch_time(live: Running) -> None:
    community = await live.community()
    told = [
        ("livestream.status.updated", status(live=True, started_at="2026-08-01T17:55:00Z")),
        ("chat.message.sent", line(9, "hello", "2026-08-01T18:00:02Z")),
        ("chat.message.sent", renamed(line(9, "still me", "2026-08-01T18:00:03Z"), "Nightbot")),
    ]
    for message_id, (kind, body) in zip(IDS, told, strict=False):
        assert await live.deliver(kind, body, message_id=message_id, sent_at=SENT) == 204
        await live.settle()
    rows = await live.server.database.reader().fetch(
        "SELECT watch_us / 1000000 AS seconds FROM viewer WHERE community_id = $1", community
    )
    assert [row["seconds"] for row in rows] == [301]


def renamed(said: dict[str, Any], name: str) -> dict[str, Any]:
    return said | {"sender": said["sender"] | {"username": name}}
