"""What is odd about Kick, each oddity with its switch, and the subscriptions that some of them concern."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from clients.simulator.identifiers import ulid
from clients.simulator.system import Chance

SUBSCRIPTIONS_MAX = 20_000


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Every switch, off at first. Those about kinds of event name the kinds."""

    ghost_orders: bool = False
    """Orders are answered with 200 and an empty list, and create nothing."""
    order_limit: int | None = None
    """So many subscriptions there may be at most."""
    refused: set[str] = field(default_factory=set[str])
    """Orders of these are answered with an error of their own."""
    unlisted: set[str] = field(default_factory=set[str])
    """The list leaves these out."""
    dead: set[str] = field(default_factory=set[str])
    """Subscriptions to these that exist now deliver nothing any more; new ones do."""
    bot_fails: bool = False
    """Chat lines of bots are answered with 500."""
    chat_forbidden: bool = False
    """Chat lines are answered with Forbidden, as in a chat for followers only."""
    chat_quota: bool = False
    """Chat lines are answered with a quota that is used up."""
    unlisted_lives: set[int] = field(default_factory=set[int])
    """These accounts are left out where Kick tells who is live."""
    loses_answers: int = 0
    """So many rewards to come are made, and whoever asked for them is answered with an error."""
    unsettled: dict[str, str] = field(default_factory=dict[str, str])
    """Redemptions that can be neither accepted nor rejected, each with the reason."""
    unsubscribes_after_s: float = 24 * 3600.0
    """A subscription whose deliveries have failed for so long is taken away."""


@dataclass(slots=True, kw_only=True)
class Subscription:
    """What somebody is sent; `failing_since` once a delivery was not taken, until one is."""

    id: str
    account: int
    kind: str
    created_at: datetime
    is_dead: bool = False
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A chat line that was posted through the API."""

    message_id: str
    channel: int
    sender: int
    speaker: str
    text: str
    reply_to: str | None


class Subscriptions:
    """All subscriptions of the app; a repeated order makes another one, as with Kick."""

    def __init__(self, now: Callable[[], datetime], chance: Chance) -> None:
        self.held: dict[str, Subscription] = {}
        self._now = now
        self._chance = chance

    def order(self, account: int, kind: str) -> Subscription:
        """Make a subscription."""
        made = Subscription(id=ulid(self._now(), self._chance), account=account, kind=kind, created_at=self._now())
        if len(self.held) < SUBSCRIPTIONS_MAX:
            self.held[made.id] = made
        return made

    def of(self, account: int, kind: str | None = None) -> list[Subscription]:
        """Those of a channel, oldest first; of one kind, where it is named."""
        return [one for one in self.held.values() if one.account == account and kind in {None, one.kind}]

    def drop(self, account: int | None = None, kind: str | None = None) -> int:
        """Take away those of a channel or of all, of one kind or all, as Kick does of itself; how many."""
        gone = [one.id for one in self.held.values() if account in {None, one.account} and kind in {None, one.kind}]
        for name in gone:
            del self.held[name]
        return len(gone)

    def kill(self, kind: str) -> None:
        """Have the subscriptions to a kind that there are now deliver nothing any more."""
        for one in self.held.values():
            one.is_dead |= one.kind == kind
