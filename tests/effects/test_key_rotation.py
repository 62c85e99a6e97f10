"""Keys are changed by a process of its own, while others read and renew; nothing fails and nothing old is left."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.actions import credentials as verbs
from server.auth.keys import master_keys
from server.auth.sealing import Unsealable, Vault
from server.effects.credentials import Renewals
from server.effects.keys import rotate
from server.effects.secrets import fault_of
from server.jobs.unit import Done, Scope
from server.ports import Row, Tx
from server.store import keys
from server.system import SystemChance, SystemIds
from tests.authorising import Platform, platform
from tests.chatting import room_on
from tests.database import FrozenClock
from tests.effects.keeping import Keeping, keeping_on, owner_of
from tests.programs import environment, run
from tests.running import SECRET

MANY = 240
LISTED = "k1:CzBVep_E6Q4zWH2ix-wRNluApcrvFDleg6jN8hc8YYY="
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def played() -> AsyncGenerator[Platform, None]:
    async with platform() as one:
        yield one


@pytest.fixture
async def keeping(database_url: str, clock: FrozenClock, played: Platform) -> AsyncGenerator[Keeping, None]:
    async with keeping_on(database_url, clock, played) as one:
        yield one


async def furnish(keeping: Keeping, many: int = MANY) -> None:
    """That many connected channels, half of them in another community."""

    async def work(tx: Tx, scope: Scope) -> Done[None]:
        for number in range(many):
            owner = owner_of(str(number), 1 + number % 2)
            granted = keeping.platform.grant(owner.external_id)
            await verbs.store_new(tx, scope, vault=keeping.vault, owner=owner, granted=granted)
        return Done(None)

    await keeping.units.run(0, work)


async def sealed_with(keeping: Keeping) -> dict[str, int]:
    """How many texts name each data key, by the texts themselves."""
    rows = await keeping.database.reader().fetch("SELECT access_sealed, refresh_sealed, data_key_id FROM credential")
    assert all(text.split(".")[1] == row["data_key_id"] for row in rows for text in tuple(row)[:2])
    return Counter(text.split(".")[1] for row in rows for text in tuple(row)[:2])


async def all_open(keeping: Keeping, vault: Vault, many: int = MANY) -> None:
    """Every token opens and is the platform's latest."""
    for number in range(many):
        owner = owner_of(str(number), 1 + number % 2)
        tokens = await verbs.tokens_for_use(keeping.database.reader(), owner, vault=vault)
        assert tokens.access == keeping.platform.access[owner.external_id]
        assert keeping.platform.good[str(tokens.refresh)] == owner.external_id


async def over_and_over(ended: asyncio.Event, work: Callable[[int], Awaitable[object]]) -> int:
    """Do the work for one credential after the other until told to end; how often."""
    count = 0
    while not ended.is_set():
        await work(count * 7 % MANY)
        count += 1
    return count


@pytest.mark.timeout(120)
async def test_readers_and_renewals_never_fail_while_another_process_changes_the_keys(
    keeping: Keeping, database_url: str
) -> None:
    await furnish(keeping)
    [old] = await sealed_with(keeping)
    server, ended = keeping.server(), asyncio.Event()

    async def read(number: int) -> None:
        tokens = await server_tokens(server, keeping, number)
        assert tokens

    async def renew(number: int) -> None:
        outcome = await server.renew(await keeping.record(owner_of(str(number), 1 + number % 2)))
        assert outcome in {"renewed", "busy"}

    async def connect(number: int) -> None:
        await keeping.connect(owner_of(f"later {number}"))
        await asyncio.sleep(0.05)

    workers = [asyncio.create_task(over_and_over(ended, work)) for work in (read, read, renew, renew, connect)]
    try:
        for _ in range(2):
            code, out, complaint = await run("keys", "rotate", REGULARS_DATABASE_URL=database_url)
            assert code == 0, complaint
            assert "deleted 1" in out
    finally:
        ended.set()
    done = await asyncio.gather(*workers)
    assert min(done) > 10, "there was load"
    [new] = await sealed_with(keeping)
    assert new != old
    assert [key.id for key in await keys.everyone(keeping.database.reader())] == [new]
    assert set(keeping.platform.seen.values()) == {1}
    await all_open(keeping, keeping.vault)


@pytest.mark.timeout(120)
async def test_no_request_fails_while_another_process_changes_the_keys(
    database_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    """Webhooks come in, each leads to a line said with a sealed token, and people ask the graph meanwhile."""
    async with room_on(database_url, clock, tmp_path) as room:
        ended = asyncio.Event()

        async def write(number: int) -> None:
            clock.pass_time(seconds=20)
            assert len(await room.answered(1 + number, "!wt")) == 1

        async def ask(_: int) -> None:
            asked = await room.graph.data('{ community(slug: "house") { name kickSetup { checks { state } } } }')
            assert asked["community"]["name"]

        workers = [asyncio.create_task(over_and_over(ended, work)) for work in (write, ask, ask)]
        try:
            code, out, complaint = await run("keys", "rotate", REGULARS_DATABASE_URL=database_url)
        finally:
            ended.set()
        done = await asyncio.gather(*workers)
        assert code == 0, complaint
        assert "deleted 1" in out
        assert min(done) > 5, "there was load"
        reader = room.server.database.reader()
        [new] = await keys.everyone(reader)
        sealed = await reader.fetch("SELECT access_sealed FROM credential")
        assert {row["access_sealed"].split(".")[1] for row in sealed} == {new.id}


async def server_tokens(server: Renewals, keeping: Keeping, number: int) -> str:
    """An access token as an effect gets it; what a renewal replaces meanwhile was good, too."""
    owner = owner_of(str(number), 1 + number % 2)
    return (await verbs.tokens_for_use(keeping.database.reader(), owner, vault=server.vault)).access


class Interrupted:
    """A reader between whose two looks, at a token and at its data key, a whole rotation takes place."""

    def __init__(self, keeping: Keeping) -> None:
        self.inner = keeping.database.reader()
        self.dialect = self.inner.dialect
        self.keeping = keeping
        self.rotations = 1

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        if "FROM data_key" in sql and self.rotations:
            self.rotations -= 1
            await rotate(self.keeping.units, vault=self.keeping.vault, tell=lambda _: None)
        return await self.inner.fetch(sql, *values)


async def test_a_rotation_between_two_looks_is_not_noticed(keeping: Keeping) -> None:
    owner = await keeping.connect()
    vault = keeping.server().vault
    tokens = await verbs.tokens_for_use(Interrupted(keeping), owner, vault=vault)
    assert tokens.access == keeping.platform.access[owner.external_id]
    doubtful = await keeping.record(owner)
    assert await fault_of(Interrupted(keeping), keeping.server().vault, doubtful) is None


@pytest.mark.timeout(120)
async def test_a_rotation_that_was_killed_is_finished_by_the_next(keeping: Keeping, database_url: str) -> None:
    await furnish(keeping)
    [old] = await sealed_with(keeping)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "keys", "rotate"),
        env=environment(PYTHONPATH=str(ROOT), REGULARS_DATABASE_URL=database_url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    assert await asyncio.wait_for(process.stderr.readline(), 30) == b"... 100\n"
    process.kill()
    await process.communicate()
    halves = await sealed_with(keeping)
    assert halves[old] > 0
    assert len(halves) == 2
    await all_open(keeping, keeping.vault)
    assert (await run("keys", "rotate", REGULARS_DATABASE_URL=database_url))[0] == 0
    [new] = await sealed_with(keeping)
    assert new not in halves
    assert [key.id for key in await keys.everyone(keeping.database.reader())] == [new]
    await all_open(keeping, keeping.vault)


async def test_after_a_rotation_under_a_new_master_key_the_old_one_may_go(keeping: Keeping, database_url: str) -> None:
    await furnish(keeping, 3)
    code, out, _ = await run("keys", "rotate", REGULARS_DATABASE_URL=database_url, REGULARS_MASTER_KEYS=LISTED)
    assert code == 0
    assert "sealed 3 credential(s)" in out
    only_new = Vault(master_keys(LISTED, ""), SystemIds(), SystemChance())
    await all_open(keeping, only_new, 3)
    with pytest.raises(Unsealable, match="not in the settings"):
        await keeping.tokens(owner_of("0"))


async def test_what_does_not_open_stays_as_it_is_and_is_told(keeping: Keeping, database_url: str) -> None:
    await furnish(keeping, 3)
    await keeping.write("UPDATE credential SET access_sealed = refresh_sealed WHERE external_id = '1'")
    [old] = await sealed_with(keeping)
    code, out, _ = await run("keys", "rotate", REGULARS_DATABASE_URL=database_url)
    assert code == 1
    assert "1 credential(s) do not open and stay as they are" in out
    assert (await sealed_with(keeping))[old] == 2
    assert {key.id: key.state for key in await keys.everyone(keeping.database.reader())}[old] == "retiring"


async def test_a_rotation_is_told_in_the_audit_log_with_what_it_did(keeping: Keeping) -> None:
    await furnish(keeping, 3)
    await keeping.write("UPDATE credential SET access_sealed = refresh_sealed WHERE external_id = '1'")
    for _ in range(2):
        await rotate(keeping.units, vault=keeping.vault, tell=lambda _: None)
    rows = await keeping.database.reader().fetch(
        "SELECT community_id, actor, action, target_kind, target_id, after FROM audit_event ORDER BY id"
    )
    assert {tuple(row)[:4] for row in rows} == {(0, "system:keys", "keys.rotate", "data_key")}
    second, third = rows[0]["target_id"], rows[-1]["target_id"]
    done = {"rewrapped": 0, "resealed": 2, "unopened": 1}
    assert [(row["target_id"], orjson.loads(row["after"])) for row in rows] == [
        (second, {"retired": 1}),
        (second, done | {"dropped": []}),
        (third, {"retired": 1}),
        (third, done | {"dropped": [second]}),
    ]
    left = {key.id for key in await keys.everyone(keeping.database.reader())}
    assert third in left
    assert second not in left


async def test_without_its_master_key_a_rotation_makes_room_for_new_tokens(keeping: Keeping, database_url: str) -> None:
    await furnish(keeping, 2)
    secret = SECRET[::-1]
    assert (await run("keys", "rotate", REGULARS_DATABASE_URL=database_url, REGULARS_SECRET_KEY=secret))[0] == 1
    vault = Vault(master_keys("", secret), SystemIds(), SystemChance())
    owner = owner_of("0")
    store = partial(verbs.store_new, vault=vault, owner=owner, granted=keeping.platform.grant("0"))
    await keeping.units.run(1, store)
    tokens = await verbs.tokens_for_use(keeping.database.reader(), owner, vault=vault)
    assert tokens.access == keeping.platform.access["0"]


async def test_the_list_of_keys_shows_ids_ages_and_counts_and_no_key(keeping: Keeping, database_url: str) -> None:
    assert (await run("keys", "list", REGULARS_DATABASE_URL=database_url))[1] == "There is no data key yet.\n"
    await furnish(keeping, 3)
    [key] = await keys.everyone(keeping.database.reader())
    code, out, _ = await run("keys", "list", REGULARS_DATABASE_URL=database_url)
    assert code == 0
    assert re.fullmatch(rf"{key.id} active +\d+ \w+ old, under derived, 6 texts\n", out)
    assert key.sealed not in out
