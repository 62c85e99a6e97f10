"""What a disk may hold after the power failed: made from the journal of everything a program wrote and synced."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

Files = dict[str, bytearray]


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the program: `w`rite, `t`runcate, `s`ync or `u`nlink."""

    what: str
    path: str
    offset: int
    written: bytes


class Survivors(Enum):
    """What the disk kept of the writes that no sync had confirmed."""

    NONE = "none"
    THE_FIRST = "the first"
    ANY = "any"


def steps(journal: bytes) -> Iterator[Step]:
    """The calls in their order."""
    place = 0
    while place < len(journal):
        end = journal.index(b"\n", place)
        what, offset, length, path = journal[place:end].decode().split(" ", 3)
        place = end + 1
        size = int(length)
        yield Step(what, path, int(offset), journal[place : place + size])
        place += size


def apply(files: Files, step: Step) -> None:
    """Carry out a write or a truncation."""
    content = files.setdefault(step.path, bytearray())
    end = step.offset + len(step.written)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if step.what == "t":
        del content[step.offset :]
    else:
        content[step.offset : end] = step.written


def image(before: Mapping[str, bytes], done: list[Step], survivors: Survivors, chance: random.Random) -> Files:
    """The files after a power failure that came when exactly `done` had been done."""
    files: Files = {path: bytearray(content) for path, content in before.items()}
    unconfirmed: defaultdict[str, list[Step]] = defaultdict(list)
    for step in done:
        if step.what == "u":
            files.pop(step.path, None)
            unconfirmed.pop(step.path, None)
        elif step.what == "s":
            for confirmed in unconfirmed.pop(step.path, ()):
                apply(files, confirmed)
        else:
            unconfirmed[step.path].append(step)
    for waiting in unconfirmed.values():
        kept = chance.randint(0, len(waiting))
        for number, step in enumerate(waiting):
            first = survivors is Survivors.THE_FIRST and number < kept
            if first or (survivors is Survivors.ANY and chance.random() < 0.5):
                apply(files, step)
    return files


def put(files: Files, folder: Path) -> None:
    """Write an image into an empty folder; shared memory does not outlive a power failure."""
    folder.mkdir()
    for path, content in files.items():
        if not path.endswith("-shm"):
            (folder / Path(path).name).write_bytes(content)
