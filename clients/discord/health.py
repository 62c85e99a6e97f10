"""The bot's own page for whoever watches over it: whether it is connected, and a few figures."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from clients.discord.carrying.figures import JobFigures

HOST = "127.0.0.1"


@dataclass(slots=True)
class Figures:
    """What is counted since the start."""

    registry: CollectorRegistry
    answers: Counter
    restarts: Counter
    servers: Gauge
    sessions: Gauge
    jobs: JobFigures

    @classmethod
    def fresh(cls) -> "Figures":
        """Figures that all begin at nothing."""
        registry = CollectorRegistry()
        return cls(
            registry=registry,
            answers=Counter("regulars_bot_answers", "Questions of people that were answered.", registry=registry),
            restarts=Counter("regulars_bot_restarts", "Connections that were begun anew.", registry=registry),
            servers=Gauge("regulars_bot_servers", "Discord servers that the bot is in.", registry=registry),
            sessions=Gauge("regulars_bot_sessions", "Sessions begun within 24 hours; 500 at most.", registry=registry),
            jobs=JobFigures.fresh(registry),
        )


@asynccontextmanager
async def served(
    port: int, figures: Figures, is_up: Callable[[], bool], is_heard: Callable[[], bool]
) -> AsyncGenerator[None, None]:
    """`/healthz`, which is 503 while Discord is not connected, and `/metrics`, on this machine alone.

    A server that is not heard is said, too; it makes nothing of the bot sick that a new start would mend.
    """

    async def healthz(_: web.Request) -> web.Response:
        up = is_up()
        told = {"discord": "connected" if up else "away", "server": "heard" if is_heard() else "away"}
        return web.json_response(told, status=200 if up else 503)

    async def metrics(_: web.Request) -> web.Response:
        figures.jobs.feed.set(is_heard())
        return web.Response(body=generate_latest(figures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    site = web.Application()
    site.router.add_get("/healthz", healthz)
    site.router.add_get("/metrics", metrics)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        if port:
            await web.TCPSite(runner, HOST, port).start()
        yield
    finally:
        await runner.cleanup()
