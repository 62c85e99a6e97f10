"""Whatever a platform lists, each kind ends with one subscription, and none is lost that we cannot replace."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.subscriptions import (
    REMEDIES,
    Known,
    Listed,
    Looked,
    Ordered,
    SubscriptionState,
    explained,
    plan,
    standings,
)

NOW = datetime(2026, 8, 1, 18, tzinfo=UTC)
KINDS = ("chat.message.sent", "kicks.gifted", "channel.followed")
ages = st.integers(0, 3 * 3600).map(lambda seconds: NOW - timedelta(seconds=seconds))
listings = st.lists(
    st.builds(
        Listed,
        id=st.integers(1, 10**6).map(str),
        kind=st.sampled_from((*KINDS, "something.else")),
        version=st.sampled_from((1, 2)),
        method=st.sampled_from(("webhook", "websocket")),
        created_at=ages,
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
memories = st.dictionaries(
    st.sampled_from(KINDS),
    st.builds(
        Known,
        kind=st.just(""),
        state=st.sampled_from(SubscriptionState),
        subscription_id=st.just("1"),
        ordered_at=st.none() | ages,
        last_event_at=st.none() | ages,
    ),
)


@given(listed=listings, known=memories)
def test_after_the_plan_each_kind_is_there_once_or_believed_in(listed: list[Listed], known: dict[str, Known]) -> None:
    made = plan(KINDS, listed, known, NOW)
    there = {one.id: one for one in listed}
    assert set(made.give_up) <= there.keys()
    for one in made.give_up:
        assert there[one].kind in KINDS, "what is not ours to judge is left alone"
    for kind in KINDS:
        fit = [one for one in listed if (one.kind, one.version, one.method) == (kind, 1, "webhook")]
        left = [one for one in fit if one.id not in made.give_up]
        if kind in made.order:
            assert not left
        elif left:
            assert left == [min(fit, key=lambda one: (one.created_at, one.id))]
        else:
            assert known[kind].state is SubscriptionState.UNLISTED


@given(listed=listings, known=memories)
def test_once_the_plan_was_carried_out_nothing_is_left_to_do(listed: list[Listed], known: dict[str, Known]) -> None:
    made = plan(KINDS, listed, known, NOW)
    fresh = [Listed(id=f"new-{kind}", kind=kind, version=1, method="webhook", created_at=NOW) for kind in made.order]
    after = [one for one in listed if one.id not in made.give_up] + fresh
    outcomes = [Ordered(kind=kind, subscription_id=f"new-{kind}") for kind in made.order]
    found = standings(KINDS, Looked(listed=after, outcomes=outcomes, given_up=made.give_up), known, NOW)
    assert all(one.state is not SubscriptionState.FAILED for one in found)
    remembered = {
        one.kind: Known(
            kind=one.kind,
            state=one.state,
            subscription_id=one.subscription_id,
            ordered_at=one.ordered_at,
            last_event_at=known[one.kind].last_event_at if one.kind in known else None,
        )
        for one in found
    }
    again = plan(KINDS, after, remembered, NOW)
    assert not again.order
    assert not again.give_up


def test_every_code_is_explained_and_an_unknown_one_points_to_the_log() -> None:
    assert all(all(explained(code)) for code in REMEDIES)
    assert explained("never heard of")[1] == "See the server's log."
