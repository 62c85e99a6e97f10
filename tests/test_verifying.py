"""`regulars verify`, as a person runs it."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.domain.drawing import ALICE, BROKEN, WHOLE, bundle
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
