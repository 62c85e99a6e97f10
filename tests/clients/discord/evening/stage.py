"""An evening's stage: server, bot and gateway that may be killed, and what people and staff do meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession

from clients.simulator.bodies import tell, write_time
from clients.simulator.discord.asked import Asked
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import Channel, Guild, Json, Role, User
from clients.simulator.happenings import Fact, Happening, Person, Spoken
from clients.simulator.people import HARBOUR, plain_person
from clients.simulator.played import KickPlayed
from server.schema.ids import id_of
from server.store.database import Database
from tests.clients.discord.evening.clock import SharedClock
from tests.clients.discord.evening.traps import Traps
from tests.clients.discord.evening.victims import PlayedGateway, Program, until_up
from tests.keys import kicks_key
from tests.web.pages.visiting import Browser

WITHIN_S = 90.0
LOOKED_EVERY_S = 0.05
ANSWERED_WITHIN = timedelta(seconds=30)
"""How long a person waits for the bot before he asks again; on a busy machine that is more than Discord's three."""

ANSWERED_AFTER_KILL_S = 2.0
OTTER, KETTLE, GULL = PEOPLE = (
    plain_person(7_200_101, "QuietOtter"),
    plain_person(7_200_102, "Amber_Kettle"),
    plain_person(7_200_103, "GenerousGull"),
)
CONTENT = {"Content-Type": "application/json"}


@dataclass
class Stage:
    """Everything that an evening needs, once all is up."""

    clock: SharedClock
    discord: DiscordPlayed
    kick: KickPlayed
    traps: Traps
    server: Program
    bot: Program
    gateway: PlayedGateway
    database: Database
    session: ClientSession
    url: str
    token: str
    community: int
    guild: Guild
    channels: dict[str, Channel]
    roles: dict[str, Role]
    people: dict[str, User] = field(default_factory=dict[str, User])
    told: int = 0

    def person(self, name: str) -> User:
        """Somebody on the Discord server."""
        if name not in self.people:
            self.people[name] = self.discord.world.user(name)
            self.discord.world.join(self.guild, self.people[name])
        return self.people[name]

    def browser(self) -> Browser:
        """A browser that was never here."""
        return Browser(self.url, self.kick.url, self.session)

    def pass_time(self, seconds: float) -> None:
        """Let so much time have passed for everybody."""
        self.clock.pass_time(seconds)
        self.discord.world.clock.skip(seconds)
        self.kick.turn(seconds)

    def ago(self, seconds: float) -> datetime:
        """So long before now, in whole seconds, as Kick tells instants."""
        return (self.clock.now() - timedelta(seconds=seconds)).replace(microsecond=0)

    async def until(self, is_so: Callable[[], Awaitable[object]], what: str) -> None:
        """Wait until something is so, looking again and again."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not await is_so():
                    assert self.server.fault is None, self.server.fault
                    assert self.bot.fault is None, self.bot.fault
                    await asyncio.sleep(LOOKED_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"in vain: {what}\n{await self.state()}") from None

    async def state(self) -> str:
        """How everything stands, for whoever reads why a test failed."""
        rows = await self.fetch("SELECT kind, audience, state, outcome, error, attempts FROM job ORDER BY id")
        jobs = "\n".join(" ".join(str(value) for value in dict(row).values()) for row in rows)
        logs = "\n".join(one.log.read_text()[-1500:] for one in (self.server, self.bot))
        entries = await self.fetch("SELECT account_id, source, cause, amount FROM ticket_entry ORDER BY id")
        standings = await self.fetch("SELECT viewer_id, tickets FROM ticket_standing")
        said = await self.fetch("SELECT text, state FROM chat_line ORDER BY id")
        alerts = await self.fetch("SELECT * FROM alert")
        return (
            f"{jobs}\n{alerts}\n{entries}\n{standings}\n{said}\n{self.discord.stage.transcript.text()[-3000:]}\n{logs}"
        )

    async def fetch(self, sql: str, *given: Any) -> list[dict[str, Any]]:
        """What the server keeps."""
        return [dict(row) for row in await self.database.reader().fetch(sql, *given)]

    async def change(self, name: str, fragment: str, /, **given: Any) -> Any:
        """What staff's mutation gives; asked under the same key until there is an answer."""
        self.told += 1
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fragment} ... on Problem {{ code }} }} }}"
        key = {"communityId": id_of("community", self.community), "idempotencyKey": f"evening-{self.told}"}
        body = {"query": document, "variables": {"input": key | given}}
        headers = {"Authorization": f"Bearer {self.token}"}
        found = orjson.loads(await self._insist("/graphql", orjson.dumps(body), headers | CONTENT))
        assert "errors" not in found, found
        answer = found["data"][name]
        assert "code" not in answer, answer
        return answer

    async def hear(self, fact: Fact, at: datetime) -> None:
        """Have Kick tell something, again and again until the server has it."""
        self.told += 1
        body = tell(HARBOUR, Happening(number=self.told, at=at, fact=fact))
        message_id = f"01KYZ7QG18819K7NVB3SN{self.told:05d}"
        stamp = write_time(self.clock.now())
        await self._insist("/webhooks/kick", body, kicks_key().sign(message_id, stamp, body, kind=fact.kind))

    async def say(self, who: Person, text: str, ago_s: float = 0) -> None:
        """Have somebody write a line in Kick's chat."""
        await self.hear(Spoken(message_id=f"line-{self.told}", sender=who, text=text), self.ago(ago_s))

    async def _insist(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """Post until it is taken; what was taken may spring a trap."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    async with self.session.post(self.url + path, data=body, headers=headers) as answer:
                        content = await answer.read()
                        assert answer.status < 500, content
                        assert answer.status in {200, 204}, content
                        break
                except (ClientError, TimeoutError):
                    await asyncio.sleep(LOOKED_EVERY_S)
        if self.traps.set is not None:
            self.traps.set.spring("told")
        return content

    async def answered(self, ask: Callable[[], Awaitable[Asked]]) -> Asked:
        """Have a person do something on Discord, again where nobody answers, as people do."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                await until_up(self.server, self.gateway, self.bot)
                try:
                    asked = await ask()
                    await self._settled(asked)
                except TimeoutError:
                    continue
                return asked

    async def _settled(self, asked: Asked) -> None:
        """Wait for the answer; no longer, once somebody was killed meanwhile, than he takes to come back."""
        killed = self.kills
        for _ in range(int(ANSWERED_WITHIN.total_seconds() / 0.5)):
            try:
                await asked.settled(0.5)
            except TimeoutError:
                if self.kills != killed:
                    await until_up(self.server, self.gateway, self.bot)
                    await asked.settled(ANSWERED_AFTER_KILL_S)
                    return
            else:
                return
        raise TimeoutError

    @property
    def kills(self) -> int:
        """How often somebody was killed."""
        return self.server.killed + self.bot.killed + self.gateway.killed

    async def use(self, who: User, command: str, *options: Json) -> Asked:
        """A command, and its answer."""
        channel = self.channels["general"]
        return await self.answered(partial(self.discord.people.use, who, channel, command, options))

    async def click(self, who: User, asked: Asked, label: str) -> Asked | None:
        """A click on a button of an answer, and what came of it; None where nobody answered."""
        assert asked.message is not None
        [button] = [
            one for row in asked.message.shown["components"] for one in row["components"] if one["label"] == label
        ]
        clicked = await self.discord.people.click(who, asked.message, button["custom_id"])
        try:
            await self._settled(clicked)
        except TimeoutError:
            return None
        return clicked
