"""A Kick that lives: what happens in its channels is delivered to whoever subscribed, as far as the oddities allow."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout

from clients.simulator.bodies import tell
from clients.simulator.frames import Rooms, pushes_of
from clients.simulator.happenings import Fact, Happening, Person, Redeemed, Reward, Spoken
from clients.simulator.people import plain_person
from clients.simulator.played import KickPlayed
from clients.simulator.quirks import Said, Subscription
from clients.simulator.redeeming import Redeeming
from clients.simulator.signing import SigningKey
from clients.simulator.speaking import BOT

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, how many deliveries of it were taken, and how many frames somebody listened to."""

    fact: Fact
    at: datetime
    taken: int
    pushed: int = 0


class LiveKick(KickPlayed):
    """A played Kick that posts signed webhooks to `target`; nothing is sent twice, as Kick promises no repeats.

    Channels whose `rooms` are known push their frames over the websockets, too. `book` holds what happened and how
    often it was told; `lost` counts what no delivery told, by kind.
    """

    def __init__(self, session: ClientSession, *, key: SigningKey, target: str = "", seed: object = 1) -> None:
        super().__init__(seed=seed)
        self.key = key
        self.target = target
        self.book: list[Told] = []
        self.rooms: dict[int, Rooms] = {}
        self.lost: Counter[str] = Counter()
        self.waiting: list[Said] = []
        self.heard = self.waiting.append
        self.decided: list[str] = []
        self.settled = self.decided.append
        self._session = session

    async def happen(self, owner: int, fact: Fact, at: datetime) -> int:
        """Have something happen in a channel, and return how many deliveries of it were taken."""
        happening = Happening(number=len(self.book), at=at, fact=fact)
        taken = 0
        for subscription in self.subscriptions.of(owner, fact.kind):
            if not subscription.is_dead:
                taken += await self._deliver(subscription, self.people[owner], happening)
        pushed = await self._push(owner, happening)
        self.book.append(Told(fact, at, taken, pushed))
        self.lost[fact.kind] += taken == 0
        return taken

    async def echo(self, at: datetime) -> int:
        """Tell of the lines that were posted through the API since the last time; how many."""
        lines, self.waiting[:] = list(self.waiting), []
        for said in lines:
            sender = self.people.get(said.sender) or plain_person(BOT, "RegularsBot")
            await self.happen(said.channel, Spoken(message_id=said.message_id, sender=sender, text=said.text), at)
        return len(lines)

    async def _push(self, owner: int, happening: Happening) -> int:
        rooms = self.rooms.get(owner)
        if rooms is None:
            return 0
        return sum([await self.sockets.push(push) for push in pushes_of(rooms, happening.fact, happening.at)])

    async def redeem(self, owner: int, reward_id: str, redeemer: Person, text: str = "", *, tells: bool = True) -> str:
        """Have somebody redeem a reward, and tell of it unless that gets lost; the redemption's id."""
        name = Redeeming(self).redeem(owner, reward_id, redeemer.account, text)
        self.people.setdefault(redeemer.account, redeemer)
        if tells:
            await self.tell_redemption(name)
        return name

    async def decide(self, redemption_id: str, status: Literal["accepted", "rejected"], *, tells: bool = True) -> None:
        """Have the channel's owner decide a redemption by hand, and tell of it unless that gets lost."""
        self.redemptions[redemption_id]["status"] = status
        if tells:
            await self.tell_redemption(redemption_id)

    async def tell_redemption(
        self, redemption_id: str, status: Literal["pending", "accepted", "rejected"] | None = None
    ) -> int:
        """Tell of a redemption as it is, or as it was in a status; how many deliveries were taken."""
        held = self.redemptions[redemption_id]
        sold = held["sold"]
        told = Redeemed(
            redemption_id=redemption_id,
            redeemer=self.people[held["redeemer"]["user_id"]],
            reward=Reward(id=held["reward"], title=sold["title"], cost=sold["cost"], description=""),
            user_input=held["user_input"],
            status=status or held["status"],
            redeemed_at=datetime.fromisoformat(held["redeemed_at"]),
        )
        return await self.happen(held["owner"], told, self.now())

    async def echo_decisions(self) -> int:
        """Tell of the redemptions that were settled through the API since the last time; how many."""
        names, self.decided[:] = list(self.decided), []
        for name in names:
            await self.tell_redemption(name)
        return len(names)

    async def _deliver(self, subscription: Subscription, owner: Person, happening: Happening) -> bool:
        body = tell(owner, happening)
        stamp = f"{happening.at:%Y-%m-%dT%H:%M:%S}Z"
        headers = self.key.sign(self.fresh_id(), stamp, body, kind=happening.fact.kind, subscription_id=subscription.id)
        is_taken = await self._post(body, headers)
        if is_taken:
            subscription.failing_since = None
            return True
        subscription.failing_since = subscription.failing_since or self.now()
        if self.now() - subscription.failing_since >= timedelta(seconds=self.quirks.unsubscribes_after_s):
            self.subscriptions.held.pop(subscription.id, None)
        return False

    async def _post(self, body: bytes, headers: dict[str, str]) -> bool:
        timeout = ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(self.target, data=body, headers=headers, timeout=timeout) as answer:
                return answer.status < HTTPStatus.BAD_REQUEST
        except (ClientError, TimeoutError):
            return False
