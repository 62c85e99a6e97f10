"""A server whose Kick is played: it looks when it is told to, and both go by the same clock."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from clients.simulator.happenings import Fact, Spoken, StreamTold
from clients.simulator.living import LiveKick
from clients.simulator.people import plain_person
from clients.simulator.signing import SigningKey
from clients.simulator.sockets import PUSHER_PATH
from clients.simulator.stage import PLAYED_APP, Broadcast
from server.app import assembled
from server.running import Server, running
from server.settings import Settings
from server.store.statements import StatementHook
from tests.database import FrozenClock
from tests.keys import kicks_key
from tests.running import SECRET, Running

OWNER = 7_200_101
STATUS, CHAT = "livestream.status.updated", "chat.message.sent"


class ClockedKick(LiveKick):
    """A played Kick whose time is the server's."""

    def __init__(self, session: ClientSession, clock: FrozenClock, key: SigningKey) -> None:
        self._clock = clock
        super().__init__(session, key=key)

    def now(self) -> datetime:
        return self._clock.at


@dataclass(slots=True)
class Connected:
    """A server, its Kick, and the time of both."""

    live: Running
    kick: ClockedKick
    clock: FrozenClock

    @property
    def server(self) -> Server:
        return self.live.server

    async def look(self, name: str) -> Any:
        """Do one piece of the server's scheduled work now."""
        [work] = [one for one in self.server.schedule._work if one.name == name]
        return await work.run()

    async def pass_time(self, **duration: float) -> None:
        """Let time pass as a server would see it: with a look at everything twice a minute."""
        until = self.clock.at + timedelta(**duration)
        while self.clock.at < until:
            self.clock.pass_time(seconds=min(30.0, (until - self.clock.at).total_seconds()))
            self.server.schedule._work[0].run.__self__._tried.clear()  # type: ignore[attr-defined] - the reconciler behind the schedule
            for name in ("subscriptions", "live", "gaps"):
                await self.look(name)
            await self.live.settle()

    async def read(self, sql: str, *values: Any) -> Sequence[Any]:
        return await self.server.database.reader().fetch(sql, *values)

    async def states(self) -> dict[str, str]:
        """How it stands with every kind."""
        rows = await self.read("SELECT kind, state FROM event_subscription ORDER BY kind")
        return {row["kind"]: row["state"] for row in rows}

    async def gaps(self) -> list[tuple[str, str, str, bool]]:
        """Every gap: source, cause, kinds, and whether it is open."""
        rows = await self.read("SELECT source, cause, kinds, ended_at FROM gap ORDER BY id")
        return [(row["source"], row["cause"], row["kinds"], row["ended_at"] is None) for row in rows]

    async def happen(self, fact: Fact) -> int:
        """Have something happen now."""
        taken = await self.kick.happen(OWNER, fact, self.clock.at)
        await self.live.settle()
        return taken

    async def chat(self, viewer: int, text: str) -> int:
        """Have a viewer write a line now."""
        sender = plain_person(8_800_000 + viewer, f"Viewer{viewer}")
        return await self.happen(Spoken(message_id=self.kick.fresh_id(), sender=sender, text=text))

    def go_live(self, title: str = "Evening") -> Broadcast:
        """Have the channel be live from now on, as far as Kick's API says."""
        made = self.kick.broadcasts[OWNER] = Broadcast(title, self.clock.at)
        return made

    async def start(self, title: str = "Evening") -> Broadcast:
        """Have the channel go live, and Kick tell of it."""
        made = self.go_live(title)
        await self.happen(StreamTold(title=title, started_at=made.since))
        return made

    async def streams(self) -> list[tuple[datetime, datetime | None, datetime | None]]:
        """Every stream: its start, its told end, and the guess at it."""
        rows = await self.read("SELECT started_at, ended_at, ended_by FROM stream ORDER BY started_at")
        return [tuple(None if at is None else _instant(at) for at in row) for row in rows]  # type: ignore[misc] - three columns, three values


def _instant(at: int) -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(microseconds=at)


@asynccontextmanager
async def connected_to(
    database_url: str,
    clock: FrozenClock,
    folder: Path,
    *,
    attached: bool = True,
    hook: StatementHook | None = None,
) -> AsyncGenerator[Connected, None]:
    """A server with one community, whose channel's Kick is played."""
    key = kicks_key()
    pem = folder / "kick.pem"
    pem.write_text(key.public_pem)
    async with ClientSession() as session, ClockedKick(session, clock, key) as kick:
        settings = Settings(
            database_url=database_url,
            secret_key=SecretStr(SECRET),
            kick_public_key_file=pem,
            kick_client_id=PLAYED_APP.client_id,
            kick_client_secret=SecretStr(PLAYED_APP.client_secret),
            kick_api_url=kick.url,
            kick_auth_url=kick.url,
            kick_web_url=kick.url,
            kick_pusher_url=kick.url.replace("http://", "ws://") + PUSHER_PATH,
            strangers_free_form=True,
        )
        async with (
            assembled(settings, roles=frozenset({"web"}), clock=clock, hook=hook) as server,
            running(server),
            TestClient(TestServer(server.site)) as http,
        ):
            kick.target = str(http.make_url("/webhooks/kick"))
            live = Running(server, http, key, clock)
            if attached:
                await live.community(broadcaster=str(OWNER))
            yield Connected(live, kick, clock)
