"""Chat: commands are read, texts are filled, and whatever leaves is fit to be posted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.chat.commands import Command, Level, Rule, command_in, cooled_until, level_of, may_use
from server.domain.chat.index import ALIASES, BUILT_IN, named, rules_with
from server.domain.chat.lines import LINE_LENGTH_MAX, PARTS_MAX, echoed, postable, split
from server.domain.chat.texts import FULL, checked_text, filled, placeholders, spent
from server.domain.refusals import Refused
from server.events.chat import Badge
from tests.database import START


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("!call Book of Dead", Command("call", "Book of Dead")),
        ("  !CALL   Book  of\tDead ", Command("call", "Book of Dead")),
        ("!caller x", Command("caller", "x")),
        ("!rank", Command("rank", "")),
        ("!rank \U000e0000", Command("rank", "")),
        ("!\uff2c\uff49\uff4e\uff4b", Command("link", "")),
        ("!stra\u00dfe", Command("strasse", "")),
        ("hello !rank", None),
        ("! rank", None),
        ("!", None),
        ("!!rank", None),
        ("!-rank", None),
        ("!ra<nk", None),
        ("!" + "x" * 31, None),
        ("", None),
    ],
    ids=range(15),
)
def test_a_command_is_read_or_is_none(text: str, command: Command | None) -> None:
    assert command_in(text) == command


@given(st.text(max_size=600))
def test_any_text_is_a_command_or_none(text: str) -> None:
    found = command_in(text)
    if found is not None:
        assert found.name == found.name.casefold()
        assert len(found.argument) <= 300


def test_badges_make_levels() -> None:
    def level(*kinds: str, is_owner: bool = False) -> Level:
        return level_of([Badge(kind=kind, text=kind) for kind in kinds], is_owner=is_owner)

    assert level() == level("verified", "og", "sub_gifter") == Level.VIEWER
    assert level("subscriber") == level("founder") == Level.SUBSCRIBER
    assert level("vip", "subscriber") == Level.VIP
    assert level("subscriber", "moderator") == Level.MODERATOR
    assert level("broadcaster") == level(is_owner=True) == Level.BROADCASTER
    assert sorted(Level) == list(Level)


def test_a_command_rests_and_is_for_whoever_stands_high_enough() -> None:
    rule = Rule(name="x", level=Level.VIP, cooldown_s=2, viewer_cooldown_s=15)
    everybody, viewer = cooled_until(rule, START)
    assert may_use(rule, Level.VIP, [], START)
    assert not may_use(rule, Level.SUBSCRIBER, [], START)
    assert not may_use(rule, Level.BROADCASTER, [everybody], START + timedelta(seconds=1))
    assert may_use(rule, Level.BROADCASTER, [everybody], START + timedelta(seconds=2))
    assert not may_use(rule, Level.BROADCASTER, [everybody, viewer], START + timedelta(seconds=14))
    assert may_use(rule, Level.BROADCASTER, [everybody, viewer], START + timedelta(seconds=15))
    assert not may_use(Rule(name="x", is_on=False), Level.BROADCASTER, [], START)


def test_the_index_of_commands_agrees_with_itself() -> None:
    assert all(built_in.rule.name == name for name, built_in in BUILT_IN.items())
    assert not ALIASES.keys() & BUILT_IN.keys()
    assert len(ALIASES) == sum(len(built_in.aliases) for built_in in BUILT_IN.values())
    rules = rules_with({"hug": Rule(name="hug", text="Hug."), "rank": Rule(name="rank", is_on=False)})
    assert named(rules, "sr") == BUILT_IN["call"].rule
    assert (rules["rank"].is_on, named(rules, "nothing")) == (False, None)


@given(st.text(max_size=3_000))
def test_whatever_is_said_fits_and_is_no_command(text: str) -> None:
    parts = split(text)
    assert 1 <= len(parts) <= PARTS_MAX
    for part in parts:
        assert 1 <= len(part) <= LINE_LENGTH_MAX
        assert part[0] not in "!/.\\ "
        assert part.isprintable() or "\u200d" in part or "\u200c" in part
        assert "<" not in part
        assert ">" not in part
    assert [echoed(part) for part in parts if part != "…"] == [part for part in parts if part != "…"]


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=30), min_size=1, max_size=60))
def test_lines_are_cut_between_words_and_lose_none(words: list[str]) -> None:
    text = " ".join(words)
    assert " ".join(split(text)) == text, "up to 2,000 characters nothing is lost"


def test_a_line_of_501_characters_is_two_and_a_word_that_is_too_long_is_cut() -> None:
    assert list(map(len, split("x" * 501))) == [500, 1]
    assert list(map(len, split("x" * 499 + " y"))) == [499, 1]
    assert list(map(len, split("\U0001f600" * 501))) == [500, 1], "counted in characters, not in bytes"
    long = split("word " * 1_000)
    assert (len(long), long[-1][-1]) == (PARTS_MAX, "…")


@given(st.dictionaries(st.sampled_from(["name", "args", "rank"]), st.text(max_size=50)), st.text(max_size=100))
def test_placeholders_are_filled_once(values: dict[str, str], around: str) -> None:
    made = filled("{name} {args} {rank} {other}", {**values, "args": "{name}{rank}"})
    assert made.count("{name}{rank}") == 1
    assert "{other}" in made
    assert len(filled(around * 50, values)) <= 1_000


def test_values_are_fit_to_be_repeated() -> None:
    assert filled("{args}", {"args": "!/ban <b>x\n"}) == "ban \u2039b\u203ax"
    assert postable("  /!  ") == "…"
    assert [spent(seconds) for seconds in (0, 59, 60, 3_599, 3_600, 90_061)] == [
        "0 min",
        "0 min",
        "1 min",
        "59 min",
        "1 h 0 min",
        "25 h 1 min",
    ]


def test_every_text_of_ours_is_one_that_staff_could_have_given() -> None:
    for text in FULL.values():
        assert checked_text(text, placeholders(text)) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "chat_text_length"),
        (" \u200b\n", "chat_text_length"),
        ("x" * 501, "chat_text_length"),
        ("!rank", "chat_text_command"),
        ("/ban", "chat_text_command"),
        ("{secret}", "chat_text_placeholder"),
    ],
    ids=range(6),
)
def test_an_unfit_text_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_text(text, frozenset({"name"}))
    assert refused.value.code == code
