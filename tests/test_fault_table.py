"""What must not go wrong with tickets and their draws, and the tests that show of each fault that it does not."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FAULTS = "actions/test_raffle_faults.py"
CRASH, DRAW_CRASH = "effects/test_raffle_crash.py", "effects/test_draw_crash.py"
DRAWS, BY_RULE = "effects/test_draws.py", "domain/test_raffle.py"
COVERED: dict[str, tuple[str, ...]] = {
    "A1: the same minutes give their tickets again and again": (
        f"{FAULTS}::test_looking_again_and_again_on_two_servers_gives_what_one_look_gives",
        f"{CRASH}::test_gifts_wagers_and_watched_hours_give_their_tickets_once",
    ),
    "A2: an event that is delivered several times at once gives several times": (
        f"{FAULTS}::test_a_gift_that_two_workers_are_told_eight_times_at_once_gives_once",
    ),
    "A3: a server dies between the tickets and the mark that they were given": (
        f"{CRASH}::test_gifts_wagers_and_watched_hours_give_their_tickets_once",
    ),
    "A4: a gift that both ways tell counts twice": (
        f"{FAULTS}::test_what_both_ways_tell_in_any_order_gives_its_tickets_once",
    ),
    "A5: real gifts that repeat are taken for copies": (
        f"{FAULTS}::test_the_same_people_give_again_on_other_days_and_it_counts_each_time",
    ),
    "A6: a gift from before the link is lost": (
        f"{FAULTS}::test_a_gift_from_before_the_link_follows_its_account_wherever_it_goes",
    ),
    "A7: what is left of a rate is dropped at every poll": (
        "actions/test_wagers.py::test_9800_dollars_in_200_polls_of_49_give_196_tickets",
        "actions/test_raffle.py::test_kicks_count_by_their_sum_however_it_is_split",
        "domain/test_wagers.py::test_a_rise_gains_the_same_however_it_is_split",
    ),
    "A8: a wager is marked before its tickets are given": (
        f"{CRASH}::test_gifts_wagers_and_watched_hours_give_their_tickets_once",
    ),
    "A9: giving and taking at once do not add up": (f"{FAULTS}::test_giving_taking_and_earning_at_once_adds_up",),
    "A10: a raffle is drawn more than once": (
        f"{DRAWS}::test_staff_draws_at_once_and_however_many_ask_it_is_one_draw",
        f"{DRAW_CRASH}::test_two_servers_that_do_everything_at_the_same_instant_draw_once",
    ),
    "A11: whoever runs the server steers who is drawn": (
        f"{DRAWS}::test_a_ticket_added_after_the_list_was_closed_is_found_out",
        f"{DRAWS}::test_a_ticket_added_after_the_seed_is_known_is_found_out",
    ),
    "A12: a draw comes before the end, or nobody hears of it": (
        "simulation/test_raffle.py::test_a_raffle_from_its_first_minute_to_history_equals_brute_force",
        f"{DRAW_CRASH}::test_a_raffle_ends_is_renewed_and_drawn_once",
    ),
    "A13: a server dies between the draw, the end and the next raffle": (
        f"{DRAW_CRASH}::test_a_raffle_ends_is_renewed_and_drawn_once",
    ),
    "A14: there is a gap at the end of a raffle, or its border is that of the machine's zone": (
        (
            "actions/test_raffle.py"
            "::test_what_happened_in_the_last_half_second_counts_for_this_raffle_and_the_next_instant_for_the_next"
        ),
        f"{BY_RULE}::test_months_follow_upon_each_other_without_a_gap",
        f"{BY_RULE}::test_the_zone_of_the_machine_changes_nothing",
    ),
    "A15: what was earned is given again when the month changes": (
        f"{FAULTS}::test_what_was_earned_in_one_raffle_is_not_given_again_in_the_next",
    ),
    "A16: a minute is counted by two servers, or while none ran": (
        f"{FAULTS}::test_looking_again_and_again_on_two_servers_gives_what_one_look_gives",
        f"{CRASH}::test_two_servers_that_do_everything_at_the_same_instant_give_it_once",
    ),
    "A17: tickets follow a name and not the account": (
        f"{FAULTS}::test_a_rename_keeps_the_tickets_and_whoever_takes_the_name_gets_none",
    ),
    "A18: many at once get past a limit": (
        f"{FAULTS}::test_fifty_claims_at_once_are_one_free_entry",
        "resolvers/test_slotcalls.py::test_fifty_calls_at_once_do_not_beat_the_limit",
    ),
    "A19: money is rounded": (
        f"{BY_RULE}::test_shares_add_up_to_what_the_whole_sum_gives",
        f"{BY_RULE}::test_tenths_of_a_dollar_are_exact",
        f"{BY_RULE}::test_a_million_random_parts_of_a_total_give_what_the_total_gives",
    ),
}


def functions_in(file: str) -> set[str]:
    """The names of the functions in a file of tests."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("fault", COVERED)
def test_every_test_that_is_named_exists(fault: str) -> None:
    named = [one.partition("::") for one in COVERED[fault]]
    assert [test for file, _, test in named if test not in functions_in(file)] == []


def test_every_test_of_faults_is_named() -> None:
    named = {one for tests in COVERED.values() for one in tests}
    assert {f"{FAULTS}::{one}" for one in functions_in(FAULTS) if one.startswith("test_")} <= named
