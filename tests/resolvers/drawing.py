"""A raffle on the eve of its draw behind the whole server, by real rounds of the beacon and a clock before them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from server.actions.raffle import periods
from server.domain.draws.plan import REVEAL_AFTER
from server.domain.instants import micros
from server.domain.raffle.rules import RaffleRules
from server.effects import raffle
from server.effects.draws import DrawKeeper, Means
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import linking
from server.system import SystemChance
from tests.actions.test_raffle import gift
from tests.effects.drawing import COMES, ENDS, EVE, KEYS, PUBLIC_URL, Relay
from tests.graph import Graph


@dataclass
class Eve:
    """A community with a raffle whose planned round is a real one; `relay` gives that round."""

    graph: Graph
    community: int
    relay: Relay = field(default_factory=Relay)
    period: int = 0

    @property
    def keeper(self) -> DrawKeeper:
        server = self.graph.server
        means = Means(keys=KEYS, chance=SystemChance(), beacons=self.relay, public_url=PUBLIC_URL)
        return DrawKeeper(server.database, server.units, means)

    async def do(self, action: Any, /, **given: Any) -> Any:
        return await self.graph.server.units.run(self.community, partial(action, **given))

    async def begin(self, givers: int = 4, **rules: Any) -> None:
        """Open a raffle with some people in it, who gave one, two, ... subscriptions."""
        wanted = {"settlement_h": 0, "renews": False, **rules}

        def revised(current: RaffleRules) -> RaffleRules:
            return replace(current, **wanted)

        await self.do(periods.change_rules, revised=revised, wagers_confirmed=True, actor="tester")
        self.period = (await self.do(periods.start, title="August", starts=None, ends=ENDS, actor="tester")).id
        gifts = [gift(one, one, micros(EVE), one) for one in range(1, givers + 1)]

        async def tell(tx: Tx, scope: Scope) -> Done[None]:
            del tx, scope
            return Done(None, list(gifts))

        await self.do(tell)
        await self.look()

    def at(self, instant: datetime) -> None:
        self.graph.live.clock.at = instant

    async def look(self) -> None:
        await raffle.look(self.graph.server.database, self.graph.server.units)
        await self.keeper.look()

    async def close(self) -> None:
        """Let the raffle end and its list be closed and promised."""
        self.at(COMES - timedelta(minutes=29))
        await self.look()

    async def say_all(self) -> None:
        """Have the lines that wait be posted, as the speaker would, at this instant."""

        async def say(tx: Tx, scope: Scope) -> Done[None]:
            now = micros(scope.now)
            await tx.execute(
                "UPDATE chat_line SET state = 'sent', message_id = 'm-' || id, settled_at = $1 WHERE state = 'queued'",
                now,
            )
            return Done(None)

        await self.do(say)

    async def come(self) -> None:
        """Let the round come, the winners be drawn from it, and the time of the reveal."""
        self.at(COMES)
        await self.look()
        self.at(COMES + REVEAL_AFTER)

    async def draw(self) -> int:
        [*_, row] = await self.graph.server.database.reader().fetch("SELECT id FROM draw ORDER BY id")
        return row["id"]


async def eve_on(graph: Graph, slug: str = "house", channel: str = "900001") -> Eve:
    """A community that speaks in its channel's chat, hours before the round."""
    graph.live.clock.at = EVE
    graph.operator = graph.server.tokens.mint("admin")
    community = await graph.live.community(slug, channel)

    async def speak(tx: Tx, scope: Scope) -> Done[None]:
        await tx.execute(
            "INSERT INTO setting_version (community_id, capability, effective_from, data, actor, created_at) "
            "VALUES ($1, 'chat', 0, $2, 'tester', 0)",
            scope.community_id,
            '{"speaks": true, "texts": {}}',
        )
        return Done(None)

    await graph.server.units.run(community, speak)
    return Eve(graph, community)


async def viewer_of(eve: Eve, platform_id: str) -> str:
    """The id of the viewer whose first account has a platform's id."""
    return (await eve.graph.accounts(eve.community))[platform_id]


def of(eve: Eve) -> str:
    return id_of("community", eve.community)


async def seen_on_discord(eve: Eve, number: str) -> None:
    """Somebody of whom only the account on Discord is known."""

    async def see(tx: Tx, scope: Scope) -> Done[None]:
        await linking.accounts_of(tx, "discord", [(Person(id=number, name="somebody"), scope.now)])
        return Done(None)

    await eve.do(see)
