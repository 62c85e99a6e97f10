"""A community whose channel sells rewards on a played Kick, with its owner's leave to do so."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from clients.simulator.grants import Grant
from clients.simulator.happenings import Person
from clients.simulator.people import plain_person
from clients.simulator.redeeming import Redeeming
from server.actions import credentials
from server.actions.rewards import wish
from server.domain.rewards.actions import ActionKind, RewardAction
from server.domain.rewards.rules import RewardPlan
from server.ports_platforms import Tokens
from server.store.credentials import Owner
from server.store.statements import StatementHook
from tests.database import FrozenClock
from tests.effects.connecting import OWNER, ClockedKick, Connected, connected_to

BONUS = RewardAction(kind=ActionKind.WATCH_TIME_BONUS, seconds=600)
SLOT = RewardAction(kind=ActionKind.SLOT_CALL)
SCOPES = ("channel:rewards:read", "channel:rewards:write")
VIEWER = plain_person(8_800_001, "Viewer1")
KIND = "channel.reward.redemption.updated"


@dataclass
class Shop:
    """A channel with rewards: what happens on its Kick, and what the server makes of it."""

    connected: Connected
    community: int = 1
    tokens: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def kick(self) -> ClockedKick:
        return self.connected.kick

    @property
    def page(self) -> dict[str, dict[str, Any]]:
        """The channel's rewards as Kick has them."""
        return self.kick.rewards.get(OWNER, {})

    async def allow(self, community: int | None = None, *scopes: str) -> None:
        """The channel's owner lets a community sell rewards."""
        given = self.kick.grants._pair(Grant(account=OWNER, scopes=scopes or SCOPES))
        granted = Tokens(
            access_token=str(given["access_token"]),
            refresh_token=str(given["refresh_token"]),
            expires_in_s=7200,
            scopes=frozenset(SCOPES),
        )
        number = community or self.community
        owner = Owner(community_id=number, provider="kick", external_id=str(OWNER), purpose="channel")
        server = self.connected.server
        store = partial(credentials.store_new, vault=server.renewals.vault, owner=owner, granted=granted)
        await server.units.run(number, store)

    async def wish(self, action: RewardAction = BONUS, community: int | None = None, **more: Any) -> int:
        """Staff wishes for a reward; its id."""
        plan = RewardPlan(**{"title": "Reward", "cost": 100, "action": action, **more})
        [channel] = await self.connected.read("SELECT id FROM channel WHERE external_id = $1", str(OWNER))
        create = partial(wish.create, channel_id=channel["id"], plan=plan, actor="staff")
        return await self.connected.server.units.run(community or self.community, create)

    async def sell(self, action: RewardAction = BONUS, **more: Any) -> str:
        """Sell a reward; Kick's id of it."""
        number = await self.wish(action, **more)
        await self.connected.live.settle()
        [row] = await self.connected.read("SELECT external_id, problem FROM reward WHERE id = $1", number)
        assert row["problem"] is None
        return row["external_id"]

    async def redeem(self, reward: str, text: str = "", *, by: Person = VIEWER, tells: bool = True) -> str:
        """Somebody redeems a reward, and all that follows happens."""
        name = await self.kick.redeem(OWNER, reward, by, text, tells=tells)
        await self.settle()
        return name

    async def settle(self) -> None:
        """Do all that is due, Kick's own news of it included."""
        await self.connected.live.settle()
        while await self.kick.echo_decisions():
            await self.connected.live.settle()

    def by_hand(self, title: str = "Hydrate", cost: int = 5) -> str:
        """The channel's owner makes a reward himself."""
        return Redeeming(self.kick).make_by_hand(OWNER, title, cost)

    def status(self, redemption: str) -> str:
        """What Kick says of a redemption."""
        return self.kick.redemptions[redemption]["status"]

    async def rows(self, columns: str = "told, deed, verdict, settling, reason") -> list[tuple[Any, ...]]:
        """Every redemption as it is kept, oldest first."""
        return [tuple(row) for row in await self.connected.read(f"SELECT {columns} FROM redemption ORDER BY id")]

    async def rewards(self) -> list[tuple[Any, ...]]:
        """Every reward: how many wishes there were, which was taken, and why not a later one."""
        rows = await self.connected.read("SELECT revision, applied, problem FROM reward ORDER BY id")
        return [tuple(row) for row in rows]

    async def bonuses(self) -> list[tuple[int, int]]:
        """Every bonus: its community, and how many seconds."""
        rows = await self.connected.read("SELECT community_id, amount_us FROM watch_adjustment ORDER BY id")
        return [(row["community_id"], row["amount_us"] // 1_000_000) for row in rows]


@asynccontextmanager
async def shop_on(
    database_url: str, clock: FrozenClock, folder: Path, *, hook: StatementHook | None = None
) -> AsyncGenerator[Shop, None]:
    """A channel that may sell rewards, and of which Kick tells everything."""
    async with connected_to(database_url, clock, folder, hook=hook) as connected:
        await connected.look("subscriptions")
        shop = Shop(connected)
        await shop.allow()
        yield shop
