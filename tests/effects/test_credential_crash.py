"""Killed at any statement of a renewal, a server that starts again has usable tokens or says who must allow anew."""

from pathlib import Path

import pytest

from server.domain.refusals import Refused
from tests.authorising import LIFETIME, Platform, platform
from tests.database import FrozenClock, Migrated, fresh_url
from tests.effects.keeping import keeping_on, owner_of
from tests.lives import Driver, driver

DRIVER = "tests.effects.credential_driver"
STATEMENTS_MIN = 6


async def lives(
    migrated: Migrated, folder: Path, played: Platform, crashing: Driver, kill_at: int
) -> tuple[int | None, str]:
    """A life that is killed and one that is not: the statements of the first, and how the second finds the tokens."""
    async with fresh_url(migrated, folder) as url:
        async with keeping_on(url, FrozenClock(), played) as keeping:
            await keeping.connect()
        played.seen.clear()
        statements = await crashing.life(url=url, platform=played.url, kill_at=kill_at)
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
    with driver(DRIVER) as crashing:
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
