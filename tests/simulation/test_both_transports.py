"""A channel that Kick tells of by webhooks and websockets at the same time: everything counts once, heard by both."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from clients.simulator.sockets import PUSHER_PATH
from server.store.database import open_database
from tests.programs import free_port, serving
from tests.simulation.playing import expected, make_community, rested, simulated, totals, written
from tests.simulation.test_day import KIND_OF, happened, happenings

ROOMS = ("--channel-id", "71", "--chatroom-id", "72")
LEAD = timedelta(seconds=20)
"""By so much later than the simulator everything begins, so that the server listens by then."""


@pytest.mark.crash
@pytest.mark.timeout(120)
async def test_what_both_tell_counts_once(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    await make_community(database_url, ("71", "72"))
    start = datetime.now(UTC) + LEAD
    when = ("--start", f"{start:%Y-%m-%dT%H:%M:%SZ}", "--duration", "12s", "--live", "--viewers", "30")
    target = f"http://127.0.0.1:{port}/webhooks/kick"
    async with simulated(tmp_path, target, *when, *ROOMS, "--url-file", str(tmp_path / "kick.url")) as simulator:
        await written(tmp_path / "kick.url")
        kick = (tmp_path / "kick.url").read_text()
        settings = {
            "REGULARS_DATABASE_URL": database_url,
            "REGULARS_KICK_PUBLIC_KEY_FILE": str(tmp_path / "kick.pem"),
            "REGULARS_KICK_WEB_URL": kick,
            "REGULARS_KICK_PUSHER_URL": kick.replace("http://", "ws://") + PUSHER_PATH,
        }
        async with serving(tmp_path / "server.log", port, **settings):
            assert await simulator.wait() == 0
            await rested(f"http://127.0.0.1:{port}", database_url)
    book = orjson.loads((tmp_path / "book.json").read_bytes())
    facts = [one for one in book["happenings"] if one["kind"] in KIND_OF]
    database = await open_database(database_url)
    try:
        rows = await database.reader().fetch("SELECT happening_id, kind, source FROM happening_copy")
        found = await happenings(database)
    finally:
        await database.close()
    sources = defaultdict[str, set[str]](set)
    for row in rows:
        sources[row["kind"]].add(row["source"])
    for kind in ("sub", "renewal", "gift", "kicks"):
        assert sources[kind] == {"webhook", "websocket"}, kind
    # What no webhook told, the websocket may have: so much more than the book says that was told by webhooks.
    told = [happened(one) for one in facts if one["told"] == "yes"]
    assert all(found[one] == told.count(one) for one in told)
    assert sum(found.values()) <= len(facts)
    assert await totals(database_url) == expected(book)
