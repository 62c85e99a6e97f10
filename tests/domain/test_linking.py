"""Platforms' own ids, and what is none; and which accounts can be one viewer."""

from datetime import UTC, datetime, timedelta

import pytest

from server.domain.linking import (
    Cause,
    LinkSettings,
    Member,
    account_key,
    channel_key,
    check_cooled_down,
    check_linkable,
    check_unlinkable,
    viewer_id,
)
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


def household(*members: tuple[str, int]) -> list[Member]:
    """Accounts by platform and home; an account has the number of its home."""
    return [Member(account=home, platform=platform, home=home) for platform, home in members]


KICK, DISCORD = ("kick", 5), ("discord", 7)


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ([KICK], [DISCORD], None),
        ([KICK, DISCORD], [("twitch", 2)], None),
        ([("shuffle", 9)], [KICK, DISCORD, ("twitch", 2), ("roobet", 3)], None),
        ([KICK], [KICK], "already_linked"),
        ([KICK, DISCORD], [KICK, DISCORD], "already_linked"),
        ([KICK], [("kick", 6)], "same_platform"),
        ([("roobet", 5)], [("roobet", 6)], "same_platform"),
        ([KICK, DISCORD], [("kick", 6)], "account_linked_elsewhere"),
        ([("discord", 8)], [KICK, DISCORD], "account_linked_elsewhere"),
        ([KICK, DISCORD], [("twitch", 2), ("shuffle", 3)], "account_linked_elsewhere"),
    ],
)
def test_who_can_become_one_viewer(one: list[tuple[str, int]], other: list[tuple[str, int]], code: str | None) -> None:
    for sides in ((one, other), (other, one)):
        if code is None:
            check_linkable(*(household(*side) for side in sides))
            continue
        with pytest.raises(Refused) as refused:
            check_linkable(*(household(*side) for side in sides))
        assert refused.value.code == code
        assert refused.value.remedy


def test_a_viewer_is_the_oldest_of_the_homes_of_his_accounts() -> None:
    assert viewer_id(household(("kick", 5), ("discord", 2), ("twitch", 9))) == 2


def test_an_only_account_cannot_be_unlinked() -> None:
    check_unlinkable(household(KICK, DISCORD))
    with pytest.raises(Refused) as refused:
        check_unlinkable(household(KICK))
    assert refused.value.code == "not_linked"


NOW = datetime(2026, 8, 2, 12, 0, tzinfo=UTC)
A_DAY_AGO = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("cause", "settings", "unlinked_at", "waits"),
    [
        (Cause.VIEWER, LinkSettings(), None, False),
        (Cause.VIEWER, LinkSettings(), A_DAY_AGO, False),
        (Cause.VIEWER, LinkSettings(), A_DAY_AGO + timedelta(seconds=1), True),
        (Cause.STAFF, LinkSettings(), NOW, False),
        (Cause.VIEWER, LinkSettings(cooldown_s=0), NOW, False),
        (Cause.VIEWER, LinkSettings(cooldown_s=90_000), A_DAY_AGO, True),
    ],
)
def test_a_viewer_waits_after_an_account_was_unlinked_and_staff_does_not(
    cause: Cause, settings: LinkSettings, unlinked_at: datetime | None, *, waits: bool
) -> None:
    if not waits:
        check_cooled_down(cause, settings, unlinked_at, NOW)
        return
    with pytest.raises(Refused) as refused:
        check_cooled_down(cause, settings, unlinked_at, NOW)
    assert refused.value.code == "link_cooling_down"


@pytest.mark.parametrize("cooldown_s", [-1, 30 * 86_400 + 1])
def test_a_cooldown_out_of_range_is_refused(cooldown_s: int) -> None:
    with pytest.raises(Refused) as refused:
        LinkSettings(cooldown_s=cooldown_s).check()
    assert refused.value.code == "link_settings_cooldown"
    LinkSettings(cooldown_s=30 * 86_400).check()
