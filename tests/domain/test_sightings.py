"""What follows from a look at a channel never depends on luck."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.sightings import (
    GONE_AFTER,
    Begun,
    Followed,
    KnownStream,
    Live,
    Over,
    Sighting,
    StillLive,
    judge,
)

START = datetime(2026, 8, 1, 18, tzinfo=UTC)
LOOK = timedelta(seconds=60)


def followed(newest: KnownStream | None, sighting: Sighting) -> Followed:
    return Followed(channel_id=1, external_id="1", name="x", slug=None, newest=newest, sighting=sighting)


@given(looks=st.lists(st.booleans(), min_size=1, max_size=60), told=st.booleans())
def test_a_stream_is_live_whenever_it_was_seen_and_over_only_after_it_was_missing_for_long(
    looks: list[bool], *, told: bool
) -> None:
    known = KnownStream(started_at=START, ended_at=None, guessed_end=None) if told else None
    sighting, missing_since = Sighting(), None
    for number, is_live in enumerate(looks):
        now = START + LOOK * (number + 1)
        judged = judge(followed(known, sighting), Live(started_at=START, title="") if is_live else None, now)
        sighting = judged.sighting
        missing_since = None if is_live else missing_since or now
        for verdict in judged.verdicts:
            match verdict:
                case Begun():
                    assert known is None
                    assert is_live
                    known = KnownStream(started_at=START, ended_at=None, guessed_end=None)
                case Over():
                    assert known is not None
                    assert missing_since is not None
                    assert now - missing_since >= GONE_AFTER
                    seen = [START + LOOK * (place + 1) for place, live in enumerate(looks[:number]) if live]
                    assert verdict.last_seen_at == (max(seen) if seen and sighting.seen_at else START)
                    known = KnownStream(started_at=START, ended_at=None, guessed_end=verdict.last_seen_at)
                case StillLive():
                    assert is_live
                    assert known is not None
                    assert known.guessed_end is not None
                    known = KnownStream(started_at=START, ended_at=None, guessed_end=None)
        if is_live and known is not None:
            assert known.is_open, "what is seen live is not over"


@given(minutes=st.integers(0, 600), is_live=st.booleans())
def test_a_told_end_stands_whatever_is_seen(minutes: int, *, is_live: bool) -> None:
    known = KnownStream(started_at=START, ended_at=START + timedelta(hours=1), guessed_end=None)
    now = START + timedelta(minutes=60 + minutes)
    live = Live(started_at=START + timedelta(seconds=1), title="") if is_live else None
    assert judge(followed(known, Sighting()), live, now).verdicts == ()


def test_a_stream_before_the_newest_is_old_news() -> None:
    known = KnownStream(started_at=START, ended_at=None, guessed_end=None)
    older = Live(started_at=START - timedelta(hours=1), title="")
    assert judge(followed(known, Sighting()), older, START + timedelta(minutes=5)).verdicts == ()
