"""Plays a client and its server in a child process that kills itself at a given statement, or behind a commit.

Reads lines of JSON {"url", "passed_s", "kill_at", "behind"} and answers each with what the client had heard by then.
"""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from server.app import assembled
from server.auth.actors import Actor
from server.auth.tokens import CommunityScope
from server.jobs.unit import Units
from server.resolvers.context import context_factory
from server.running import Server
from server.settings import Settings
from server.system import SystemIds
from tests.database import FrozenClock
from tests.lives import die, serve
from tests.running import SECRET

HOUSE = CommunityScope(id=1, slug="house")
LEASE_S = 60
LEASE = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) {
    ... on JobsLeased { jobs { id lease cause attempts } } } }"""
ACKNOWLEDGE = """mutation ($input: AcknowledgeJobInput!) { acknowledgeJob(input: $input) {
    ... on JobAcknowledged { jobId state } ... on Problem { code } } }"""

Hear = Callable[[str, Any], None]


async def ask(server: Server, document: str, **given: Any) -> Any:
    """The answer that a client hears."""
    actor = Actor("bot", HOUSE.id, "discord", "service:1", server.clock.now().replace(year=2100))
    context = context_factory(server.services, SystemIds(), lambda *_: None)(actor)
    answer = await server.schema.execute(document, context_value=context, variable_values={"input": given})
    assert not answer.errors, answer.errors
    [told] = (answer.data or {}).values()
    return told


async def work(server: Server, hear: Hear) -> None:
    """Take what there is, and say of each that it is done."""
    leased = (await ask(server, LEASE, limit=10, leaseSeconds=LEASE_S, idempotencyKey=SystemIds().token()))["jobs"]
    hear("leased", leased)
    for job in leased:
        said = {"jobId": job["id"], "lease": job["lease"], "outcome": "DONE"}
        told = await ask(server, ACKNOWLEDGE, **said, idempotencyKey=f"{job['id']} {job['lease']}")
        hear("acknowledged", {**told, "cause": job["cause"]})


async def live(url: str, passed_s: int, kill_at: int, behind: str, hear: Hear) -> None:
    """One life: it ends at statement `kill_at`, counted from 1, or between the commit and the answer of a mutation."""
    statements, is_armed = 0, False

    def failpoint(_: str) -> None:
        nonlocal statements
        statements += is_armed
        if is_armed and statements == kill_at:
            die()

    committed: Callable[..., Awaitable[str]] = Units.once

    async def once(self: Units, community_id: int, caller: str, *rest: Any, **more: Any) -> str:
        told = await committed(self, community_id, caller, *rest, **more)
        if behind and caller.endswith(f":{behind}"):
            die()
        return told

    Units.once = once  # type: ignore[method-assign]
    clock = FrozenClock()
    clock.pass_time(seconds=passed_s)
    settings = Settings(database_url=url, secret_key=SECRET)  # type: ignore[arg-type]
    try:
        async with assembled(settings, roles=frozenset({"web"}), clock=clock, hook=failpoint) as server:
            is_armed = True
            await work(server, hear)
            is_armed = False
    finally:
        Units.once = committed  # type: ignore[method-assign]
    hear("statements", statements)


def in_process(**given: Any) -> list[tuple[str, Any]]:
    """What the client heard of a life that nothing ends."""
    heard: list[tuple[str, Any]] = []
    asyncio.run(live(hear=lambda what, told: heard.append((what, told)), **given))
    return [*heard, ("ended", 0)]


def in_child(**given: Any) -> list[tuple[str, Any]]:
    """What the client in a child process heard before it ended or was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:

        def hear(what: str, told: Any) -> None:
            os.write(writing, json.dumps([what, told]).encode() + b"\n")

        asyncio.run(live(hear=hear, **given))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        heard = [tuple(json.loads(line)) for line in pipe]
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return [*heard, ("ended", "killed" if killed else status)]


if __name__ == "__main__":
    serve(in_child, in_process)
