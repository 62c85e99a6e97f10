"""Platforms' own ids, and what is none."""

import pytest

from server.domain.linking import account_key, channel_key
from server.domain.refusals import Refused


@pytest.mark.parametrize(
    ("platform", "given", "key"),
    [
        ("kick", "100001", "100001"),
        ("discord", "18446744073709551615", "18446744073709551615"),
        ("shuffle", "BigWinner", "bigwinner"),
        ("roobet", "aB-9_x", "aB-9_x"),
    ],
)
def test_an_id_is_kept_as_the_platform_writes_it(platform: str, given: str, key: str) -> None:
    assert account_key(platform, given) == (platform, key)


@pytest.mark.parametrize(
    ("platform", "given"),
    [
        ("kick", ""),
        ("kick", "0"),
        ("kick", "007"),
        ("kick", "somebody"),
        ("kick", "١٢"),
        ("twitch", "-1"),
        ("discord", "123456789012345678901"),
        ("shuffle", ""),
        ("shuffle", " padded"),
        ("roobet", "x" * 65),
        ("roobet", "a\x00b"),
    ],
    ids=repr,
)
def test_what_is_no_id_of_the_platform_is_refused(platform: str, given: str) -> None:
    with pytest.raises(Refused) as refused:
        account_key(platform, given)
    assert refused.value.code == "platform_id_invalid"


@pytest.mark.parametrize("platform", ["discord", "shuffle", "roobet"])
def test_only_some_platforms_have_channels(platform: str) -> None:
    assert channel_key("twitch", "5") == ("twitch", "5")
    with pytest.raises(Refused) as refused:
        channel_key(platform, "5")
    assert refused.value.code == "platform_without_channels"
