from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from clients.simulator.bodies import tell
from clients.simulator.community import Setting, plan
from clients.simulator.envelope import seal
from clients.simulator.faults import ALL_FAULTS, NO_FAULTS, Delivery, Faults, Form, deliveries
from clients.simulator.people import HARBOUR
from clients.simulator.signing import SigningKey, signed_bytes
from tests.clients.simulator.receiver import MESSAGE_ID, TIMESTAMP, verifies

SETTING = Setting(start=datetime(2026, 5, 4, 18, 0, tzinfo=UTC), duration=timedelta(hours=8), viewers=10)
HAPPENINGS = plan(SETTING)
KEY = SigningKey.generate()


def posted(faults: Faults = NO_FAULTS, seed: int = 1) -> list[Delivery]:
    return deliveries(HAPPENINGS, end=SETTING.end, faults=faults, seed=seed)


def told(letters: Sequence[Delivery]) -> Counter[int]:
    return Counter(letter.happening.number for letter in letters if letter.form is Form.GENUINE)


PLAIN = posted()


def test_without_faults_everything_is_told_once_and_soon() -> None:
    assert told(PLAIN) == Counter(range(len(HAPPENINGS)))
    assert all(timedelta(0) <= letter.send_at - letter.happening.at < timedelta(seconds=2) for letter in PLAIN)


def test_the_same_seed_gives_the_same_deliveries() -> None:
    assert posted(ALL_FAULTS) == posted(ALL_FAULTS)
    assert posted(ALL_FAULTS, seed=2) != posted(ALL_FAULTS)


def test_ids_and_stamps_are_as_kick_writes_them() -> None:
    for letter in posted(ALL_FAULTS):
        assert MESSAGE_ID.fullmatch(letter.message_id)
        assert MESSAGE_ID.fullmatch(letter.subscription_id)
        assert TIMESTAMP.fullmatch(letter.timestamp)
    assert len({letter.message_id for letter in PLAIN}) == len(PLAIN)
    assert len({letter.subscription_id for letter in PLAIN}) == 10
    stamped = datetime.fromisoformat(PLAIN[0].timestamp)
    assert timedelta(0) <= PLAIN[0].send_at - stamped < timedelta(seconds=1)


def test_deliveries_come_in_order_of_sending_and_never_after_the_end_or_before_they_happened() -> None:
    letters = posted(ALL_FAULTS)
    assert letters == sorted(letters, key=lambda letter: letter.send_at)
    assert all(letter.happening.at <= letter.send_at <= SETTING.end for letter in letters)


def test_a_start_in_another_zone_is_stamped_in_utc() -> None:
    zoned = Setting(start=datetime.fromisoformat("2026-05-04T20:00:00+02:00"), duration=timedelta(minutes=5), viewers=2)
    first = deliveries(plan(zoned), end=zoned.end)[0]
    assert first.timestamp.startswith("2026-05-04T18:")


def test_duplicates_repeat_the_same_message_at_once_or_hours_later() -> None:
    letters = posted(Faults(duplicates=1.0))
    assert set(told(letters).values()) == {2}
    by_id: dict[str, list[Delivery]] = {}
    for letter in letters:
        by_id.setdefault(letter.message_id, []).append(letter)
    assert len(by_id) == len(HAPPENINGS)
    assert all(first.happening == second.happening for first, second in by_id.values())
    gaps = [second.send_at - first.send_at for first, second in by_id.values()]
    assert min(gaps) < timedelta(seconds=5)
    assert max(gaps) > timedelta(hours=1)


def test_a_doubled_subscription_tells_the_same_body_under_other_ids() -> None:
    letters = posted(Faults(doubled=1.0))
    assert set(told(letters).values()) == {2}
    assert len({letter.message_id for letter in letters}) == len(letters)
    assert len({letter.subscription_id for letter in letters}) == 20
    one, two = (letter for letter in letters if letter.happening.number == 5)
    assert seal(one, HARBOUR, KEY).body == seal(two, HARBOUR, KEY).body


def test_reordering_lets_later_happenings_overtake_within_the_window() -> None:
    letters = posted(Faults(reorder=0.5))
    numbers = [letter.happening.number for letter in letters]
    assert numbers != sorted(numbers)
    assert all(letter.send_at - letter.happening.at < timedelta(seconds=62) for letter in letters)
    assert told(letters) == told(PLAIN)


def test_delays_last_hours_or_until_the_end() -> None:
    letters = posted(Faults(delay=0.2))
    held = [letter for letter in letters if letter.send_at - letter.happening.at > timedelta(seconds=2)]
    assert 0.1 < len(held) / len(letters) < 0.3
    assert all(
        letter.send_at - letter.happening.at >= timedelta(hours=1) or letter.send_at == SETTING.end for letter in held
    )
    assert told(letters) == told(PLAIN)


def test_what_is_dropped_is_never_sent_in_any_form() -> None:
    letters = posted(Faults(drop=0.3, duplicates=1.0, doubled=1.0, bad_signature=1.0, resplit=1.0))
    missing = set(range(len(HAPPENINGS))) - {letter.happening.number for letter in letters}
    assert 0.2 < len(missing) / len(HAPPENINGS) < 0.4


def test_switching_one_fault_on_leaves_the_others_where_they_were() -> None:
    dropped = set(told(PLAIN)) - set(told(posted(Faults(drop=0.1))))
    together = posted(Faults(drop=0.1, duplicates=0.3, delay=0.3, resplit=0.3))
    assert dropped
    assert set(told(PLAIN)) - set(told(together)) == dropped


@pytest.mark.parametrize("faults", [Faults(bad_signature=1.0), Faults(resplit=1.0)])
def test_forgeries_come_in_addition_to_the_genuine(faults: Faults) -> None:
    letters = posted(faults)
    assert told(letters) == told(PLAIN)
    assert len(letters) == 2 * len(PLAIN)


def test_a_forged_delivery_does_not_verify() -> None:
    forged = next(letter for letter in posted(Faults(bad_signature=1.0)) if letter.form is Form.FORGED)
    request = seal(forged, HARBOUR, KEY)
    signature = request.headers["Kick-Event-Signature"]
    assert not verifies(KEY.public_pem, forged.message_id, forged.timestamp, signature, request.body)


@pytest.mark.parametrize("form", [Form.MOVED_IN_STAMP, Form.MOVED_INTO_BODY])
def test_a_re_split_delivery_keeps_the_signed_bytes_and_moves_the_border(form: Form) -> None:
    letters = [letter for letter in posted(Faults(resplit=1.0)) if letter.form is form][:10]
    assert letters
    for letter in letters:
        request = seal(letter, HARBOUR, KEY)
        moved_id = request.headers["Kick-Event-Message-Id"]
        moved_stamp = request.headers["Kick-Event-Message-Timestamp"]
        genuine = signed_bytes(letter.message_id, letter.timestamp, tell(HARBOUR, letter.happening))
        assert signed_bytes(moved_id, moved_stamp, request.body) == genuine
        assert (moved_id, moved_stamp) != (letter.message_id, letter.timestamp)
        assert TIMESTAMP.fullmatch(moved_stamp) is None
        signature = request.headers["Kick-Event-Signature"]
        assert verifies(KEY.public_pem, moved_id, moved_stamp, signature, request.body)
