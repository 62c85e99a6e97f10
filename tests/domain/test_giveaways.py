"""Who enters a giveaway, who is left out and why, and where it stands by what became of those who were drawn."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.giveaways import (
    BANNED,
    EARLIER_WINNER,
    STAFF,
    UNFIT,
    Candidate,
    GiveawayKind,
    GiveawayRules,
    GiveawayState,
    exclusion_of,
    keyword_in,
    keyword_of,
    outcome,
    weight_of,
)
from server.domain.refusals import Refused

KEYWORD, TICKETS = GiveawayKind.KEYWORD, GiveawayKind.TICKETS
words = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20).filter(lambda word: "[" not in word)


@given(word=words, rest=st.text(max_size=30))
def test_a_keyword_counts_in_any_case_and_before_other_words_and_never_behind_them(word: str, rest: str) -> None:
    key = keyword_of(word)
    assert keyword_in(key) == key
    for line in (word, f"  {word} {rest}", f"{word}\U000e0000", f"[emote:37:{word}] {rest}".replace("]]", "]")):
        if "]" not in word:
            assert keyword_in(line) == key
    if key != keyword_of("no"):
        assert keyword_in(f"no {word}") != key


@given(st.text(max_size=60))
def test_no_line_is_more_than_one_word(text: str) -> None:
    assert len(keyword_in(text).split()) <= 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"keyword": "two words"}, "giveaway_keyword"),
        ({"keyword": "x" * 41}, "giveaway_keyword"),
        ({"keyword": "Upper"}, "giveaway_keyword"),
        ({"keyword": ""}, "giveaway_keyword_unclear"),
        ({"kind": TICKETS}, "giveaway_keyword_unclear"),
        ({"keyword": "!sr"}, "giveaway_keyword_command"),
        ({"kind": TICKETS, "keyword": "", "subscriber_factor": 2}, "giveaway_subscriber_factor"),
        ({"claim_s": 59}, "giveaway_claim"),
        ({"lead_s": 5}, "giveaway_lead"),
        ({"winners": 0}, "giveaway_winners"),
        ({"window_s": 59}, "giveaway_window"),
    ],
)
def test_rules_that_make_no_sense_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        GiveawayRules(**{"kind": KEYWORD, "keyword": "drop", **given}).check()
    assert refused.value.code == code


def test_rules_come_back_as_they_were_kept_and_claiming_may_be_off() -> None:
    rules = GiveawayRules(kind=KEYWORD, keyword="drop", claim_s=0, subscriber_factor=100, prize="A mug.")
    rules.check()
    assert GiveawayRules.restored(rules.stored()) == rules


def test_the_gravest_reason_is_the_one_that_is_told() -> None:
    rules = GiveawayRules(kind=KEYWORD, keyword="drop", subscribers_only=True, linked_only=True, watch_s=60)
    fit = {"is_subscriber": True, "is_linked": True, "watch_s": 60}
    assert exclusion_of(rules, Candidate(**fit)) is None
    for lacking in ({"is_subscriber": False}, {"is_linked": False}, {"watch_s": 59}):
        assert exclusion_of(rules, Candidate(**{**fit, **lacking})) == UNFIT
    assert exclusion_of(rules, Candidate(has_won=True)) == EARLIER_WINNER
    assert exclusion_of(rules, Candidate(has_won=True, is_banned=True)) == BANNED
    assert exclusion_of(rules, Candidate(has_won=True, is_banned=True, is_staff=True)) == STAFF


def test_a_subscriber_counts_by_the_factor_and_tickets_by_themselves() -> None:
    rules = GiveawayRules(kind=KEYWORD, keyword="drop", subscriber_factor=3)
    assert [weight_of(rules, Candidate(is_subscriber=one, tickets=9)) for one in (True, False)] == [3, 1]
    by_tickets = GiveawayRules(kind=TICKETS)
    assert [weight_of(by_tickets, Candidate(is_subscriber=True, tickets=many)) for many in (9, 0, -4)] == [9, 0, 0]


@pytest.mark.parametrize(
    ("places", "claim_s", "state"),
    [
        (["won", "alternate"], 300, GiveawayState.DRAWN),
        (["confirmed", "won"], 300, GiveawayState.DRAWN),
        (["confirmed", "passed", "alternate"], 300, GiveawayState.CLAIMED),
        (["passed", "passed"], 300, GiveawayState.EXPIRED),
        (["won"], 0, GiveawayState.CLAIMED),
        (["passed"], 0, GiveawayState.EXPIRED),
    ],
)
def test_where_it_stands_follows_from_what_became_of_whom(places: list[str], claim_s: int, state: str) -> None:
    assert outcome(places, claim_s) is state
