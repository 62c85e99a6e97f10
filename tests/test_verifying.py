"""`regulars verify`, as a person runs it."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.domain.drawing import ALICE, BROKEN, WHOLE, bundle
from tests.domain.redrawing import HISTORIES, KEYS, KNOWN
from tests.programs import run


async def ran(folder: Path, told: Any, *options: str) -> tuple[int, str]:
    file = folder / "bundle.json"
    file.write_bytes(told if isinstance(told, bytes) else orjson.dumps(told))
    code, output, complaints = await run("verify", str(file), *options, cwd=folder)
    return code, output + complaints


async def test_a_whole_draw_is_verified_and_a_viewer_finds_himself(tmp_path: Path) -> None:
    code, told = await ran(
        tmp_path, bundle(), "--code", ALICE["code"], "--account", ALICE["subject"], "--salt", ALICE["salt"]
    )
    assert code == 0
    assert "FAIL" not in told
    assert told.count("\npass  ") >= 12
    assert "numbers 480 to 599" in told
    assert "  1. alice, ticket 542: wins" in told
    assert "  3. carol, ticket 114: alternate" in told
    assert "\nVerified: " in told


@pytest.mark.parametrize(
    ("told", "expected", "said"),
    [
        (BROKEN["a weight changed"][0], 1, "[tickets_changed]"),
        (WHOLE["posted afterwards"][0], 3, "\nWEAK  time "),
        (WHOLE["posted 59 seconds before"][0], 3, "Late commit: "),
        (WHOLE["posted nowhere"][0], 3, "Not independently verifiable: "),
        (WHOLE["not drawn yet"][0], 0, "Not drawn yet: "),
        (b"{", 2, "This file is not JSON."),
    ],
    ids=["changed", "after", "late", "nowhere", "early", "no-json"],
)
async def test_what_else_a_draw_may_be_is_said_by_word_and_exit_code(
    tmp_path: Path, told: Any, expected: int, said: str
) -> None:
    code, text = await ran(tmp_path, told)
    assert code == expected
    assert said in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--account", ALICE["subject"], "--salt", "00"),
            "as salt: A salt has 64 letters from 0 to f; this one has 2.",
        ),
        (("--account", ALICE["subject"]), "[salt_missing]"),
        (("--account", ALICE["subject"], "--salt", "0" * 64), "[own_missing]"),
        (("--code", "A3NR"), "this one has 4. [code_unfit]"),
    ],
    ids=["salt", "no-salt", "other-salt", "code"],
)
async def test_what_was_typed_wrongly_is_no_verdict_about_the_draw(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    code, text = await ran(tmp_path, bundle(), *options)
    assert code == 2
    assert said in text
    assert "FAIL" not in text
    assert "  1. alice, ticket 542: wins" in text
    assert "\nVerified: " in text


async def test_a_code_of_another_draw_fails(tmp_path: Path) -> None:
    code, text = await ran(tmp_path, bundle(), "--code", "2HVJ-W8M3-71PS-Q8Q6", "--salt", "00")
    assert code == 1
    assert "[code_differs]" in text
    assert "[salt_unfit]" in text


async def test_the_key_that_a_viewer_knows_is_compared(tmp_path: Path) -> None:
    told, key, _, _ = KNOWN["the key that is known"]
    code, text = await ran(tmp_path, told, "--key", key.upper())
    assert (code, "\nVerified: " in text) == (0, True)
    code, text = await ran(tmp_path, told, "--key", KEYS[1])
    assert (code, "[key_differs]" in text) == (1, True)
    assert (await ran(tmp_path, told, "--key", "00"))[0] == 2
    assert (await ran(tmp_path, HISTORIES["another key between two draws"][0]))[0] == 3
