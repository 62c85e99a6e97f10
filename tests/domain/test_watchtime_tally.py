from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.instants import MINUTE
from server.domain.watchtime.law import watch
from server.domain.watchtime.tally import Tally, can_resume, resume
from server.domain.watchtime.values import Live, Message, RuleBook, Rules, settle_lives
from tests.domain.watchtime_worlds import AN_EVENING, DAYS, World, worlds

BOOK = RuleBook(((0, Rules()),))
LIVE = Live(stream=1, channel=1, starts=100 * MINUTE)


@given(worlds(st.just(AN_EVENING) | DAYS, plain=True, channels=(1,)))
@settings(max_examples=80)
def test_taking_in_message_by_message_gives_the_watch_time_of_every_prefix(world: World) -> None:
    in_order = sorted(set(world.messages), key=lambda message: (message.at, message.digest))
    for account, live in product(world.accounts, settle_lives(world.lives)):
        messages = [message for message in in_order if (message.account, message.channel) == (account, live.channel)]
        tally = Tally()
        for count, message in enumerate(messages, start=1):
            tally = resume(tally, message, live, world.book)
            found = watch(messages[:count], world.lives, world.book, zone=world.zone)
            assert tally.total == found.totals.get((account, live.stream), 0)


@given(st.lists(st.builds(Message, st.integers(0, 9), st.just(1), st.just(1), st.integers(0, 2)), max_size=20))
def test_a_message_told_again_or_out_of_order_is_never_resumed(told: list[Message]) -> None:
    tally, taken = Tally(), list[Message]()
    for message in told:
        if can_resume(tally, message):
            tally = resume(tally, message, Live(1, 1, 0), BOOK)
            taken.append(message)
    assert [m.at for m in taken] == sorted({m.at for m in taken})
    assert tally.last_at == max((m.at for m in told), default=-1)


def test_only_a_strictly_later_message_can_be_resumed() -> None:
    tally = resume(Tally(), Message(100 * MINUTE, 1, 1, 5), LIVE, BOOK)
    assert [can_resume(tally, Message(100 * MINUTE + late, 1, 1, 6)) for late in (-1, 0, 1)] == [False, False, True]


def test_resuming_with_an_earlier_message_is_an_error() -> None:
    tally = resume(Tally(), Message(100 * MINUTE, 1, 1, 5), LIVE, BOOK)
    with pytest.raises(ValueError, match="anew"):
        resume(tally, Message(99 * MINUTE, 1, 1, 5), LIVE, BOOK)


def test_a_message_outside_the_stream_leaves_the_tally_as_it_was() -> None:
    closed = Live(stream=1, channel=1, starts=100 * MINUTE, ends=110 * MINUTE)
    tally = Tally(total=7, covered_until=101 * MINUTE, last_at=0, recent=(3,))
    assert resume(tally, Message(95 * MINUTE, 1, 1, 4), closed, BOOK) == tally
    assert resume(tally, Message(110 * MINUTE, 1, 1, 4), closed, BOOK) == tally


def test_only_the_part_of_a_message_that_is_new_and_live_is_added() -> None:
    book = RuleBook(((0, Rules(repeats=0)), (104 * MINUTE, Rules(window=MINUTE, repeats=0))))
    tally, totals = Tally(), list[int]()
    for minute in (98, 101, 104, 106):
        tally = resume(tally, Message(minute * MINUTE, 1, 1, 5), LIVE, book)
        totals.append(tally.total // MINUTE)
    assert totals == [3, 6, 6, 7]


def test_a_later_wish_to_compare_with_more_messages_finds_them_remembered() -> None:
    book = RuleBook(((0, Rules(repeats=0)), (200 * MINUTE, Rules(repeats=5))))
    tally = Tally()
    for position, digest in enumerate([1, 2, 3, 4, 5]):
        tally = resume(tally, Message((110 + 10 * position) * MINUTE, 1, 1, digest), LIVE, book)
    assert tally.total == 25 * MINUTE
    assert resume(tally, Message(200 * MINUTE, 1, 1, 1), LIVE, book).total == 25 * MINUTE
