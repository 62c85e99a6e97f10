"""What can happen in the simulated community: plain facts, before anybody tells them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Badge:
    """A chat badge; `count` is only given by the kinds that count something."""

    kind: str
    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account on Kick."""

    account: int
    name: str
    slug: str
    verified: bool | None = False
    picture: str = ""
    colour: str = "#75FD46"
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Somebody wrote a chat message, perhaps in answer to an earlier one."""

    message_id: str
    sender: Person
    text: str
    replies_to: "Spoken | None" = None
    kind: str = "chat.message.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Somebody follows the channel."""

    follower: Person
    kind: str = "channel.followed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """Somebody pays for his own subscription; `months` above 1 is a renewal."""

    subscriber: Person
    months: int
    expires_at: datetime

    @property
    def kind(self) -> str:
        """The first month and the later ones are two kinds of event."""
        return "channel.subscription.new" if self.months == 1 else "channel.subscription.renewal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gifted:
    """Somebody gives subscriptions away; without a gifter he stays anonymous, in one of the two documented ways."""

    gifter: Person | None
    giftees: tuple[Person, ...]
    expires_at: datetime
    anonymous_flag: bool = True
    kind: str = "channel.subscription.gifts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """Something the streamer sells for channel points."""

    id: str
    title: str
    cost: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """A redemption reached a status."""

    redemption_id: str
    redeemer: Person
    reward: Reward
    user_input: str
    status: Literal["pending", "accepted", "rejected"]
    redeemed_at: datetime
    kind: str = "channel.reward.redemption.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTold:
    """A stream began (`ended_at` is None) or ended."""

    title: str
    started_at: datetime
    ended_at: datetime | None = None
    kind: str = "livestream.status.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataChanged:
    """The streamer changed title or category."""

    title: str
    language: str
    mature: bool
    category_id: int
    category: str
    kind: str = "livestream.metadata.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned:
    """Somebody was banned; with `expires_at` it is a timeout."""

    moderator: Person
    banned: Person
    reason: str
    expires_at: datetime | None
    kind: str = "moderation.banned"


@dataclass(frozen=True, slots=True, kw_only=True)
class KicksGiven:
    """Somebody gave KICKs, Kick's currency."""

    sender: Person
    amount: int
    name: str
    gift_type: str
    tier: str
    message: str
    pinned_s: int | None
    kind: str = "kicks.gifted"


Fact = Spoken | Followed | Subscribed | Gifted | Redeemed | StreamTold | MetadataChanged | Banned | KicksGiven


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a body is written, where Kick itself varies; the default is the plainest way."""

    identity: Literal["full", "null", "absent"] = "full"
    digits: int = 0
    offset_minutes: int = 0
    spelled_zone: bool = False
    emote_id_number: bool = False
    capital_category: bool = False
    extra: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One fact, its instant, its place in the plan and how its body is written."""

    number: int
    at: datetime
    fact: Fact
    manner: Manner = field(default=Manner())
