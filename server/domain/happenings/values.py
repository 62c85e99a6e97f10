"""What is kept of a copy, whatever the kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from server.domain.instants import instant_of, micros
from server.events.happening import Happening, Person
from server.events.moderation import Banned
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Source, Told


class Kind(StrEnum):
    """What happened, for the kinds that are told by more than one source and have no id of their own."""

    SUB = "sub"
    RENEWAL = "renewal"
    GIFT = "gift"
    KICKS = "kicks"
    BAN = "ban"


Keyed = SubStarted | SubRenewed | SubsGifted | KicksGifted | Banned

# Kick's sockets name an unnamed gifter so.
ANONYMOUS_NAMES = frozenset({"", "anonymous"})
NO_WORDS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a copy, or all of them together, say.

    `who` gave, subscribed, paid or was banned; `others` received, or banned him. `at` and `expires_at` are in
    microseconds; `number` counts months or KICKs, `total` gifts.
    """

    who: Person
    at: int
    others: tuple[Person, ...] = ()
    expires_at: int | None = None
    number: int = 0
    total: int | None = None
    words: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)

    @property
    def essence(self) -> "Facts":
        """The same without what is only shown of people besides their names."""
        return replace(self, who=_bare(self.who), others=tuple(map(_bare, self.others)))

    def amount(self, kind: Kind) -> int:
        """How many subscriptions or KICKs it is about; 0 for a ban."""
        match kind:
            case Kind.GIFT:
                return max(self.total or 0, len(self.others))
            case Kind.KICKS:
                return self.number
            case Kind.BAN:
                return 0
            case Kind.SUB | Kind.RENEWAL:
                return 1

    def stored(self) -> dict[str, Any]:
        """JSON values, from which `restored` makes the same."""
        return {
            "who": _stored(self.who),
            "at": self.at,
            "others": [_stored(person) for person in self.others],
            "expires_at": self.expires_at,
            "number": self.number,
            "total": self.total,
            "words": dict(self.words),
        }

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "Facts":
        """What was stored."""
        return cls(
            who=_restored(data["who"]),
            at=data["at"],
            others=tuple(map(_restored, data["others"])),
            expires_at=data["expires_at"],
            number=data["number"],
            total=data["total"],
            words=data["words"],
        )


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One copy: `id` in the order of arrival, `happening_id` the row it is attached to, if any yet.

    `is_told` says whether that row was told, and is neither held back nor void.
    Copies with the same `pinned` row belong together because somebody of the staff said so.
    """

    id: int
    source: Source
    facts: Facts
    is_timed: bool = True
    correlation: str | None = None
    transaction: str | None = None
    is_part: bool = False
    happening_id: int | None = None
    is_told: bool = False
    pinned: int | None = None

    @property
    def at(self) -> int:
        """When it happened, as far as this copy knows."""
        return self.facts.at

    @cached_property
    def names(self) -> frozenset[str]:
        """Who received, as names are compared."""
        return frozenset(person.name.casefold() for person in self.facts.others if person.name)


def name_key(person: Person) -> str:
    """A person's name as names are compared; empty for nobody in particular."""
    key = (person.name or "").casefold()
    return "" if key in ANONYMOUS_NAMES else key


def keyed(happening: Happening) -> tuple[Kind, Facts] | None:
    """What a happening of these kinds says; None for any other."""
    match happening:
        case SubStarted() | SubRenewed():
            kind = Kind.SUB if isinstance(happening, SubStarted) else Kind.RENEWAL
            return kind, Facts(
                who=happening.subscriber,
                at=micros(happening.at),
                expires_at=_end(happening),
                number=happening.months,
            )
        case SubsGifted():
            return Kind.GIFT, Facts(
                who=happening.gifter,
                at=micros(happening.at),
                others=happening.giftees,
                expires_at=_end(happening),
                total=happening.count,
            )
        case KicksGifted():
            words = {"name": happening.name, "kind": happening.kind, "tier": happening.tier}
            return Kind.KICKS, Facts(
                who=happening.sender,
                at=micros(happening.at),
                number=happening.amount,
                total=happening.pinned_s,
                words=words | {"message": happening.message},
            )
        case Banned():
            return Kind.BAN, Facts(
                who=happening.banned,
                at=micros(happening.at),
                others=(happening.moderator,),
                expires_at=_end(happening),
                words={"reason": happening.reason},
            )
        case _:
            return None


def group_of(kind: Kind, facts: Facts) -> str:
    """What copies of one happening have in common: without it nothing is compared."""
    if kind is Kind.KICKS:
        who = facts.who.id or name_key(facts.who)
        return f"{who}:{facts.number}:{facts.words['name'].casefold()}:{facts.at // 1_000}"
    if kind is Kind.BAN:
        return f"{facts.who.id or name_key(facts.who)}:{'ever' if facts.expires_at is None else 'while'}"
    return name_key(facts.who)


def happening_of(told: Happening, kind: Kind, facts: Facts, happening_id: int) -> Keyed:
    """The event that tells `facts`, in the channel that `told` is about."""
    place = {"platform": told.platform, "broadcaster": told.broadcaster}
    at, expires_at = instant_of(facts.at), None if facts.expires_at is None else instant_of(facts.expires_at)
    timed: dict[str, Any] = {**place, "at": at, "happening_id": happening_id}
    match kind:
        case Kind.SUB | Kind.RENEWAL:
            of = SubStarted if kind is Kind.SUB else SubRenewed
            return of(subscriber=facts.who, months=facts.number, expires_at=expires_at, **timed)
        case Kind.GIFT:
            return SubsGifted(gifter=facts.who, giftees=facts.others, total=facts.total, expires_at=expires_at, **timed)
        case Kind.KICKS:
            return KicksGifted(sender=facts.who, amount=facts.number, pinned_s=facts.total, **facts.words, **timed)
        case Kind.BAN:
            return Banned(
                banned=facts.who,
                moderator=facts.others[0],
                reason=facts.words["reason"],
                expires_at=expires_at,
                **timed,
            )


def copy_of(told: Told, facts: Facts) -> Copy:
    """The copy that a telling is, before it is kept."""
    return Copy(
        id=0,
        source=told.source,
        facts=facts,
        is_timed=told.is_timed,
        correlation=told.correlation,
        transaction=told.transaction,
        is_part=told.is_part,
    )


def _end(happening: SubStarted | SubRenewed | SubsGifted | Banned) -> int | None:
    return None if happening.expires_at is None else micros(happening.expires_at)


def _bare(person: Person) -> Person:
    return Person(id=person.id, name=person.name)


def _stored(person: Person) -> list[str | None]:
    return [person.id, person.name, person.slug, person.picture]


def _restored(stored: list[str | None]) -> Person:
    known_id, name, slug, picture = stored
    return Person(id=known_id, name=name, slug=slug, picture=picture)
