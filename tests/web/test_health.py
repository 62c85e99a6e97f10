"""/healthz and /readyz: what they answer, and how quickly."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store.database import Database
from server.web import health
from server.web.health import Check, Trouble, add_health, answers, runs, up_to_date
from tests.database import FrozenClock

LOAD = Trouble("There was no answer within 0.05 s.", "Look at the load of the database and of this machine.")


@asynccontextmanager
async def site(checks: Mapping[str, Check]) -> AsyncGenerator[TestClient[Any, Any], None]:
    app = web.Application()
    add_health(app, checks)
    async with TestClient(TestServer(app)) as client:
        yield client


async def ready(client: TestClient[Any, Any]) -> tuple[int, dict[str, Any]]:
    async with client.get("/readyz") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        body = await answer.json()
        assert body["ready"] == (answer.status == 200)
        return answer.status, {check.pop("name"): check for check in body["checks"]}


async def test_a_server_whose_database_answers_and_whose_loops_run_is_ready(database: Database) -> None:
    loop = asyncio.create_task(asyncio.Event().wait())
    checks = {"database": answers(database), "schema": up_to_date(database), "worker": runs(lambda: loop)}
    async with site(checks) as client:
        assert await ready(client) == (200, {name: {"ok": True} for name in checks})
        loop.cancel()
        await asyncio.wait({loop})
        status, found = await ready(client)
    assert status == 503
    assert found["database"] == found["schema"] == {"ok": True}
    assert found["worker"]["reason"] == "It does not run."
    assert found["worker"]["remedy"]


async def test_an_outdated_schema_is_not_ready_and_the_command_is_told(database: Database, clock: FrozenClock) -> None:
    async def undo(tx: Tx, _: Scope) -> Done[None]:
        await tx.execute("DELETE FROM aerich")
        return Done(None)

    await Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock).run(0, undo)
    async with site({"schema": up_to_date(database)}) as client:
        status, found = await ready(client)
    assert status == 503
    assert found["schema"]["remedy"] == "Run: regulars migrate"


async def test_a_loop_that_was_never_started_is_not_ready() -> None:
    async with site({"recorder": runs(lambda: None)}) as client:
        assert (await ready(client))[0] == 503


async def test_a_database_that_hangs_is_told_in_time_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ANSWER_WITHIN_S", 0.05)
    asked = 0
    answer = asyncio.Event()

    async def hanging() -> None:
        nonlocal asked
        asked += 1
        await answer.wait()

    async with site({"database": hanging}) as client:
        for status, found in await asyncio.gather(*(ready(client) for _ in range(5))):
            assert (status, found["database"]["reason"]) == (503, LOAD.reason)
        assert asked == 1
        answer.set()
        await asyncio.sleep(0)
        assert await ready(client) == (200, {"database": {"ok": True}})
        assert asked <= 2


async def test_a_check_that_fails_says_nothing_of_the_inside() -> None:
    async def failing() -> None:
        raise ConnectionError("postgres://user:hunter2@10.0.0.5/regulars refused")

    async with site({"database": failing}) as client, client.get("/readyz") as answer:
        text = await answer.text()
    assert answer.status == 503
    assert "The check itself failed." in text
    assert "hunter2" not in text
    assert "10.0.0.5" not in text


async def test_a_process_is_alive_whatever_its_checks_say() -> None:
    async def bad() -> Trouble:
        return Trouble("no", "mend it")

    async with site({"database": bad}) as client, client.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"alive": True})
