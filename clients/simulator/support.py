"""What else happens during a stream: follows, subscriptions, gifts, KICKs, redemptions, new titles and bans."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clients.simulator.happenings import (
    Banned,
    Fact,
    Followed,
    Gifted,
    KicksGiven,
    MetadataChanged,
    Person,
    Redeemed,
    Reward,
    Subscribed,
)
from clients.simulator.identifiers import ulid
from clients.simulator.lines import CATEGORIES, HYPE_LINES, REASONS, TITLES, fill
from clients.simulator.people import Viewer
from clients.simulator.spans import Live
from clients.simulator.system import Chance

SUBSCRIPTION = timedelta(days=30)
STRANGER_SHARE = 0.4
BOMB_SIZES = (1, 1, 1, 1, 2, 3, 5, 5, 5, 10, 10, 20, 50)
KICKS_GIFTS = (
    (1, "Small Wave", "BASIC", "BASIC", None),
    (10, "Paper Boat", "BASIC", "BASIC", None),
    (100, "Ship Horn", "LEVEL_UP", "BASIC", 60),
    (500, "Full Sail", "LEVEL_UP", "MID", 600),
    (1500, "Lighthouse", "LEVEL_UP", "HIGH", 1200),
)
REWARDS = (
    ("Pick the next song", 500, "One song, no jokes"),
    ("Name the boat", 2000, "For the rest of the evening"),
    ("Hydrate!", 100, ""),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A fact at a second of the plan."""

    at_s: float
    fact: Fact


@dataclass(slots=True)
class Support:
    """Makes such facts in the order of time, remembering who already follows or subscribes.

    Nobody subscribes twice and nobody receives a second gift, so that no two happenings look like copies of one.
    """

    start: datetime
    duration_s: float
    crowd: Sequence[Viewer]
    strangers: Iterator[Person]
    chance: Chance
    ids: Chance
    following: set[int] = field(default_factory=set[int])
    subscribed: set[int] = field(default_factory=set[int])
    renewed: set[int] = field(default_factory=set[int])
    rewards: tuple[Reward, ...] = ()

    def __post_init__(self) -> None:
        self.subscribed.update(viewer.person.account for viewer in self.crowd if viewer.is_subscriber)
        self.rewards = tuple(
            Reward(id=ulid(self.start, self.ids), title=title, cost=cost, description=description)
            for title, cost, description in REWARDS
        )

    def during(self, live: Live) -> list[Moment]:
        """Everything of this stream; each kind and variant happens at least once, however short the stream is."""
        makers: tuple[tuple[Callable[[datetime], Fact], float], ...] = (
            (self._follow, 12),
            (self._new_sub, 4),
            (self._renewal, 3),
            (lambda at: self._gift(at, size=self.chance.randint(1, 3), anonymous_flag=True), 0.5),
            (lambda at: self._gift(at, size=self.chance.randint(1, 3), anonymous_flag=False), 0.5),
            (lambda at: self._gift(at, size=self.chance.choice(BOMB_SIZES)), 4),
            (lambda _: self._kicks(), 6),
            (lambda _: self._metadata(), 2),
            (lambda at: self._ban(at, lasting=timedelta(minutes=self.chance.randint(1, 10))), 1),
            (lambda at: self._ban(at, lasting=None), 0.1),
        )
        hours = live.length_s / 3600
        timed = [
            (self.chance.uniform(live.starts_s, live.ends_s), maker)
            for maker, per_hour in makers
            for _ in range(max(1, round(per_hour * hours * self.chance.uniform(0.7, 1.3))))
        ]
        timed.sort(key=lambda pair: pair[0])
        found = [Moment(at_s, maker(self.start + timedelta(seconds=at_s))) for at_s, maker in timed]
        for _ in range(max(2, round(5 * hours))):
            found.extend(self._redemption(self.chance.uniform(live.starts_s, live.ends_s)))
        return found

    def _somebody(self) -> Person:
        return self.chance.choice(self.crowd).person

    def _without(self, have: set[int]) -> Person:
        """Pick a viewer, or else a stranger, who is not in `have` yet, and put him there."""
        person = self._somebody()
        if person.account in have or self.chance.random() < STRANGER_SHARE:
            person = next(self.strangers)
        have.add(person.account)
        return person

    def _follow(self, _: datetime) -> Followed:
        return Followed(follower=self._without(self.following))

    def _new_sub(self, at: datetime) -> Subscribed:
        return Subscribed(subscriber=self._without(self.subscribed), months=1, expires_at=at + SUBSCRIPTION)

    def _renewal(self, at: datetime) -> Subscribed:
        veterans = [
            viewer.person for viewer in self.crowd if viewer.is_subscriber and viewer.person.account not in self.renewed
        ]
        person = self.chance.choice(veterans) if veterans else next(self.strangers)
        self.renewed.add(person.account)
        self.subscribed.add(person.account)
        months = 1 + sum(badge.count or 1 for badge in person.badges)
        return Subscribed(subscriber=person, months=max(2, months), expires_at=at + SUBSCRIPTION)

    def _gift(self, at: datetime, *, size: int, anonymous_flag: bool | None = None) -> Gifted:
        return Gifted(
            gifter=self._somebody() if anonymous_flag is None else None,
            giftees=tuple(self._without(self.subscribed) for _ in range(size)),
            expires_at=at + SUBSCRIPTION,
            anonymous_flag=anonymous_flag is True,
        )

    def _kicks(self) -> KicksGiven:
        amount, name, gift_type, tier, pinned_s = self.chance.choice(KICKS_GIFTS)
        message = self.chance.choice(("", fill(self.chance.choice(HYPE_LINES), self.chance)))
        return KicksGiven(
            sender=self._somebody(),
            amount=amount,
            name=name,
            gift_type=gift_type,
            tier=tier,
            message=message,
            pinned_s=pinned_s,
        )

    def _metadata(self) -> MetadataChanged:
        category_id, category = self.chance.choice(CATEGORIES)
        return MetadataChanged(
            title=self.chance.choice(TITLES), language="en", mature=False, category_id=category_id, category=category
        )

    def _ban(self, at: datetime, *, lasting: timedelta | None) -> Banned:
        moderators = [viewer.person for viewer in self.crowd if viewer.is_moderator]
        others = [viewer for viewer in self.crowd if not viewer.is_moderator]
        worst = max(viewer.repetition for viewer in others) if others else 0
        suspects = [viewer.person for viewer in others if viewer.repetition == worst]
        return Banned(
            moderator=self.chance.choice(moderators),
            banned=self.chance.choice(suspects) if suspects and lasting else next(self.strangers),
            reason=self.chance.choice(REASONS),
            expires_at=None if lasting is None else at + lasting,
        )

    def _redemption(self, at_s: float) -> list[Moment]:
        """Tell of a request and, a little later, of what became of it."""
        redeemed_at = (self.start + timedelta(seconds=at_s)).replace(microsecond=0)
        decided_s = min(at_s + self.chance.uniform(5, 300), self.duration_s - 1)
        pending = Redeemed(
            redemption_id=ulid(redeemed_at, self.ids),
            redeemer=self._somebody(),
            reward=self.chance.choice(self.rewards),
            user_input=self.chance.choice(("", "please", "make it a good one ⚓")),
            status="pending",
            redeemed_at=redeemed_at,
        )
        decision = self.chance.choice(("accepted", "accepted", "rejected"))
        decided = Redeemed(
            redemption_id=pending.redemption_id,
            redeemer=pending.redeemer,
            reward=pending.reward,
            user_input=pending.user_input,
            status="accepted" if decision == "accepted" else "rejected",
            redeemed_at=redeemed_at,
        )
        return [Moment(at_s, pending), Moment(max(at_s, decided_s), decided)]
