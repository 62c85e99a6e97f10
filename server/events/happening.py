"""What every happening on a platform has in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as a platform names him; without `id` he is anonymous or, where he has a name, not known by it yet."""

    id: str | None
    name: str | None
    slug: str | None = None
    picture: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """True when the platform hides who it was."""
        return self.id is None and self.name is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened in a channel of a platform.

    `broadcaster` owns the channel. `told_at` is when the platform sent the news and orders only facts that carry no
    time of their own. `extra` keeps fields of the payload that we do not know yet.
    """

    platform: str
    broadcaster: Person
    # A factory, since Python 3.11 takes a mapping for a mutable default whatever its kind.
    extra: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody named in it whose platform id is known, the broadcaster left out."""
        return ()


def known(*people: Person) -> tuple[Person, ...]:
    """Those of `people` whose platform id is known."""
    return tuple(person for person in people if person.id is not None)
