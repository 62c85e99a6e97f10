from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from clients.simulator.book import normalised
from clients.simulator.community import Setting, plan
from clients.simulator.happenings import Banned, Gifted, Redeemed, Spoken, StreamTold, Subscribed
from clients.simulator.spans import live_spans

START = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
EVENING = Setting(start=START, duration=timedelta(minutes=40), streams=2, viewers=60)
HAPPENINGS = plan(EVENING)


def spoken() -> list[tuple[datetime, Spoken]]:
    return [(happening.at, happening.fact) for happening in HAPPENINGS if isinstance(happening.fact, Spoken)]


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(EVENING) == HAPPENINGS


def test_another_seed_gives_other_chat() -> None:
    other = plan(Setting(start=START, duration=EVENING.duration, streams=2, viewers=60, seed=2))
    assert [h.fact for h in other] != [h.fact for h in HAPPENINGS]


def test_a_later_start_tells_new_events_about_the_same_people() -> None:
    later = plan(Setting(start=START + timedelta(days=1), duration=EVENING.duration, streams=2, viewers=60))
    ids = {fact.message_id for _, fact in spoken()}
    later_chat = [happening.fact for happening in later if isinstance(happening.fact, Spoken)]
    assert ids.isdisjoint(fact.message_id for fact in later_chat)
    assert {fact.sender for fact in later_chat} == {fact.sender for _, fact in spoken()}


def test_happenings_are_numbered_in_order_of_time_and_lie_within_the_plan() -> None:
    assert [happening.number for happening in HAPPENINGS] == list(range(len(HAPPENINGS)))
    assert all(earlier.at <= later.at for earlier, later in pairwise(HAPPENINGS))
    assert all(EVENING.start <= happening.at < EVENING.end for happening in HAPPENINGS)


@pytest.mark.parametrize(("viewers", "minutes"), [(1, 3), (60, 40)])
def test_even_the_smallest_community_has_all_ten_kinds(viewers: int, minutes: int) -> None:
    kinds = {h.fact.kind for h in plan(Setting(start=START, duration=timedelta(minutes=minutes), viewers=viewers))}
    assert kinds == {
        "chat.message.sent",
        "channel.followed",
        "channel.subscription.new",
        "channel.subscription.renewal",
        "channel.subscription.gifts",
        "channel.reward.redemption.updated",
        "livestream.status.updated",
        "livestream.metadata.updated",
        "moderation.banned",
        "kicks.gifted",
    }


def test_both_anonymous_variants_and_named_gifts_occur() -> None:
    gifts = [h.fact for h in HAPPENINGS if isinstance(h.fact, Gifted)]
    assert {(gift.gifter is None, gift.anonymous_flag) for gift in gifts} == {
        (True, True),
        (True, False),
        (False, False),
    }
    assert all(1 <= len(gift.giftees) <= 50 for gift in gifts)


def test_nobody_subscribes_or_is_given_a_subscription_twice() -> None:
    accounts: list[int] = []
    for happening in HAPPENINGS:
        if isinstance(happening.fact, Subscribed):
            accounts.append(happening.fact.subscriber.account)
        elif isinstance(happening.fact, Gifted):
            accounts.extend(giftee.account for giftee in happening.fact.giftees)
    assert len(accounts) == len(set(accounts))


def test_every_redemption_is_pending_before_it_is_decided() -> None:
    statuses: dict[str, list[str]] = {}
    for happening in HAPPENINGS:
        if isinstance(happening.fact, Redeemed):
            statuses.setdefault(happening.fact.redemption_id, []).append(happening.fact.status)
    assert len(statuses) >= 2
    assert all(first == "pending" and second in {"accepted", "rejected"} for first, second in statuses.values())


def test_streams_do_not_overlap_and_people_also_chat_while_offline() -> None:
    ends = [h.fact for h in HAPPENINGS if isinstance(h.fact, StreamTold) and h.fact.ended_at is not None]
    first, second = ends
    assert first.ended_at is not None
    assert first.started_at < first.ended_at < second.started_at
    assert any(first.ended_at <= at < second.started_at for at, _ in spoken())


def test_an_account_never_speaks_twice_at_one_instant() -> None:
    instants = [(fact.sender.account, at) for at, fact in spoken()]
    assert len(instants) == len(set(instants))


def test_the_banned_are_silent_until_their_ban_ends() -> None:
    bans = [(h.at, h.fact) for h in HAPPENINGS if isinstance(h.fact, Banned) and h.fact.expires_at is not None]
    assert bans
    latest = {fact.banned.account: (at, fact.expires_at) for at, fact in bans}
    for at, fact in spoken():
        from_at, until_at = latest.get(fact.sender.account, (EVENING.end, EVENING.end))
        assert until_at is not None
        assert not from_at < at < until_at


def test_chat_has_replies_emotes_commands_other_scripts_and_repeated_lines() -> None:
    texts = [fact.text for _, fact in spoken()]
    assert any(fact.replies_to is not None for _, fact in spoken())
    assert any("[emote:" in text for text in texts)
    assert any(text.startswith("!") for text in texts)
    assert any(not text.isascii() for text in texts)
    said: dict[int, list[str]] = {}
    for _, fact in spoken():
        said.setdefault(fact.sender.account, []).append(normalised(fact.text))
    assert any(earlier == later for lines in said.values() for earlier, later in pairwise(lines))


def test_streams_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        live_spans(5, 8)
    with pytest.raises(ValueError, match="at least one viewer"):
        plan(Setting(start=START, viewers=0))
