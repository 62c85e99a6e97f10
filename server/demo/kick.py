"""The simulated Kick of the demo: a stream that began two hours ago."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

from server.demo.community import (
    BROADCASTER_ID,
    CHANNEL_ID,
    CHANNEL_NAME,
    CHATROOM_ID,
    HOUR,
    PAST,
    SPEED,
)
from server.demo.processes import FOLDER, Program, started
from server.settings import Settings
from server.system import SystemClock
from server.web.pages.platforms import CALLBACK

FUTURE = 24 * HOUR
CLIENT_ID = "regulars-demo"
WRITTEN = FOLDER / "kick.url"


def kick_started(settings: Settings, origin: str, client_secret: str) -> AbstractAsyncContextManager[Program]:
    """The simulator as a process of its own; it writes into `WRITTEN` where it listens."""
    return started(
        "The simulated Kick",
        "kick",
        *("clients.simulator", "--quiet", "--stay"),
        *("--target", f"{origin}/webhooks/kick"),
        *("--public-key-file", str(settings.kick_public_key_file), "--url-file", str(WRITTEN)),
        *("--client-id", CLIENT_ID, f"--client-secret={client_secret}"),
        *("--redirect-uri", f"{origin}{CALLBACK}"),
        *("--broadcaster-id", BROADCASTER_ID, "--broadcaster-name", CHANNEL_NAME),
        *("--channel-id", CHANNEL_ID, "--chatroom-id", CHATROOM_ID),
        *("--live", "--speed", str(SPEED), "--start", f"{SystemClock().now() - PAST:%Y-%m-%dT%H:%M:%SZ}"),
        *("--duration", f"{(PAST + FUTURE) // HOUR}h", "--viewers", "150"),
        *("--duplicates", "0.05", "--reorder", "0.05", "--patience", "3"),
    )


def addresses_of(settings: Settings, kick: str) -> dict[str, Any]:
    """Where everything that it plays is: Kick's sign-in, API and websockets, and a relay of the demo's beacon."""
    sockets = kick.replace("http://", "ws://", 1) + urlsplit(settings.kick_pusher_url).path
    return {
        "kick_api_url": kick,
        "kick_auth_url": kick,
        "kick_web_url": kick,
        "kick_pusher_url": sockets,
        "drand_relays": (kick,),
    }
