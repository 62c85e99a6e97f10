"""The plan: everything that happens in the community, pure and repeatable from its seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clients.simulator.chatter import Conversation, turns, visits
from clients.simulator.happenings import Banned, Gifted, Happening, KicksGiven, Manner, Person, StreamTold
from clients.simulator.lines import TITLES
from clients.simulator.people import HARBOUR, Viewer, crowd, strangers
from clients.simulator.spans import Live, live_spans
from clients.simulator.support import Moment, Support
from clients.simulator.system import Chance, chance_for

BURSTS_PER_HOUR = 10
PRECISIONS_US = (1_000_000, 1_000_000, 1_000, 1_000, 1_000, 100_000, 1)
OFFSETS_MINUTES = (0, 0, 0, 0, 0, 600, -300, 330)
DIGITS = (0, 0, 0, 3, 3, 6, 9, 1, 2, 4, 5, 7, 8)
UNUSUAL_SHARE = 0.1
EXTRAS: tuple[tuple[str, object], ...] = (("shard", "eu-2"), ("trace", {"hop": 3, "sampled": False}), ("beta", None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What shapes the community; `start` and `duration` are event time.

    `liveliness` is how much people write, 1 for a small and busy chat; most viewers of a large one say little.
    """

    start: datetime
    duration: timedelta = timedelta(hours=1)
    seed: int = 1
    streams: int = 1
    viewers: int = 150
    liveliness: float = 1.0
    broadcaster: Person = HARBOUR

    @property
    def end(self) -> datetime:
        """The end of the plan."""
        return self.start + self.duration


def cast(setting: Setting) -> tuple[Person, ...]:
    """Return everybody who can sign in: the broadcaster, and whoever chats in the plan of this setting."""
    return (setting.broadcaster, *(viewer.person for viewer in _crowd(setting)))


def plan(setting: Setting) -> tuple[Happening, ...]:
    """Everything that happens, in order; the same setting always gives the same plan.

    Ids depend on the start as well as on the seed, so that a later run is other events and not copies of the first.
    ValueError when the community has nobody in it or the streams do not fit into the duration.
    """
    if setting.viewers < 1 or setting.streams < 1:
        raise ValueError("A community needs at least one viewer and one stream.")
    seed, duration_s = setting.seed, setting.duration.total_seconds()
    ids = chance_for(seed, setting.start.astimezone(UTC).isoformat(), "ids")
    lives = live_spans(duration_s, setting.streams)
    people = _crowd(setting)
    support = Support(
        start=setting.start,
        duration_s=duration_s,
        crowd=people,
        strangers=strangers(chance_for(seed, "strangers")),
        chance=chance_for(seed, "support"),
        ids=ids,
    )
    told = [moment for live in lives for moment in support.during(live)]
    spoken = _chat(setting, people, lives, told, ids)
    return _numbered(setting, (*_streams(setting, lives), *told, *spoken))


def _crowd(setting: Setting) -> tuple[Viewer, ...]:
    return crowd(setting.viewers, chance_for(setting.seed, "crowd"))


def _streams(setting: Setting, lives: Iterable[Live]) -> list[Moment]:
    chance = chance_for(setting.seed, "titles")
    first_s = -setting.start.microsecond / 1_000_000
    found: list[Moment] = []
    for live in lives:
        title = chance.choice(TITLES)
        began = setting.start + timedelta(seconds=first_s + live.starts_s)
        ended = setting.start + timedelta(seconds=first_s + live.ends_s)
        found.append(Moment(live.starts_s + first_s, StreamTold(title=title, started_at=began)))
        found.append(Moment(live.ends_s + first_s, StreamTold(title=title, started_at=began, ended_at=ended)))
    return found


def _chat(
    setting: Setting, people: tuple[Viewer, ...], lives: tuple[Live, ...], told: Iterable[Moment], ids: Chance
) -> list[Moment]:
    """Every message, save those of people who are banned at that moment."""
    told = tuple(told)
    chance = chance_for(setting.seed, "chat")
    exciting_s = [moment.at_s for moment in told if isinstance(moment.fact, Gifted | KicksGiven)]
    for live in lives:
        exciting_s.extend((float(live.starts_s), live.ends_s - 5.0))
        bursts = round(BURSTS_PER_HOUR * live.length_s / 3600)
        exciting_s.extend(chance.uniform(live.starts_s, live.ends_s) for _ in range(bursts))
    attendances = visits(people, lives, setting.duration.total_seconds(), chance)
    silences = _silences(setting, told)
    conversation = Conversation(chance=chance, ids=ids)
    found: list[Moment] = []
    for turn in turns(people, attendances, lives, exciting_s, chance, liveliness=setting.liveliness):
        viewer = people[turn.place]
        from_s, to_s = silences.get(viewer.person.account, (0.0, 0.0))
        if turn.at_s < setting.duration.total_seconds() and not from_s <= turn.at_s < to_s:
            found.append(Moment(turn.at_s, conversation.speak(viewer, is_hype=turn.is_hype)))
    return found


def _silences(setting: Setting, told: Iterable[Moment]) -> dict[int, tuple[float, float]]:
    """Per account the stretch in which it is banned (the latest ban of the plan)."""
    found: dict[int, tuple[float, float]] = {}
    for moment in told:
        if isinstance(moment.fact, Banned):
            expires_at = moment.fact.expires_at or setting.end
            found[moment.fact.banned.account] = (moment.at_s, (expires_at - setting.start).total_seconds())
    return found


def _numbered(setting: Setting, moments: Iterable[Moment]) -> tuple[Happening, ...]:
    """Return the moments as happenings in order of time, each at a precision and in a manner of its own."""
    chance = chance_for(setting.seed, "manners")
    timed = sorted(((_instant(setting, moment, chance), moment.fact) for moment in moments), key=lambda pair: pair[0])
    return tuple(
        Happening(number=number, at=at, fact=fact, manner=_manner(chance)) for number, (at, fact) in enumerate(timed)
    )


def _instant(setting: Setting, moment: Moment, chance: Chance) -> datetime:
    """When it happened, cut to one of the precisions in which Kick writes times; a stream's instants are its own."""
    fact = moment.fact
    if isinstance(fact, StreamTold):
        return fact.ended_at or fact.started_at
    at = setting.start + timedelta(seconds=moment.at_s)
    return at.replace(microsecond=at.microsecond - at.microsecond % chance.choice(PRECISIONS_US))


def _manner(chance: Chance) -> Manner:
    unusual = chance.random() < UNUSUAL_SHARE
    return Manner(
        identity=chance.choice(("full", "full", "full", "full", "null", "absent")),
        digits=chance.choice(DIGITS),
        offset_minutes=chance.choice(OFFSETS_MINUTES),
        spelled_zone=chance.random() < UNUSUAL_SHARE,
        emote_id_number=chance.random() < UNUSUAL_SHARE,
        capital_category=chance.random() < UNUSUAL_SHARE,
        extra=(chance.choice(EXTRAS),) if unusual else (),
    )
