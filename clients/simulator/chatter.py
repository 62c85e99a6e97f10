"""Who is there when, and what they write."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clients.simulator.happenings import Spoken
from clients.simulator.identifiers import uuid_text
from clients.simulator.lines import (
    COMMANDS,
    EMOTE_LINES,
    HYPE_LINES,
    PLAIN_LINES,
    REPLIES,
    SPAM,
    fill,
    respelled,
)
from clients.simulator.people import Viewer
from clients.simulator.spans import Live
from clients.simulator.system import Chance

SPEAKING_GAP_S = 1.1
BURST_S = 20.0
BURST_SHARE = 0.25
RETURN_SHARE = 0.2
OFFLINE_SHARE = 0.06
OFFLINE_PACE = 0.5
EARLY_S = 240.0
LINGER_S = 300.0
REPLY_SHARE = 0.09
COMMAND_SHARE = 0.06
EMOTE_SHARE = 0.12
RECENT_MAX = 30


@dataclass(frozen=True, slots=True)
class Visit:
    """A viewer is there from one second of the plan to another."""

    viewer: Viewer
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A moment at which somebody writes; `place` is the viewer's place in the crowd."""

    at_s: float
    place: int
    is_hype: bool


def visits(crowd: Sequence[Viewer], lives: Sequence[Live], duration_s: float, chance: Chance) -> list[Visit]:
    """Who comes to which stream and for how long, and the few who stop by while the channel is offline."""
    found: list[Visit] = []
    for viewer in crowd:
        for live in lives:
            if chance.random() < viewer.attendance:
                found.extend(_attendance(viewer, live, duration_s, chance))
        if chance.random() < OFFLINE_SHARE:
            from_s = chance.uniform(0, duration_s)
            found.append(Visit(viewer, from_s, min(duration_s, from_s + chance.uniform(60, 900))))
    return found


def _attendance(viewer: Viewer, live: Live, duration_s: float, chance: Chance) -> list[Visit]:
    """One or two visits: some arrive before the start, some linger after the end, some leave and come back."""
    arrives_s = live.starts_s + live.length_s * chance.betavariate(1.1, 4) - chance.uniform(0, EARLY_S)
    leaves_s = arrives_s + EARLY_S + live.length_s * chance.betavariate(2.5, 1.3)
    first_s = max(0.0, arrives_s)
    last_s = min(duration_s, leaves_s, live.ends_s + chance.uniform(0, LINGER_S))
    if chance.random() >= RETURN_SHARE:
        return [Visit(viewer, first_s, last_s)]
    middle_s = chance.uniform(first_s, last_s)
    return [Visit(viewer, first_s, middle_s), Visit(viewer, min(last_s, middle_s + 600), last_s)]


def turns(
    crowd: Sequence[Viewer],
    attendances: Iterable[Visit],
    lives: Sequence[Live],
    exciting_s: Iterable[float],
    chance: Chance,
    *,
    liveliness: float = 1.0,
) -> list[Turn]:
    """Every moment somebody writes: a steady pace per viewer (slower offline) and bursts at exciting moments.

    With a smaller `liveliness`, above 0, everybody writes by so much less.
    """
    places = {viewer.person.account: place for place, viewer in enumerate(crowd)}
    moments = sorted(exciting_s)
    found: list[Turn] = []
    for visit in attendances:
        place = places[visit.viewer.person.account]
        at_s = visit.from_s
        lines_per_s = visit.viewer.lines_per_minute * liveliness / 60
        while (at_s := at_s + chance.expovariate(lines_per_s)) < visit.to_s:
            if _is_live(lives, at_s) or chance.random() < OFFLINE_PACE:
                found.append(Turn(at_s, place, is_hype=False))
        found.extend(
            Turn(moment_s + chance.uniform(0.5, BURST_S), place, is_hype=True)
            for moment_s in moments
            if visit.from_s <= moment_s < visit.to_s and chance.random() < BURST_SHARE * liveliness
        )
    return _spaced(found)


def _is_live(lives: Sequence[Live], at_s: float) -> bool:
    return any(live.starts_s <= at_s < live.ends_s for live in lives)


def _spaced(found: list[Turn]) -> list[Turn]:
    """Nobody writes twice within the gap, so that an account's messages keep distinct instants once written down."""
    last_s: dict[int, float] = {}
    kept: list[Turn] = []
    for turn in sorted(found):
        if turn.at_s - last_s.get(turn.place, -SPEAKING_GAP_S) >= SPEAKING_GAP_S:
            last_s[turn.place] = turn.at_s
            kept.append(turn)
    return kept


@dataclass(slots=True)
class Conversation:
    """Chooses the words, remembering what was said lately."""

    chance: Chance
    ids: Chance
    recent: deque[Spoken] = field(default_factory=lambda: deque[Spoken](maxlen=RECENT_MAX))
    own_last: dict[int, str] = field(default_factory=dict[int, str])

    def speak(self, viewer: Viewer, *, is_hype: bool) -> Spoken:
        """Return the next message of `viewer`."""
        person = viewer.person
        answered: Spoken | None = None
        previous = self.own_last.get(person.account)
        if previous is not None and self.chance.random() < viewer.repetition:
            text = respelled(previous, self.chance)
        elif is_hype:
            text = fill(self.chance.choice(HYPE_LINES), self.chance)
        elif self.recent and self.chance.random() < REPLY_SHARE:
            answered = self.chance.choice(self.recent)
            text = f"@{answered.sender.name} {fill(self.chance.choice(REPLIES), self.chance)}"
        else:
            text = fill(self.chance.choice(self._repertoire(viewer)), self.chance)
        spoken = Spoken(message_id=uuid_text(self.ids), sender=person, text=text, replies_to=_unthreaded(answered))
        self.own_last[person.account] = text
        self.recent.append(spoken)
        return spoken

    def _repertoire(self, viewer: Viewer) -> tuple[str, ...]:
        roll = self.chance.random()
        if roll < COMMAND_SHARE:
            return COMMANDS
        if roll < COMMAND_SHARE + EMOTE_SHARE:
            return EMOTE_LINES
        return SPAM if self.chance.random() < viewer.repetition else PLAIN_LINES


def _unthreaded(answered: Spoken | None) -> Spoken | None:
    """Return the answered message without what it answered itself: a thread must not keep its whole past alive."""
    if answered is None:
        return None
    return Spoken(message_id=answered.message_id, sender=answered.sender, text=answered.text)
