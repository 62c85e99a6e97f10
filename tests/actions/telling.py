"""Stories that Kick tells by every way it has, and what a listener makes of them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clients.simulator.bodies import tell
from clients.simulator.frames import Rooms, Telling, pushes_of
from clients.simulator.happenings import Fact, Gifted, Happening, KicksGiven, Person, Subscribed
from server.domain.happenings.values import keyed
from server.events.tellings import Corrected
from server.platforms.kick.frames import envelope, kind_of, read_frame
from server.store import inbox
from server.store.inbox import Received
from tests.actions.pipeline import Pipeline

MONTH_END = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)


def someone(number: int, name: str | None = None) -> Person:
    called = name or f"Viewer{number}"
    return Person(account=number, name=called, slug=called.lower())


@dataclass(frozen=True)
class Copy:
    """A delivery on its way: what kind, which bytes, and when Kick told or we heard it."""

    kind: str
    body: bytes
    told_at: datetime
    message_id: str


@dataclass
class Story:
    """What really happened in one channel, and every copy that tells of it."""

    broadcaster: Person
    chance: random.Random
    happened: list[tuple[datetime, Fact]] = field(default_factory=list[tuple[datetime, Fact]])
    copies: list[Copy] = field(default_factory=list[Copy])

    @property
    def rooms(self) -> Rooms:
        return Rooms(self.broadcaster.account + 1, self.broadcaster.account + 2)

    def webhook(self, at: datetime, fact: Fact, *, late: timedelta = timedelta(0)) -> None:
        body = tell(self.broadcaster, Happening(number=0, at=at, fact=fact))
        self._add(fact.kind, body, at + late)

    def socket(self, at: datetime, fact: Fact, telling: Telling, *, late: timedelta = timedelta(0)) -> None:
        for push in pushes_of(self.rooms, fact, at, telling):
            self.frame(push.text(), at + late)

    def frame(self, text: str, at: datetime) -> None:
        body = envelope(str(self.broadcaster.account), self.broadcaster.name, text)
        self._add(kind_of(read_frame(text).event), body, at)

    def _add(self, kind: str, body: bytes, at: datetime) -> None:
        self.copies.append(Copy(kind, body, at, f"{self.broadcaster.account}-{len(self.copies)}"))

    def happen(self, at: datetime, fact: Fact, telling: Telling, *, ways: Sequence[str]) -> None:
        """Tell something by `ways`, some copies twice, late or early by a little."""
        self.happened.append((at, fact))
        chance = self.chance
        for way in ways:
            for _ in range(chance.choice((1, 1, 2))):
                if way == "webhook":
                    self.webhook(at, fact, late=timedelta(seconds=chance.choice((1, 30, 4_000, 20_000))))
                else:
                    self.socket(at, fact, telling, late=timedelta(seconds=chance.choice((0, 1, 20, 90))))

    def shuffled(self) -> list[Copy]:
        """Every copy, in any order."""
        told = list(self.copies)
        self.chance.shuffle(told)
        return told


ANY_WAYS = (("webhook", "socket"), ("webhook",), ("socket",), ("webhook", "socket"))
BOTH_WAYS = (("webhook", "socket"),)


def gifts(number: int, seed: int, ways: Sequence[Sequence[str]] = ANY_WAYS) -> Story:
    """Days of gifts around the end of a month: the same people on several days, chunks, nobody in particular."""
    chance = random.Random(seed)
    story = Story(someone(number, f"Streamer{number}"), chance)
    gifters: list[Person | None] = [someone(number + 10, "BigGifter"), someone(number + 11, "other_One"), None]
    start = MONTH_END - timedelta(hours=52)
    sizes = [chance.choice((1, 2, 5, 40)) for _ in gifters]
    for day in range(chance.randint(2, 4)):
        for place, gifter in enumerate(gifters):
            if chance.random() < 0.3:
                continue
            # The same receivers every day, since that is what must not be taken for a copy.
            many = sizes[place]
            giftees = tuple(someone(number + 100 + 50 * place + n, f"Giftee{place}_{n}") for n in range(many))
            at = start + timedelta(hours=26 * day, seconds=chance.randint(0, 3_600))
            fact = Gifted(gifter=gifter, giftees=giftees, expires_at=at + timedelta(days=30))
            correlation = None if chance.random() < 0.4 else f"{number}{day}{place}"
            chunks = 1 if correlation is None or many < 5 else chance.choice((1, 3))
            telling = Telling(correlation=correlation, chunks=chunks, given_before=chance.randint(0, 9))
            story.happen(at, fact, telling, ways=chance.choice(ways))
    return story


def payments(number: int, seed: int, ways: Sequence[Sequence[str]] = ANY_WAYS) -> Story:
    """Many small gifts of KICKs by the same people within seconds, and subscriptions."""
    chance = random.Random(seed)
    story = Story(someone(number, f"Streamer{number}"), chance)
    at = MONTH_END
    for n in range(chance.randint(2, 9)):
        at += timedelta(milliseconds=chance.choice((200, 700, 1_300)))
        sender = someone(number + 10 + chance.randint(0, 1))
        fact = KicksGiven(
            sender=sender, amount=1, name="Hell Yeah", gift_type="BASIC", tier="BASIC", message="", pinned_s=None
        )
        story.happen(at, fact, Telling(), ways=chance.choice(ways))
        if n < 3:
            months = chance.choice((1, 7))
            sub = Subscribed(subscriber=someone(number + 30 + n), months=months, expires_at=at + timedelta(days=30))
            story.happen(at, sub, Telling(), ways=chance.choice(ways))
    return story


async def record(pipeline: Pipeline, story: Story, copies: Iterable[Copy]) -> None:
    """Put copies into the inbox, as their listeners do."""
    received = [
        Received(
            source="kick",
            message_id=copy.message_id,
            kind=copy.kind,
            kind_key=copy.kind,
            subscription_id="",
            broadcaster_id=str(story.broadcaster.account),
            told_at=copy.told_at,
            received_at=pipeline.clock.now(),
            body=copy.body,
        )
        for copy in copies
    ]
    await inbox.record(pipeline.server.database, received)


class Listener:
    """Somebody who gives for what happens, and corrects it when he is told better."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}

    async def told(self, _tx: Any, _scope: Any, events: Sequence[Any]) -> tuple[()]:
        for event in events:
            assert event.happening_id not in {0, *self.known}, "told twice"
            self.known[event.happening_id] = event
        return ()

    async def corrected(self, _tx: Any, _scope: Any, events: Sequence[Corrected]) -> tuple[()]:
        for event in events:
            assert essence(self.known.pop(event.happening_id)) == essence(event.was)
            if event.now is not None:
                self.known[event.happening_id] = event.now
        return ()


def essence(event: Any) -> Any:
    """What an event says, without what is only shown."""
    sort = keyed(event)
    assert sort is not None
    return sort[0], sort[1].essence
