from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.instants import HOUR, MINUTE, SECOND
from server.domain.watchtime.evidence import Gathering, Ignored, gather
from server.domain.watchtime.law import Lost, Span, Watch, watch
from server.domain.watchtime.quorum import Crowd, Quorum, quorum_minutes
from server.domain.watchtime.values import Live, Message, RuleBook, Rules, settle_lives
from tests.domain.brute_watchtime import brute_watch
from tests.domain.watchtime_worlds import AN_EVENING, DAYS, UTC_ZONE, World, worlds

evenings = worlds(st.just(AN_EVENING))
viewers = st.sets(st.sampled_from([1, 2, 3]), min_size=1).map(lambda accounts: tuple(sorted(accounts)))


def cells_of(found: Watch, step: int) -> dict[int, tuple[int, int]]:
    return {cell: (span.account, span.stream) for span in found.spans for cell in range(span.starts, span.ends, step)}


def total(found: Watch) -> int:
    return sum(found.totals.values())


def assert_equals_the_model(world: World, viewer: tuple[int, ...]) -> None:
    expected, found = brute_watch(world, viewer), world.watch(*viewer)
    assert cells_of(found, world.step) == expected.cells
    assert Counter(found.totals) == Counter(
        {key: n * world.step for key, n in Counter(expected.cells.values()).items()}
    )
    assert Counter(found.ignored) == expected.ignored
    assert Counter(found.lost) == expected.lost


@given(evenings, viewers)
@settings(max_examples=150)
def test_watch_time_equals_the_model_within_minutes(world: World, viewer: tuple[int, ...]) -> None:
    assert_equals_the_model(world, viewer)


@given(worlds(DAYS), viewers)
@settings(max_examples=100)
def test_watch_time_equals_the_model_over_days_of_23_24_and_25_hours(world: World, viewer: tuple[int, ...]) -> None:
    assert_equals_the_model(world, viewer)


@given(evenings, st.data())
@settings(max_examples=50)
def test_order_and_repetition_of_facts_change_nothing(world: World, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(world.messages), max_size=5)) if world.messages else []
    told_otherwise = replace(
        world,
        messages=tuple(data.draw(st.permutations([*world.messages, *again]))),
        lives=tuple(data.draw(st.permutations([*world.lives, *world.lives]))),
    )
    assert told_otherwise.watch(1, 2) == world.watch(1, 2)
    assert told_otherwise.quorum() == world.quorum()


@given(evenings, st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_a_quorum_counted_stream_by_stream_and_part_by_part_is_the_same(
    world: World, size: int, chance: Random
) -> None:
    crowd = Crowd()
    ordered = sorted(set(world.messages), key=lambda message: (message.at, message.account, message.digest))
    lives = settle_lives(world.lives)
    for live in chance.sample(lives, len(lives)):
        gathering = Gathering([live], world.book)
        here = [message for message in ordered if message.channel == live.channel]
        for start in range(0, len(here), size):
            crowd.add(gathering.take(here[start : start + size]))
    assert crowd.quorum(world.book) == world.quorum()


@given(evenings)
@settings(max_examples=50)
def test_spans_are_sorted_apart_as_long_as_they_can_be_and_add_up_to_the_totals(world: World) -> None:
    found = world.watch(1, 2, 3)
    assert all(span.starts < span.ends for span in found.spans)
    for earlier, later in pairwise(found.spans):
        assert earlier.ends <= later.starts
        same = (earlier.account, earlier.stream) == (later.account, later.stream)
        assert not (same and earlier.ends == later.starts)
    lengths: Counter[tuple[int, int]] = Counter()
    for span in found.spans:
        lengths[span.account, span.stream] += span.length
    assert lengths == found.totals
    assert all(found.totals.values())


@given(evenings | worlds(DAYS))
@settings(max_examples=50)
def test_linking_accounts_gives_no_less_than_either_and_no_more_than_both(world: World) -> None:
    one, other, both = total(world.watch(1)), total(world.watch(2)), total(world.watch(1, 2))
    assert max(one, other) <= both <= one + other


@given(worlds(st.just(AN_EVENING), plain=True), st.sets(st.sampled_from([1, 2])))
@settings(max_examples=50)
def test_covered_time_is_what_any_linked_account_covers(world: World, attached: set[int]) -> None:
    world = replace(world, lives=tuple(live for live in world.lives if live.channel in attached))
    alone = [set(cells_of(world.watch(account), world.step)) for account in (1, 2)]
    assert set(cells_of(world.watch(1, 2), world.step)) == alone[0] | alone[1]


@given(evenings | worlds(DAYS), st.integers(0, 71), worlds(st.just(AN_EVENING)))
@settings(max_examples=50)
def test_a_change_of_settings_leaves_what_was_before_it(world: World, cell: int, other: World) -> None:
    moment = (world.begins + cell * world.step) // MINUTE * MINUTE
    _, new_rules = other.book.versions[0]
    before = tuple((at, rules) for at, rules in world.book.versions if at < moment)
    if not before:
        before = ((world.begins - world.step, world.book.versions[0][1]),)
    old = replace(world, book=RuleBook(before))
    new = replace(world, book=RuleBook((*before, (moment, new_rules))))
    gathered_old, gathered_new = (gather(w.messages, w.lives, w.book).evidence for w in (old, new))
    assert [piece for piece in gathered_new if piece.message.at < moment] == [
        piece for piece in gathered_old if piece.message.at < moment
    ]
    cells_old, cells_new = (cells_of(w.watch(1, 2), w.step) for w in (old, new))
    assert {c: w for c, w in cells_new.items() if c < moment} == {c: w for c, w in cells_old.items() if c < moment}


@given(evenings, st.integers(1, 3))
@settings(max_examples=50)
def test_a_higher_quorum_never_gives_more(world: World, quorum: int) -> None:
    lower, higher = (
        replace(world, book=RuleBook(tuple((at, replace(rules, quorum=n, daily_cap=None)) for at, rules in versions)))
        for versions in [world.book.versions]
        for n in (quorum, quorum + 1)
    )
    assert set(cells_of(higher.watch(1, 2), world.step)) <= set(cells_of(lower.watch(1, 2), world.step))


STREAM = Live(stream=9, channel=1, starts=10 * HOUR, ends=12 * HOUR)
DEFAULT = RuleBook(((0, Rules()),))


def book(**changes: object) -> RuleBook:
    return RuleBook(((0, replace(Rules(), **changes)),))


def said(at: int, *, account: int = 1, channel: int = 1, digest: int = 0) -> Message:
    return Message(at, account, channel, digest)


def test_one_message_is_worth_five_minutes() -> None:
    found = watch([said(11 * HOUR)], [STREAM], DEFAULT, zone=UTC_ZONE)
    assert found.spans == (Span(1, 9, 11 * HOUR, 11 * HOUR + 5 * MINUTE),)
    assert found.totals == {(1, 9): 5 * MINUTE}
    assert not found.ignored
    assert not found.lost


def test_a_message_counts_only_while_the_stream_is_live() -> None:
    early, late = said(10 * HOUR - 2 * MINUTE), said(12 * HOUR - MINUTE, digest=1)
    found = watch([early, late], [STREAM], DEFAULT, zone=UTC_ZONE)
    assert [span.length for span in found.spans] == [3 * MINUTE, MINUTE]


def test_messages_whose_window_only_meets_the_edge_of_a_stream_are_outside() -> None:
    outside = [said(10 * HOUR - 5 * MINUTE), said(12 * HOUR)]
    found = watch(outside, [STREAM], DEFAULT, zone=UTC_ZONE)
    assert found.spans == ()
    assert found.ignored == {(None, Ignored.OUTSIDE_STREAM): 2}


def test_the_same_greeting_in_two_streams_counts_in_both() -> None:
    tomorrow = Live(stream=10, channel=1, starts=34 * HOUR, ends=None)
    found = watch([said(11 * HOUR), said(35 * HOUR)], [STREAM, tomorrow], DEFAULT, zone=UTC_ZONE)
    assert found.totals == {(1, 9): 5 * MINUTE, (1, 10): 5 * MINUTE}


def test_a_repeat_of_the_last_three_messages_is_worth_nothing_and_a_fourth_is() -> None:
    digests = [1, 2, 3, 1, 4, 5, 1, 6, 7, 8, 1]
    messages = [said(10 * HOUR + n * 10 * MINUTE, digest=digest) for n, digest in enumerate(digests)]
    found = watch(messages, [STREAM], DEFAULT, zone=UTC_ZONE)
    assert found.ignored == {(9, Ignored.REPEAT): 2}
    assert total(found) == 9 * 5 * MINUTE


def test_an_instant_covered_twice_belongs_to_the_earlier_message() -> None:
    messages = [said(11 * HOUR, account=2), said(11 * HOUR + 2 * MINUTE, account=1)]
    found = watch(messages, [STREAM], DEFAULT, zone=UTC_ZONE)
    assert found.totals == {(2, 9): 5 * MINUTE, (1, 9): 2 * MINUTE}


def test_an_instant_of_two_streams_belongs_to_the_message_that_was_written_first() -> None:
    begins_later = Live(stream=8, channel=2, starts=11 * HOUR + 2 * MINUTE)
    messages = [said(11 * HOUR, channel=2), said(11 * HOUR + MINUTE)]
    found = watch(messages, [STREAM, begins_later], DEFAULT, zone=UTC_ZONE)
    assert found.spans == (
        Span(1, 9, 11 * HOUR + MINUTE, 11 * HOUR + 2 * MINUTE),
        Span(1, 8, 11 * HOUR + 2 * MINUTE, 11 * HOUR + 5 * MINUTE),
        Span(1, 9, 11 * HOUR + 5 * MINUTE, 11 * HOUR + 6 * MINUTE),
    )


def test_of_messages_at_one_instant_the_smaller_account_and_then_the_smaller_stream_comes_first() -> None:
    elsewhere = Live(stream=8, channel=2, starts=10 * HOUR)
    messages = [said(11 * HOUR, account=2, channel=2), said(11 * HOUR), said(11 * HOUR, channel=2)]
    found = watch(messages, [STREAM, elsewhere], DEFAULT, zone=UTC_ZONE)
    assert found.totals == {(1, 8): 5 * MINUTE}


@pytest.mark.parametrize("digest", range(10))
def test_of_messages_at_one_instant_those_with_the_greatest_digests_are_the_last(digest: int) -> None:
    at_once = [said(11 * HOUR, digest=one) for one in range(10)]
    found = gather([said(11 * HOUR + MINUTE, digest=digest), *at_once], [STREAM], book(repeats=5))
    assert found.ignored == ({(9, Ignored.REPEAT): 1} if digest >= 5 else {})


def test_a_quorum_of_two_counts_the_minutes_that_two_accounts_touch() -> None:
    messages = [said(11 * HOUR), said(11 * HOUR + 4 * MINUTE + 30 * SECOND, account=2)]
    rules = book(quorum=2)
    quorum = quorum_minutes(gather(messages, [STREAM], rules).evidence, rules)
    assert quorum == Quorum(((11 * HOUR + 4 * MINUTE, 11 * HOUR + 5 * MINUTE),))
    found = watch(messages[:1], [STREAM], rules, zone=UTC_ZONE, quorum=quorum)
    assert found.totals == {(1, 9): MINUTE}
    assert found.lost == {(9, Lost.QUORUM): 4 * MINUTE}


def test_a_change_of_quorum_within_a_minute_begins_with_the_next() -> None:
    begins = 11 * HOUR
    rules = RuleBook(((0, Rules()), (begins + 2 * MINUTE + SECOND, Rules(quorum=2))))
    quorum = quorum_minutes(gather([said(begins)], [STREAM], rules).evidence, rules)
    assert quorum.met == ((begins, begins + 3 * MINUTE),)


def test_a_stretch_that_meets_the_quorum_gives_what_it_shares_with_a_span_and_nothing_at_its_edges() -> None:
    quorum = Quorum(((10, 20), (30, 40)))
    assert list(quorum.met_during(15, 35)) == [(15, 20), (30, 35)]
    assert list(quorum.met_during(20, 30)) == []
    assert list(quorum.met_during(12, 13)) == [(12, 13)]


def test_rules_that_ask_for_a_quorum_need_one() -> None:
    with pytest.raises(ValueError, match="quorum"):
        watch([], [STREAM], book(quorum=2), zone=UTC_ZONE)


def test_a_quorum_of_one_cuts_nothing_whatever_minutes_are_given() -> None:
    found = watch([said(11 * HOUR)], [STREAM], DEFAULT, zone=UTC_ZONE, quorum=Quorum(()))
    assert total(found) == 5 * MINUTE


def test_the_first_minutes_of_a_day_count_up_to_the_cap_and_midnight_starts_afresh() -> None:
    overnight = Live(stream=9, channel=1, starts=20 * HOUR, ends=28 * HOUR)
    messages = [said(at * HOUR, digest=at) for at in (21, 22, 23, 25)]
    found = watch(messages, [overnight], book(daily_cap=8 * MINUTE), zone=UTC_ZONE)
    assert found.spans == (
        Span(1, 9, 21 * HOUR, 21 * HOUR + 5 * MINUTE),
        Span(1, 9, 22 * HOUR, 22 * HOUR + 3 * MINUTE),
        Span(1, 9, 25 * HOUR, 25 * HOUR + 5 * MINUTE),
    )
    assert found.lost == {(9, Lost.CAP): 7 * MINUTE}


def test_evidence_across_midnight_uses_up_both_caps() -> None:
    overnight = Live(stream=9, channel=1, starts=20 * HOUR)
    messages = [said(24 * HOUR - 2 * MINUTE), said(25 * HOUR, digest=1)]
    found = watch(messages, [overnight], book(daily_cap=4 * MINUTE), zone=UTC_ZONE)
    assert found.spans == (
        Span(1, 9, 24 * HOUR - 2 * MINUTE, 24 * HOUR + 3 * MINUTE),
        Span(1, 9, 25 * HOUR, 25 * HOUR + MINUTE),
    )


def test_the_cap_of_a_day_is_the_one_in_force_at_its_midnight() -> None:
    rules = RuleBook(((0, Rules(daily_cap=MINUTE)), (11 * HOUR, Rules(daily_cap=2 * MINUTE))))
    tomorrow = Live(stream=10, channel=1, starts=34 * HOUR)
    found = watch([said(11 * HOUR), said(35 * HOUR)], [STREAM, tomorrow], rules, zone=UTC_ZONE)
    assert found.totals == {(1, 9): MINUTE, (1, 10): 2 * MINUTE}
