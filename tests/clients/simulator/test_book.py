from datetime import UTC, datetime, timedelta

import pytest

from clients.simulator.book import Book, Stream, micros, watched_us
from clients.simulator.happenings import Fact, Happening, Person, Spoken, StreamTold

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ANNA = Person(account=11, name="Anna", slug="anna")
BORIS = Person(account=12, name="Boris", slug="boris")
MINUTE_US = 60_000_000


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def says(person: Person, minutes: float, text: str) -> tuple[datetime, Fact]:
    return after(minutes), Spoken(message_id=f"{person.account}-{minutes}", sender=person, text=text)


def stream(starts: float, ends: float) -> list[tuple[datetime, Fact]]:
    told = StreamTold(title="t", started_at=after(starts))
    return [(after(starts), told), (after(ends), StreamTold(title="t", started_at=after(starts), ended_at=after(ends)))]


def book_of(*facts: tuple[datetime, Fact], untold: frozenset[int] = frozenset()) -> Book:
    happenings = tuple(Happening(number=n, at=at, fact=fact) for n, (at, fact) in enumerate(facts))
    return Book(happenings, told=set(range(len(facts))) - untold, tried=set(range(len(facts))) - untold)


def test_a_hand_worked_evening() -> None:
    book = book_of(
        *stream(0, 60),
        says(ANNA, -6, "hello"),  # over before the start: outside the stream's scope
        says(ANNA, -2, "early"),  # covers [-2, 3), of which [0, 3) lies in the stream
        says(ANNA, 2, "hi"),  # [2, 7): adds [3, 7)
        says(ANNA, 9, "  HI "),  # a repeat: nothing
        says(ANNA, 20, "one"),  # [20, 25)
        says(ANNA, 21, "two"),  # [21, 26): adds [25, 26)
        says(ANNA, 30, "hi"),  # the last three are "hi" (9), "one", "two": still a repeat
        says(ANNA, 40, "three"),  # [40, 45)
        says(ANNA, 50, "one"),  # the last three are "two", "hi", "three": [50, 55)
        says(ANNA, 58, "bye"),  # [58, 60), the stream ends
        says(ANNA, 60, "late"),  # the end belongs to nobody
        says(BORIS, 10, "x"),  # [10, 15)
    )
    start_us = micros(NOON)
    assert book.watch_time() == {(11, start_us): (3 + 4 + 5 + 1 + 5 + 5 + 2) * MINUTE_US, (12, start_us): 5 * MINUTE_US}
    assert book.totals() == {11: 25 * MINUTE_US, 12: 5 * MINUTE_US}


def test_only_what_was_told_counts() -> None:
    facts = (*stream(0, 60), says(ANNA, 10, "a"), says(ANNA, 20, "b"))
    assert book_of(*facts, untold=frozenset({3})).totals() == {11: 5 * MINUTE_US}
    assert book_of(*facts, untold=frozenset({0})).totals() == {11: 10 * MINUTE_US}
    assert book_of(*facts, untold=frozenset({0, 1})).totals() == {}


def test_a_stream_whose_end_was_never_told_stays_open_until_the_next() -> None:
    facts = (*stream(0, 30), *stream(40, 60), says(ANNA, 29, "a"), says(ANNA, 38, "b"), says(ANNA, 70, "c"))
    assert book_of(*facts).totals() == {11: (1 + 3) * MINUTE_US}
    assert book_of(*facts, untold=frozenset({1})).totals() == {11: (5 + 2 + 3) * MINUTE_US}
    assert book_of(*facts, untold=frozenset({3})).totals() == {11: (1 + 3 + 5) * MINUTE_US}


def test_every_stream_starts_afresh_for_repeats() -> None:
    facts = (*stream(0, 30), *stream(40, 60), says(ANNA, 10, "hello"), says(ANNA, 50, "hello"))
    assert book_of(*facts).totals() == {11: 10 * MINUTE_US}


@pytest.mark.parametrize(("repeats", "minutes"), [(0, 10), (1, 5)])
def test_the_number_of_compared_messages_is_a_setting(repeats: int, minutes: int) -> None:
    said = [(10 * MINUTE_US, "x"), (20 * MINUTE_US, "x")]
    assert watched_us(said, Stream(0, None), 5 * MINUTE_US, repeats) == minutes * MINUTE_US


def test_a_message_whose_window_only_touches_the_start_is_outside() -> None:
    said = [(0, "x"), (6 * MINUTE_US, "x")]
    assert watched_us(said, Stream(5 * MINUTE_US, None), 5 * MINUTE_US, 3) == 5 * MINUTE_US


def test_what_was_tried_but_never_acknowledged_is_unsure() -> None:
    book = book_of(*stream(0, 60), says(ANNA, 10, "a"))
    assert book.as_json()["is_certain"] is True
    book.told.remove(2)
    written = book.as_json()
    assert written["is_certain"] is False
    happenings = written["happenings"]
    assert isinstance(happenings, list)
    assert [entry["told"] for entry in happenings] == ["yes", "yes", "unsure"]
    assert happenings[2] == {
        "kind": "chat.message.sent",
        "at": "2026-05-04T12:10:00.000000Z",
        "told": "unsure",
        "account": "11",
        "message_id": "11-10",
        "text": "a",
    }
