"""The checks of a set-up: each says what is wrong and what to do, and nothing where all is well."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.setup import (
    CHAT,
    TOLD_BY_BOTH,
    Authorisation,
    ChannelFacts,
    Check,
    CheckName,
    CheckState,
    Installation,
    Learned,
    Listening,
    Ordered,
    all_checks,
    check_reference,
    findings,
)
from server.domain.subscriptions import SubscriptionState
from server.platforms.kick.scopes import BY_NAME
from tests.database import START

SCOPES = sorted({scope for scopes in BY_NAME.values() for scope in scopes})
TEXTS = st.none() | st.just("668")
CHANNELS = st.builds(
    ChannelFacts,
    platform_id=st.just("100001"),
    name=st.just("Harbour"),
    slug=TEXTS,
    channel_ref=TEXTS,
    chatroom_ref=TEXTS,
    synced_at=st.none(),
    authorisation=st.none()
    | st.builds(
        Authorisation,
        scopes=st.frozensets(st.sampled_from(SCOPES)),
        is_good=st.booleans(),
        is_failing=st.booleans(),
    ),
    ordered=st.dictionaries(
        st.sampled_from([CHAT, "kicks.gifted"]),
        st.builds(
            Ordered,
            st.sampled_from(SubscriptionState),
            st.sampled_from([None, "quota", "unavailable", "subscription_silent"]),
        ),
    ),
    told=st.dictionaries(
        st.sampled_from([CHAT, "channel.followed", *TOLD_BY_BOTH[1:], "poll.livestream.seen"]),
        st.integers(0, 5).map(lambda days: START - timedelta(days=days)),
    ),
    socket=st.none()
    | st.builds(
        Listening,
        state=st.sampled_from(["connecting", "listening", "waiting", "refused", "stopped"]),
        since=st.integers(0, 5).map(lambda days: START - timedelta(days=days)),
        last_frame_at=st.none() | st.integers(0, 5).map(lambda days: START - timedelta(days=days)),
        detail=st.sampled_from([None, "Kick closed the connection."]),
    ),
)
SERVERS = st.builds(
    Installation, has_app=st.booleans(), public_url=st.sampled_from(["https://a.example", "http://127.0.0.1:8080"])
)


def by_name(checks: list[Check]) -> dict[CheckName, Check]:
    return {check.name: check for check in checks}


@given(SERVERS, st.lists(CHANNELS, max_size=3))
def test_every_check_is_there_and_says_what_to_do_unless_all_is_well(
    server: Installation, channels: list[ChannelFacts]
) -> None:
    checks = all_checks(server, channels, BY_NAME, START)
    assert len(checks) == 2 + (10 * len(channels) or 1)
    assert {check.name for check in checks} == (set(CheckName) if channels else {*list(CheckName)[:3]})
    for check in checks:
        assert check.detail.endswith(".")
        assert (check.remedy == "") == (check.state is CheckState.OK)
        assert check.remedy.endswith(".") or not check.remedy


@given(SERVERS, CHANNELS)
def test_only_what_stops_the_work_fails(server: Installation, channel: ChannelFacts) -> None:
    found = by_name(all_checks(server, [channel], BY_NAME, START))
    given_ = channel.authorisation
    failed = {name for name, check in found.items() if check.state is CheckState.FAILED}
    expected: set[CheckName] = set() if server.has_app else {CheckName.APP}
    if given_ is None or not given_.is_good:
        expected.add(CheckName.AUTHORISATION)
    if given_ is not None and not given_.scopes.issuperset(BY_NAME["channels"]):
        expected.add(CheckName.SCOPES)
    if any(one.state is SubscriptionState.FAILED for one in channel.ordered.values()):
        expected.add(CheckName.WEBHOOKS)
    assert failed == expected


@given(CHANNELS)
def test_news_and_silence_are_told_apart(channel: ChannelFacts) -> None:
    found = by_name(all_checks(Installation(has_app=True, public_url="https://a.example"), [channel], BY_NAME, START))
    hooks = {kind: at for kind, at in channel.told.items() if kind in {CHAT, "channel.followed"}}
    newest, heard = (
        max(hooks.values(), default=None),
        max((channel.told[kind] for kind in TOLD_BY_BOTH if kind in channel.told), default=None),
    )
    state = found[CheckName.WEBHOOKS].state
    bad = {one.state for one in channel.ordered.values()} & {SubscriptionState.FAILED, SubscriptionState.SILENT}
    is_unknown = "unavailable" in {one.code for one in channel.ordered.values()}
    is_behind = heard is not None and (newest is None or heard > newest)
    if bad:
        assert state is (CheckState.FAILED if SubscriptionState.FAILED in bad else CheckState.WARNING)
    elif is_unknown or is_behind:
        assert state is CheckState.WARNING
    elif newest is None:
        assert state is CheckState.UNKNOWN
    else:
        assert (state is CheckState.OK) == (START - newest <= timedelta(hours=24))
    assert (found[CheckName.CHAT_READ].state is CheckState.OK) == (
        CHAT in channel.told and START - channel.told[CHAT] <= timedelta(hours=24)
    )


@given(CHANNELS)
def test_a_socket_is_well_when_it_listens_and_is_not_behind_the_webhooks(channel: ChannelFacts) -> None:
    found = by_name(all_checks(Installation(has_app=True, public_url="https://a.example"), [channel], BY_NAME, START))
    state, socket = found[CheckName.SOCKET].state, channel.socket
    if (channel.channel_ref, channel.chatroom_ref) == (None, None) or socket is None or socket.state == "stopped":
        assert state is CheckState.UNKNOWN
    elif socket.state == "listening" and CHAT in channel.told:
        heard = max(socket.since, socket.last_frame_at or socket.since)
        assert (state is CheckState.OK) == (channel.told[CHAT] - heard <= timedelta(minutes=10))
    else:
        assert (state is CheckState.OK) == (socket.state == "listening")


@given(CHANNELS, st.dictionaries(st.sampled_from(["slug", "channel_id", "chatroom_id"]), st.just("It was not told.")))
def test_what_a_sync_does_not_find_is_told_with_the_reason(channel: ChannelFacts, problems: dict[str, str]) -> None:
    found = {one.what: one for one in findings(channel, Learned(slug=None, channel_ref=None, problems=problems))}
    assert list(found) == ["broadcaster_id", "slug", "channel_id", "chatroom_id"]
    for what, one in found.items():
        assert one.problem == problems.get(what, "")
        assert bool(one.remedy) == (one.value is None)


@pytest.mark.parametrize("text", ["name", "-1", "0", "1.5", "9" * 21, "\u0661"])
def test_an_id_of_kick_is_a_number(text: str) -> None:
    with pytest.raises(Refused, match="cannot be an id of Kick"):
        check_reference(text)
    assert check_reference("") is None
    assert check_reference("668") == "668"
