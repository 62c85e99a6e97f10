"""The table of the library's faults names tests that exist, and every test that was written for one."""

import re
from pathlib import Path

import pytest

from tests.test_fault_table import functions_in

HERE = Path(__file__)
FOLDERS = (HERE.parent, HERE.parents[1] / "bot")
PAGE = HERE.parents[4] / "docs" / "discord-library.md"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")][2:]
NAMED = r"`(\w+)::(\w+)`"


def known_in(stem: str) -> set[str]:
    """The names of the tests in the file of this stem, of which there is one."""
    [file] = [one for folder in FOLDERS for one in folder.glob(f"{stem}.py")]
    return {one for one in functions_in(str(file)) if one.startswith("test_")}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_tests_that_exist(row: str) -> None:
    library, bot, tests = [cell.strip() for cell in row.strip("|").split("|")]
    assert library
    assert bot
    named = re.findall(NAMED, tests)
    assert named
    assert [(stem, name) for stem, name in named if name not in known_in(stem)] == []
    assert re.sub(NAMED, "", tests).strip(" ,") == "", "nothing else stands there"


@pytest.mark.parametrize("stem", ["test_connection", "test_sending", "test_unused"])
def test_every_test_of_the_library_has_its_row(stem: str) -> None:
    named = {name for row in ROWS for _, name in re.findall(NAMED, row)}
    assert known_in(stem) - named == {"test_a_wrong_token_is_named_and_not_tried_again"} & known_in(stem)
