"""Which copies tell of one happening, as a function of the copies alone."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.happenings.copies import Cluster, clusters_of, overlapping
from server.domain.happenings.knowledge import is_pending, known
from server.domain.happenings.sources import Heard, IngestSources
from server.domain.happenings.values import Copy, Facts, Kind
from server.domain.instants import DAY, HOUR, MINUTE, SECOND
from server.events.happening import Person
from server.events.tellings import Source
from tests.effort import effort

NOON = 1_790_000_000 * SECOND
LARK = Person(id=None, name="LargeLark")
WEBHOOK, WEBSOCKET = Source.WEBHOOK, Source.WEBSOCKET


def copy(number: int, names: str = "", at: int = 0, source: Source = WEBSOCKET, **more: Any) -> Copy:
    others = tuple(Person(id=None, name=name) for name in names.split())
    said = {key: more.pop(key) for key in ("total", "who") if key in more}
    facts = Facts(**{"who": LARK, "at": NOON + at, "others": others, "total": len(others), **said})
    return Copy(id=number, source=source, facts=facts, is_timed=source is WEBHOOK, **more)


def gifts(*copies: Copy) -> list[set[int]]:
    """The numbers of the copies of each gift, in whatever order they came."""
    found = told(clusters_of(Kind.GIFT, copies))
    for seed in range(5):
        numbers = [one.id for one in copies]
        Random(seed).shuffle(numbers)
        again = [replace(one, id=number) for one, number in zip(copies, numbers, strict=True)]
        back = dict(zip(numbers, [one.id for one in copies], strict=True))
        assert sorted(map(sorted, found)) == sorted(
            sorted(back[number] for number in cluster) for cluster in told(clusters_of(Kind.GIFT, again))
        )
    return found


def told(clusters: list[Cluster]) -> list[set[int]]:
    return [{one.id for one in cluster.copies} for cluster in clusters]


def test_the_same_people_within_twenty_minutes_are_one_gift_whatever_the_case_and_order_of_names() -> None:
    assert gifts(copy(1, "a b"), copy(2, "B A", 19 * MINUTE), copy(3, "a b", 60 * MINUTE)) == [{1, 2}, {3}]


def test_the_same_people_on_other_days_are_other_gifts() -> None:
    days = [one for n in range(3) for one in (copy(2 * n, "a", n * DAY), copy(2 * n + 1, "a", n * DAY, WEBHOOK))]
    assert gifts(*days) == [{0, 1}, {2, 3}, {4, 5}]


def test_a_webhook_whose_time_is_far_off_is_given_to_the_nearest_gift_that_has_none() -> None:
    far = copy(9, "a", 20 * HOUR, WEBHOOK)
    assert gifts(copy(1, "a"), far) == [{1, 9}]
    assert gifts(copy(1, "a"), copy(2, "a", 0, WEBHOOK), far) == [{1, 2}, {9}]
    assert gifts(copy(1, "a"), copy(2, "a", 18 * HOUR), far) == [{1}, {2, 9}]
    assert gifts(copy(1, "a"), copy(9, "a", 24 * HOUR, WEBHOOK)) == [{1}, {9}]


def test_parts_are_one_gift_by_their_correlation_and_fit_a_webhook_before_all_are_there() -> None:
    part: dict[str, Any] = {"total": 4, "correlation": "c", "is_part": True}
    one, two = copy(1, "a b", **part), copy(2, "c d", 5 * SECOND, **part)
    whole = copy(3, "d c b a", 0, WEBHOOK)
    assert gifts(one, two) == [{1, 2}]
    assert gifts(one, whole) == [{1, 3}]
    assert gifts(one, two, whole) == [{1, 2, 3}]
    assert known(Kind.GIFT, [one, two], {}).total == 4


def test_a_copy_that_only_says_how_many_is_the_nearest_gift_of_so_many() -> None:
    counted = copy(1, total=2)
    assert gifts(counted) == [{1}]
    assert known(Kind.GIFT, [counted], {}).total == 2
    assert gifts(counted, copy(2, "a b", MINUTE)) == [{1, 2}]
    assert gifts(counted, copy(2, "a b c", MINUTE)) == [{1}, {2}]
    assert gifts(counted, copy(2, total=2, at=MINUTE), copy(3, "a b", MINUTE)) == [{1, 2, 3}]
    tagged = [copy(n, total=1, at=n * SECOND, correlation=f"c{n}") for n in range(3)]
    assert gifts(*tagged) == [{0}, {1}, {2}]


def test_gifts_to_some_of_the_same_people_are_two_and_doubted() -> None:
    clusters = clusters_of(Kind.GIFT, [copy(1, "a b"), copy(2, "b c"), copy(3, "d"), copy(4, "b d", 3 * DAY)])
    assert told(clusters) == [{1}, {2}, {3}, {4}]
    assert overlapping(clusters) == {(0, 1)}


def test_what_staff_joined_stays_joined_and_takes_what_repeats_it() -> None:
    joined = [copy(1, "a b", pinned=7), copy(2, "b c", pinned=7)]
    assert told(clusters_of(Kind.GIFT, [*joined, copy(3, "c b", MINUTE), copy(4, "e", MINUTE)])) == [{1, 2, 3}, {4}]


def test_every_payment_is_one() -> None:
    paid = [copy(n, transaction=f"t{n % 3}") for n in range(6)]
    assert sorted(map(sorted, told(clusters_of(Kind.KICKS, paid)))) == [[0, 3], [1, 4], [2, 5]]
    webhooks = [copy(7, source=WEBHOOK), copy(8, source=WEBHOOK)]
    assert told(clusters_of(Kind.KICKS, webhooks)) == [{7, 8}]
    assert told(clusters_of(Kind.KICKS, [paid[0], *webhooks])) == [{0, 7, 8}]


def test_a_subscription_is_one_for_a_day_and_a_half() -> None:
    subs = [copy(1), copy(2, at=36 * HOUR), copy(3, at=30 * DAY)]
    assert told(clusters_of(Kind.RENEWAL, subs)) == [{1, 2}, {3}]


def test_a_webhook_is_believed_first_and_brings_the_ids() -> None:
    giver = Person(id="7", name="LargeLark")
    webhook = copy(2, "a b", 40 * SECOND, WEBHOOK, who=giver)
    facts = known(Kind.GIFT, [copy(1, "B a"), webhook], {})
    assert (facts.who, facts.at) == (giver, NOON + 40 * SECOND)
    assert [one.name for one in facts.others] == ["a", "b"]
    assert not is_pending(facts)


def test_a_name_alone_is_pending_until_something_tells_whose_it_is() -> None:
    alone = [copy(1, "a")]
    assert is_pending(known(Kind.GIFT, alone, {}))
    assert known(Kind.GIFT, alone, {"largelark": Person(id="7", name="LargeLark")}).who.id == "7"
    nobody = known(Kind.GIFT, [copy(1, "a", who=Person(id=None, name="Anonymous"))], {})
    assert nobody.who.is_anonymous
    assert not is_pending(nobody)


def test_people_who_hide_are_counted() -> None:
    hidden = replace(copy(1).facts, others=(Person(id=None, name=None), Person(id="1", name="a")), total=2)
    assert known(Kind.GIFT, [replace(copy(1), facts=hidden)], {}).total == 2


moments = st.integers(0, 4 * DAY)
people = st.frozensets(st.sampled_from("abcde"), max_size=4)
cards = st.builds(
    lambda names, at, source, correlation: (names, at, source, correlation),
    people,
    moments,
    st.sampled_from(Source),
    st.none() | st.sampled_from(["x", "y"]),
)


@given(st.lists(cards, max_size=12), st.sampled_from(Kind), st.sets(st.integers(0, 11), max_size=3))
def test_every_copy_is_in_exactly_one_happening(dealt: list[Any], kind: Kind, joined: set[int]) -> None:
    copies = [
        copy(
            n,
            " ".join(sorted(names)),
            at,
            source,
            correlation=correlation,
            total=max(len(names), 1),
            pinned=7 if n in joined else None,
        )
        for n, (names, at, source, correlation) in enumerate(dealt)
    ]
    clusters = clusters_of(kind, copies)
    assert sorted(one.id for cluster in clusters for one in cluster.copies) == [one.id for one in copies]
    for cluster in clusters:
        facts = known(kind, cluster.copies, {})
        assert Facts.restored(facts.stored()) == facts


def test_sources_are_stored_and_read_back() -> None:
    chosen = IngestSources(chat=Heard.BOTH, kicks=Heard.WEBSOCKET)
    assert IngestSources.restored(chosen.stored()) == chosen
    assert IngestSources.restored({}) == IngestSources()
    assert Heard.BOTH.takes(WEBHOOK)
    assert not Heard.WEBHOOK.takes(WEBSOCKET)


def names_of(n: int) -> dict[str, Any]:
    return {"names": f"a{n} b{n}"}


def parts_of(n: int) -> dict[str, Any]:
    return {"names": f"a{n}", "total": 2, "is_part": True}


def count_of(n: int) -> dict[str, Any]:
    return {"total": 2, "correlation": f"c{n}"}


@pytest.mark.parametrize(
    ("webhook", "socket", "step"),
    [
        (names_of, names_of, 2 * MINUTE),
        (names_of, parts_of, 2 * MINUTE),
        (names_of, count_of, 2 * MINUTE),
        (lambda _: names_of(0), lambda _: names_of(0), SECOND),
        (lambda _: names_of(0), lambda _: names_of(0), 90 * MINUTE),
    ],
    ids=["other people", "parts", "counted", "the same people at once", "the same people"],
)
def test_four_times_as_many_gifts_are_four_times_the_work(webhook: Any, socket: Any, step: int) -> None:
    def work(many: int) -> int:
        copies = [
            copy(2 * n + n_source, at=n * step + n_source * step // 2, source=source, **say(n))
            for n in range(many)
            for n_source, (source, say) in enumerate([(WEBHOOK, webhook), (WEBSOCKET, socket)])
        ]
        with effort() as counted:
            clusters = clusters_of(Kind.GIFT, copies)
            overlapping(clusters)
        return counted.lines

    assert work(400) < 5 * work(100)
