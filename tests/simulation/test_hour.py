"""One simulated hour with every fault switch on, the server killed ten times on the way: the book's totals, exactly."""

import asyncio
import random
import signal
from pathlib import Path

import orjson
import pytest

from tests.programs import free_port, serving
from tests.simulation.playing import expected, make_community, rested, simulated, totals, unsound, written

KILLS = 10


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_an_hour_of_faults_and_ten_kills_end_with_the_totals_of_the_book(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log, pem = tmp_path / "server.log", tmp_path / "kick.pem"
    settings = {"REGULARS_DATABASE_URL": database_url, "REGULARS_KICK_PUBLIC_KEY_FILE": str(pem)}
    await make_community(database_url)
    chance = random.Random(7)
    hour = ("--duration", "1h", "--viewers", "60", "--patience", "120", "--connections", "8")
    async with simulated(tmp_path, f"{url}/webhooks/kick", *hour, "--speed", "120", "--seed", "11") as simulator:
        await written(pem)
        for _ in range(KILLS):
            async with serving(log, port, **settings):
                await asyncio.sleep(chance.uniform(0.1, 2.0))
        async with serving(log, port, **settings) as server:
            assert await simulator.wait() == 0, log.read_text()[-3000:]
            await rested(url, database_url)
            server.send_signal(signal.SIGTERM)
            assert await server.wait() == 0, log.read_text()[-3000:]
    book = orjson.loads((tmp_path / "book.json").read_bytes())
    assert book["is_certain"]
    assert await totals(database_url) == expected(book)
    assert await unsound(database_url) == []
