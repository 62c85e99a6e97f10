"""What happened and was watched before sums were kept is in them afterwards."""

from pathlib import Path

import orjson
import pytest
from tortoise.transactions import in_transaction

from server.domain.happenings.values import Facts, Kind
from server.domain.raffle.periods import PeriodSpan
from server.events.happening import Person
from server.store import totals
from server.store.database import open_database
from server.store.migrations import migrate
from server.store.totals import Totals
from tests.database import START
from tests.store.early import migrate_before
from tests.store.test_migrations import empty_url

TOTALS = 41
WHO, SOME = Person(id="1", name="one"), (Person(id=None, name="a"), Person(id="3", name="b"))
TOLD = [
    (Kind.SUB, Facts(who=WHO, at=5, number=7), "told"),
    (Kind.RENEWAL, Facts(who=WHO, at=5, number=9), "told"),
    (Kind.GIFT, Facts(who=WHO, at=5, others=SOME, total=5), "told"),
    (Kind.GIFT, Facts(who=WHO, at=5, others=SOME), "told"),
    (Kind.GIFT, Facts(who=WHO, at=5, others=SOME), "held"),
    (Kind.KICKS, Facts(who=WHO, at=5, number=500, total=30), "told"),
    (Kind.KICKS, Facts(who=WHO, at=5, number=400), "void"),
    (Kind.BAN, Facts(who=WHO, at=5, others=SOME[:1], number=3), "told"),
]
ROWS = (
    "INSERT INTO community (slug, name, timezone, created_at) VALUES ('house', 'House', 'UTC', 0)",
    "INSERT INTO community (slug, name, timezone, created_at) VALUES ('den', 'Den', 'UTC', 0)",
    "INSERT INTO channel (platform, external_id, name) VALUES ('kick', '7', 'Seven')",
    "INSERT INTO stream (channel_id, started_at, title) VALUES (1, 4, 'x')",
    """INSERT INTO watch_tally (community_id, stream_id, account_id, total_us, covered_until, last_at, recent) VALUES
    (1, 1, 1, 30, 0, 0, ''), (1, 1, 2, 12, 0, 0, ''), (2, 1, 1, 7, 0, 0, '')""",
)


async def test_what_was_before_is_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with empty_url(tmp_path) as url:
        await migrate_before(TOTALS, url, tmp_path, monkeypatch)
        database = await open_database(url)
        async with in_transaction("default") as client:
            tx = database.inside(client)
            for statement in ROWS:
                await tx.execute(statement)
            for kind, facts, state in TOLD:
                await tx.execute(
                    "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, "
                    "told_at) VALUES (1, 1, $1, 'x', 5, $2, FALSE, $3, 5)",
                    kind.value,
                    state,
                    orjson.dumps(facts.stored()).decode(),
                )
        await database.close()
        await migrate(url, START)
        database = await open_database(url)
        try:
            found = await totals.within(database.reader(), 1, PeriodSpan(4, 6))
            others = await totals.within(database.reader(), 2, PeriodSpan(4, 6))
        finally:
            await database.close()
    counted = [facts.amount(kind) for kind, facts, state in TOLD if state == "told"]
    assert counted == [1, 1, 5, 2, 500, 0], "as it is counted from now on"
    assert found == Totals(subs=9, kicks=500, watched_us=42)
    assert others == Totals(subs=0, kicks=0, watched_us=7)
