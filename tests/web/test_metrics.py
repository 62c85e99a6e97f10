"""/metrics: what is counted, under how few names, and that the database is not asked by every reader."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from server.ingest.kick_webhook import Outcome
from server.store.database import Database
from server.web import metrics as page
from server.web.metrics import Metrics, Names, add_metrics, keep_refreshed, sample_loop_lag
from tests.database import FrozenClock
from tests.running import Running


@pytest.fixture
def metrics(clock: FrozenClock) -> Metrics:
    return Metrics(clock=clock, version="1.2.3", dialect="sqlite", root_fields=["community", "attachChannel"])


@asynccontextmanager
async def site(metrics: Metrics) -> AsyncGenerator[TestClient[Any, Any], None]:
    async def greet(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "nobody":
            raise web.HTTPForbidden
        if name == "crash":
            raise ValueError(name)
        return web.Response(text=name)

    async def socket(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.receive()
        return opened

    app = web.Application()
    add_metrics(app, metrics)
    app.router.add_get("/greet/{name}", greet)
    app.router.add_get("/socket", socket)
    async with TestClient(TestServer(app)) as client:
        yield client


def samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


async def figures(client: TestClient[Any, Any], name: str) -> dict[tuple[str, ...], float]:
    async with client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        found = samples(await answer.text())
        return {tuple(labels.values()): value for sample, labels, value in found if sample == name}


async def test_requests_are_counted_by_route_and_status_however_they_end(metrics: Metrics) -> None:
    async with site(metrics) as client:
        for name in ("anna", "bert", "nobody", "crash"):
            await (await client.get(f"/greet/{name}")).release()
        await (await client.get("/secret-path")).release()
        await (await client.request("PROPFIND", "/greet/tea")).release()
        counted = await figures(client, "regulars_http_request_seconds_count")
    assert counted == {
        ("GET", "/greet/{name}", "200"): 2,
        ("GET", "/greet/{name}", "403"): 1,
        ("GET", "/greet/{name}", "500"): 1,
        ("GET", "other", "404"): 1,
        ("other", "other", "405"): 1,
    }


async def test_a_socket_is_counted_while_it_is_open_and_never_as_a_slow_request(metrics: Metrics) -> None:
    async with site(metrics) as client:
        async with client.ws_connect("/socket"):
            assert await figures(client, "regulars_sockets_open") == {(): 1}
        async with asyncio.timeout(5):
            while await figures(client, "regulars_sockets_open") != {(): 0}:
                await asyncio.sleep(0.01)
        counted = await figures(client, "regulars_http_request_seconds_count")
    assert {route for _, route, _ in counted} == {"/metrics"}


async def test_operations_are_counted_under_known_names_only(metrics: Metrics) -> None:
    for name in ("community", "attachChannel", *(f"invented{n}" for n in range(500))):
        metrics.operation(name, "query", 0.01, "ok")
    metrics.operation("community", "made up", 0.01, "refused")
    async with site(metrics) as client:
        counted = await figures(client, "regulars_graphql_operation_seconds_count")
    assert counted == {
        ("community", "query", "ok"): 1,
        ("attachChannel", "query", "ok"): 1,
        ("other", "query", "ok"): 500,
        ("community", "other", "refused"): 1,
    }


async def test_requests_to_the_outside_are_counted_by_host_and_how_they_ended(metrics: Metrics) -> None:
    async with site(metrics) as client, ClientSession(trace_configs=[metrics.trace()]) as session:
        for name in ("anna", "crash"):
            async with session.get(client.make_url(f"/greet/{name}")):
                pass
        with pytest.raises(ClientConnectionError):
            await session.get("http://127.0.0.1:1/")
        counted = await figures(client, "regulars_outbound_request_seconds_count")
    assert counted == {("127.0.0.1", "2xx"): 1, ("127.0.0.1", "5xx"): 1, ("127.0.0.1", "failed"): 1}


async def test_webhooks_are_counted_by_result_and_age(metrics: Metrics) -> None:
    metrics.webhook(Outcome.RECORDED, timedelta(seconds=90))
    metrics.webhook(Outcome.BAD_REQUEST, None)
    async with site(metrics) as client:
        assert await figures(client, "regulars_webhooks_total") == {(Outcome.RECORDED,): 1, (Outcome.BAD_REQUEST,): 1}
        assert await figures(client, "regulars_webhook_age_seconds_sum") == {(): 90}


def test_a_label_takes_a_bounded_number_of_values() -> None:
    names = Names(["known"], 3)
    shown = {names.bounded(f"name {n}") for n in range(1_000)} | {names.bounded("known")}
    assert shown == {"known", "name 0", "name 1", "name 2", "other"}
    assert names.bounded("name 1") == "name 1"


async def test_figures_of_the_database_are_read_by_a_task_and_not_by_readers(
    metrics: Metrics, live: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.community()
    body = {"broadcaster": {"user_id": 100001}, "nothing": "else"}
    sent_at = "2026-08-01T17:59:00Z"
    await live.deliver("chat.message.sent", body, message_id="01KYZ7QG18819K7NVB3SNEXC01", sent_at=sent_at)
    await live.settle()
    await live.deliver("chat.message.sent", body, message_id="01KYZ7QG18819K7NVB3SNEXC02", sent_at=sent_at)
    live.clock.pass_time(seconds=40)
    monkeypatch.setattr(page, "REFRESH_S", 0.01)
    async with site(metrics) as client:
        assert await figures(client, "regulars_inbox_waiting") == {(): 0}
        task = asyncio.create_task(keep_refreshed(metrics, live.server.database))
        async with asyncio.timeout(5):
            while await figures(client, "regulars_inbox_waiting") != {(): 1}:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        assert await figures(client, "regulars_inbox_oldest_seconds") == {(): 40}
        assert await figures(client, "regulars_quarantined") == {("wrong_shape",): 1}
        await live.settle()
        assert await figures(client, "regulars_inbox_waiting") == {(): 1}, "nobody asks the database for a reader"
        await metrics.refresh(live.server.database)
        assert await figures(client, "regulars_inbox_waiting") == {(): 0}
        assert await figures(client, "regulars_quarantined") == {("wrong_shape",): 2}


async def test_a_database_that_is_down_does_not_end_the_refreshing(
    metrics: Metrics, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "REFRESH_S", 0.01)
    real, failures = metrics.refresh, 3

    async def shaky(database: Database) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ConnectionError("down")
        await real(database)

    monkeypatch.setattr(metrics, "refresh", shaky)
    task = asyncio.create_task(keep_refreshed(metrics, database))
    async with site(metrics) as client, asyncio.timeout(5):
        while await figures(client, "regulars_refreshed_timestamp_seconds") == {(): 0}:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})


async def test_a_step_that_holds_the_loop_is_seen(metrics: Metrics, clock: FrozenClock) -> None:
    task = asyncio.create_task(sample_loop_lag(metrics, clock))
    await asyncio.sleep(0.01)
    held_until = clock.monotonic() + 0.2
    while clock.monotonic() < held_until:
        pass
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    async with site(metrics) as client:
        [lag] = (await figures(client, "regulars_loop_lag_seconds_sum")).values()
    assert lag > 0.1


async def test_the_recorder_and_the_build_are_shown_and_two_processes_share_nothing(clock: FrozenClock) -> None:
    one = Metrics(clock=clock, version="1.2.3", dialect="sqlite", root_fields=[])
    two = Metrics(clock=clock, version="1.2.3", dialect="postgres", root_fields=[])
    one.watch_recorder(lambda: 7)
    async with site(one) as first, site(two) as second:
        assert await figures(first, "regulars_recorder_queue") == {(): 7}
        assert await figures(second, "regulars_recorder_queue") == {(): 0}
        [labels] = await figures(second, "regulars_build")
        assert {"1.2.3", "postgres"} < set(labels)
        assert await figures(first, "process_resident_memory_bytes")
