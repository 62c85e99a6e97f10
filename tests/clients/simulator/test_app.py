import asyncio
import signal
import stat
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
from clients.simulator.happenings import StreamTold
from clients.simulator.signing import SigningKey
from clients.simulator.stage import PLAYED_APP
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


@asynccontextmanager
async def kick_in_a_process(folder: Path, *options: str) -> AsyncGenerator[str]:
    """The address of a run in a process of its own."""
    key = SigningKey.load_or_create(folder / "key.pem")
    async with listening(Receiver(key.public_pem)) as receiver:
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "clients.simulator",
                "--target",
                receiver.url,
                "--speed",
                "60",
                "--stay",
                "--quiet",
            ),
            *("--key-file", str(folder / "key.pem"), "--url-file", str(folder / "url"), "--viewers", "5", *options),
            cwd=REPOSITORY,
        )
        try:
            while not (folder / "url").exists():
                await asyncio.sleep(0.02)
            yield (folder / "url").read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 15)


async def test_a_run_can_be_signed_in_to_by_the_app_it_was_given(tmp_path: Path) -> None:
    app = ("--client-id", "01HOUSE", "--client-secret=-of-the-house")
    backs = ("--redirect-uri", "https://a.example/cb", "--redirect-uri", "https://b.example/cb")
    asked = {
        "client_id": "01HOUSE",
        "response_type": "code",
        "scope": "user:read",
        "state": "s",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    async with kick_in_a_process(tmp_path, *app, *backs) as kick, aiohttp.ClientSession(kick) as session:
        for back, status in (("https://a.example/cb", 200), ("https://b.example/cb", 200), ("https://c.example", 400)):
            async with session.get("/oauth/authorize", params=asked | {"redirect_uri": back}) as answer:
                assert answer.status == status
        async with session.get("/simulator/people") as answer:
            people = await answer.json()
        form = {"grant_type": "client_credentials", "client_id": "01HOUSE", "client_secret": "-of-the-house"}
        async with session.post("/oauth/token", data=form) as answer:
            assert answer.status == 200
    assert len(people) == 6
    assert people[0] == {"account": 7_200_001, "name": "HarbourLights"}


async def test_the_channel_of_a_run_goes_live(tmp_path: Path) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": PLAYED_APP.client_id,
        "client_secret": PLAYED_APP.client_secret,
    }
    async with kick_in_a_process(tmp_path) as kick, aiohttp.ClientSession(kick) as session:
        async with session.post("/oauth/token", data=form) as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        is_live = False
        while not is_live:
            await asyncio.sleep(0.05)
            async with session.get("/public/v1/channels?slug=harbourlights", headers=headers) as answer:
                [channel] = (await answer.json())["data"]
            is_live = channel["stream"]["is_live"]
    assert channel["stream_title"]
    assert channel["stream"]["start_time"] > "2026"


def test_the_channel_is_live_exactly_between_start_and_end(tmp_path: Path) -> None:
    two = replace(SETTING, duration=timedelta(hours=4), streams=2)
    run = simulation("http://127.0.0.1:9/hook", tmp_path / "key.pem", setting=two)
    told = [happening for happening in run.book.happenings if isinstance(happening.fact, StreamTold)]
    seen = []
    for happening in told:
        run.progress.event_clock = happening.at
        run.show_broadcast()
        seen.append([live.since for live in run.stage.broadcasts.values()])
    assert seen == [[told[0].fact.started_at], [], [told[2].fact.started_at], []]


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
