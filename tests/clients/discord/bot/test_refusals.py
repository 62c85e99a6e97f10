"""What the server refuses is said in the reader's language, and nothing that it said is lost."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import server
from clients.discord.asked.answering import refusal
from clients.discord.graph.asking import ServerRefused
from clients.discord.words.language import LANGUAGES, Words, refusals
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
