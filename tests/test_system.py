"""The real clock and the real chance."""

import re
from datetime import UTC

from server import ports
from server.system import SystemClock, SystemIds, instance_id


def test_the_clock_is_aware_in_utc_and_goes_on() -> None:
    clock: ports.Clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second
    assert clock.monotonic() <= clock.monotonic()


def test_a_token_is_url_safe_has_128_bits_and_never_comes_twice() -> None:
    ids: ports.Ids = SystemIds()
    tokens = {ids.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[\w-]{22}", token, re.ASCII) for token in tokens)


def test_an_instance_has_a_name_of_one_word_and_its_own() -> None:
    names = {instance_id() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"\S+-\d+-[0-9a-f]{8}", name) for name in names)
