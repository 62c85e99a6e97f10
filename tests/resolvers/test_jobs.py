"""Jobs of clients through the graph: told of, leased, acknowledged, dead and tried again."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from server.actions import guilds
from server.auth.actors import Actor
from server.domain import jobs as rules
from server.domain.instants import instant_of
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import context_factory
from server.schema.ids import id_of
from server.store import job_records, jobs
from server.store.jobs import NewJob
from server.system import SystemIds
from tests.graph import Graph
from tests.resolvers.dying import dead_job
from tests.resolvers.facts import facts, forget_keys
from tests.resolvers.proving import guild_bound

LEASE = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) {
  ... on JobsLeased { jobs { __typename id kind cause community { slug guildId } createdAt attempts lease leaseUntil
    ... on LinkResult { discordId outcome accountPlatform accountName undoUntil problem }
    ... on StaffAlertJob { alertId alertKind isOver title detail remedy since } } }
  ... on Problem { code message remedy } } }"""
ACKNOWLEDGE = """mutation ($input: AcknowledgeJobInput!) { acknowledgeJob(input: $input) {
  ... on JobAcknowledged { jobId state retryAt } ... on Problem { code message remedy } } }"""
ACKNOWLEDGE_ALL = """mutation ($input: AcknowledgeJobsInput!) { acknowledgeJobs(input: $input) {
  ... on JobsAcknowledged { jobs { jobId state retryAt refused { code } } } ... on Problem { code } } }"""
WAITING = "subscription ($a: JobAudience!) { jobsWaiting(audience: $a) { audience count since } }"
DEAD = """query ($s: String!) { community(slug: $s) { deadJobs(first: 5) {
  totalCount nodes { id kind audience attempts error createdAt diedAt } } } }"""
RETRY = """mutation ($input: RetryJobInput!) { retryJob(input: $input) {
  ... on JobRetried { jobId } ... on Problem { code } } }"""
KEYS = count(1)
LINKED = {
    "discordId": "77",
    "platform": "kick",
    "outcome": "linked",
    "name": "Viewer",
    "undoUntil": "2026-08-02T18:00:00+00:00",
    "problem": None,
}


def unobserved(*_: object) -> None:
    """Nobody measures."""


@dataclass
class Client:
    """A client that carries jobs out, which the graph knows as `actor`."""

    graph: Graph
    actor: Actor
    keys: Callable[[], str] = field(default=lambda: f"k{next(KEYS)}")

    def context(self) -> Any:
        return context_factory(self.graph.server.services, SystemIds(), unobserved)(self.actor)

    async def ask(self, document: str, **given: Any) -> Any:
        variables = {"input": {"idempotencyKey": self.keys(), **given}}
        answer = await self.graph.server.schema.execute(
            document, context_value=self.context(), variable_values=variables
        )
        if answer.errors:
            return {"error": (answer.errors[0].extensions or {})["code"]}
        assert answer.data is not None
        [told] = answer.data.values()
        return told

    async def lease(self, limit: int = 10, **more: Any) -> Any:
        told = await self.ask(LEASE, limit=limit, **more)
        return told.get("jobs", told)

    async def acknowledge(self, job: Any, outcome: str = "DONE", **more: Any) -> Any:
        return await self.ask(ACKNOWLEDGE, jobId=job["id"], lease=job["lease"], outcome=outcome, **more)

    async def acknowledge_all(self, jobs: list[Any], outcome: str = "DONE", **more: Any) -> Any:
        said = [{"jobId": job["id"], "lease": job["lease"], "outcome": outcome} for job in jobs]
        told = await self.ask(ACKNOWLEDGE_ALL, jobs=said, **more)
        return told.get("jobs", told)

    async def hints(self, audience: str = "DISCORD") -> AsyncGenerator[Any, None]:
        stream: Any = await self.graph.server.schema.subscribe(
            WAITING, context_value=self.context(), variable_values={"a": audience}
        )
        async with aclosing(stream):
            async for event in stream:
                assert not event.errors, event.errors
                yield event.data["jobsWaiting"]


async def bound(graph: Graph) -> int:
    """A community that a Discord server is bound to."""
    house = await graph.live.community()
    await guild_bound(graph.server, house, "5")
    return house


def bot(graph: Graph, community_id: int | None = None, **more: Any) -> Client:
    expires_at = graph.live.clock.now() + timedelta(days=1)
    return Client(graph, Actor("bot", community_id, "discord", "service:1", expires_at, **more))


def overlay(graph: Graph, community_id: int, name: str) -> Client:
    expires_at = graph.live.clock.now() + timedelta(days=1)
    return Client(graph, Actor("overlay", community_id, name, f"overlay:{name}", expires_at, overlay=name))


async def add(graph: Graph, community: int, *keys: str, **more: Any) -> None:
    async def make(tx: Tx, scope: Scope) -> Done[int]:
        alike: dict[str, Any] = {"kind": "link_told", "payload": LINKED, "audience": "discord", **more}
        wanted = [NewJob(key=key, run_at=scope.now, community_id=community, **alike) for key in keys]
        return Done(await jobs.add(tx, wanted, scope.now))

    assert await graph.server.units.run(community, make) == len(keys)


async def test_a_job_tells_what_is_to_be_done_in_fields_of_its_kind(graph: Graph) -> None:
    house = await bound(graph)
    failed = {"outcome": "failed", "platform": "", "name": None, "undoUntil": None, "problem": "link_expired"}
    await add(graph, house, "proof:1")
    await add(graph, house, "proof:2", kind="link_logged", payload=LINKED | failed)
    await add(graph, house, "from the future", kind="new_kind", payload={})
    told, logged, other = await bot(graph).lease(leaseSeconds=90)
    assert told == {
        "__typename": "LinkToldJob",
        "id": id_of("job", 1),
        "kind": "link_told",
        "cause": "proof:1",
        "community": {"slug": "house", "guildId": "5"},
        "createdAt": "2026-08-01T18:00:00Z",
        "attempts": 1,
        "lease": "1",
        "leaseUntil": "2026-08-01T18:01:30Z",
        "discordId": "77",
        "outcome": "LINKED",
        "accountPlatform": "KICK",
        "accountName": "Viewer",
        "undoUntil": "2026-08-02T18:00:00Z",
        "problem": None,
    }
    assert (logged["__typename"], logged["outcome"], logged["accountPlatform"], logged["problem"]) == (
        "LinkLoggedJob",
        "FAILED",
        None,
        "link_expired",
    )
    assert other["__typename"] == "OtherJob"


async def test_what_is_acknowledged_is_not_handed_out_again_and_the_rest_is_after_its_lease(graph: Graph) -> None:
    client, other = bot(graph), bot(graph)
    await add(graph, await bound(graph), "a", "b", "c")
    first, second = await client.lease(limit=2)
    [third] = await other.lease()
    assert await other.lease() == []
    assert await client.acknowledge(first) == {"jobId": first["id"], "state": "DONE", "retryAt": None}
    graph.live.clock.pass_time(seconds=61)
    again = {job["id"]: job for job in await other.lease()}
    assert again.keys() == {second["id"], third["id"]}
    assert again[second["id"]]["attempts"] == 2
    late = await client.acknowledge(second)
    assert late["code"] == "job_lease_lost"
    assert (await other.acknowledge(again[second["id"]]))["state"] == "DONE"


async def test_a_late_acknowledgement_counts_as_long_as_nobody_else_was_given_the_job(graph: Graph) -> None:
    client = bot(graph)
    await add(graph, await bound(graph), "a")
    [job] = await client.lease()
    graph.live.clock.pass_time(hours=1)
    assert (await client.acknowledge(job))["state"] == "DONE"


async def test_who_starts_anew_is_given_at_once_what_he_held_in_a_former_life_and_nothing_of_others(
    graph: Graph,
) -> None:
    client, house = bot(graph), await bound(graph)
    other = Client(graph, replace(client.actor, subject="another"))
    await add(graph, house, "a", "b", "c")
    first, second = await client.lease(limit=2)
    [third] = await other.lease()
    assert await client.lease(startsAnew=False) == []
    key = client.keys()
    again = await client.lease(startsAnew=True, idempotencyKey=key)
    assert [(job["id"], job["attempts"]) for job in again] == [(first["id"], 2), (second["id"], 2)]
    assert await client.lease(startsAnew=True, idempotencyKey=key) == again, "a repeat takes nothing back"
    assert (await client.acknowledge(first))["code"] == "job_lease_lost"
    for job in again:
        assert (await client.acknowledge(job))["state"] == "DONE"
    assert (await other.acknowledge(third))["state"] == "DONE"
    assert await client.lease(startsAnew=True) == []


async def test_an_overlay_that_starts_anew_takes_back_its_own_alone(graph: Graph) -> None:
    house = await bound(graph)
    for name in ("one", "two"):
        await add(graph, house, name, audience="overlay", overlay=name)
    clients = [overlay(graph, house, name) for name in ("one", "two")]
    held = [await one.lease() for one in clients]
    assert [job["cause"] for [job] in held] == ["one", "two"]
    [again] = await clients[0].lease(startsAnew=True)
    assert (again["cause"], again["attempts"]) == ("one", 2)
    assert (await clients[1].acknowledge(held[1][0]))["state"] == "DONE"


def of_jobs(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row for row in found if row[0] == "job"]


async def test_an_acknowledgement_that_is_sent_again_gives_the_same(graph: Graph) -> None:
    client = bot(graph)
    await add(graph, await bound(graph), "a", "b")
    first, second = await client.lease()
    for job, outcome in ((first, "DONE"), (second, "FAILED")):
        told = await asyncio.gather(*(client.acknowledge(job, outcome, idempotencyKey=outcome) for _ in range(3)))
        assert told == [told[0]] * 3
        before = await facts(graph)
        assert await client.acknowledge(job, outcome, idempotencyKey=outcome) == told[0]
        await forget_keys(graph)
        assert await client.acknowledge(job, outcome) == told[0], "also under another key"
        assert of_jobs(await facts(graph)) == of_jobs(before)
        assert (await client.acknowledge(job, "GONE"))["code"] == "job_already_acknowledged"


async def test_a_lease_that_is_asked_for_again_gives_the_jobs_that_are_still_ours(graph: Graph) -> None:
    client = bot(graph)
    await add(graph, await bound(graph), "a", "b", "c")
    first = await client.lease(limit=2, idempotencyKey="lost answer")
    assert await client.lease(limit=2, idempotencyKey="lost answer") == first
    assert len(await client.lease()) == 1, "nothing was leased the second time"
    await client.acknowledge(first[0])
    assert await client.lease(limit=2, idempotencyKey="lost answer") == first[1:]
    told = await client.ask(LEASE, limit=3, idempotencyKey="lost answer")
    assert told["code"] == "idempotency_key_reused"


async def test_several_jobs_are_acknowledged_at_once_and_each_is_answered_by_itself(graph: Graph) -> None:
    client, house = bot(graph), await bound(graph)
    den = await graph.live.community("den", "100002")
    await guild_bound(graph.server, den, "6")
    await add(graph, house, "a", "b", "c")
    await add(graph, den, "d")
    a, b, c, d = await client.lease()
    await client.acknowledge(b, "GONE")
    stale = {**c, "lease": "7"}
    told = await client.acknowledge_all([d, b, stale, a], idempotencyKey="k")
    done = {"state": "DONE", "retryAt": None, "refused": None}
    refused = {"state": None, "retryAt": None}
    assert told == [
        {"jobId": d["id"], **done},
        {"jobId": b["id"], **refused, "refused": {"code": "job_already_acknowledged"}},
        {"jobId": c["id"], **refused, "refused": {"code": "job_lease_lost"}},
        {"jobId": a["id"], **done},
    ]
    before = await facts(graph)
    assert await client.acknowledge_all([d, b, stale, a], idempotencyKey="k") == told
    assert await facts(graph) == before
    assert (await client.acknowledge_all([a], idempotencyKey="k"))["code"] == "idempotency_key_reused"
    [failed] = await client.acknowledge_all([c], "FAILED")
    assert failed["state"] == "READY"
    assert datetime.fromisoformat(failed["retryAt"]) > graph.live.clock.now()
    [theirs] = await bot(graph, den).acknowledge_all([a])
    assert theirs["refused"] == {"code": "job_lease_lost"}, "of another community"


@pytest.mark.parametrize("many", [0, 51])
async def test_none_and_too_many_at_once_are_refused(graph: Graph, many: int) -> None:
    await add(graph, await bound(graph), "a")
    [job] = await bot(graph).lease()
    before = await facts(graph)
    assert (await bot(graph).acknowledge_all([job] * many))["code"] == "job_limit_invalid"
    assert await facts(graph) == before


async def test_a_bot_that_drains_a_thousand_jobs_is_not_held_up(graph: Graph) -> None:
    client, house = bot(graph), await bound(graph)
    await add(graph, house, *map(str, range(1_000)))
    drained = 0
    while leased := await client.lease(limit=50):
        told = await client.acknowledge_all(leased)
        assert {one["state"] for one in told} == {"DONE"}
        drained += len(told)
    assert drained == 1_000
    assert await job_records.counts(graph.server.database.reader()) == {"done": 1_000}


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 51}, {"leaseSeconds": 4}, {"leaseSeconds": 601}])
async def test_what_makes_no_sense_is_refused_and_leases_nothing(graph: Graph, given: dict[str, int]) -> None:
    await add(graph, await bound(graph), "a")
    before = await facts(graph)
    told = await bot(graph).ask(LEASE, **{"limit": 1} | given)
    assert told["code"] in {"job_limit_invalid", "job_lease_invalid"}
    assert told["remedy"].endswith(".")
    assert await facts(graph) == before


async def test_a_job_that_fails_waits_longer_each_time_and_gives_up_in_the_end(graph: Graph) -> None:
    client, house = bot(graph), await bound(graph)
    await add(graph, house, "a")
    waits: list[timedelta] = []
    job, told = dict[str, Any](), dict[str, Any]()
    for attempt in range(1, rules.ATTEMPTS_MAX + 1):
        [job] = await client.lease()
        assert job["attempts"] == attempt
        told = await client.acknowledge(job, "FAILED", note="Discord says 503")
        if told["state"] == "READY":
            assert await client.lease() == [], "not before its time"
            [row] = await graph.server.database.reader().fetch("SELECT run_at FROM job")
            waits.append(instant_of(row["run_at"]) - graph.live.clock.now())
            graph.live.clock.pass_time(seconds=waits[-1].total_seconds() + 0.001)
    assert told == {"jobId": job["id"], "state": "DEAD", "retryAt": None}
    assert max(waits) <= rules.PAUSE_MAX
    assert len({*waits}) == len(waits), "drawn at random"
    [dead] = (await graph.data(DEAD, s="house"))["community"]["deadJobs"]["nodes"]
    assert (dead["kind"], dead["audience"], dead["attempts"]) == ("link_told", "DISCORD", rules.ATTEMPTS_MAX)
    assert dead["error"] == "Discord says 503"
    given = {"communityId": id_of("community", house), "jobId": dead["id"], "idempotencyKey": "k"}
    assert (await graph.data(RETRY, input=given))["retryJob"] == {"jobId": dead["id"]}
    again, told_of_it = await client.lease()
    assert (again["id"], again["attempts"]) == (dead["id"], 1)
    assert (told_of_it["__typename"], told_of_it["alertKind"], told_of_it["isOver"]) == (
        "StaffAlertJob",
        "job_dead",
        False,
    )


async def test_a_client_that_dies_on_a_job_every_time_does_not_keep_it_for_ever(graph: Graph) -> None:
    client = bot(graph)
    await add(graph, await bound(graph), "a", "b", order_key="one")
    for _ in range(rules.ATTEMPTS_MAX):
        assert [job["cause"] for job in await client.lease()] == ["a"]
        graph.live.clock.pass_time(seconds=61)
    assert [job["cause"] for job in await client.lease()] == ["b"], "and what waited behind it goes on"


async def test_jobs_whose_order_matters_come_one_at_a_time_and_others_beside_them(graph: Graph) -> None:
    client, house = bot(graph), await bound(graph)
    await add(graph, house, "a1", "a2", "a3", order_key="a")
    await add(graph, house, "b1", "b2", order_key="b")
    await add(graph, house, "free")
    first = await client.lease()
    assert [job["cause"] for job in first] == ["a1", "b1", "free"]
    assert await client.lease() == []
    await client.acknowledge(first[0], "FAILED")
    await client.acknowledge(first[1], "GONE")
    assert [job["cause"] for job in await client.lease()] == ["b2"], "what failed keeps its place"
    graph.live.clock.pass_time(seconds=59)
    [again] = await client.lease()
    assert again["cause"] == "a1"
    await client.acknowledge(again)
    assert [job["cause"] for job in await client.lease()] == ["a2"]


async def test_a_client_sees_only_the_jobs_that_are_its_own(graph: Graph) -> None:
    house, den = await graph.live.community(), await graph.live.community("den", "100002")
    for community, name in ((house, "house"), (den, "den")):
        await add(graph, community, f"{name} bot")
        for screen in ("main", "side"):
            alike: dict[str, Any] = {"audience": "overlay", "overlay": screen, "kind": "alert_shown"}
            await add(graph, community, f"{name} {screen}", **alike)
    await add(graph, house, "server", audience="server", kind="recount")
    clients = {
        "house main": overlay(graph, house, "main"),
        "den side": overlay(graph, den, "side"),
        "den bot": bot(graph, den),
        "nobody": bot(graph, guilds=frozenset({"5"})),
    }
    found = {name: await client.lease() for name, client in clients.items()}
    seen = {name: [job["cause"] for job in leased] for name, leased in found.items()}
    assert seen == {"house main": ["house main"], "den side": ["den side"], "den bot": ["den bot"], "nobody": []}
    for name, leased in found.items():
        for job in leased:
            for other, client in clients.items():
                if other != name:
                    assert (await client.acknowledge(job))["code"] == "job_lease_lost", (name, other)
    await guild_bound(graph.server, house, "5")
    [job] = await clients["nobody"].lease()
    assert (job["cause"], job["community"]) == ("house bot", {"slug": "house", "guildId": "5"})


async def test_a_bot_without_a_list_serves_the_communities_that_a_server_is_bound_to_and_no_other(graph: Graph) -> None:
    house, den = await bound(graph), await graph.live.community("den", "100002")
    for community, name in ((house, "house"), (den, "den")):
        await add(graph, community, f"{name} bot")
    client, listed = bot(graph), bot(graph, guilds=frozenset({"5", "6"}))
    async with aclosing(client.hints()) as hints, asyncio.timeout(20):
        assert (await anext(hints))["count"] == 1
    [job] = await client.lease()
    assert job["cause"] == "house bot"
    assert await listed.lease() == []
    [den_job] = await bot(graph, den).lease()
    assert (await client.acknowledge(den_job))["code"] == "job_lease_lost"
    graph.live.clock.pass_time(seconds=61)
    await guild_bound(graph.server, den, "6")
    await graph.server.units.run(house, partial(guilds.unbind, guild="5"))
    assert [job["cause"] for job in await listed.lease()] == ["den bot"], "the meeting of list and bindings"
    assert await client.lease() == [], "and what is not bound any more is served no more"
    assert (await client.acknowledge(job))["code"] == "job_lease_lost"
    assert await bot(graph, house, guilds=frozenset({"6"})).lease() == []


async def test_hints_tell_how_many_wait_and_never_what(graph: Graph) -> None:
    client, house = bot(graph), await bound(graph)
    async with aclosing(client.hints()) as hints, asyncio.timeout(20):
        assert await anext(hints) == {"audience": "DISCORD", "count": 0, "since": None}
        await add(graph, house, "a", "b")
        assert await anext(hints) == {"audience": "DISCORD", "count": 2, "since": "2026-08-01T18:00:00Z"}
        leased = await client.lease()
        assert (await anext(hints))["count"] == 0
        await client.acknowledge(leased[0])
        await add(graph, house, "c")
        assert (await anext(hints))["count"] == 1
        graph.live.clock.pass_time(seconds=61)
        assert (await anext(hints))["count"] == 2, "what was not acknowledged waits again"


async def test_a_hint_is_repeated_while_jobs_wait(graph: Graph) -> None:
    client = bot(graph)
    await add(graph, await bound(graph), "a")
    async with aclosing(client.hints()) as hints, asyncio.timeout(20):
        first = await anext(hints)
        graph.live.clock.pass_time(seconds=11)
        assert await anext(hints) == first


async def test_hints_of_others_are_refused(graph: Graph) -> None:
    client = overlay(graph, await graph.live.community(), "main")
    answer: Any = await graph.server.schema.subscribe(
        WAITING, context_value=client.context(), variable_values={"a": "DISCORD"}
    )
    told = [event async for event in answer] if hasattr(answer, "__aiter__") else [answer]
    assert [event.errors[0].extensions["code"] for event in told] == ["forbidden"]


async def test_dead_jobs_are_shown_to_those_who_see_alerts(graph: Graph) -> None:
    house, den = await graph.live.community(), await graph.live.community("den", "100002")
    for community in (house, den, den):
        await dead_job(graph.server, community)
    await graph.grant(house, ("kick", "22"), "MODERATOR")
    await graph.grant(house, ("kick", "33"), "MANAGER")
    assert await graph.code(DEAD, graph.person(("kick", "22")), s="house") == "forbidden"
    manager = graph.person(("kick", "33"))
    assert (await graph.data(DEAD, manager, s="house"))["community"]["deadJobs"]["totalCount"] == 1
    assert await graph.code(DEAD, manager, s="den") == "forbidden"
