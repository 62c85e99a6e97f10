"""What the server refuses is said in the reader's language, and nothing that it said is lost."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import server
from clients.discord.asked.answering import refusal
from clients.discord.commands.health import check_card
from clients.discord.graph.asking import ServerRefused
from clients.discord.words.language import LANGUAGES, Words, meanings, refusals
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import text, words

SERVER = Path(server.__file__).parent
FOR_VIEWERS = ("domain/linking.py", "domain/proofs.py", "actions/proofs.py", "domain/slotcalls/rules.py")
"""Where the rules lie that refuse what a viewer asks on Discord."""
NOT_ASKED = {
    "platform_id_invalid",
    "platform_without_channels",
    "same_platform",
    "slot_result_currency",
    "slot_result_out_of_range",
}
"""Of those, what no command of the bot can be refused with."""


def codes_in(path: Path) -> Iterator[str]:
    """The codes with which a module refuses."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(code)), *_]):
                if ast.unparse(func).split(".")[-1] in {"Refused", "Denied"}:
                    yield code
            case _:
                pass


def test_a_german_reader_is_told_in_german_and_keeps_the_servers_figures() -> None:
    refused = ServerRefused("link_code_wrong", "That is not the code. You have 3 tries left.", "Type it again.")
    german, english = refusal(Words("de"), refused), refusal(Words("en"), refused)
    assert "sechs Buchstaben und Ziffern" in german.lines[0]
    assert german.lines[1] == "-# That is not the code. You have 3 tries left. Type it again."
    assert list(english.lines) == ["That is not the code. You have 3 tries left.", "Type it again."]


async def test_a_refusal_of_the_running_server_is_told_in_the_readers_language(place: Place) -> None:
    ada = place.person("ada")
    ada.locale = "de"
    told = words(await place.told(ada, "link confirm", text("code", "ABC123")))
    assert "Hier wartet keine Verknüpfung von dir auf einen Code." in told
    assert "-# No link of yours waits for a code here." in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_translated_that_the_server_does_not_know(language: str) -> None:
    known = {code for path in SERVER.rglob("*.py") for code in codes_in(path)}
    assert not refusals(language).keys() - known


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_what_viewers_are_refused_is_translated(language: str) -> None:
    wanted = {code for name in FOR_VIEWERS for code in codes_in(SERVER / name)} - NOT_ASKED
    assert len(wanted) > 20
    assert not wanted - refusals(language).keys() - {"reason_missing"}


def found_by_checks() -> set[str]:
    """What the server's checks may find that is not well, by its keys."""
    text = (SERVER / "domain" / "setup.py").read_text(encoding="utf-8")
    keys = {f"check.{name}.WARNING" for name in ("CHANNEL_ID", "CHATROOM_ID")}  # what `reference` is asked about
    for function in re.split(r"\ndef ", text):
        names, states = (set(re.findall(rf"\bCheck{kind}\.([A-Z_]+)", function)) for kind in ("Name", "State"))
        keys |= {f"check.{name}.{state}" for name in names for state in states - {"OK"} if len(names) == 1}
    return keys


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_what_checks_find_is_translated_and_nothing_else(language: str) -> None:
    wanted = found_by_checks()
    assert len(wanted) > 12
    assert wanted == set(meanings(language))


def test_a_check_is_told_in_german_with_the_servers_own_words_in_small() -> None:
    one = {"name": "APP", "state": "FAILED", "detail": "The server knows no Kick app.", "remedy": "Set it."}
    told = {"kickSetup": {"isReady": False, "checks": [one]}, "listening": []}
    german, english = (check_card(Words(language), told) for language in ("de", "en"))  # type: ignore[arg-type]
    assert "kennt keine Kick-App" in german.lines[0]
    assert german.lines[0].endswith("\n-# The server knows no Kick app. Set it.")
    assert english.lines[0].endswith("The server knows no Kick app.\nSet it.")
