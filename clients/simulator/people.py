"""Invented people: who they are on Kick and how they behave."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from clients.simulator.happenings import Badge, Person
from clients.simulator.system import Chance

FIRST_ACCOUNT = 7_300_000
FIRST_STRANGER = 8_300_000
FRONTS = (
    "Amber",
    "brisk",
    "Cobalt",
    "dusty",
    "Ember",
    "foggy",
    "Gentle",
    "hollow",
    "Ivory",
    "jolly",
    "Mellow",
    "quiet",
)
BACKS = ("Otter", "Lantern", "Sparrow", "Kettle", "Comet", "Pebble", "Walrus", "Violin", "Cactus", "Rocket", "Harbor")
HYPHENATED_SHARE = 0.5  # Kick turns only some underscores into hyphens, so a slug cannot be derived
MODERATOR_SHARE = 0.04
SUBSCRIBER_SHARE = 0.26
SPAMMER_SHARE = 0.03
COLOURS = ("#75FD46", "#E9113C", "#31D6C2", "#F2708A", "#8CA0FF", "#FFD899")
HARBOUR = Person(
    account=7_200_001,
    name="HarbourLights",
    slug="harbourlights",
    verified=True,
    picture="https://files.kick.com/images/user/7200001/profile_image/conversion/lights-medium.webp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A person and his habits: lines a minute while present, the chance to attend a stream and to repeat himself."""

    person: Person
    lines_per_minute: float
    attendance: float
    repetition: float
    is_moderator: bool = False
    is_subscriber: bool = False


def _person(account: int, chance: Chance, badges: tuple[Badge, ...] = ()) -> Person:
    joint = chance.choice(("", "_", ""))
    name = f"{chance.choice(FRONTS)}{joint}{chance.choice(BACKS)}{account % 1_000_000}"
    hyphenated = chance.random() < HYPHENATED_SHARE
    return Person(
        account=account,
        name=name,
        slug=name.lower().replace("_", "-") if hyphenated else name.lower(),
        verified=chance.choice((False, False, False, None)),
        picture=chance.choice(
            ("", f"https://files.kick.com/images/user/{account}/profile_image/conversion/a-medium.webp")
        ),
        colour=chance.choice(COLOURS),
        badges=badges,
    )


def _viewer(account: int, chance: Chance) -> Viewer:
    roll = chance.random()
    is_moderator = roll < MODERATOR_SHARE
    is_subscriber = not is_moderator and roll < MODERATOR_SHARE + SUBSCRIBER_SHARE
    badges: tuple[Badge, ...] = ()
    if is_moderator:
        badges = (Badge("moderator", "Moderator"),)
    elif is_subscriber:
        badges = (Badge("subscriber", "Subscriber", chance.randint(1, 24)),)
    return Viewer(
        person=_person(account, chance, badges),
        lines_per_minute=min(4.0, 0.12 * chance.paretovariate(1.3)),
        attendance=chance.betavariate(3, 1.5),
        repetition=0.7 if chance.random() < SPAMMER_SHARE else 0.06,
        is_moderator=is_moderator,
        is_subscriber=is_subscriber,
    )


def crowd(size: int, chance: Chance) -> tuple[Viewer, ...]:
    """Return that many people who chat; the first one is always a moderator."""
    viewers = [_viewer(FIRST_ACCOUNT + number, chance) for number in range(size)]
    chief = _person(FIRST_ACCOUNT, chance, (Badge("moderator", "Moderator"),))
    viewers[0] = Viewer(person=chief, lines_per_minute=0.5, attendance=1.0, repetition=0.06, is_moderator=True)
    return tuple(viewers)


def strangers(chance: Chance) -> Iterator[Person]:
    """People who never chat but follow, subscribe and receive gifts; as many as anybody asks for."""
    for number in count():
        yield _person(FIRST_STRANGER + number, chance)


def plain_person(account: int, name: str) -> Person:
    """Return a person without any peculiarity."""
    return Person(account=account, name=name, slug=name.lower())
