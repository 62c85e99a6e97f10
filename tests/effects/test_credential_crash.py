"""Killed at any statement of a renewal, a server that starts again has usable tokens or says who must allow anew."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.domain.refusals import Refused
from tests.authorising import LIFETIME, Platform, platform
from tests.database import FrozenClock, Migrated, fresh_url
from tests.effects.keeping import keeping_on, owner_of

ROOT = Path(__file__).parents[2]
STATEMENTS_MIN = 6


class Driver:
    """The process whose children renew."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def renew(self, url: str, platform: str, kill_at: int) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"url": url, "platform": platform, "kill_at": kill_at}) + "\n")
        self._process.stdin.flush()
        while not (answer := self._process.stdout.readline()).startswith("told "):
            assert answer, "the driver died"
        return json.loads(answer.removeprefix("told "))


@contextmanager
def driver() -> Generator[Driver, None, None]:
    command = [sys.executable, "-m", "tests.effects.credential_driver"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Driver(process)
        finally:
            process.terminate()


async def lives(
    migrated: Migrated, folder: Path, played: Platform, crashing: Driver, kill_at: int
) -> tuple[int | None, str]:
    """A life that is killed and one that is not: the statements of the first, and how the second finds the tokens."""
    async with fresh_url(migrated, folder) as url:
        async with keeping_on(url, FrozenClock(), played) as keeping:
            await keeping.connect()
        played.seen.clear()
        statements = await asyncio.to_thread(crashing.renew, url, played.url, kill_at)
        async with keeping_on(url, FrozenClock(), played) as keeping:
            keeping.clock.at += LIFETIME
            await keeping.end_claims()
            try:
                token = await keeping.server().access_token(owner_of())
            except Refused as refused:
                record = await keeping.record(owner_of())
                return statements, f"{refused.code} {record.last_error}"
            assert token == played.access["100001"]
            return statements, "good"


@pytest.mark.crash
@pytest.mark.timeout(300)
@pytest.mark.parametrize("forgiving", [True, False], ids=["as Kick does", "each token once"])
async def test_killed_at_every_statement_of_a_renewal(migrated: Migrated, tmp_path: Path, *, forgiving: bool) -> None:
    with driver() as crashing:
        async with platform(forgiving=forgiving) as played:
            undisturbed, ended = await lives(migrated, tmp_path, played, crashing, 0)
            assert (ended, played.seen.total()) == ("good", 1)
            assert undisturbed is not None
            assert undisturbed >= STATEMENTS_MIN
            endings: set[str] = set()
            for kill_at in range(1, undisturbed + 1):
                played.refusals = 0
                died, ended = await lives(migrated, tmp_path, played, crashing, kill_at)
                assert died is None, "the child was killed"
                expected = "credential_reauthorise reply_lost" if played.refusals else "good"
                assert ended == expected, f"killed at statement {kill_at}"
                endings.add(ended)
            assert endings == ({"good"} if forgiving else {"good", "credential_reauthorise reply_lost"})
