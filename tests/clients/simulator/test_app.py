import asyncio
import signal
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import orjson
import pytest

from clients.simulator.__main__ import Switches, fitting_start
from clients.simulator.app import Options, Simulation
from clients.simulator.community import Setting
from clients.simulator.faults import ALL_FAULTS, Faults
from clients.simulator.signing import SigningKey
from tests.clients.simulator.receiver import Receiver, listening

NOW = datetime(2026, 5, 4, 18, 0, 0, 250_000, tzinfo=UTC)
SETTING = Setting(start=NOW.replace(microsecond=0), duration=timedelta(minutes=10), viewers=20)
REPOSITORY = Path(__file__).parents[3]


def simulation(url: str, key_file: Path, **changes: object) -> Simulation:
    plain = Options(target=url, setting=SETTING, speed=0, connections=4, key_file=key_file, is_quiet=True)
    return Simulation.prepare(replace(plain, **changes))  # pyright: ignore[reportArgumentType] - each test names real fields


async def page(run: Simulation, path: str) -> dict:
    async with aiohttp.ClientSession() as session, session.get(run.url + path) as response:
        return orjson.loads(await response.read())


async def test_its_pages_serve_the_key_the_progress_and_the_book(tmp_path: Path) -> None:
    key = SigningKey.load_or_create(tmp_path / "key.pem")
    async with listening(Receiver(key.public_pem)) as receiver:
        run = simulation(receiver.url, tmp_path / "key.pem", stays=True, book_file=tmp_path / "book.json")
        task = asyncio.create_task(run.run())
        await run.listening.wait()
        assert await page(run, "/public/v1/public-key") == {"data": {"public_key": key.public_pem}, "message": "OK"}
        while not (progress := await page(run, "/progress"))["is_done"]:
            await asyncio.sleep(0.02)
        book = await page(run, "/book")
        run.stop()
        assert await task
    assert progress["acknowledged"] == progress["planned"] == progress["sent"] == len(receiver.accepted)
    assert progress["outstanding"] == progress["retried"] == progress["misjudged"] == 0
    assert progress["event_clock"].startswith("2026-05-04T18:")
    assert book["is_certain"]
    assert book["broadcaster"] == {"account": "7200001", "name": "HarbourLights"}
    assert {entry["told"] for entry in book["happenings"]} == {"yes"}
    assert sum(book["totals_us"].values()) == sum(entry["watched_us"] for entry in book["watch_time"]) > 0
    assert orjson.loads((tmp_path / "book.json").read_bytes()) == book


async def test_the_command_stops_cleanly_on_a_signal_and_still_writes_the_book(tmp_path: Path) -> None:
    key = SigningKey.load_or_create(tmp_path / "key.pem")
    async with listening(Receiver(key.public_pem)) as receiver:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clients.simulator", "--target", receiver.url, "--speed", "120"),
            *("--key-file", str(tmp_path / "key.pem"), "--public-key-file", str(tmp_path / "public.pem")),
            *("--book", str(tmp_path / "book.json"), "--all-faults", "--duration", "1h"),
            cwd=REPOSITORY,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        while len(receiver.accepted) < 20:
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), 15)
    said = output.decode()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "Everything went as it should" in said
    assert (tmp_path / "public.pem").read_text() == key.public_pem
    book = orjson.loads((tmp_path / "book.json").read_bytes())
    told = [entry["told"] for entry in book["happenings"]]
    assert 15 < told.count("yes") < len(told)
    assert "unsure" not in told


async def test_a_new_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    simulation("http://127.0.0.1:9/hook", tmp_path / "new.pem", public_key_file=tmp_path / "public.pem")
    assert stat.S_IMODE((tmp_path / "new.pem").stat().st_mode) == 0o600
    assert "PUBLIC KEY" in (tmp_path / "public.pem").read_text()


@pytest.mark.parametrize("speed", [0, 0.5, 1, 2, 60])
def test_by_default_the_event_clock_never_passes_now(speed: float) -> None:
    start = fitting_start(NOW, timedelta(hours=1), speed)
    played_s = 3600 / speed if speed else 0
    assert start + timedelta(hours=1) <= NOW + timedelta(seconds=played_s)
    assert start <= NOW


def test_single_switches_override_all_faults() -> None:
    assert Switches().chosen(all_faults=False) == Faults()
    assert Switches(drop=0.5).chosen(all_faults=False) == Faults(drop=0.5)
    assert Switches(drop=0.0).chosen(all_faults=True) == replace(ALL_FAULTS, drop=0.0)
