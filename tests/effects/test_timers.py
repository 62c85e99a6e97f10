"""Timed messages: in their time, after enough lines, while live, once, and never the same twice in a row."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.timers import APART, Last, Waiting, due_after, next_of
from server.effects.timers import tick_all
from tests.chatting import Room, room_on
from tests.database import START, FrozenClock
from tests.graph import STREAM_STARTED, status

CREATE = """mutation ($input: CreateTimerInput!) { createTimer(input: $input) {
  __typename ... on Problem { code } ... on TimerCreated { timer { id preview nextDue } } } }"""
UPDATE = """mutation ($input: UpdateTimerInput!) { updateTimer(input: $input) { __typename } }"""
SHOWN = '{ community(slug: "house") { chat { timers { name isOn nextDue preview } } } }'


class Late:
    """Chance that always draws the same share of all."""

    def __init__(self, share: int = 0) -> None:
        self.share = share

    def draw(self, count: int) -> bytes:
        return bytes([self.share]) * count


@pytest.fixture
async def room(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Room, None]:
    async with room_on(database_url, clock, tmp_path) as room:
        yield room


async def ticked(room: Room, chance: Late | None = None) -> list[str]:
    """What is said because a tick came."""
    before = len(room.said)
    await tick_all(room.server.database, room.server.units, chance=chance or Late())
    await room.graph.live.settle()
    return room.said[before:]


async def live(room: Room, ended_at: str | None = None) -> None:
    await room.graph.deliver("livestream.status.updated", status("100001", STREAM_STARTED, ended_at))
    await room.graph.live.settle()


async def chatter(room: Room, lines: int) -> None:
    for number in range(lines):
        await room.writes(5, f"Line {room.written} {number}")
    await room.graph.live.settle()


async def shown(room: Room) -> list[dict[str, Any]]:
    return (await room.graph.data(SHOWN))["community"]["chat"]["timers"]


async def test_a_message_waits_for_its_time_for_lines_and_for_the_stream(room: Room) -> None:
    made = await room.do(CREATE, name="Socials", text="Follow {channel} of {community}!", minutes=10, lines=3)
    assert made["timer"]["preview"].startswith("Follow ")
    assert made["timer"]["preview"].endswith(" of House!")
    assert made["timer"]["nextDue"] is None
    await chatter(room, 5)
    assert await ticked(room) == [], "not live"
    await live(room)
    assert await ticked(room) == [], "its first turn comes after its time"
    assert (await shown(room))[0]["nextDue"] == "2026-08-01T18:10:00Z"
    room.clock.pass_time(minutes=10)
    assert await ticked(room) == [], "nobody has written since"
    await chatter(room, 3)
    [told] = await ticked(room)
    assert told.startswith("Follow Streamer100001 of House")
    room.clock.pass_time(minutes=10)
    await chatter(room, 3)
    assert len(await ticked(room)) == 1
    await live(room, "2026-08-01T18:20:00Z")
    await room.do(CREATE, name="Other", text="Other.", minutes=1, lines=0)
    room.clock.pass_time(minutes=30)
    assert await ticked(room) == []


async def test_messages_take_turns_a_minute_apart_and_each_comes_a_little_later_by_chance(room: Room) -> None:
    await live(room)
    for name in ("One", "Two"):
        await room.do(CREATE, name=name, text=f"Text {name}.", minutes=10, lines=0)
    assert await ticked(room, Late(255)) == []
    room.clock.pass_time(minutes=10)
    assert await ticked(room) == [], "up to a tenth later"
    room.clock.pass_time(minutes=1)
    assert await ticked(room) == ["Text One."]
    assert await ticked(room) == []
    room.clock.pass_time(minutes=1)
    assert await ticked(room) == ["Text Two."]
    timer = (await room.graph.data('{ community(slug: "house") { chat { timers { id name } } } }'))["community"][
        "chat"
    ]["timers"][0]
    await room.do(UPDATE, timerId=timer["id"], isOn=False)
    room.clock.pass_time(minutes=30)
    assert await ticked(room) == [], "the other one came last, and nobody has written since"
    await chatter(room, 1)
    assert await ticked(room) == ["Text Two."]
    assert [one["nextDue"] is None for one in await shown(room)] == [True, False]


async def test_our_own_lines_do_not_count_and_commands_of_people_do(room: Room) -> None:
    await live(room)
    await room.do(CREATE, name="One", text="Text.", minutes=1, lines=2)
    await ticked(room)
    [answer] = await room.answered(5, "!rank")
    room.clock.pass_time(minutes=1)
    await room.answered(room.kick.said[-1].sender, answer, message_id=room.kick.said[-1].message_id)
    assert await ticked(room) == []
    await chatter(room, 1)
    assert await ticked(room) == ["Text."]


async def test_ticks_at_once_say_it_once(room: Room) -> None:
    await live(room)
    await room.do(CREATE, name="One", text="Text.", minutes=1, lines=0)
    await ticked(room)
    room.clock.pass_time(minutes=1)
    server = room.server
    await asyncio.gather(*(tick_all(server.database, server.units, chance=Late(n)) for n in range(10)))
    await room.graph.live.settle()
    assert room.said == ["Text."]


DUE = st.integers(-600, 600).map(lambda seconds: START + timedelta(seconds=seconds))
WAITING = st.builds(
    Waiting,
    timer_id=st.integers(1, 9),
    text=st.sampled_from(["a", "b"]),
    lines_wanted=st.integers(0, 3),
    due_at=DUE,
    lines_since=st.integers(0, 3),
)


@given(
    st.lists(WAITING, max_size=6),
    st.builds(Last, st.sampled_from([None, "a", "b"]), st.none() | DUE, st.integers(0, 1)),
)
def test_only_what_is_due_and_has_its_lines_is_said_and_never_next_to_itself(
    waiting: list[Waiting], last: Last
) -> None:
    turn = next_of(waiting, last, START)
    ready = [one for one in waiting if one.due_at <= START and one.lines_since >= one.lines_wanted]
    others = [one for one in ready if one.text != last.text]
    if last.at is not None and START - last.at < APART:
        assert turn is None
    elif others:
        assert turn in others
        assert turn is not None
        assert all(turn.due_at <= one.due_at for one in others)
    else:
        assert (turn is not None) == (bool(ready) and last.lines_since > 0)


@given(st.integers(1, 1_440), st.integers(0, 2**32 - 1))
def test_the_random_delay_is_a_tenth_of_the_interval_at_most(minutes: int, drawn: int) -> None:
    interval = timedelta(minutes=minutes)
    assert START + interval <= due_after(minutes, START, drawn, 2**32) <= START + interval * 1.1
