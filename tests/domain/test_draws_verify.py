"""Checking a draw from its bundle: what is whole is said to be, and whatever was done to it is found and named."""

from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.draws.bundle import read_bundle, written_bundle
from server.domain.draws.records import read_record, record_hash, sign
from server.domain.draws.verify import Report, Viewer, verify
from server.platforms.drand.bls import signature_fault
from tests.domain.drawing import ALICE, BROKEN, COMMIT, PASS, POSTPONED, RESULT, WHOLE, bundle

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
    alice = Viewer(code=ALICE["code"], subject=ALICE["subject"], salt=bytes.fromhex(ALICE["salt"]))
    report = checked(bundle(), alice)
    assert report.verdict == "verified"
    assert "You are in with 120 tickets, numbers 480 to 599." in [check.sentence for check in report.checks]
    assert faults(checked(bundle(), Viewer(code="2HVJ-W8M3-71PS-Q8Q6"))) == {"code_differs"}
    assert faults(checked(bundle(), Viewer(subject="kick:502", salt=alice.salt))) == {"own_missing"}
    assert faults(checked(bundle(), Viewer(subject="alice", salt=alice.salt))) == {"subject_unfit"}


def test_the_operators_signature_holds_for_his_own_commit_only() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signed = COMMIT | {"operator_key": key.public_key().public_bytes_raw().hex()}
    commit = read_record(signed)
    told = bundle(signed, signature=sign(key, commit).hex())
    assert checked(told).verdict == "not_drawn_yet"
    assert checked(told).code != checked(bundle()).code
    assert faults(checked(told | {"signature": sign(key, read_record(COMMIT)).hex()})) == {"operator_signature_wrong"}
    assert record_hash(commit).hex() != RESULT["commit"]


def test_a_draw_promised_after_its_round_proves_nothing() -> None:
    assert checked(bundle(COMMIT | {"created_at": 1_692_806_364})).verdict == "late_commit"
    assert checked(bundle(COMMIT | {"closes_at": 1_692_806_364})).verdict == "late_commit"


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(found for key, one in inner for found in leaves(one, (*way, key)))]


def replaced(value: Any, way: tuple[Any, ...], by: Any) -> Any:
    """A copy of a JSON value in which something stands elsewhere."""
    if not way:
        return by
    copied = dict(value) if isinstance(value, dict) else list(value)
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


@pytest.mark.parametrize("name", WHOLE)
def test_a_bundle_is_written_as_it_was_read(name: str) -> None:
    told, _ = WHOLE[name]
    assert written_bundle(read_bundle(told)) == told


@pytest.mark.parametrize(
    "change",
    [
        {"log": {}},
        {"entries": 1},
        {"draw_id": None},
        {"signature": "00"},
        {"beacon": []},
        {"beacon": {"round": True, "signature": "00" * 48}},
        {"beacon": {"round": 1000, "signature": "00"}},
        {"log": [1] * 10_001},
    ],
    ids=lambda change: str(change)[:30],
)
def test_a_bundle_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    assert faults(checked(bundle() | change)) == {"bundle_unfit"}
