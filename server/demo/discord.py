"""The simulated Discord of the demo, the bot in it, and what binds both to the community."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from server.actions import guilds, panels
from server.actions.tokens import service_keys
from server.auth.service_tokens import handed_out, new_pair
from server.demo.processes import FOLDER, Failed, Program, started
from server.domain.guilds import Purpose
from server.domain.panels import PanelKind
from server.running import Server
from server.system import SystemChance

NAME = "Harbour Lights"
CHANNELS: Mapping[str, Purpose | None] = {
    "welcome": None,
    "general": None,
    "live": Purpose.ANNOUNCEMENTS,
    "raffle": Purpose.RAFFLE,
    "giveaways": Purpose.GIVEAWAYS,
    "slots": Purpose.SLOT_CALLS,
    "links": Purpose.LINK_LOG,
}
"""The Discord server's channels, and what each is chosen for.

None is for staff: told of a past that is late by hours, it would be warned of a clock that is wrong.
"""

PANELS: Mapping[str, PanelKind] = {"welcome": PanelKind.LINK, "raffle": PanelKind.RAFFLE}
TRANSCRIPT = FOLDER / "discord.txt"
WRITTEN = FOLDER / "discord.json"
BOT_FOLDER = FOLDER / "bot"
BOT_NAME = "discord-bot"
KID_BYTES = 12
TIMEOUT = ClientTimeout(total=5)
ANSWERED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
# The packages stand beside each other, in a clone as in an installation.
PACKAGES = Path(__file__).parents[2]


class Unanswered(Exception):
    """Nobody on Discord can be asked, or nobody answers; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class DiscordServer:
    """The played Discord server as people act in it, through the simulator's controls."""

    session: ClientSession
    api: str
    token: str
    id: str
    channels: Mapping[str, str]

    @property
    def controls(self) -> str:
        """Where the simulator is steered."""
        return controls_of(self.api)

    async def joined(self, name: str) -> str:
        """The id of somebody who joins; raises `Unanswered`."""
        told = await told_by(self.session, f"{self.controls}/people", {"name": name, "guild": self.id})
        return str(told["id"])

    async def use(self, user: str, channel: str, command: str, **options: str) -> Mapping[str, Any]:
        """What somebody is shown for a command, whose options are texts; raises `Unanswered`."""
        given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
        act = {"user": user, "use": command, "channel": self.channels[channel], "options": given}
        asked = await told_by(self.session, f"{self.controls}/acts", act)
        for _ in range(int(ANSWERED_WITHIN_S / LOOK_EVERY_S)):
            seen = await told_by(self.session, f"{self.controls}/acts/{asked['token']}")
            if seen["is_settled"]:
                shown: Mapping[str, Any] = seen["shown"] or {}
                return shown
            await asyncio.sleep(LOOK_EVERY_S)
        raise Unanswered(f"nobody answered /{command}")


def controls_of(api: str) -> str:
    """Where the simulator with this API is steered."""
    return f"{api.partition('/api/')[0]}/simulator"


async def told_by(session: ClientSession, url: str, body: object = None) -> dict[str, Any]:
    """What a page of the simulator or of the bot says; raises `Unanswered` where it says nothing, or no."""
    try:
        async with session.request("GET" if body is None else "POST", url, json=body, timeout=TIMEOUT) as answer:
            told: dict[str, Any] = orjson.loads(await answer.read())
    except (ClientError, TimeoutError, orjson.JSONDecodeError) as fault:
        raise Unanswered(f"{url} is away ({type(fault).__name__})") from fault
    if not answer.ok:
        raise Unanswered(str(told.get("message") or told))
    return told


def discord_started() -> AbstractAsyncContextManager[Program]:
    """The simulator as a process of its own; where it listens is in `WRITTEN` then, what is seen in `TRANSCRIPT`."""
    named = [part for channel in CHANNELS for part in ("--channel", channel)]
    return started(
        "The simulated Discord",
        "discord",
        *("clients.simulator.discord", "--guild", NAME, *named, "--url-file", str(WRITTEN)),
        out=TRANSCRIPT,
    )


async def discord_there(discord: Program, session: ClientSession) -> DiscordServer:
    """The Discord server, once it is played; raises `Failed`."""
    written = orjson.loads(await discord.written(WRITTEN))
    try:
        world = await told_by(session, f"{controls_of(written['api'])}/world")
    except Unanswered as reason:
        raise Failed(f"{discord.name} does not answer: {reason}.") from reason
    [guild] = world["guilds"]
    return DiscordServer(session, written["api"], written["token"], guild["id"], guild["channels"])


async def bound(server: Server, community_id: int, home: DiscordServer) -> None:
    """Bind the Discord server to the community, choose its channels, and have a panel in some."""
    offer = partial(guilds.offer, salt=server.ids.token(), lifetime=timedelta(minutes=1))
    code_id, _ = await server.units.run(community_id, offer)
    await server.units.run(community_id, partial(guilds.bind, code_id=code_id, guild=home.id, name=NAME))
    for channel, purpose in CHANNELS.items():
        if purpose is not None:
            choose = partial(guilds.choose_channel, purposes=[purpose], channel=home.channels[channel])
            await server.units.run(community_id, choose)
    for channel, kind in PANELS.items():
        create = partial(panels.create, kind=kind, locale="en-US", is_pinned=True, auto_heal=True)
        await server.units.run(community_id, partial(create, channel_id=home.channels[channel]))


async def service_key(server: Server) -> str:
    """The private key of a bot that the server believes from now on."""
    private, public = new_pair()
    kid = SystemChance().draw(KID_BYTES).hex()
    await server.units.run(0, partial(service_keys.add, kid=kid, kind="bot", name=BOT_NAME, public_key=public))
    return handed_out(BOT_NAME, kid, private)


def bot_started(origin: str, key: str, home: DiscordServer, health_url: str) -> AbstractAsyncContextManager[Program]:
    """`regulars-bot run` as a process of its own, in a folder without anybody's settings and with those of the demo."""
    BOT_FOLDER.mkdir()
    environment = {
        "PYTHONPATH": str(PACKAGES),
        "REGULARS_DISCORD_TOKEN": home.token,
        "REGULARS_BOT_SERVICE_KEY": key,
        "REGULARS_BOT_SERVER_URL": origin,
        "REGULARS_BOT_DISCORD_API": home.api,
        "REGULARS_BOT_DATA": ".",
        "REGULARS_BOT_HEALTH_PORT": str(urlsplit(health_url).port),
    }
    return started("The bot", "bot", "clients.discord", "run", environment=environment, folder=BOT_FOLDER)


async def bot_there(session: ClientSession, bot: Program, health_url: str) -> bool:
    """Wait until the bot is connected to Discord; false where it ended instead."""
    while bot.process.returncode is None:
        try:
            await told_by(session, health_url)
        except Unanswered:
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            return True
    return False


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
