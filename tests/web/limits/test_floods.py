"""Floods over HTTP and websockets: refused with the time to wait, beside honest clients who notice nothing."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from clients.simulator.signing import SigningKey
from server.auth.addresses import FORWARDED, Addresses, networks
from server.domain.limits import (
    CALLBACK,
    LINK_START,
    MUTATIONS,
    RULES,
    TOKEN_FAILURES,
    WEBHOOK_FAILURES,
    Limit,
)
from server.platforms.kick.signature import Verifier
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.schema.ids import id_of
from server.web.graphql.endpoint import PATH
from server.web.limited import Limits
from tests.brokers import OwnRedis
from tests.database import FrozenClock, Migrated, fresh_url
from tests.graph import Graph, Socket
from tests.ingest.posting import FOLLOW, ID, SENT, signed
from tests.running import Running
from tests.web.limits.floods import FLOOD, HONEST, asked, behind_a_proxy

TOKENS, WEBHOOKS = TOKEN_FAILURES.limit.capacity, WEBHOOK_FAILURES.limit.capacity
GRANT = "mutation ($input: GrantStaffRoleInput!) { grantStaffRole(input: $input) { __typename } }"


@pytest.fixture
async def proxied(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Running, None]:
    async with behind_a_proxy(database_url, clock, tmp_path) as live:
        yield live


async def posted(live: Running, sender: str, headers: dict[str, str], body: bytes = FOLLOW) -> tuple[int, Any, int]:
    """The status of a delivery, its answer, and how long to wait."""
    async with live.http.post("/webhooks/kick", data=body, headers=headers | {FORWARDED: sender}) as answer:
        told = await answer.json() if answer.content_type == "application/json" else None
        return answer.status, told, int(answer.headers.get("Retry-After", 0))


def forged() -> dict[str, str]:
    return SigningKey.generate().sign(ID, SENT, FOLLOW, kind="channel.followed")


def numbered(live: Running, number: int) -> dict[str, str]:
    return signed(live, message_id=f"01KYZ7QG18819K7NVB3SN{number:05d}")


async def test_bad_tokens_are_told_to_wait_and_good_ones_never(proxied: Running) -> None:
    good = proxied.server.tokens.mint("admin")
    with capture_logs() as lines:
        statuses = [(await asked(proxied, FLOOD, f"guess {number}"))[0] for number in range(TOKENS + 5)]
    assert statuses == [401] * TOKENS + [429] * 5
    assert [line["by"] for line in lines if line["event"] == "limits.reached"] == [{"address": FLOOD}]
    _, told, answer = await asked(proxied, FLOOD, "guess")
    extensions = told["errors"][0]["extensions"]
    assert (extensions["code"], extensions["remedy"]) == ("rate_limited", TOKEN_FAILURES.remedy)
    assert answer.headers["Retry-After"] == str(extensions["retryAfterSeconds"])
    assert (await asked(proxied, FLOOD, good))[0] == 200, "whoever shares the address is served"
    assert (await asked(proxied, HONEST, "mistyped"))[0] == 401
    proxied.clock.pass_time(seconds=int(answer.headers["Retry-After"]))
    assert (await asked(proxied, FLOOD, "guess"))[0] == 401


async def test_bad_tokens_over_sockets_count_as_well(graph: Graph) -> None:
    codes: list[int | None] = []
    for _ in range(TOKENS + 2):
        socket = await Socket(graph).open("guess")
        codes.append(await socket.closed())
    assert codes == [4403] * TOKENS + [4429] * 2
    socket = await Socket(graph).open(graph.operator)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.frames.close()


async def test_a_sender_cannot_hide_behind_addresses_that_he_makes_up(proxied: Running) -> None:
    statuses = [(await asked(proxied, f"7.7.7.{number}, {FLOOD}", "guess"))[0] for number in range(TOKENS + 1)]
    assert statuses[-1] == 429
    statuses = [(await asked(proxied, f"2a00:1:2:3::{number:x}", "guess"))[0] for number in range(TOKENS + 1)]
    assert statuses[-1] == 429
    assert (await asked(proxied, "2a00:1:2:4::1", "guess"))[0] == 401


async def test_a_flood_of_forgeries_is_refused_before_any_signature_is_read(
    proxied: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, verified, verify = forged(), [0], Verifier.verify

    def counting(self: Verifier, *given: Any) -> bool:
        verified[0] += 1
        return verify(self, *given)

    monkeypatch.setattr(Verifier, "verify", counting)
    statuses = [(await posted(proxied, FLOOD, headers))[0] for _ in range(WEBHOOKS + 20)]
    refused = statuses.count(429)
    assert statuses[:WEBHOOKS] == [401] * WEBHOOKS
    assert refused >= 15, "a few may be read again when the flood takes long"
    assert verified[0] == len(statuses) - refused
    status, told, wait_s = await posted(proxied, FLOOD, headers)
    assert (status, told["code"], told["remedy"]) == (429, "rate_limited", WEBHOOK_FAILURES.remedy)
    assert told["retryAfterSeconds"] == wait_s > 0
    assert (await posted(proxied, HONEST, numbered(proxied, 1)))[0] == 204
    proxied.clock.pass_time(seconds=wait_s)
    assert (await posted(proxied, FLOOD, headers))[0] == 401


async def test_no_delivery_of_an_address_that_kick_sends_from_is_refused(proxied: Running) -> None:
    assert (await posted(proxied, FLOOD, numbered(proxied, 0)))[0] == 204
    headers = forged()
    for number in range(1, WEBHOOKS + 40):
        assert (await posted(proxied, FLOOD, headers))[0] == 401
        if number % 10 == 0:
            assert (await posted(proxied, FLOOD, numbered(proxied, number)))[0] == 204
    assert (await posted(proxied, FLOOD, numbered(proxied, 999)))[0] == 204


async def test_behind_a_proxy_that_nobody_declared_kick_is_never_refused(live: Running) -> None:
    headers = forged()
    for _ in range(WEBHOOKS + 20):
        assert (await posted(live, FLOOD, headers))[0] == 401
    assert (await posted(live, FLOOD, numbered(live, 1)))[0] == 204


async def test_who_changes_a_community_too_often_waits_and_others_do_not(graph: Graph) -> None:
    house, other = await graph.live.community(), await graph.live.community("other", "100002")
    narrow = RateLimits(MemoryLimiter(graph.live.clock), graph.live.clock, factor=0.1)
    graph.server.services.limits._limits = narrow._limits
    many = narrow.limit(MUTATIONS).capacity
    assert many == 60

    async def change(community: int, number: int, token: str = graph.operator) -> tuple[int, Any, int]:
        given = {
            "communityId": id_of("community", community),
            "holder": {"kind": "KICK", "platformId": str(number + 1)},
            "role": "MODERATOR",
            "idempotencyKey": f"change-{number}",
        }
        body, headers = {"query": GRANT, "variables": {"input": given}}, {"Authorization": f"Bearer {token}"}
        async with graph.live.http.post(PATH, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), int(answer.headers.get("Retry-After", 0))

    answers = [await change(house, 0) for _ in range(many)]
    assert all(status == 200 and "errors" not in told for status, told, _ in answers), answers[-1]
    refused = [answer for _ in range(30) if (answer := await change(house, 0))[0] == 429]
    status, told, wait_s = refused[-1]
    [error] = told["errors"]
    assert (status, error["extensions"]["code"]) == (429, "rate_limited")
    assert error["extensions"]["retryAfterSeconds"] == wait_s > 0
    assert "data" not in told
    assert (await change(other, 1))[0] == 200
    assert (await change(house, 1, graph.owner(house, "house")))[0] == 200, "another actor"
    graph.live.clock.pass_time(seconds=wait_s)
    assert (await change(house, 2))[0] == 200


def page(clock: FrozenClock) -> TestClient[Any, Any]:
    """A small application of whoever uses the limits."""
    limits = Limits(RateLimits(MemoryLimiter(clock), clock), Addresses(networks("127.0.0.1")))

    async def callback(request: web.Request) -> web.Response:
        await limits.check(request, CALLBACK)
        return web.Response(text="welcome")

    async def start(request: web.Request) -> web.Response:
        await limits.check(request, LINK_START, request.query["user"])
        return web.Response(text="begin")

    site = web.Application()
    site.router.add_get("/callback", callback)
    site.router.add_post("/start", start)
    return TestClient(TestServer(site))


async def test_a_page_answers_people_in_words_and_programs_in_json(clock: FrozenClock) -> None:
    async with page(clock) as http:
        flood = {FORWARDED: FLOOD}
        statuses = [(await http.get("/callback", headers=flood)).status for _ in range(CALLBACK.limit.capacity + 1)]
        assert statuses == [200] * CALLBACK.limit.capacity + [429]
        answer = await http.get("/callback", headers=flood)
        told = await answer.json()
        assert (told["code"], told["message"], told["remedy"]) == ("rate_limited", CALLBACK.message, CALLBACK.remedy)
        assert answer.headers["Retry-After"] == str(told["retryAfterSeconds"])
        shown = await http.get("/callback", headers=flood | {"Accept": "text/html,*/*;q=0.8"})
        assert (shown.status, shown.content_type) == (429, "text/plain")
        assert CALLBACK.remedy in await shown.text()
        assert (await http.get("/callback", headers={FORWARDED: HONEST})).status == 200
        clock.pass_time(seconds=told["retryAfterSeconds"])
        assert (await http.get("/callback", headers=flood)).status == 200


async def test_a_rule_by_person_follows_him_from_address_to_address(clock: FrozenClock) -> None:
    async with page(clock) as http:
        for number in range(LINK_START.limit.capacity):
            answer = await http.post("/start?user=44", headers={FORWARDED: f"9.9.9.{number}"})
            assert answer.status == 200
        refused = await http.post("/start?user=44", headers={FORWARDED: HONEST})
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) in {119, 120}
        assert (await http.post("/start?user=45", headers={FORWARDED: HONEST})).status == 200


async def test_keys_that_do_not_fit_a_rule_are_a_mistake(clock: FrozenClock) -> None:
    limits = RateLimits(MemoryLimiter(clock), clock)
    with pytest.raises(ValueError, match="counted by actor and community"):
        limits.take_now(MUTATIONS, "somebody")


def test_every_rule_says_who_and_what_to_do() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.keyed_by
        assert rule.message.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.limit.widened(0.1).capacity >= 1
        assert rule.limit.widened(100).capacity == rule.limit.capacity * 100
    assert Limit("one", 1, 1.0).widened(0.1).capacity == 1


def test_the_documentation_names_every_limit_as_it_is() -> None:
    told = (Path(__file__).parents[3] / "docs/graphql.md").read_text(encoding="utf-8").partition("## How often")[2]
    rows = [row for row in told.partition("Each is a bucket")[0].splitlines() if " per " in row]
    minutes = {rule.name: rule.limit.period_s // 60 for rule in RULES}
    said = [f"| {' and '.join(rule.keyed_by)} | {rule.limit.capacity:,} per " for rule in RULES]
    for row, start, length in zip(rows, said, minutes.values(), strict=True):
        amount = f"{start}{'minute' if length == 1 else f'{length} minutes'}"
        assert amount.replace("| actor | 300,000", "| token | 300,000") in row


async def test_two_servers_share_their_limits_and_outlive_the_broker(
    migrated: Migrated, own_redis: OwnRedis, clock: FrozenClock, tmp_path: Path
) -> None:
    async with (
        fresh_url(migrated, tmp_path) as first,
        fresh_url(migrated, tmp_path) as second,
        behind_a_proxy(first, clock, tmp_path, redis_url=own_redis.url) as here,
        behind_a_proxy(second, clock, tmp_path, redis_url=own_redis.url) as there,
    ):
        for _ in range(200):
            for one in (here, there):
                await asked(one, FLOOD, "guess")
            if (await asked(here, FLOOD, "guess"))[0] == (await asked(there, FLOOD, "guess"))[0] == 429:
                break
        spent = Limit("shared", 10, 1000.0)
        granted = 0
        for _ in range(20):
            for one in (here, there):
                granted += not (await one.server.services.limits._limiter.take("x", 1, spent)).is_refused
            await asyncio.sleep(0.01)
        assert granted == 10
        await own_redis.kill()
        statuses = [(await asked(one, FLOOD, "guess"))[0] for one in (here, there) for _ in range(20)]
        assert statuses.count(429) >= 35, "each process goes on from where the shared bucket was"
        good = here.server.tokens.mint("admin")
        assert [(await asked(one, FLOOD, good))[0] for one in (here, there)] == [200, 200]
