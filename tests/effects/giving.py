"""Giveaways before real rounds of the beacon, by a clock that stands so that the promise names them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from server import wiring
from server.actions.giveaways import run
from server.domain.draws.plan import DrawSubject
from server.domain.draws.verify import Report, verify
from server.domain.giveaways import GiveawayKind, GiveawayRules, GiveawayState
from server.effects import giveaways as effects
from server.effects.draws import DrawKeeper
from server.events.chat import Badge, ChatSpoken
from server.jobs.queue import QueueRunner
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import PlaceRow
from server.store.giveaways import giveaways
from tests.actions.test_raffle import STREAMER, House, person
from tests.effects.drawing import COMES, KEYS, Relay, fault_of, file_of

OPENS = COMES - timedelta(minutes=5)
ASKED = COMES - timedelta(seconds=60)
"""A promise made at this instant names the round of `COMES`."""
WORD = "!drop"


def spoken(who: int, text: str, at: datetime, message: str, *badges: str) -> ChatSpoken:
    """A line of chat as the worker hands it on."""
    return ChatSpoken(
        platform="kick",
        broadcaster=STREAMER,
        message_id=message,
        sender=person(who),
        text=text,
        at=at,
        badges=tuple(Badge(kind=kind, text=kind) for kind in badges),
    )


@dataclass
class Giving:
    """A community that gives something away."""

    house: House
    relay: Relay
    keeper: DrawKeeper
    numbers: Any = field(default_factory=lambda: count(1))

    def at(self, instant: datetime) -> None:
        self.house.pipeline.clock.at = instant

    async def opened(self, ends: datetime | None = None, **rules: Any) -> int:
        """The id of a giveaway that is open now; by keyword unless it is said otherwise."""
        rules = {"kind": GiveawayKind.KEYWORD, "keyword": WORD, "lead_s": 60} | rules
        made = await self.house.do(
            run.open_up, title="A mug", rules=GiveawayRules(**rules), ends=ends, actor="person:kick:44"
        )
        return made.id

    async def says(self, who: int, text: str = WORD, *badges: str, at: datetime | None = None) -> None:
        """Somebody writes in the chat, now if it is not said when; a second passes then."""
        when = at or self.house.pipeline.clock.now()
        await self.house.happen(spoken(who, text, when, f"line-{next(self.numbers)}", *badges))
        if at is None:
            self.house.pipeline.clock.pass_time(seconds=1)

    async def look(self) -> None:
        """What a server does every few seconds."""
        engine = self.house.pipeline.server
        await effects.look(engine.database, engine.units, keys=KEYS)
        await self.keeper.look()
        carried_out = {**wiring.effects(engine.database, engine.units), **wiring.draw_effects(self.keeper)}
        await QueueRunner(engine.database, engine.units, effects=carried_out, clock=engine.clock).drain()

    async def drawn(self, giveaway: int) -> None:
        """Have it be drawn, seen in chat before the round, and named."""
        self.at(ASKED)
        await self.house.do(run.draw, giveaway_id=giveaway, actor="person:kick:44")
        await self.look()
        await self.house.pipeline.write(
            "UPDATE chat_line SET state = 'sent', message_id = 'm-' || id, settled_at = $1 WHERE state = 'queued' "
            "RETURNING id",
            1_000_000 * int(ASKED.timestamp()),
        )
        self.at(COMES)
        await self.look()
        self.at(COMES + timedelta(seconds=10))
        await self.look()

    async def state(self, giveaway: int) -> GiveawayState:
        row = await giveaways.by_id(self.house.pipeline.server.database.reader(), self.house.community, giveaway)
        assert row is not None
        return row.state

    async def draw(self, giveaway: int) -> DrawRow:
        found = await draws.latest(self.house.pipeline.server.database.reader(), giveaway, DrawSubject.GIVEAWAY)
        assert found is not None
        return found

    async def places(self, giveaway: int) -> list[PlaceRow]:
        return await entrants.places(self.house.pipeline.server.database.reader(), (await self.draw(giveaway)).id)

    async def report(self, giveaway: int) -> Report:
        """What checking it as anybody can comes to."""
        return verify(await self.bundle(giveaway), fault_of)

    async def bundle(self, giveaway: int) -> dict[str, Any]:
        """What is published of its draw."""
        return await file_of(self.house.pipeline.server.database.reader(), await self.draw(giveaway))

    async def listed(self) -> dict[str, tuple[int, str | None]]:
        """Who is in, by the platform's own id: his tickets, and why he is left out."""
        rows = await self.house.pipeline.read(
            "SELECT a.external_id, e.weight, e.excluded FROM draw_entrant e JOIN account a ON a.id = e.account_id"
        )
        return {row["external_id"]: (row["weight"], row["excluded"]) for row in rows}

    async def who(self, place: PlaceRow) -> int:
        """The platform's own id of somebody who was drawn."""
        [row] = await self.house.pipeline.read("SELECT external_id FROM account WHERE id = $1", place.account_id)
        return int(row["external_id"])

    async def lines(self) -> list[str]:
        """What we say in chat."""
        return [row["text"] for row in await self.house.pipeline.read("SELECT text FROM chat_line ORDER BY id")]

    async def do(self, action: Any, /, **given: Any) -> Any:
        return await self.house.do(partial(action, **given))
