"""The page for viewers: the scripts in it run as they stand, and import nothing of ours."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.domain.draws.records import KINDS
from server.domain.draws.rounds import QUICKNET
from server.domain.draws.verify import verify
from server.platforms.drand.bls import signature_fault
from tests.domain.drawing import BROKEN, bundle
from tests.domain.redrawing import HISTORIES

PAGE = (Path(__file__).parents[1] / "docs" / "fairness.md").read_text(encoding="utf-8")
SCRIPTS = dict(re.findall(r"<!-- (\w+\.py) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
CODE = "2HVJ-W8M3-71PS-Q8Q7"


def ran(folder: Path, name: str, told: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(SCRIPTS[name], encoding="utf-8")
    (folder / "draw.json").write_bytes(orjson.dumps(told))
    command = [sys.executable, name, "draw.json", *arguments]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, timeout=30, check=False)


def test_a_strangers_script_finds_the_winners(tmp_path: Path) -> None:
    done = ran(tmp_path, "check.py", bundle(), CODE)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "1 542 alice wins",
        "2 13 bob wins",
        "3 114 carol alternate",
        "4 36 erin alternate",
    ]


@pytest.mark.parametrize("name", ["signed, and so is all that was before", "with its rules"])
def test_a_strangers_script_takes_files_with_all_that_may_be_in_them(tmp_path: Path, name: str) -> None:
    told, _, _ = HISTORIES[name]
    report = verify(told, signature_fault)
    done = ran(tmp_path, "check.py", told, report.code)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == len(report.winners) == 4


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("an entrant removed", "the list is another"),
        ("a weight changed", "the list is another"),
        ("tickets moved to a friend", "the list is another"),
        ("an entrant doubled", "twice"),
        ("entrants reordered", "not in his place"),
        ("another winner", "other winners follow"),
        ("the signature of another round", "other winners follow"),
        ("another promise", "another draw"),
        ("a second commit", "too many values"),
    ],
)
def test_a_strangers_script_finds_what_was_done(tmp_path: Path, name: str, complaint: str) -> None:
    done = ran(tmp_path, "check.py", BROKEN[name][0], CODE)
    assert done.returncode == 1
    assert complaint in done.stderr


def test_a_strangers_script_checks_the_beacon(tmp_path: Path) -> None:
    assert ran(tmp_path, "beacon.py", bundle()).stdout == "the beacon signed round 1000\n"
    for name in ("the signature of another round", "no signature at all"):
        assert ran(tmp_path, "beacon.py", BROKEN[name][0]).returncode == 1


def test_the_scripts_are_short_and_use_nothing_of_ours() -> None:
    assert set(SCRIPTS) == {"check.py", "beacon.py"}
    assert sum(bool(line) for line in SCRIPTS["check.py"].splitlines()) == 20
    assert "## Check it with twenty lines" in PAGE
    for script in SCRIPTS.values():
        assert "server" not in script
        assert max(map(len, script.splitlines())) <= 120
        assert sum(bool(line) for line in script.splitlines()) <= 22


def test_the_page_names_every_key_of_every_record() -> None:
    each = {"v", "kind", "env", "channel", "seq", "prev", "draw_id", "created_at"}
    for kind, record in KINDS.items():
        [row] = re.findall(rf"^\| `{kind}` \| (.*) \|$", PAGE, re.MULTILINE)
        named = set(re.findall(r"`([a-z0-9_]+)`", row)) - {"place", "reference", "at"}
        assert named | each == set(record.__dataclass_fields__) | each, kind


def test_the_page_names_the_beacon() -> None:
    assert QUICKNET.hash.hex() in PAGE
    assert "".join(re.findall(r'^    "([0-9a-f]{96})",$', PAGE, re.MULTILINE)) == QUICKNET.public_key.hex()
