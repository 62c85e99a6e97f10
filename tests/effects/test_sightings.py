"""A stream whose start or end was never told is found by asking, and watch time follows by the law."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from clients.simulator.happenings import StreamTold
from tests.database import FrozenClock
from tests.effects.connecting import OWNER, STATUS, Connected, connected_to

LIVES = "/public/v1/users/livestreams"
CHANNELS = "/public/v1/channels"


@pytest.fixture
async def connected(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Connected, None]:
    async with connected_to(database_url, clock, tmp_path) as one:
        await one.look("subscriptions")
        yield one


async def seconds(connected: Connected) -> int:
    rows = await connected.read("SELECT COALESCE(sum(watch_us), 0) AS many FROM viewer")
    return int(rows[0]["many"]) // 1_000_000


async def test_a_missed_start_is_told_once_and_chat_before_the_finding_counts(connected: Connected) -> None:
    connected.kick.subscriptions.kill(STATUS)
    made = await connected.start()
    await connected.chat(1, "hello")
    assert await seconds(connected) == 0
    await connected.pass_time(minutes=5)
    assert await connected.streams() == [(made.since, None, None)]
    assert await seconds(connected) == 300
    rows = await connected.read("SELECT count(*) AS many FROM inbox WHERE kind = $1", "poll.livestream.status.updated")
    assert rows[0]["many"] == 1


async def test_a_start_that_the_webhook_tells_in_time_is_not_told_again(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=10)
    assert await connected.streams() == [(made.since, None, None)]
    assert not await connected.read("SELECT 1 FROM inbox WHERE kind LIKE 'poll.%'")
    assert await connected.gaps() == []


async def test_a_start_that_is_written_a_second_apart_is_the_same_stream(connected: Connected) -> None:
    connected.go_live()
    await connected.happen(StreamTold(title="Evening", started_at=connected.clock.at + timedelta(seconds=1)))
    await connected.pass_time(minutes=10)
    assert len(await connected.streams()) == 1


async def test_a_missed_end_closes_the_stream_when_it_was_seen_last(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=10)
    await connected.chat(1, "still here")
    seen = connected.clock.at
    del connected.kick.broadcasts[OWNER]
    await connected.pass_time(minutes=1)
    assert (await connected.streams())[0][2] is None, "one look is not enough"
    await connected.pass_time(minutes=10)
    assert await connected.streams() == [(made.since, None, seen)]
    assert await seconds(connected) == 0, "the line was written in the last moment that was live for certain"
    assert await connected.gaps() == [("webhook", "untold", STATUS, True)]


async def test_the_end_that_is_told_late_wins_over_what_was_known(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=10)
    await connected.chat(1, "still here")
    ended = connected.clock.at + timedelta(seconds=45)
    del connected.kick.broadcasts[OWNER]
    await connected.pass_time(minutes=10)
    await connected.happen(StreamTold(title="Evening", started_at=made.since, ended_at=ended))
    assert (await connected.streams())[0][:2] == (made.since, ended)
    assert await seconds(connected) == 45
    await connected.happen(StreamTold(title="Evening", started_at=made.since))
    assert (await connected.streams())[0][:2] == (made.since, ended), "a late start reopens nothing"


async def test_a_row_that_kick_leaves_out_ends_no_stream(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=5)
    connected.kick.quirks.unlisted_lives = {OWNER}
    await connected.pass_time(minutes=40)
    assert await connected.streams() == [(made.since, None, None)], "another part of the API still says live"
    assert await connected.gaps() == []


async def test_no_answer_of_the_second_part_is_no_agreement(connected: Connected) -> None:
    await connected.start()
    await connected.pass_time(minutes=5)
    del connected.kick.broadcasts[OWNER]
    connected.kick.stumble("invalid_grant", CHANNELS, times=2)
    await connected.pass_time(minutes=2, seconds=30)
    assert (await connected.streams())[0][2] is None
    await connected.pass_time(minutes=5)
    assert (await connected.streams())[0][2] is not None


async def test_an_end_that_was_only_guessed_is_withdrawn_when_the_stream_is_seen_again(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=5)
    broadcast = connected.kick.broadcasts.pop(OWNER)
    await connected.pass_time(minutes=5)
    assert (await connected.streams())[0][2] is not None
    connected.kick.broadcasts[OWNER] = broadcast
    await connected.pass_time(minutes=1)
    assert await connected.streams() == [(made.since, None, None)]
    await connected.chat(1, "we are back")
    await connected.pass_time(minutes=6)
    assert await seconds(connected) == 300


async def test_a_stream_whose_end_was_told_is_not_brought_back_by_an_api_that_lags(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=5)
    ended = connected.clock.at
    await connected.happen(StreamTold(title="Evening", started_at=made.since, ended_at=ended))
    await connected.pass_time(minutes=15)
    assert await connected.streams() == [(made.since, ended, None)]


async def test_an_api_that_does_not_answer_leaves_a_gap_and_changes_no_stream(connected: Connected) -> None:
    made = await connected.start()
    await connected.pass_time(minutes=5)
    connected.kick.stumble("invalid_grant", LIVES, times=12)
    await connected.pass_time(minutes=6)
    assert await connected.gaps() == [("poll", "api_unanswered", STATUS, True)]
    await connected.pass_time(minutes=2)
    assert await connected.gaps() == [("poll", "api_unanswered", STATUS, False)]
    assert await connected.streams() == [(made.since, None, None)]


async def test_all_channels_are_asked_about_in_one_question(connected: Connected) -> None:
    for number in range(3):
        await connected.live.attach(1, str(7_300_000 + number))
    before = len(connected.kick.calls)
    await connected.look("live")
    assert [call.path for call in list(connected.kick.calls)[before:]].count(LIVES) == 1
