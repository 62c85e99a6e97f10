"""Master keys: what a list may look like, and that every fault is told without a part of a key."""

import base64
import os
from pathlib import Path

import pytest

from server.auth.keys import DERIVED_ID, MASTER_KEYS_MAX, MasterKey, UnfitKeys, key_list, master_keys
from tests.running import SECRET


def material(seed: int = 0) -> bytes:
    return bytes((seed + 37 * n) % 256 for n in range(32))


def entry(name: str, raw: bytes) -> str:
    return f"{name}:{base64.urlsafe_b64encode(raw).decode()}"


def test_the_first_of_a_list_seals_and_the_derived_one_still_opens() -> None:
    keys = master_keys(f"{entry('new', material(1))}, {entry('old', material(2)).rstrip('=')}\n", SECRET)
    assert [key.id for key in keys] == ["new", "old", DERIVED_ID]
    assert [key.material for key in keys[:2]] == [material(1), material(2)]


def test_without_a_list_the_key_is_derived_and_without_a_secret_there_is_none() -> None:
    [key] = master_keys("", SECRET)
    assert (key.id, len(key.material)) == (DERIVED_ID, 32)
    assert master_keys("", SECRET) == (key,)
    assert master_keys("", SECRET[::-1]) != (key,)
    assert master_keys("", "") == ()


FAULTS = {
    "no id": (base64.urlsafe_b64encode(material()).decode(), "has no id"),
    "an id of ours": (entry("derived", material()), "has no id"),
    "no base64": ("a:" + "*" * 43, "is not base64url"),
    "the other alphabet": ("a:" + base64.b64encode(bytes([255, 239, *material()[2:]])).decode(), "is not base64url"),
    "half a character": ("a:" + "Q" * 45, "is not base64url"),
    "too short": (entry("a", material()[:31]), "has 31 bytes"),
    "too long": (entry("a", material() + b"x"), "has 33 bytes"),
    "one byte over and over": (entry("a", b"\x07" * 32), "can be guessed"),
    "a pattern": (entry("a", material()[:16] * 2), "can be guessed"),
    "a text": (entry("a", b"abcdefghijklmnopqrstuvwxyz012345"), "can be guessed"),
    "the same id twice": (f"{entry('a', material(1))},{entry('a', material(2))}", "Key 2 of the list has the id of"),
    "the same key twice": (f"{entry('a', material())},{entry('b', material())}", "is an earlier one"),
    "too many": (",".join(entry(f"k{n}", material(n)) for n in range(MASTER_KEYS_MAX + 1)), "There are 11 keys"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_no_part_of_a_key(fault: str) -> None:
    listed, told = FAULTS[fault]
    with pytest.raises(UnfitKeys, match=told) as caught:
        master_keys(listed, SECRET)
    [problem] = caught.value.problems
    assert not any(part in problem for part in listed.replace(",", ":").split(":") if len(part) >= 8)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(UnfitKeys) as caught:
        master_keys(f"{entry('a', material()[:5])},nonsense,{entry('b', bytes(32))},{entry('c', material())}", "")
    assert [problem.split()[1] for problem in caught.value.problems] == ["1", "2", "3"]


def test_a_master_key_does_not_show_itself() -> None:
    assert repr(MasterKey("a", material())) == "MasterKey(id='a')"


def test_a_list_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{entry('a', material(1))}\n{entry('b', material(2))}\n")
    assert [key.id for key in master_keys(key_list("", file), "")] == ["a", "b"]


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff", b"a" * 20_000])
def test_a_file_that_holds_no_list_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnfitKeys):
        key_list("", file)


def test_chance_is_never_taken_for_a_pattern() -> None:
    assert all(master_keys(entry("a", os.urandom(32)), "") for _ in range(1_000))
