"""Who tells an audience of changes: our server, plain Strawberry, and one frame for everybody."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import strawberry
from aiohttp import web
from strawberry.aiohttp.views import GraphQLView
from strawberry.schema.config import StrawberryConfig

from benchmarks import machine
from benchmarks.community import settings_for
from benchmarks.processes import Pipe, free_port, let_go
from server.app import assembled
from server.auth.actors import Actor
from server.events.watchtime import WatchTimeChanged
from server.garbage import keeping_what_is_there
from server.jobs.unit import Done, Scope
from server.logs import configure_logs
from server.ports import Tx
from server.resolvers.context import context_factory
from server.resolvers.root import Mutation, Query, Subscription
from server.running import EVERYTHING, Role, Server, listening, running
from server.schema.feed import FEED_TYPES
from server.schema.scalars import SCALARS
from server.web.graphql.frames import next_frame

COMMUNITY_ID = 1
SECOND_US = 1_000_000
STANDING = {"rank": 1, "seconds": 123_456, "viewerId": "dmlld2VyOjEyMw", "account": {"name": "viewer_123"}}
EVENT = {"sequence": "17", "at": "2026-01-05T18:00:00+00:00", "standings": [STANDING] * 10}


async def figures(_: web.Request) -> web.Response:
    """What this process has used so far."""
    resident_kib = (machine.resident_mib(os.getpid()) or 0) * 1024
    return web.json_response(
        {"at": time.perf_counter(), "resident_kib": resident_kib, "processor_s": time.process_time()}
    )


class Stage:
    """Makes changes of a community in units of work, as everything that changes it does."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def change(self, _: web.Request) -> web.Response:
        """Give the best viewer another second; when that began, just before the transaction."""

        async def more(tx: Tx, scope: Scope) -> Done[None]:  # noqa: ARG001 - every action takes a scope
            [best] = await tx.fetch(
                "UPDATE viewer SET watch_us = watch_us + $2 WHERE id = (SELECT id FROM viewer WHERE community_id = $1 "
                "ORDER BY watch_us DESC, id LIMIT 1) RETURNING id, watch_us",
                COMMUNITY_ID,
                SECOND_US,
            )
            return Done(None, [WatchTimeChanged(balances={best["id"]: best["watch_us"]})])

        began = time.perf_counter()
        await self._server.units.run(COMMUNITY_ID, more)
        return web.json_response({"began": began})


@asynccontextmanager
async def opened(url: str, roles: frozenset[Role]) -> AsyncGenerator[Server, None]:
    """A server that can also be asked for changes and figures."""
    configure_logs(level="warning", layout="console", stream=sys.stderr, secrets=())
    async with assembled(settings_for(url, port=free_port()), roles=roles) as server:
        server.site.router.add_post("/figures", figures)
        server.site.router.add_post("/change", Stage(server).change)
        yield server


def serve_ours(pipe: Pipe, url: str, roles: frozenset[Role] = EVERYTHING) -> None:
    """Serve as `regulars serve` does until `pipe` is let go."""
    asyncio.run(_serve_ours(pipe, url, roles))


async def _serve_ours(pipe: Pipe, url: str, roles: frozenset[Role]) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(opened(url, roles))
        await stack.enter_async_context(running(server))
        await stack.enter_async_context(listening(server))
        await stack.enter_async_context(keeping_what_is_there())
        pipe.send(server.settings.port)
        await let_go(pipe)


def serve_plain(pipe: Pipe, url: str) -> None:
    """Serve the same resolvers through Strawberry's own schema and view until `pipe` is let go."""
    asyncio.run(_serve_plain(pipe, url))


async def _serve_plain(pipe: Pipe, url: str) -> None:
    async with opened(url, frozenset({"web"})) as server:
        actor = server.tokens.read(server.tokens.mint("admin"))
        assert isinstance(actor, Actor)
        context = context_factory(server.services, server.ids, lambda _name, _kind, _took_s, _outcome: None)

        class Plain(GraphQLView[Any, None]):
            async def get_context(self, *_: Any, **__: Any) -> Any:
                return context(actor)

        schema = strawberry.Schema(
            Query, Mutation, Subscription, types=FEED_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
        )
        site = web.Application()
        site.router.add_post("/figures", figures)
        site.router.add_post("/change", Stage(server).change)
        site.router.add_route("*", "/graphql", Plain(schema))
        await _until_let_go(pipe, site)


def serve_raw(pipe: Pipe) -> None:
    """Tell everybody by one frame, made once, until `pipe` is let go."""
    asyncio.run(_serve_raw(pipe))


async def _serve_raw(pipe: Pipe) -> None:
    transports: set[Any] = set()

    def tell() -> None:
        frame = next_frame(b'"board"', orjson.dumps({"data": {"leaderboardChanged": EVENT}}))
        for transport in transports:
            transport.write(frame)

    async def change(_: web.Request) -> web.Response:
        began = time.perf_counter()
        tell()
        return web.json_response({"began": began})

    async def join(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["graphql-transport-ws"], compress=False)
        await socket.prepare(request)
        async for message in socket:
            if orjson.loads(message.data)["type"] == "subscribe":
                transports.add(request.transport)
                tell_one = next_frame(b'"board"', orjson.dumps({"data": {"leaderboardChanged": EVENT}}))
                assert request.transport is not None
                request.transport.write(tell_one)
            else:
                await socket.send_str('{"type":"connection_ack"}')
        transports.discard(request.transport)
        return socket

    site = web.Application()
    site.router.add_post("/figures", figures)
    site.router.add_post("/change", change)
    site.router.add_get("/graphql", join)
    await _until_let_go(pipe, site)


async def _until_let_go(pipe: Pipe, site: web.Application) -> None:
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    pipe.send(runner.addresses[0][1])
    await let_go(pipe)
    await runner.cleanup()
