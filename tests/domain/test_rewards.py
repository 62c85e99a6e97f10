"""The law of redemptions: done at most once, whatever order and number of news, and always settled in the end."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.rewards.actions import ActionKind, RewardAction
from server.domain.rewards.redemptions import (
    GIVEN_BACK,
    Deed,
    Settling,
    Standing,
    Verdict,
    adopted,
    begun,
    ended,
    heard,
    refunded,
    retried,
    unsettled,
)
from server.domain.rewards.rules import REWARDS_MAX, RewardPlan, RewardState, state_of
from server.events.rewards import RedemptionState

STATES = st.sampled_from(RedemptionState)
NEWS = st.lists(STATES, min_size=1, max_size=8)
REFUSALS = st.sampled_from([None, ("slot_calls_closed", "Slot calls are closed.")])
PENDING, ACCEPTED, REJECTED = RedemptionState.PENDING, RedemptionState.ACCEPTED, RedemptionState.REJECTED


def told(news: list[RedemptionState], standing: Standing | None = None) -> Standing:
    for state in news:
        standing = begun(state, is_ours=True) if standing is None else heard(standing, state)
    assert standing is not None
    return standing


@given(NEWS, st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_and_number_of_news_change_nothing(news: list[RedemptionState], chance: object, more: int) -> None:
    shuffled = [*news, *news[:more]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined] - hypothesis gives a Random
    assert told(shuffled) == told(news)


@given(NEWS, NEWS, st.randoms(use_true_random=False), REFUSALS)
def test_nor_do_they_after_it_was_carried_out(
    before: list[RedemptionState], after: list[RedemptionState], chance: object, refusal: tuple[str, str] | None
) -> None:
    standing = told(before)
    if standing.deed is not Deed.WAITING:
        return
    carried = ended(standing, refusal)
    shuffled = [*after, *after[:2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined] - hypothesis gives a Random
    assert told(shuffled, carried) == told(after, carried)


@given(st.lists(st.one_of(STATES, st.just("carry out")), min_size=1, max_size=10), REFUSALS)
@example(["carry out", PENDING, "carry out", ACCEPTED, "carry out"], None)
@example([ACCEPTED, "carry out", PENDING, "carry out"], None)
def test_it_is_carried_out_once_and_never_after_the_points_were_given_back(
    steps: list[RedemptionState | str], refusal: tuple[str, str] | None
) -> None:
    standing: Standing | None = None
    times = 0
    for step in steps:
        if isinstance(step, RedemptionState):
            standing = begun(step, is_ours=True) if standing is None else heard(standing, step)
        elif standing is not None and standing.deed is Deed.WAITING:
            assert not standing.is_refunded
            times += 1
            standing = ended(standing, refusal)
    assert times <= 1
    if standing is not None:
        is_begun = standing.deed in {Deed.DONE, Deed.REFUSED}
        assert is_begun == (times == 1)
        if standing.deed is Deed.SPARED:
            assert standing.is_refunded
            assert standing.explanation


@given(NEWS, REFUSALS)
def test_the_platforms_answer_settles_it_or_explains_why_not(
    news: list[RedemptionState], refusal: tuple[str, str] | None
) -> None:
    standing = told([PENDING])
    carried = ended(standing, refusal)
    assert carried.settling is Settling.WANTED
    after = told(news, carried)
    if set(news) == {PENDING}:
        assert after.settling is Settling.WANTED
    elif after.is_refunded == (refusal is not None):
        assert after.settling is Settling.SETTLED
    else:
        assert after.settling is Settling.OVERRULED
        assert after.explanation


@given(NEWS)
def test_a_reward_of_somebody_else_is_heard_and_not_touched(news: list[RedemptionState]) -> None:
    standing = begun(news[0], is_ours=False)
    standing = told(news[1:], standing)
    assert (standing.deed, standing.verdict, standing.settling) == (Deed.FOREIGN, None, None)
    assert adopted(standing) == told(news), "once it turns out to be ours it is as if that had been known"
    for verb in (retried, lambda one: refunded(one, "x")):
        with pytest.raises(Refused) as refused:
            verb(standing)
        assert refused.value.code == "redemption_foreign"


def test_staff_has_points_given_back_only_while_the_redemption_waits() -> None:
    standing = refunded(told([PENDING]), "Not today.")
    assert (standing.deed, standing.verdict, standing.settling) == (Deed.SPARED, Verdict.REJECT, Settling.WANTED)
    assert heard(standing, REJECTED).progress == "refunded"
    done = ended(told([PENDING]), None)
    assert refunded(done, "x").deed is Deed.DONE, "what was done stays done"
    for state in (ACCEPTED, *GIVEN_BACK):
        with pytest.raises(Refused) as refused:
            refunded(told([state]), "x")
        assert refused.value.code == "redemption_decided"


def test_only_what_is_stuck_is_tried_again() -> None:
    refused = ended(told([ACCEPTED]), ("slot_calls_closed", "Slot calls are closed."))
    assert (refused.progress, refused.settling) == ("stuck", Settling.OVERRULED)
    assert refused.explanation is not None
    assert "accepted on the platform" in refused.explanation
    again = retried(refused)
    assert (again.deed, again.progress) == (Deed.WAITING, "waiting")
    assert ended(again, None).settling is Settling.SETTLED
    lost = unsettled(ended(told([PENDING]), None), Verdict.ACCEPT, "platform_lost_it", "It is lost.")
    assert lost.progress == "stuck"
    assert retried(lost).settling is Settling.WANTED
    for one in (told([PENDING]), ended(told([PENDING]), None), told([REJECTED])):
        with pytest.raises(Refused) as no:
            retried(one)
        assert no.value.code == "redemption_not_stuck"


def test_an_answer_to_another_verdict_counts_for_nothing() -> None:
    wanted = refunded(ended(told([PENDING]), None), "x")
    assert unsettled(wanted, Verdict.ACCEPT, "platform_lost_it", "It is lost.") == wanted


SLOT = RewardAction(kind=ActionKind.SLOT_CALL)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": " "}, "reward_title"),
        ({"title": "x" * 51}, "reward_title"),
        ({"description": "x" * 201}, "reward_description"),
        ({"cost": 0}, "reward_cost"),
        ({"colour": "red"}, "reward_colour"),
        ({"action": replace(SLOT, seconds=5)}, "reward_action_unclear"),
        ({"action": RewardAction(kind=ActionKind.WATCH_TIME_BONUS)}, "reward_action_unclear"),
        ({"action": RewardAction(kind=ActionKind.WATCH_TIME_BONUS, seconds=0)}, "reward_seconds"),
        ({"action": RewardAction(kind=ActionKind.TICKETS, tickets=10_001)}, "reward_tickets"),
        ({"action": RewardAction(kind=ActionKind.TICKETS, seconds=5)}, "reward_action_unclear"),
        ({"action": RewardAction(kind=ActionKind.CHAT_LINE, text="/ban {name}")}, "chat_text_command"),
        ({"action": RewardAction(kind=ActionKind.CHAT_LINE, text="{password}")}, "chat_text_placeholder"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changed: dict[str, object], code: str) -> None:
    plan = RewardPlan(title="Song", cost=100, action=SLOT, colour="#00E701")
    assert plan.checked().colour == "#00e701"
    with pytest.raises(Refused) as refused:
        replace(plan, **changed).checked()
    assert refused.value.code == code


def test_what_needs_words_asks_for_them_and_nothing_skips_the_queue() -> None:
    def asks(action: RewardAction) -> bool:
        draft = RewardPlan(title="Song", cost=1, action=action).draft
        assert not draft.skips_queue
        return draft.asks_for_input

    assert asks(SLOT)
    assert asks(RewardAction(kind=ActionKind.CHAT_LINE, text="{name}: {input}"))
    assert not asks(RewardAction(kind=ActionKind.CHAT_LINE, text="{name} says hello"))
    assert not asks(RewardAction(kind=ActionKind.WATCH_TIME_BONUS, seconds=60))


def test_how_far_the_platform_knows() -> None:
    assert state_of(2, 1, None) is RewardState.PENDING
    assert state_of(2, 2, None) is RewardState.LIVE
    assert state_of(2, 1, "title_taken") is RewardState.FAILED
    assert REWARDS_MAX == 15
