"""The limit of leaderboard pages: the store's own statements on the bare driver, and plain Strawberry beside it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiosqlite
import asyncpg
import orjson
import strawberry
from aiohttp import web
from strawberry.aiohttp.views import GraphQLView
from strawberry.schema.config import StrawberryConfig

from benchmarks import community
from benchmarks.processes import Pipe, let_go
from server.app import assembled
from server.auth.actors import Actor
from server.resolvers.context import context_factory
from server.resolvers.root import Mutation, Query, Subscription
from server.schema.feed import FEED_TYPES
from server.schema.scalars import SCALARS
from server.store import communities, leaderboards

CONNECTIONS = 2
Fetch = Callable[..., Awaitable[Sequence[Any]]]


class Noted:
    """Stands in for a reader and notes what it is asked."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    async def fetch(self, sql: str, *_: Any) -> Sequence[Any]:
        """Nothing."""
        self.statements.append(sql)
        return []

    async def find(self, sql: str, *_: Any) -> None:
        """Nothing."""
        self.statements.append(sql)


async def statements() -> tuple[str, str, str]:
    """What our store asks the database for: a community, the top of its board, a page further down."""
    noted: Any = Noted()
    await communities.by_slug(noted, "")
    await leaderboards.below(noted, 1, None, 1)
    await leaderboards.page(noted, 1, (0, 0), 1)
    found, top, page = noted.statements
    return found, top, page


async def fetching(url: str) -> Fetch:
    """Rows from the driver that ours uses, with nothing around it."""
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite://")
        turn = itertools.cycle([await aiosqlite.connect(path, isolation_level=None) for _ in range(CONNECTIONS)])

        async def fetch(sql: str, *values: Any) -> Sequence[Any]:
            return list(await next(turn).execute_fetchall(sql.replace("$", "?"), values))

        return fetch
    pool: Any = await asyncpg.create_pool(url, min_size=8, max_size=8)
    return pool.fetch


async def bare_site(url: str) -> web.Application:
    """A handler that reads JSON, asks the database and writes JSON."""
    found, top, further = await statements()
    fetch = await fetching(url)

    async def page(request: web.Request) -> web.Response:
        asked = orjson.loads(await request.read())
        [[community_id, _, name, *_]] = await fetch(found, asked["community"])
        place, many = asked["place"], asked["first"] + 1
        rows = await fetch(further if place else top, community_id, *(place or leaderboards.TOP), many)
        first = rows[0][-1] + 1 if place and rows else 1
        nodes = [
            {
                "cursor": f"{row[1]}:{row[0]}",
                "node": {
                    "rank": place,
                    "seconds": row[1] // 1_000_000,
                    "viewerId": str(row[0]),
                    "account": {"platform": row[3], "platformId": row[4], "name": row[5]},
                },
            }
            for place, row in enumerate(rows[: asked["first"]], first)
        ]
        more = {"hasNextPage": len(rows) > asked["first"], "endCursor": nodes[-1]["cursor"] if nodes else None}
        told = {"id": str(community_id), "name": name, "leaderboard": {"edges": nodes, "pageInfo": more}}
        return web.Response(body=orjson.dumps({"data": {"community": told}}), content_type="application/json")

    site = web.Application()
    site.router.add_post("/pages", page)
    return site


def serve_bare(pipe: Pipe, url: str) -> None:
    """Serve the bare handler until `pipe` is let go."""

    async def serve() -> None:
        await _listen(pipe, await bare_site(url))

    asyncio.run(serve())


def serve_plain(pipe: Pipe, url: str) -> None:
    """Serve the same resolvers through Strawberry's own schema and view until `pipe` is let go."""
    asyncio.run(_serve_plain(pipe, url))


async def _serve_plain(pipe: Pipe, url: str) -> None:
    async with assembled(community.settings_for(url)) as server:
        actor = server.tokens.read(server.tokens.mint("admin"))
        assert isinstance(actor, Actor)
        context = context_factory(server.services, server.ids, server.metrics.operation)

        class Plain(GraphQLView[Any, None]):
            async def get_context(self, *_: Any, **__: Any) -> Any:
                return context(actor)

        schema = strawberry.Schema(
            Query, Mutation, Subscription, types=FEED_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
        )
        site = web.Application()
        site.router.add_route("*", "/graphql", Plain(schema))
        await _listen(pipe, site)


async def _listen(pipe: Pipe, site: web.Application) -> None:
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await let_go(pipe)
    await runner.cleanup()
