"""Small made-up worlds of chat, streams and settings for the laws of watch time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from server.domain.instants import SECOND
from server.domain.watchtime.evidence import gather
from server.domain.watchtime.law import Watch, watch
from server.domain.watchtime.quorum import Quorum, quorum_minutes
from server.domain.watchtime.values import Live, Message, RuleBook, Rules

UTC_ZONE = ZoneInfo("UTC")
CELLS = 72
WINDOW_CELLS_MAX = 9
ACCOUNTS = (1, 2, 3, 4)
ATTACHED = (1, 2)
UNATTACHED = 3


@dataclass(frozen=True)
class World:
    """Every instant is a multiple of `step`, and nothing happens outside `[begins, ends)`."""

    begins: int
    step: int
    zone: ZoneInfo
    messages: tuple[Message, ...]
    lives: tuple[Live, ...]
    book: RuleBook
    accounts: tuple[int, ...] = ACCOUNTS

    @property
    def ends(self) -> int:
        return self.begins + (CELLS + WINDOW_CELLS_MAX) * self.step

    def written_by(self, *accounts: int) -> tuple[Message, ...]:
        return tuple(message for message in self.messages if message.account in accounts)

    def quorum(self) -> Quorum:
        return quorum_minutes(gather(self.messages, self.lives, self.book).evidence, self.book)

    def watch(self, *accounts: int) -> Watch:
        return watch(self.written_by(*accounts), self.lives, self.book, zone=self.zone, quorum=self.quorum())


@dataclass(frozen=True)
class Scene:
    """Where and how finely a world plays: `CELLS` cells of `step_s` seconds from `begins`."""

    begins: datetime
    step_s: int
    zone: str


# Twenty-second cells, three to a minute, for quorums and for windows that end within minutes.
AN_EVENING = Scene(datetime(2026, 5, 2, 19, 0, tzinfo=UTC), 20, "UTC")
# Hour-long cells over three local days of which the middle one has 23 hours, 25 hours, or 24 far from Greenwich.
SPRING = Scene(datetime(2026, 3, 27, 23, 0, tzinfo=UTC), 3600, "Europe/Stockholm")
AUTUMN = Scene(datetime(2026, 10, 31, 4, 0, tzinfo=UTC), 3600, "America/New_York")
FAR_EAST = Scene(datetime(2026, 6, 1, 8, 0, tzinfo=UTC), 3600, "Pacific/Kiritimati")
DAYS = st.sampled_from([SPRING, AUTUMN, FAR_EAST])


@st.composite
def worlds(
    draw: st.DrawFn, scenes: st.SearchStrategy[Scene], *, plain: bool = False, channels: tuple[int, ...] = ATTACHED
) -> World:
    """Draw a world in which the streams are on `channels`; a plain one has neither quorum nor cap."""
    scene = draw(scenes)
    begins, step = int(scene.begins.timestamp()) * SECOND, scene.step_s * SECOND
    instants = st.integers(0, CELLS - 1).map(lambda cell: begins + cell * step)
    crowded = st.sampled_from([24, 27, 30]).map(lambda cell: begins + cell * step)
    message = st.builds(
        Message,
        at=instants | crowded,
        account=st.sampled_from(ACCOUNTS),
        channel=st.sampled_from([*channels, *channels, UNATTACHED]),
        digest=st.integers(0, 3),
    )
    return World(
        begins,
        step,
        ZoneInfo(scene.zone),
        tuple(draw(st.lists(message, min_size=12, max_size=30))),
        draw(_lives(begins, step, channels)),
        RuleBook(draw(_versions(instants, _rules(step, plain=plain)))),
    )


def _lives(begins: int, step: int, channels: tuple[int, ...]) -> st.SearchStrategy[tuple[Live, ...]]:
    """Streams of any length, told to have ended before they started now and then, or never to have ended."""
    told = st.tuples(st.sampled_from(channels), st.integers(0, 50), st.none() | st.integers(-1, CELLS))
    return st.lists(told, min_size=1, max_size=5).map(
        lambda lives: tuple(
            Live(stream, channel, begins + cell * step, None if cells is None else begins + (cell + cells) * step)
            for stream, (channel, cell, cells) in enumerate(lives, start=100)
        )
    )


def _versions(
    instants: st.SearchStrategy[int], rules: st.SearchStrategy[Rules]
) -> st.SearchStrategy[tuple[tuple[int, Rules], ...]]:
    versions = st.lists(st.tuples(instants, rules), min_size=1, max_size=3, unique_by=lambda version: version[0])
    return versions.map(lambda found: tuple(sorted(found, key=lambda version: version[0])))


def _rules(step: int, *, plain: bool) -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        window=st.integers(1, WINDOW_CELLS_MAX).map(lambda cells: cells * step),
        repeats=st.integers(0, 5),
        quorum=st.just(1) if plain else st.sampled_from([1, 1, 2, 3]),
        daily_cap=st.none() if plain else st.none() | st.integers(0, 20).map(lambda cells: cells * step),
        tracking=st.sampled_from([True, True, True, True, False]),
        excluded=st.frozensets(st.sampled_from(ACCOUNTS), max_size=1),
    )
