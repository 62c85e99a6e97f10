"""The spool keeps what the database cannot take, and gives it back once."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.jobs import spool as spooling
from server.jobs.recorder import NotRecorded, Recorder
from server.jobs.spool import Spool, batches, encoded
from server.store.database import Database
from server.store.inbox import Received

AT = datetime(2026, 8, 1, 18, tzinfo=UTC)


class Switch(Recorder):
    """The real recorder, behind a switch that plays a database that is down."""

    down = True

    async def record(self, received: Received) -> None:
        if self.down:
            raise NotRecorded("The database did not take the delivery.", 10)
        await super().record(received)


def delivery(number: int) -> Received:
    return Received(
        source="kick",
        message_id=f"message-{number}",
        kind="chat.message.sent",
        kind_key="chat.message.sent",
        subscription_id="",
        broadcaster_id=None,
        told_at=AT,
        received_at=AT,
        body=b"\x00\xff raw %d" % number,
    )


async def stored(database: Database) -> list[bytes]:
    rows = await database.reader().fetch("SELECT body FROM inbox ORDER BY message_id")
    return [bytes(row["body"]) for row in rows]


async def test_what_the_database_refused_is_in_the_inbox_once_it_is_back(database: Database, tmp_path: Path) -> None:
    recorder = Switch(database, wake=lambda: None)
    committing = asyncio.create_task(recorder.run())
    spool = Spool(tmp_path / "spool", recorder)
    await asyncio.gather(*(spool.record(delivery(number)) for number in range(9)))
    assert await stored(database) == []
    assert await spool.drain() == 0
    recorder.down = False
    assert await spool.drain() == 9
    assert await spool.drain() == 0
    assert await stored(database) == [b"\x00\xff raw %d" % number for number in range(9)]
    recorder.close()
    await committing


async def test_a_line_cut_short_by_a_crash_is_left_out_and_the_others_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "000000000001.spool"
    file.write_bytes(encoded(delivery(1)) + encoded(delivery(2))[:-9])
    assert [[item.message_id for item in batch] for batch in batches(file)] == [["message-1"]]


async def test_a_full_spool_refuses_everybody_who_waits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooling, "SIZE_MAX", 100)
    spool = Spool(tmp_path / "spool", Switch(database, wake=lambda: None))
    outcomes = await asyncio.gather(*(spool.record(delivery(n)) for n in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotRecorded] * 5
    assert list((tmp_path / "spool").iterdir()) == []
