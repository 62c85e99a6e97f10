"""A Kick that lives: what happens in its channels is delivered to whoever subscribed, as far as the oddities allow."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout

from clients.simulator.bodies import tell
from clients.simulator.happenings import Fact, Happening, Person, Spoken
from clients.simulator.people import plain_person
from clients.simulator.played import KickPlayed
from clients.simulator.quirks import Said, Subscription
from clients.simulator.signing import SigningKey
from clients.simulator.speaking import BOT

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, and how many deliveries of it were taken."""

    fact: Fact
    at: datetime
    taken: int


class LiveKick(KickPlayed):
    """A played Kick that posts signed webhooks to `target`; nothing is sent twice, as Kick promises no repeats.

    `book` holds what happened and how often it was told; `lost` counts what no delivery told, by kind.
    """

    def __init__(self, session: ClientSession, *, key: SigningKey, target: str = "", seed: object = 1) -> None:
        super().__init__(seed=seed)
        self.key = key
        self.target = target
        self.book: list[Told] = []
        self.lost: Counter[str] = Counter()
        self.waiting: list[Said] = []
        self.heard = self.waiting.append
        self._session = session

    async def happen(self, owner: int, fact: Fact, at: datetime) -> int:
        """Have something happen in a channel, and return how many deliveries of it were taken."""
        happening = Happening(number=len(self.book), at=at, fact=fact)
        taken = 0
        for subscription in self.subscriptions.of(owner, fact.kind):
            if not subscription.is_dead:
                taken += await self._deliver(subscription, self.people[owner], happening)
        self.book.append(Told(fact, at, taken))
        self.lost[fact.kind] += taken == 0
        return taken

    async def echo(self, at: datetime) -> int:
        """Tell of the lines that were posted through the API since the last time; how many."""
        lines, self.waiting[:] = list(self.waiting), []
        for said in lines:
            sender = self.people.get(said.sender) or plain_person(BOT, "RegularsBot")
            await self.happen(said.channel, Spoken(message_id=said.message_id, sender=sender, text=said.text), at)
        return len(lines)

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
