"""The log of a channel's draws and the rounds they wait for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.draws.records import AnyRecord, check_log, read_record
from server.domain.draws.rounds import QUICKNET, Beacon, instant_of, message_of, round_at_or_after
from server.domain.refusals import Refused
from tests.domain.drawing import COMMIT, END, PASS, POSTPONED, RESULT, VOID, linked
from tests.domain.test_draws import refusal


def chained(*told: dict[str, Any]) -> list[AnyRecord]:
    return [read_record(one) for one in linked(*told)]


def test_a_log_in_order_is_taken() -> None:
    log = chained(COMMIT, RESULT, PASS)
    check_log(log)
    check_log(chained(COMMIT, VOID, COMMIT | {"draw_id": "next"}))
    check_log(chained(POSTPONED, POSTPONED, COMMIT))


def test_what_is_missing_or_doubled_in_a_log_is_named() -> None:
    log = chained(COMMIT, RESULT, PASS)
    other = chained(COMMIT | {"title": "Another"}, RESULT)
    assert refusal(check_log, []) == "log_empty"
    assert refusal(check_log, log[1:]) == "log_gap"
    assert refusal(check_log, [log[0], log[2]]) == "log_gap"
    assert refusal(check_log, [other[0], *log[1:]]) == "log_broken"
    assert refusal(check_log, chained(COMMIT, COMMIT | {"title": "A better one"})) == "second_commit"
    assert refusal(check_log, chained(COMMIT, RESULT, RESULT)) == "second_result"
    assert refusal(check_log, chained(RESULT)) == "log_orphan"
    assert refusal(check_log, chained(COMMIT, POSTPONED)) == "postponed_late"
    assert refusal(check_log, chained(COMMIT, VOID, RESULT)) == "log_after_void"
    assert refusal(check_log, chained(COMMIT, RESULT | {"channel": "kick:43"})) == "log_mixed"
    assert refusal(check_log, chained(COMMIT, RESULT | {"env": "live"})) == "log_mixed"


@pytest.mark.parametrize(
    "change",
    [
        {"drawn": [[1, 2]]},
        {"drawn": [[1, 2, True]]},
        {"drawn": [[1, 2, 3]] * 1001},
        {"evidence": [{"place": "kick_chat"}]},
        {"evidence": [{"place": "kick_chat", "reference": "", "at": 1}]},
        {"evidence": [{"place": "kick_chat", "reference": "x", "at": "1"}]},
        {"beacon_signature": "00"},
    ],
    ids=str,
)
def test_a_result_that_is_none_is_refused(change: dict[str, Any]) -> None:
    assert refusal(read_record, RESULT | {"seq": 2, "prev": END["commit"]} | change) == "record_unfit"


def test_a_reason_to_pass_somebody_over_is_one_of_the_published() -> None:
    assert refusal(read_record, PASS | {"seq": 3, "prev": "00" * 32, "reason": "disliked"}) == "record_unfit"


def test_the_chain_is_quicknet() -> None:
    assert QUICKNET.hash.hex() == COMMIT["beacon_chain"]
    assert Beacon(1000, bytes.fromhex(END["signature"])).randomness.hex() == END["randomness"]
    assert len(message_of(1000)) == 32


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime.fromtimestamp(1_798_124_400, UTC), 35_107_012),
        (datetime(2026, 12, 1, tzinfo=UTC), 34_426_612),
        (datetime(2020, 1, 1, tzinfo=UTC), 1),
        (datetime.fromtimestamp(QUICKNET.genesis_s, UTC), 1),
        (datetime.fromtimestamp(QUICKNET.genesis_s, UTC) + timedelta(microseconds=1), 2),
    ],
)
def test_the_round_for_an_instant(at: datetime, expected: int) -> None:
    assert round_at_or_after(at) == expected


@given(st.datetimes(datetime(2023, 9, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_round_is_the_first_that_does_not_come_before(at: datetime) -> None:
    found = round_at_or_after(at)
    assert instant_of(found - 1) < at <= instant_of(found)


@pytest.mark.parametrize("number", [0, -1, 80_000_000_001, 2**53])
def test_a_round_that_is_none_is_refused(number: int) -> None:
    with pytest.raises(Refused, match="no such round"):
        instant_of(number)
