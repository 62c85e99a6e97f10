"""Checking a draw from its bundle: what is whole is said to be, and whatever was done to it is found and named."""

from copy import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.draws.bundle import read_bundle, written_bundle
from server.domain.draws.typed import Viewer
from server.domain.draws.verify import Report, verify
from server.platforms.drand.bls import signature_fault
from tests.domain.drawing import ALICE, BROKEN, COMMIT, PASS, POSTPONED, RESULT, TYPED, WHOLE, bundle
from tests.domain.redrawing import HISTORIES, KEYS, KNOWN, LIVE, drawn, live

fault_of = cache(signature_fault)


def checked(told: Any, viewer: Viewer | None = None) -> Report:
    return verify(told, fault_of, viewer)


def faults(report: Report) -> set[str]:
    return {check.fault for check in report.checks if check.fault}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_bundle_is_worth_what_it_proves(name: str) -> None:
    told, verdict = WHOLE[name]
    report = checked(told)
    weak = {verdict} & {"late_commit", "not_independently_verifiable"}
    assert (report.verdict, faults(report)) == (verdict, weak)
    assert report.code == "2HVJ-W8M3-71PS-Q8Q7"
    assert report.sentence.endswith("This was a test, and nothing was promised.")


@pytest.mark.parametrize("told", [bundle(POSTPONED, COMMIT), bundle(COMMIT | {"channel": "community:7"})])
def test_a_draw_may_be_postponed_before_its_commit_and_its_log_be_a_communitys(told: Any) -> None:
    assert (checked(told).verdict, faults(checked(told))) == ("not_drawn_yet", set())


@pytest.mark.parametrize("name", BROKEN)
def test_what_was_done_to_a_bundle_is_named(name: str) -> None:
    told, named = BROKEN[name]
    report = checked(told)
    assert report.verdict == "failed"
    assert named <= faults(report)
    assert not report.winners or named & {"winners_differ", "passes_odd", "seed_differs"}


def test_who_is_passed_over_makes_room_for_the_next() -> None:
    drawn = [(one.entry.label, one.passed, one.wins) for one in checked(bundle(COMMIT, RESULT, PASS)).winners]
    assert drawn == [
        ("alice", "unclaimed", False),
        ("bob", None, True),
        ("carol", None, True),
        ("erin", None, False),
    ]


def test_anybody_knows_the_winners_once_the_beacon_is_there() -> None:
    early, _ = WHOLE["the beacon is there, the result is not"]
    assert [one.entry.label for one in checked(early).winners if one.wins] == ["alice", "bob"]


def test_a_viewer_finds_himself_and_the_code_that_he_saw() -> None:
    report = checked(bundle(), Viewer(**ALICE))
    assert report.verdict == "verified"
    assert "You are in with 120 tickets, numbers 480 to 599." in [check.sentence for check in report.checks]


def test_a_code_of_another_draw_is_a_fault_of_this_one() -> None:
    report = checked(bundle(), Viewer(code="2HVJ-W8M3-71PS-Q8Q6"))
    assert (report.verdict, faults(report), report.typed) == ("failed", {"code_differs"}, [])


@pytest.mark.parametrize("name", TYPED)
def test_what_a_viewer_typed_wrongly_is_said_and_leaves_the_draw_what_it_is(name: str) -> None:
    viewer, wrong = TYPED[name]
    report, alone = checked(bundle(), Viewer(**viewer)), checked(bundle())
    assert {(one.name, one.fault) for one in report.typed} == wrong
    assert (report.verdict, report.winners) == (alone.verdict, alone.winners)
    assert [one.name for one in report.checks if one.name != "own"] == [one.name for one in alone.checks]
    assert not faults(report)
    assert checked(BROKEN["a weight changed"][0], Viewer(**viewer)).verdict == "failed"


@pytest.mark.parametrize("name", HISTORIES)
def test_what_the_log_says_beside_the_draw_is_told(name: str) -> None:
    told, verdict, named = HISTORIES[name]
    report = checked(told)
    assert (report.verdict, faults(report)) == (verdict, named)
    assert bool(report.winners) == (
        verdict in {"verified", "drawn_again", "key_changed", "not_independently_verifiable"} and bool(drawn_in(told))
    )


def drawn_in(told: Any) -> list[Any]:
    return [one for one in told["log"] if one["kind"] == "result" and one["draw_id"] == told["draw_id"]]


def sentences(name: str) -> str:
    return "\n".join(check.sentence for check in checked(HISTORIES[name][0]).checks)


def test_a_community_that_draws_for_years_is_checked_still() -> None:
    many = (LIVE | {"draw_id": f"giveaway-{number}-1"} for number in range(12_000))
    assert checked(live(*many, LIVE, drawn(LIVE))).verdict == "verified"


def test_other_draws_of_the_same_are_named_with_what_came_of_them() -> None:
    late = "raffle-3-1 (round 900, given up 0 seconds after it)."
    assert late in sentences("given up when its round was out, then drawn")
    assert "raffle-3-1 (round 900, given up 1 seconds before it)." in sentences("given up in time, then drawn")
    assert "raffle-3-19 (round 900, neither drawn nor given up) and 2 more." in sentences(
        "twelve given up late, and late itself"
    )


def test_a_draw_for_prizes_that_nobody_is_left_to_have_says_for_how_many_and_over_which_list() -> None:
    fair = sentences("drawn, then more drawn for a prize that nobody was left to have")
    assert "It draws for 1 of 2 prizes that nobody was left to have." in fair
    assert "as many entries as the one of raffle-3-1 without the 4 who were drawn there." in fair
    lacking = sentences("more drawn from a list that lacks somebody")
    assert "drawn there, and without 1 more, whom its list of those left out names." in lacking
    standing = sentences("drawn, then more drawn while a winner stands")
    assert "It draws 1 more, while 0 of 2 prizes had nobody left." in standing


def test_the_operators_key_is_told_and_where_it_changed() -> None:
    key, other = KEYS
    assert f"All 2 records of the log are signed, with the key {key}." in sentences("signed")
    assert "one key since the log began" in sentences("signed")
    changed = sentences("another key between two draws")
    assert "The key is another since record 3, and no record can show" in changed
    assert f"All 4 records of the log are signed, with the keys {key} (2), {other} (2)." in changed


@pytest.mark.parametrize("name", KNOWN)
def test_a_viewer_who_knows_the_operators_key_checks_with_it(name: str) -> None:
    told, key, verdict, named = KNOWN[name]
    report = checked(told, Viewer(key=key))
    assert (report.verdict, faults(report)) == (verdict, named)


def test_a_draw_promised_after_its_round_proves_nothing() -> None:
    assert checked(bundle(COMMIT | {"created_at": 1_692_806_364})).verdict == "late_commit"
    assert checked(bundle(COMMIT | {"closes_at": 1_692_806_364})).verdict == "late_commit"


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    told: Any = value
    inner: Any = told.items() if isinstance(value, dict) else enumerate(told) if isinstance(value, list) else ()
    return [way, *(found for key, one in inner for found in leaves(one, (*way, key)))]


def replaced(value: Any, way: tuple[Any, ...], by: Any) -> Any:
    """A copy of a JSON value in which something stands elsewhere."""
    if not way:
        return by
    copied: Any = copy(value)
    copied[way[0]] = replaced(value[way[0]], way[1:], by)
    return copied


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=80)
    | st.sampled_from(["", "00" * 32, -1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@settings(max_examples=300)
@given(st.data())
def test_whatever_stands_in_a_bundle_it_is_judged_and_never_raises(data: st.DataObject) -> None:
    told = bundle(COMMIT, RESULT, PASS)
    way = data.draw(st.sampled_from(leaves(told)))
    report = checked(replaced(told, way, data.draw(ODD)))
    assert report.sentence
    if way[:2] == ("log", 0):
        assert report.verdict == "failed" or report.code == checked(told).code


@pytest.mark.parametrize("told", [WHOLE["as drawn"][0], HISTORIES["signed"][0], HISTORIES["with its rules"][0]])
def test_a_bundle_is_written_as_it_was_read(told: Any) -> None:
    assert written_bundle(read_bundle(told)) == told


@pytest.mark.parametrize(
    "change",
    [
        {"log": {}},
        {"entries": 1},
        {"draw_id": None},
        {"signatures": "00"},
        {"signatures": ["00" * 64]},
        {"rules": 1},
        {"rules": "\ud800"},
        {"beacon": []},
        {"beacon": {"round": True, "signature": "00" * 48}},
        {"beacon": {"round": 1000, "signature": "00"}},
        {"log": [1] * 1_000_001},
    ],
    ids=lambda change: str(change)[:30],
)
def test_a_bundle_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    assert faults(checked(bundle() | change)) == {"bundle_unfit"}
