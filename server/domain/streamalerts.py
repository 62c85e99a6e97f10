"""Alerts on stream: what is worth one, how an overlay shows it, and which one comes next. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from server.domain.refusals import Refused
from server.events.draws import DrawRevealed
from server.events.follows import Followed
from server.events.happening import Happening, Person
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted

JOB = "stream_alert"
"""The kind of the job that an alert is."""

SETTLES = timedelta(seconds=2)
"""So long an alert waits for the other parts of what it tells: sources tell a gift to many one by one."""

REEL_STANDS = timedelta(seconds=4)
"""From the reveal until the reel of a draw stands still and names who won: `STOP_MS` of the overlay's reel.ts."""

WINNER_SETTLES = REEL_STANDS + timedelta(seconds=1)
"""So long after the reveal an alert names the winner: whoever looks at the reel sees it stop first."""

FOLDED_WITHIN = timedelta(seconds=10)
"""Gifts of one person are one alert when each comes so soon after the one before."""

READ_WITHIN = timedelta(milliseconds=1500)
"""So long before its end an alert tells nothing else any more: nobody could read it."""

LEAD = timedelta(milliseconds=700)
"""From being taken until it begins: so long the copies of an overlay have to hear of it, to begin together."""

GRACE = timedelta(seconds=5)
"""So long after its end somebody may say that it was shown; else it is shown again."""

TRIES_MAX = 3
WAITING_MAX = 100
AMOUNT_MAX = 1_000_000_000
NAME_LENGTH_MAX = 64
JUMP = 1_000
"""What is shown before everything else ranks so much higher."""


class AlertKind(StrEnum):
    """What an alert tells of."""

    FOLLOW = "follow"
    SUB = "sub"
    RESUB = "resub"
    GIFT = "gift"
    KICKS = "kicks"
    WINNER = "winner"


RANKS: Mapping[AlertKind, int] = MappingProxyType(
    {
        AlertKind.WINNER: 50,
        AlertKind.GIFT: 40,
        AlertKind.SUB: 30,
        AlertKind.RESUB: 30,
        AlertKind.KICKS: 20,
        AlertKind.FOLLOW: 10,
    }
)
"""Of what waits the higher is shown first, then what happened first."""


class Mode(StrEnum):
    """How an alert joins those that wait."""

    QUEUE = "queue"
    FIRST = "first"
    IF_IDLE = "if_idle"
    REPLACE = "replace"


class Ending(StrEnum):
    """Why an alert is over, where no overlay said that it was shown."""

    STALE = "stale"
    UNSEEN = "unseen"
    CROWDED = "crowded"
    REPLACED = "replaced"
    FOLDED = "folded"
    SKIPPED = "skipped"
    UNDONE = "undone"
    UNWANTED = "unwanted"
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """How one overlay shows one kind: whether, from which amount on, how it queues, how long, how loud.

    `fresh_s` is how old it may become before it is not shown any more.
    """

    is_on: bool = True
    least: int = 1
    mode: Mode = Mode.QUEUE
    duration_s: int = 6
    volume: int = 70
    fresh_s: int = 900

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "KindRules":
        """Rules from JSON values."""
        known: dict[str, Any] = {**data, "mode": Mode(data["mode"])}
        return cls(**known)

    def wants(self, amount: int) -> bool:
        """Whether something of that amount is worth an alert."""
        return self.is_on and amount >= self.least

    def rank_of(self, kind: AlertKind) -> int:
        """How what waits of a kind ranks."""
        return RANKS[kind] + (JUMP if self.mode is Mode.FIRST else 0)


Rules = Mapping[AlertKind, KindRules]
USUAL: Rules = MappingProxyType({kind: KindRules() for kind in AlertKind})
BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"least": (1, AMOUNT_MAX), "duration_s": (2, 30), "volume": (0, 100), "fresh_s": (30, 3600)}
)


def stored(rules: Rules) -> dict[str, Any]:
    """Rules as JSON values."""
    return {kind.value: asdict(one) for kind, one in rules.items()}


def restored(data: Mapping[str, Any]) -> Rules:
    """Rules from `stored`; a kind that was not there then is as usual."""
    return {kind: KindRules.restored(data[kind]) if kind in data else USUAL[kind] for kind in AlertKind}


def check_rules(rules: KindRules) -> None:
    """Refuse rules that nothing could be shown by."""
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(rules, name) <= most:
            raise Refused(
                f"stream_alert_{name}",
                f"{getattr(rules, name)} is no possible value: {least} to {most}.",
                "Choose one within those bounds.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """Something to be shown; `cause` is what it was made for. Without `platform_id` nobody knows who it was.

    It is shown no sooner than it has settled.
    """

    kind: AlertKind
    cause: str
    platform: str
    platform_id: str | None
    name: str | None
    amount: int
    at: datetime
    is_test: bool = False
    settles: timedelta = SETTLES

    def payload(self) -> dict[str, Any]:
        """What the job holds of it. `platformId` stands alone, so that whoever is forgotten is found by it."""
        return {
            "kind": self.kind.value,
            "platform": self.platform,
            "platformId": self.platform_id,
            "name": self.name,
            "amount": self.amount,
            "parts": {self.cause: self.amount},
            "at": self.at.isoformat(),
            "until": self.at.isoformat(),
            "test": self.is_test,
        }


def alert_of(happened: Happening) -> NewAlert | None:
    """The alert that a happening is worth; None for one that is worth none, or is a single copy of one."""
    match happened:
        case SubStarted() | SubRenewed():
            kind = AlertKind.SUB if isinstance(happened, SubStarted) else AlertKind.RESUB
            found = told(kind, happened, happened.subscriber, max(1, happened.months), happened.at)
        case SubsGifted():
            found = told(AlertKind.GIFT, happened, happened.gifter, happened.count, happened.at)
        case KicksGifted():
            found = told(AlertKind.KICKS, happened, happened.sender, happened.amount, happened.at)
        case Followed() if happened.follower.id is not None:
            # Only somebody's first follow comes here: whoever comes back is sorted out by what is kept of follows.
            cause = f"follow:{happened.platform}:{happened.broadcaster.id}:{happened.follower.id}"
            return replace(told(AlertKind.FOLLOW, happened, happened.follower, 1, happened.told_at), cause=cause)
        case _:
            return None
    return replace(found, cause=cause_of(happened.happening_id)) if happened.happening_id and found.amount else None


def told(kind: AlertKind, of: Happening, person: Person, amount: int, at: datetime) -> NewAlert:
    """An alert about what a person did, before it is known by which cause."""
    return NewAlert(
        kind=kind,
        cause="",
        platform=of.platform,
        platform_id=person.id,
        name=person.name,
        amount=min(amount, AMOUNT_MAX),
        at=at,
    )


def cause_of(happening_id: int) -> str:
    """What an alert about a happening is made for."""
    return f"happening:{happening_id}"


def alert_of_draw(drawn: DrawRevealed) -> NewAlert | None:
    """The alert about who won a draw: the first of them, and how many; None where nobody won."""
    if not drawn.winners:
        return None
    first = drawn.winners[0]
    return NewAlert(
        kind=AlertKind.WINNER,
        cause=f"draw:{drawn.draw_id}",
        platform=first.platform,
        platform_id=first.external_id,
        name=first.name,
        amount=drawn.count,
        at=drawn.reveal_at,
        is_test=drawn.is_test,
        settles=WINNER_SETTLES,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    """An alert that waits, or is shown until `held_until`; `held_until` and `holder` are None while it waits."""

    id: int
    cause: str
    payload: Mapping[str, Any]
    rank: int
    due_at: datetime
    expires_at: datetime
    lease: int
    attempts: int
    held_until: datetime | None = None
    holder: str | None = None

    @property
    def kind(self) -> AlertKind:
        """What it tells of."""
        return AlertKind(self.payload["kind"])

    def waits(self, now: datetime) -> bool:
        """Whether it is not shown now."""
        return self.held_until is None or self.held_until <= now

    @property
    def order(self) -> tuple[int, datetime, int]:
        """Its place among those that wait."""
        return -self.rank, self.due_at, self.id


def may_grow(shown: OpenAlert, now: datetime) -> bool:
    """Whether an alert is shown for long enough yet that what becomes part of it is read."""
    return datetime.fromisoformat(shown.payload["endsAt"]) - now >= READ_WITHIN


@dataclass(frozen=True, slots=True)
class Stand:
    """What of an overlay's alerts is shown, what waits in which order, and what is over and why."""

    shown: OpenAlert | None
    waiting: Sequence[OpenAlert]
    over: Mapping[int, Ending]


def stand_of(alerts: Sequence[OpenAlert], now: datetime) -> Stand:
    """How an overlay's alerts stand: what is too old is over, and what nobody said was shown waits again."""
    shown: OpenAlert | None = None
    over: dict[int, Ending] = {}
    waiting: list[OpenAlert] = []
    for one in alerts:
        if one.held_until is not None and one.held_until > now:
            shown = one
        elif one.expires_at <= now:
            over[one.id] = Ending.STALE
        elif one.attempts >= TRIES_MAX:
            over[one.id] = Ending.UNSEEN
        else:
            waiting.append(one)
    waiting.sort(key=lambda one: one.order)
    for one in waiting[WAITING_MAX:]:
        over[one.id] = Ending.CROWDED
    return Stand(shown, waiting[:WAITING_MAX], over)


def by_rules(stand: Stand, kind: AlertKind, rules: KindRules, now: datetime) -> tuple[Sequence[OpenAlert], Stand]:
    """What waits of a kind as it ranks and ages by these rules, and how the overlay's alerts stand by that.

    What is not worth an alert any more is over; a test stays as it is, and so does what is shown.
    """
    mine = [one for one in stand.waiting if one.kind is kind and not one.payload["test"]]
    fresh = timedelta(seconds=rules.fresh_s)
    kept = [
        replace(one, rank=rules.rank_of(kind), expires_at=one.due_at + fresh)
        for one in mine
        if rules.wants(one.payload["amount"])
    ]
    touched = {one.id for one in mine}
    then = stand_of([*(one for one in stand.waiting if one.id not in touched), *kept], now)
    unwanted = dict.fromkeys(touched - {one.id for one in kept}, Ending.UNWANTED)
    return kept, Stand(stand.shown, then.waiting, {**stand.over, **unwanted, **then.over})


def is_newer(payload: Mapping[str, Any], alert: NewAlert) -> bool:
    """Whether what an alert tells, which is no test, happened after something else."""
    return not payload["test"] and datetime.fromisoformat(payload["until"]) > alert.at


def folds(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two alerts tell of one giver's gifts that came so close together that they are shown as one."""
    same = ("kind", "platform", "test")
    if first["kind"] != AlertKind.GIFT or any(first[n] != second[n] for n in same) or not by_one(first, second):
        return False
    begins, ends = (datetime.fromisoformat(first[name]) for name in ("at", "until"))
    other_begins, other_ends = (datetime.fromisoformat(second[name]) for name in ("at", "until"))
    return begins - FOLDED_WITHIN <= other_ends and other_begins <= ends + FOLDED_WITHIN


def by_one(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether one person did both: by his id, or by his name where a source has told no id yet; nobody is no one."""
    which = "platformId" if first["platformId"] and second["platformId"] else "name"
    return first[which] is not None and first[which] == second[which]


def folded(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two alerts as one, with what both gave."""
    return with_parts(
        {**first, "at": min(first["at"], second["at"]), "until": max(first["until"], second["until"])},
        {**first["parts"], **second["parts"]},
    )


def with_parts(payload: Mapping[str, Any], parts: Mapping[str, int]) -> dict[str, Any]:
    """An alert that tells of these parts; the amount is their sum."""
    return {**payload, "parts": dict(parts), "amount": min(sum(parts.values()), AMOUNT_MAX)}
