"""A listener on a real database and a played Kick with real sockets."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from clients.simulator.frames import Rooms
from clients.simulator.sockets import PUSHER_PATH, Sockets
from server.ingest.kick_line import LineParts
from server.ingest.kick_websocket import KickListener
from server.platforms.kick.negotiation import Negotiation
from server.system import SystemChance
from tests.actions.pipeline import Pipeline
from tests.database import FrozenClock

BROADCASTER = 7_310_042
ROOMS = Rooms(7_310_043, 7_310_044)


@asynccontextmanager
async def played(sockets: Sockets) -> AsyncGenerator[str, None]:
    """The sockets on a port of this machine; the address of the site."""
    site = web.Application()
    sockets.add_to(site)
    async with TestServer(site) as server:
        yield str(server.make_url("")).rstrip("/")


@dataclass
class Listening:
    """A listener at work, what it counted, and everything around it."""

    pipeline: Pipeline
    sockets: Sockets
    listener: KickListener
    frames: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    async def follow(self, community: int, broadcaster: int = BROADCASTER, rooms: Rooms | None = ROOMS) -> None:
        """Attach a channel, with what the sockets call it."""
        await self.pipeline.attach(community, broadcaster)
        if rooms is not None:
            await self.pipeline.write(
                "UPDATE attachment SET channel_ref = $1, chatroom_ref = $2 WHERE community_id = $3 AND channel_id = "
                "(SELECT id FROM channel WHERE external_id = $4) RETURNING id",
                str(rooms.channel),
                str(rooms.chatroom),
                community,
                str(broadcaster),
            )

    async def detach(self, community: int) -> None:
        await self.pipeline.write("DELETE FROM attachment WHERE community_id = $1 RETURNING id", community)

    async def subscribed(self, *rooms: Rooms) -> None:
        """Wait until exactly these channels are listened to."""
        async with asyncio.timeout(10):
            await self.sockets.until(frozenset(name for room in rooms for name in room.names))

    async def recorded(self, many: int) -> None:
        """Wait until so many frames are in the inbox."""
        async with asyncio.timeout(10):
            while len(await self.pipeline.read("SELECT id FROM inbox")) < many:
                await asyncio.sleep(0.01)

    async def state(self, wanted: str) -> None:
        """Wait until the only channel is in a state."""
        async with asyncio.timeout(10):
            while [one.state for one in self.listener.conditions().values()] != [wanted]:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def listening_on(
    pipeline: Pipeline, clock: FrozenClock, sockets: Sockets, url: str, *, holder: str = "one", negotiates: bool = True
) -> AsyncGenerator[Listening, None]:
    """A listener that runs."""
    async with ClientSession() as session:
        frames: Counter[tuple[str, str]] = Counter()
        ends: Counter[str] = Counter()
        negotiation = Negotiation(
            session,
            web_url=url,
            pusher_url=url.replace("http://", "ws://") + PUSHER_PATH,
            client_id="948fe603-f61d-4036-a5c5-96dc09fe3ce3",
        )
        parts = LineParts(
            negotiation=negotiation,
            negotiates=negotiates,
            record=pipeline.server.recorder.record,
            clock=clock,
            chance=SystemChance(),
            observe=lambda event, outcome: frames.update([(event, outcome)]),
            ended=lambda code: ends.update([code]),
        )
        engine = pipeline.server
        listener = KickListener(engine.database, engine.units, parts, holder=holder)
        task = asyncio.create_task(listener.run())
        try:
            yield Listening(pipeline, sockets, listener, frames, ends)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await listener.release()
