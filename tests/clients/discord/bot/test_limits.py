"""Whatever people are called and however much there is to say, Discord takes what the bot shows."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.discord.render import limits
from clients.discord.render.card import Button, Card
from clients.discord.render.limits import plain, shown
from tests.clients.discord.contract import contract

TEXTS = st.text(max_size=5_000)


@given(title=TEXTS, lines=st.lists(TEXTS, max_size=40), fields=st.dictionaries(TEXTS, TEXTS, max_size=30), footer=TEXTS)
def test_every_card_is_within_discords_limits(
    title: str, lines: list[str], fields: dict[str, str], footer: str
) -> None:
    [embed] = Card(title=title, lines=lines, fields=fields, footer=footer).payload()["embeds"]
    told = [embed["title"], embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    told += [part for field in embed.get("fields", []) for part in (field["name"], field["value"])]
    assert sum(map(len, told)) <= 6_000
    assert not list(contract()("POST", "/channels/1/messages", {"embeds": [embed]}))


@given(name=st.text())
def test_no_name_means_anything_to_discord(name: str) -> None:
    told = shown(name)
    bare = told.replace("\\\\", "")
    for letter in "*_~`|>#[]()@:<":
        assert all(before == "\\" for before in preceding(bare, letter)), (name, told)
    assert not any(letter in told for letter in "\u202e\u200b\n\r")
    assert 1 <= len(plain(name)) <= limits.NAME_MAX


def preceding(text: str, letter: str) -> list[str]:
    return [text[at - 1] if at else "" for at, one in enumerate(text) if one == letter]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ada", "ada"),
        ("@everyone", r"\@everyone"),
        ("<@123>", r"\<\@123\>"),
        ("[free](http://x)", r"\[free\]\(http\://x\)"),
        ("a\u202eda", "ada"),
        ("Z\u0351\u0301\u0302\u0303\u0304algo", "Z\u0351\u0301algo"),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}"),
        ("", "?"),
        (string.ascii_letters, "abcdefghijklmnopqrstuvwxyzABCDE…"),
    ],
)
def test_hostile_names_are_shown_as_they_are_read(name: str, told: str) -> None:
    assert shown(name) == told


def test_a_button_without_a_fit_id_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="unfit custom_id"):
        Button(label="Next", custom_id="x" * 101).payload()
