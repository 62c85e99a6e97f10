"""POST /webhooks/kick over HTTP, down to the rows it leaves."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import pytest

from server.platforms.kick.parse import KINDS
from tests.database import POSTGRES_URL
from tests.ingest.conftest import Failpoint
from tests.ingest.posting import FOLLOW, ID, Answer, post, signed, stored
from tests.running import Running

SENT = "2026-08-01T18:00:06Z"
IDS = [f"01KYZ7QG18819K7NVB3SNEXC{n:02d}" for n in range(100)]
PAYLOADS = Path(__file__).parents[1] / "payloads/kick"
PAYLOAD_BROADCASTER = "7310042"
AT_ONCE = 32


def person(user_id: int | None, name: str | None) -> dict[str, Any]:
    return {
        "is_anonymous": False,
        "user_id": user_id,
        "username": name,
        "is_verified": False,
        "profile_picture": "",
        "channel_slug": (name or "").lower(),
        "identity": None,
    }


BROADCASTER = person(100001, "HouseStreamer")


def line(user_id: int, text: str, at: str, broadcaster: dict[str, Any] = BROADCASTER) -> dict[str, Any]:
    return {
        "message_id": f"{user_id}-{at}-{text}".replace(" ", "_"),
        "broadcaster": broadcaster,
        "sender": person(user_id, f"viewer{user_id}") | {"identity": {"username_color": "#fff", "badges": []}},
        "content": text,
        "emotes": None,
        "created_at": at,
    }


def status(*, live: bool, started_at: str, ended_at: str | None = None) -> dict[str, Any]:
    return {
        "broadcaster": BROADCASTER,
        "is_live": live,
        "title": "A title",
        "started_at": started_at,
        "ended_at": ended_at,
    }


async def states(live: Running) -> list[tuple[int, str, str | None]]:
    """Every delivery: for which community, its state and code."""
    rows = await live.server.database.reader().fetch("SELECT community_id, state, code FROM delivery ORDER BY id")
    return [(row["community_id"], row["state"], row["code"]) for row in rows]


async def orphans(live: Running) -> int:
    rows = await live.server.database.reader().fetch("SELECT count(*) AS many FROM inbox WHERE orphan")
    return int(rows[0]["many"])


async def balances(live: Running, community: int) -> list[int]:
    rows = await live.server.database.reader().fetch(
        "SELECT watch_us FROM viewer WHERE community_id = $1 ORDER BY id", community
    )
    return [row["watch_us"] for row in rows]


async def test_a_line_in_a_stream_is_worth_five_minutes(live: Running) -> None:
    community = await live.community()
    started = status(live=True, started_at="2026-08-01T17:55:00Z")
    assert await live.deliver("livestream.status.updated", started, message_id=IDS[0], sent_at=SENT) == 204
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    assert await live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) == 204
    await live.settle()
    assert await balances(live, community) == [300_000_000]


async def test_the_same_message_is_recorded_once_however_often_and_at_once_it_comes(live: Running) -> None:
    community = await live.community()
    started = status(live=True, started_at="2026-08-01T17:55:00Z")
    await live.deliver("livestream.status.updated", started, message_id=IDS[0], sent_at=SENT)
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    answers = await asyncio.gather(
        *(live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) for _ in range(AT_ONCE))
    )
    assert set(answers) == {204}
    await live.settle()
    assert await live.deliver("chat.message.sent", said, message_id=IDS[1], sent_at=SENT) == 204
    again = await asyncio.gather(
        *(live.deliver("chat.message.sent", said, message_id=IDS[n], sent_at=SENT) for n in range(2, 2 + AT_ONCE))
    )
    assert set(again) == {204}
    await live.settle()
    assert await stored(live) == 2 + AT_ONCE
    assert await balances(live, community) == [300_000_000], "the event counts once, whatever its copies are called"


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_is_applied_in_every_variant(live: Running, kind: str) -> None:
    community = await live.community(broadcaster=PAYLOAD_BROADCASTER)
    paths = sorted(PAYLOADS.glob(f"{kind}--*.json"))
    assert paths
    for number, path in enumerate(paths):
        sent = await live.deliver(kind, path.read_bytes(), message_id=IDS[number], sent_at=SENT)
        assert sent == 204, path.stem
    await live.settle()
    assert await states(live) == [(community, "applied", None)] * len(paths)


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("channel.raided", {"broadcaster": BROADCASTER, "raiders": 9}, "unknown_kind"),
        ("chat.message.sent", {"broadcaster": BROADCASTER, "content": "no sender"}, "wrong_shape"),
        ("channel.followed", line(7, "not a follow", "2026-08-01T18:00:00Z"), "wrong_shape"),
        ("livestream.status.updated", status(live=True, started_at="soon"), "wrong_shape"),
    ],
)
async def test_what_is_not_understood_is_acknowledged_and_quarantined(
    live: Running, kind: str, body: dict[str, Any], code: str
) -> None:
    community = await live.community()
    assert await live.deliver(kind, body, message_id=IDS[0], sent_at=SENT) == 204
    await live.settle()
    assert await states(live) == [(community, "quarantined", code)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"[]",
        b'"text"',
        b'{"broadcaster": 5}',
        b'{"broadcaster": {"user_id": null}}',
        b'{"broadcaster": {"user_id": "7; DROP TABLE inbox"}}',
        b"[" * 30_000,
        orjson.dumps(line(7, "elsewhere", "2026-08-01T18:00:00Z", person(100002, "NobodyAttachedMe"))),
    ],
)
async def test_what_belongs_to_no_community_is_acknowledged_and_kept_as_an_orphan(live: Running, body: bytes) -> None:
    await live.community()
    assert await live.deliver("chat.message.sent", body, message_id=IDS[0], sent_at=SENT) == 204
    await live.settle()
    assert (await states(live), await orphans(live)) == ([], 1)


async def test_the_community_comes_from_the_signed_body(watched: Running) -> None:
    ours = await watched.community("ours", "100001")
    theirs = await watched.community("theirs", "100002")
    said = orjson.dumps(line(7, "hello", "2026-08-01T18:00:00Z", person(100002, "OtherStreamer")))
    headers = watched.key.sign(ID, SENT, said, subscription_id="01KYZ7QG18819K7NVB3SNEXSVB") | {
        "Kick-Broadcaster-Id": "100001",
        "X-Community": "ours",
    }
    assert (await post(watched, headers, said)).status == 204
    await watched.settle()
    assert {community for community, _, _ in await states(watched)} == {theirs}
    assert ours != theirs


async def test_one_channel_of_two_communities_is_delivered_to_both(live: Running) -> None:
    ours, theirs = await live.community("ours"), await live.community("theirs")
    said = line(7, "hello", "2026-08-01T18:00:00Z")
    assert await live.deliver("chat.message.sent", said, message_id=IDS[0], sent_at=SENT) == 204
    await live.settle()
    assert await states(live) == [(ours, "applied", None), (theirs, "applied", None)]


def sqlite_fails(statement: str) -> None:
    if statement.startswith("INSERT INTO inbox"):
        raise sqlite3.OperationalError("disk I/O error")


async def set_connections(name: str, *, allowed: bool) -> None:
    """Let a PostgreSQL database be reached, or cut every connection to it and let nobody in."""
    admin = await asyncpg.connect(POSTGRES_URL)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allowed}')
        if not allowed:
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await admin.close()


async def test_while_the_database_is_down_nothing_is_acknowledged_and_afterwards_all_is_well(
    watched: Running, failpoint: Failpoint, database_url: str
) -> None:
    await watched.community()
    name = urlsplit(database_url).path[1:]
    if POSTGRES_URL is None:
        failpoint.fault = sqlite_fails
    else:
        await set_connections(name, allowed=False)
    answers = await asyncio.gather(*(post(watched, signed(watched, message_id=message_id)) for message_id in IDS[:5]))
    assert set(answers) == {Answer(503, "not_durable", "10")}
    failpoint.fault = lambda _: None
    if POSTGRES_URL is not None:
        await set_connections(name, allowed=True)
    assert await stored(watched) == 0
    for message_id in IDS[:5]:
        assert (await post(watched, signed(watched, message_id=message_id))).status == 204
    await watched.settle()
    assert [state for _, state, _ in await states(watched)] == ["applied"] * 5


async def test_what_the_receiver_acknowledged_is_byte_for_byte_in_the_inbox(live: Running) -> None:
    body = FOLLOW + b"  \r\n\t"
    assert (
        await live.deliver("channel.followed", body, message_id=IDS[0], sent_at="2026-08-01T18:00:06.25+02:00") == 204
    )
    [row] = await live.server.database.reader().fetch("SELECT source, message_id, kind, told_at, body FROM inbox")
    assert (row["source"], row["message_id"], row["kind"], bytes(row["body"])) == (
        "kick",
        IDS[0],
        "channel.followed",
        body,
    )
    assert row["told_at"] == 1785600006250000
