"""The rule of role rewards: who has which, whatever order things happen in."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.instants import MINUTE
from server.domain.refusals import Refused
from server.domain.roles import Change, Held, Reason, Reward, Rules, Standing, changes, check_role, lost, wanted

FAN = Reward(id=1, role="11", name="Fan", minutes=60)
REGULAR = Reward(id=2, role="12", name="Regular", minutes=300)
LEGEND = Reward(id=3, role="13", name="Legend", minutes=900)
LINKED = Reward(id=4, role="14", name="Linked", minutes=None)
ALL = (FAN, REGULAR, LEGEND, LINKED)
STACK, HIGHEST = Rules(), Rules(is_highest_only=True)
TAKING, TAKING_HIGHEST = Rules(removes_unreached=True), Rules(is_highest_only=True, removes_unreached=True)


def watched(minutes: int, *, is_linked: bool = True) -> Standing:
    return Standing(minutes * MINUTE, is_linked)


def told(found: list[Change]) -> list[tuple[str, bool, Reason]]:
    return [(one.reward.name, one.is_given, one.reason) for one in found]


@pytest.mark.parametrize(
    ("rules", "minutes", "names"),
    [
        (STACK, 59, {"Linked"}),
        (STACK, 60, {"Fan", "Linked"}),
        (STACK, 899, {"Fan", "Regular", "Linked"}),
        (HIGHEST, 899, {"Regular", "Linked"}),
        (HIGHEST, 900, {"Legend", "Linked"}),
    ],
)
def test_a_role_is_wanted_from_its_very_minute_on(rules: Rules, minutes: int, names: set[str]) -> None:
    assert {one.name for one in wanted(ALL, rules, watched(minutes), Held())} == names


def test_a_higher_role_takes_the_place_of_the_lower_one_that_was_given() -> None:
    found = changes(ALL, HIGHEST, watched(300, is_linked=False), Held(ours=frozenset({1})))
    assert told(found) == [("Regular", True, Reason.WATCHED), ("Fan", False, Reason.OUTRANKED)]


def test_what_is_not_reached_any_more_is_kept_unless_the_rules_take_it() -> None:
    held = Held(ours=frozenset({1, 2, 4}))
    assert changes(ALL, STACK, watched(10, is_linked=False), held) == []
    assert told(changes(ALL, TAKING, watched(10, is_linked=False), held)) == [
        ("Fan", False, Reason.UNREACHED),
        ("Regular", False, Reason.UNREACHED),
        ("Linked", False, Reason.UNREACHED),
    ]


def test_a_role_that_somebody_else_gave_is_never_taken() -> None:
    held = Held(ours=frozenset({2}), theirs=frozenset({1, 4}))
    assert told(changes(ALL, TAKING_HIGHEST, watched(0, is_linked=False), held)) == [
        ("Regular", False, Reason.UNREACHED)
    ]


def test_a_role_on_its_way_is_not_given_twice_and_not_taken_before_it_arrives() -> None:
    held = Held(asked=frozenset({1}))
    assert changes([FAN], TAKING, watched(60), held) == []
    assert changes([FAN], TAKING, watched(0), held) == []


def test_a_role_that_is_off_is_left_as_it_is() -> None:
    off = replace(FAN, is_on=False)
    assert changes([off], TAKING, watched(999), Held()) == []
    assert changes([off], TAKING, watched(0), Held(ours=frozenset({1}))) == []


def test_what_could_not_be_given_is_tried_again_only_when_asked() -> None:
    held = Held(missed=frozenset({1}))
    assert changes([FAN], STACK, watched(60), held) == []
    assert told(changes([FAN], STACK, watched(60), held, again=True)) == [("Fan", True, Reason.WATCHED)]


def test_who_comes_back_without_his_roles_is_given_them_once_more() -> None:
    held = lost(Held(ours=frozenset({1, 2}), asked=frozenset({4})), ALL, {"12"})
    assert told(changes(ALL, STACK, watched(300), held, again=True)) == [("Fan", True, Reason.WATCHED)]


def test_a_sync_anew_gives_what_was_given_and_still_takes_what_is_not_due() -> None:
    held = Held(ours=frozenset({1, 2}))
    assert told(changes((FAN, REGULAR), TAKING, watched(60), held, again=True, anew=True)) == [
        ("Fan", True, Reason.WATCHED),
        ("Regular", False, Reason.UNREACHED),
    ]


def test_everyone_is_no_role_to_give() -> None:
    with pytest.raises(Refused, match="everyone"):
        check_role("7", "7", "everyone")


@dataclass
class World:
    """One member on Discord, whose jobs are carried out when the test likes."""

    rewards: dict[int, Reward] = field(default_factory=dict[int, Reward])
    rules: Rules = STACK
    standing: Standing = field(default_factory=lambda: watched(0, is_linked=False))
    ours: set[int] = field(default_factory=set[int])
    asked: set[int] = field(default_factory=set[int])
    theirs: set[int] = field(default_factory=set[int])
    roles: set[int] = field(default_factory=set[int])
    grants: int = 0

    def look(self) -> None:
        held = Held(frozenset(self.ours), frozenset(self.asked), frozenset(self.theirs))
        for one in changes(list(self.rewards.values()), self.rules, self.standing, held):
            if one.is_given:
                assert one.reward.id not in self.ours | self.asked | self.theirs, "given twice"
                self.asked.add(one.reward.id)
            else:
                assert one.reward.id in self.ours, "not ours to take"
                self.ours.discard(one.reward.id)
                self.roles.discard(one.reward.id)

    def carry_out(self) -> None:
        for number in sorted(self.asked):
            (self.theirs if number in self.roles else self.ours).add(number)
            self.roles.add(number)
        self.asked.clear()
        self.look()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("watch"), st.integers(0, 12)),
        st.tuples(st.just("link"), st.booleans()),
        st.tuples(st.just("edit"), st.integers(1, 4), st.integers(1, 12)),
        st.tuples(st.just("switch"), st.integers(1, 4), st.booleans()),
        st.tuples(st.just("rules"), st.booleans(), st.booleans()),
        st.tuples(st.just("staff"), st.integers(1, 4)),
        st.tuples(st.just("carry"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(STEPS)
def test_whatever_happens_in_whatever_order_he_has_what_he_should_and_nothing_is_asked_twice(
    steps: list[tuple],
) -> None:
    rewards = {number: Reward(id=number, role=str(number), name="x", minutes=2 * number) for number in (1, 2, 3)}
    world = World({**rewards, 4: Reward(id=4, role="4", name="x", minutes=None)})
    by_hand: set[int] = set()
    for step in steps:
        match step:
            case ("watch", minutes):
                world.standing = replace(world.standing, watch_us=minutes * MINUTE)
            case ("link", is_linked):
                world.standing = replace(world.standing, is_linked=is_linked)
            case ("edit", number, minutes) if number != 4:
                world.rewards[number] = replace(world.rewards[number], minutes=minutes)
            case ("switch", number, is_on):
                world.rewards[number] = replace(world.rewards[number], is_on=is_on)
            case ("rules", highest, removes):
                world.rules = Rules(is_highest_only=highest, removes_unreached=removes)
            case ("staff", number) if number not in world.roles:
                world.roles.add(number)
                by_hand.add(number)
            case ("carry", _):
                world.carry_out()
            case _:
                pass
        world.look()
    world.carry_out()
    assert by_hand <= world.roles
    held = Held(frozenset(world.ours), frozenset(world.asked), frozenset(world.theirs))
    due = {one.id for one in wanted(list(world.rewards.values()), world.rules, world.standing, held)}
    assert due <= world.roles | world.asked
    on = {number for number, one in world.rewards.items() if one.is_on}
    assert world.ours & on <= due
    if world.rules.removes_unreached:
        reached = {number for number in on if world.rewards[number].is_reached(world.standing)}
        assert world.ours & on <= reached
