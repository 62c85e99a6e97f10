"""A community whose chat is played: signed webhooks come in over HTTP, and what we say comes out at a played Kick."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from clients.simulator.grants import Grant
from clients.simulator.played import KickPlayed
from server.actions import credentials
from server.app import assembled
from server.auth.keys import master_keys
from server.auth.sealing import Vault
from server.ports_platforms import Tokens
from server.running import Server, running
from server.schema.ids import id_of
from server.settings import Settings
from server.store.credentials import Owner
from server.system import SystemChance, SystemIds
from tests.database import FrozenClock
from tests.graph import Graph, line
from tests.keys import kicks_key
from tests.running import SECRET, Running

BROADCASTER = "100001"


@dataclass
class Room:
    """A chat, and the server that listens and speaks there."""

    graph: Graph
    kick: KickPlayed
    community: int
    channel: int
    written: int = 0
    keys: int = 0
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def server(self) -> Server:
        return self.graph.server

    @property
    def clock(self) -> FrozenClock:
        return self.graph.live.clock

    @property
    def said(self) -> list[str]:
        """What Kick's chat shows of us, oldest first."""
        return [one.text for one in self.kick.said]

    async def writes(
        self, user: int, text: str, *, badges: tuple[str, ...] = (), ago_s: float = 0, message_id: str | None = None
    ) -> str:
        """Have somebody write in the chat now, or a while ago; the id of his message."""
        self.written += 1
        now = self.clock.now().timestamp() - ago_s
        at = self.clock.now().fromtimestamp(now, self.clock.now().tzinfo).isoformat().replace("+00:00", "Z")
        body = line(BROADCASTER, user, text, at)
        body["message_id"] = message_id or f"message-{self.written}"
        body["sender"]["identity"]["badges"] = [{"type": kind, "text": kind} for kind in badges]
        await self.graph.deliver("chat.message.sent", body)
        return body["message_id"]

    async def answered(self, user: int, text: str, **more: Any) -> list[str]:
        """What is said because somebody wrote something."""
        before = len(self.kick.said)
        await self.writes(user, text, **more)
        await self.graph.live.settle()
        return self.said[before:]

    async def do(self, document: str, /, **given: Any) -> dict[str, Any]:
        """What a mutation gives, under a key of its own."""
        self.keys += 1
        house = {"communityId": id_of("community", self.community), "idempotencyKey": f"chat-{self.keys}"}
        [answer] = (await self.graph.data(document, input=house | given)).values()
        return answer

    async def lines(self) -> list[dict[str, Any]]:
        """The lines as staff sees them, newest first."""
        shown = """{ community(slug: "house") { chat { lines(first: 50) { nodes {
          kind text state asBot reason attempts messageId heardAt } } } } }"""
        return (await self.graph.data(shown))["community"]["chat"]["lines"]["nodes"]

    async def connect(self, *scopes: str) -> None:
        """The channel's owner allows us to speak in his chat."""
        given = self.kick.grants._pair(Grant(account=int(BROADCASTER), scopes=scopes or ("chat:write",)))
        granted = Tokens(
            access_token=str(given["access_token"]),
            refresh_token=str(given["refresh_token"]),
            expires_in_s=7200,
            scopes=frozenset({"chat:write"}),
        )
        owner = Owner(community_id=self.community, provider="kick", external_id=BROADCASTER, purpose="channel")
        vault = Vault(master_keys("", SECRET), SystemIds(), SystemChance())
        store = partial(credentials.store_new, vault=vault, owner=owner, granted=granted)
        await self.server.units.run(self.community, store)


@asynccontextmanager
async def room_on(database_url: str, clock: FrozenClock, folder: Path) -> AsyncGenerator[Room, None]:
    """A community whose channel's owner lets us speak; what waits is said when the test settles."""
    key = kicks_key()
    pem = folder / "kick.pem"
    pem.write_text(key.public_pem)
    async with KickPlayed() as kick:
        settings = Settings(
            database_url=database_url,
            secret_key=SECRET,  # type: ignore[arg-type]
            kick_public_key_file=pem,
            kick_api_url=kick.url,
            chat_pace_ms=0,
            public_url="https://regulars.example",
        )
        async with (
            assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
            running(server),
            TestClient(TestServer(server.site)) as http,
        ):
            live = Running(server, http, key, clock)
            community = await live.community("house", BROADCASTER)
            [row] = await server.database.reader().fetch("SELECT id FROM channel")
            room = Room(Graph(live, server.tokens.mint("admin")), kick, community, row["id"])
            await room.connect()
            yield room
