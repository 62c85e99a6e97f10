"""The demo: a server on a fresh SQLite file, a simulated Kick that talks to it, and a line that says how it goes."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from server.actions import channels, communities, setup
from server.app import assembled
from server.auth.tokens import CommunityScope
from server.domain.setup import Learned
from server.logs import configure_logs
from server.running import Server, listening, running
from server.settings import Settings
from server.store import health, leaderboards
from server.store.migrations import migrate
from server.system import SystemClock, SystemIds
from server.web.pages.platforms import CALLBACK

FOLDER = Path("data") / "demo"
SLUG = "harbour"
BROADCASTER_ID = "4200001"
CHANNEL_NAME = "HarbourLights"
CHANNEL_ID, CHATROOM_ID = "4200002", "4200003"
SPEED = 60
HOUR = timedelta(hours=1)
PAST, FUTURE = 2 * HOUR, 24 * HOUR
CLIENT_ID = "regulars-demo"
START_WAIT_S = 20.0
STATUS_EVERY_S = 1.0
PLAIN_STATUS_EVERY_S = 10.0


class Failed(Exception):
    """The simulated Kick did not start."""


async def run(settings: Settings, *, as_json: bool) -> None:
    """Run the demo until cancelled."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    secret = SystemIds().token()
    demo = settings.model_copy(
        update={
            "database_url": f"sqlite://{FOLDER}/regulars.sqlite3",
            "secret_key": SecretStr(SystemIds().token() + SystemIds().token()),
            "kick_public_key_file": FOLDER / "kick.pem",
            # Whatever app the settings know: its secret is not for a simulator.
            "kick_client_id": CLIENT_ID,
            "kick_client_secret": SecretStr(secret),
            "redis_url": None,
        }
    )
    with (FOLDER / "server.log").open("w") as log:
        configure_logs(level="info", layout="console", stream=log, secrets=demo.secret_values())
        await migrate(demo.database_url, SystemClock().now())
        await play(demo, secret, as_json=as_json)


async def play(settings: Settings, client_secret: str, *, as_json: bool) -> None:
    """Run server and simulator, and tell where everything is, until cancelled."""
    async with AsyncExitStack() as stack:
        kick = await stack.enter_async_context(simulated_kick(settings, client_secret))
        settings = settings.model_copy(update=addresses_of(settings, kick))
        server = await stack.enter_async_context(assembled(settings))
        await stack.enter_async_context(running(server))
        await stack.enter_async_context(listening(server))
        community_id = await seeded(server)
        told = invitation(server, community_id)
        if as_json:
            print(orjson.dumps(told).decode(), flush=True)
            await asyncio.Event().wait()
        else:
            print(table(told), flush=True)
            await status_line(server, community_id)


def addresses_of(settings: Settings, kick: str) -> dict[str, str]:
    """Where everything of the simulated Kick is: sign-in, API and websockets."""
    sockets = kick.replace("http://", "ws://", 1) + urlsplit(settings.kick_pusher_url).path
    return {"kick_api_url": kick, "kick_auth_url": kick, "kick_web_url": kick, "kick_pusher_url": sockets}


@asynccontextmanager
async def simulated_kick(settings: Settings, client_secret: str) -> AsyncGenerator[str, None]:
    """The simulator as a process of its own, from the moment it listens; where it does."""
    origin = f"http://{host_of(settings)}:{settings.port}"
    command = [
        *(sys.executable, "-m", "clients.simulator", "--quiet", "--stay"),
        *("--target", f"{origin}/webhooks/kick"),
        *("--public-key-file", str(settings.kick_public_key_file), "--url-file", str(FOLDER / "kick.url")),
        *("--client-id", CLIENT_ID, f"--client-secret={client_secret}"),
        *("--redirect-uri", f"{origin}{CALLBACK}"),
        *("--broadcaster-id", BROADCASTER_ID, "--broadcaster-name", CHANNEL_NAME),
        *("--channel-id", CHANNEL_ID, "--chatroom-id", CHATROOM_ID),
        *("--live", "--speed", str(SPEED), "--start", f"{SystemClock().now() - PAST:%Y-%m-%dT%H:%M:%SZ}"),
        *("--duration", f"{(PAST + FUTURE) // HOUR}h", "--viewers", "150"),
        *("--duplicates", "0.05", "--reorder", "0.05", "--patience", "3"),
    ]
    log = (FOLDER / "simulator.log").open("wb")
    process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield await address_written(process)
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()
        log.close()


async def address_written(process: asyncio.subprocess.Process) -> str:
    """Wait until the simulator tells where it listens; `Failed` says where to look when it does not."""
    written = FOLDER / "kick.url"
    for _ in range(int(START_WAIT_S / 0.05)):
        if written.exists():
            return written.read_text()
        if process.returncode is not None:
            break
        await asyncio.sleep(0.05)
    raise Failed(f"The simulated Kick did not start; its last words are in {FOLDER / 'simulator.log'}.")


async def seeded(server: Server) -> int:
    """The demo's community, made with its channel."""
    create = partial(communities.create, slug=SLUG, name="Harbour Lights", timezone="Europe/Stockholm")
    community_id = await server.units.run(0, create)
    attach = partial(
        channels.attach, platform="kick", external_id=BROADCASTER_ID, name=CHANNEL_NAME, slug=CHANNEL_NAME.lower()
    )
    await server.units.run(community_id, attach)
    untold = Learned(slug=None, channel_ref=None, problems={})
    known = partial(
        setup.sync, platform_id=BROADCASTER_ID, learned=untold, channel_ref=CHANNEL_ID, chatroom_ref=CHATROOM_ID
    )
    await server.units.run(community_id, known)
    return community_id


def invitation(server: Server, community_id: int) -> dict[str, Any]:
    """Where everything is, and the tokens to get in."""
    operator = server.tokens.mint("admin", subject="demo")
    owner = server.tokens.mint("admin", CommunityScope(id=community_id, slug=SLUG), subject="demo")
    origin = f"http://{host_of(server.settings)}:{server.settings.port}"
    return {
        "community": SLUG,
        "urls": {
            "playground": f"{origin}/playground#token={owner}",
            "graphql": f"{origin}/graphql",
            "websocket": f"{origin.replace('http', 'ws', 1)}/graphql",
            "webhook": f"{origin}/webhooks/kick",
            "health": f"{origin}/healthz",
            "ready": f"{origin}/readyz",
            "metrics": f"{origin}/metrics",
            "kick": f"{server.settings.kick_api_url}/progress",
        },
        "tokens": {"operator": operator, "owner": owner},
    }


def table(told: dict[str, Any]) -> str:
    """The URLs and tokens for people."""
    lines = [
        "",
        f"  Regulars demo: the community {told['community']!r} follows a simulated Kick channel.",
        f"  Its stream began two hours ago: that past is told at {SPEED} times its speed, then life goes on.",
        "",
        *(f"  {name:<12} {url}" for name, url in told["urls"].items()),
        "",
        "  The playground link signs you in as the community's owner. For other tools, send the header",
        f"  Authorization: Bearer {told['tokens']['owner']}",
        "",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


async def status_line(server: Server, community_id: int) -> None:
    """Say how it goes: every second on one line of a terminal, else a line every ten seconds."""
    terminal = sys.stdout.isatty()
    while True:
        line = await status(server, community_id)
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}" if terminal else line, end="" if terminal else "\n", flush=True)
        await asyncio.sleep(STATUS_EVERY_S if terminal else PLAIN_STATUS_EVERY_S)


async def status(server: Server, community_id: int) -> str:
    """One line: how much arrived, how many earn, who leads."""
    reader = server.database.reader()
    backlog = await health.backlog(reader)
    best = await leaderboards.below(reader, community_id, None, 3)
    size = await leaderboards.size(reader, community_id)
    leaders = "  ".join(f"{standing.name} {standing.watch_us // 60_000_000} min" for standing in best)
    applied = server.worker.progress.applied
    return f"{applied:,} deliveries applied, {backlog.waiting:,} wait, {size:,} viewers earn | {leaders}"


def host_of(settings: Settings) -> str:
    """The address a program on this machine reaches the server at."""
    return "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
