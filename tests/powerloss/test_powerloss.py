"""When the power fails, every acknowledged delivery is on the disk."""

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.store.migrations import migrate
from tests.database import START
from tests.powerloss.images import Step, Survivors, image, put, steps

ROOT = Path(__file__).parents[2]
DELIVERIES = 640
IMAGES = 90
COMPILER = shutil.which("gcc") or shutil.which("cc")

pytestmark = pytest.mark.skipif(COMPILER is None, reason="the journal is written in C, and no compiler is here")


@dataclass(frozen=True)
class Recorded:
    """What a run wrote, call by call, on top of which files."""

    before: dict[str, bytes]
    steps: list[Step]
    acknowledgements: str


@dataclass(frozen=True)
class Outcome:
    """What was found in the images of one run."""

    acknowledged_max: int
    losing: int
    corrupt: int


@pytest.fixture(scope="session")
def journal_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("journal") / "journal.so"
    assert COMPILER is not None
    source = Path(__file__).with_name("journal.c")
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


async def recorded(library: Path, folder: Path, *options: str, query: str = "") -> Recorded:
    """Record deliveries in a process whose writes are journaled."""
    place = folder / "live"
    place.mkdir()
    database = place / "regulars.sqlite3"
    await migrate(f"sqlite://{database}", START)
    before = {str(path): path.read_bytes() for path in place.iterdir()}
    journal, acknowledgements = folder / "journal", place / "acknowledged"
    await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "tests.powerloss.recording"),
            *(f"sqlite://{database}{query}", str(acknowledgements), str(DELIVERIES), *options),
        ],
        cwd=ROOT,
        env=os.environ
        | {"LD_PRELOAD": str(library), "POWERLOSS_JOURNAL": str(journal), "POWERLOSS_FOLDER": str(place)},
        check=True,
        timeout=50,
    )
    return Recorded(before, list(steps(journal.read_bytes())), str(acknowledgements))


def outcome(run: Recorded, folder: Path) -> Outcome:
    """Let the power fail at many moments and look at what is left."""
    chance = random.Random(1)
    most = losing = corrupt = 0
    ways = list(Survivors)
    for number in range(IMAGES):
        done = run.steps[: chance.randrange(len(run.steps) // 20, len(run.steps))]
        said = b"".join(step.written for step in done if step.path == run.acknowledgements)
        acknowledged = set(said.decode().split())
        place = folder / f"image-{number}"
        put(image(run.before, done, ways[number % len(ways)], chance), place)
        kept, sound = examined(place / "regulars.sqlite3")
        most = max(most, len(acknowledged))
        losing += not acknowledged <= kept
        corrupt += not sound
        shutil.rmtree(place)
    return Outcome(most, losing, corrupt)


def examined(database: Path) -> tuple[set[str], bool]:
    """The deliveries in a database, and whether SQLite finds nothing wrong with it."""
    connection = sqlite3.connect(database)
    try:
        [(verdict,)] = connection.execute("PRAGMA integrity_check").fetchall()
        return {row[0] for row in connection.execute("SELECT message_id FROM inbox")}, verdict == "ok"
    except sqlite3.DatabaseError:
        return set(), False
    finally:
        connection.close()


async def test_no_power_failure_loses_an_acknowledged_delivery(journal_library: Path, tmp_path: Path) -> None:
    run = await recorded(journal_library, tmp_path)
    found = outcome(run, tmp_path)
    assert found.acknowledged_max > DELIVERIES // 2, "the power failed late enough, too"
    assert (found.losing, found.corrupt) == (0, 0)


async def test_a_sqlite_that_syncs_less_would_be_caught(journal_library: Path, tmp_path: Path) -> None:
    run = await recorded(journal_library, tmp_path, "unsafe", query="?synchronous=NORMAL")
    assert outcome(run, tmp_path).losing > IMAGES // 2
