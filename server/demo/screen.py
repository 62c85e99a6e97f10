"""The demo's terminal: what happens on Discord goes by, and one line below says how the server does."""

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

LOOK_EVERY_S = 0.2
MARGIN = "  "
EDITED = " (edited)"
BODY = " " * 10
"""What lines of a transcript begin with that belong to the line above."""


class Screen:
    """Lines that stay, and under them a line that is written anew; where `is_on` is false, nothing at all.

    A file or a pipe gets both line by line.
    """

    def __init__(self, out: TextIO, *, is_on: bool) -> None:
        self._out = out
        self._is_on = is_on
        self.is_terminal = out.isatty()
        self._status = ""

    def say(self, *lines: str) -> None:
        """Print lines that stay."""
        if not self._is_on:
            return
        blank = f"\r{'':<{self._width}}\r" if self.is_terminal and self._status else ""
        print(blank + "\n".join(lines), file=self._out, flush=True)
        if self.is_terminal and self._status:
            self.show(self._status)

    def show(self, status: str) -> None:
        """Say how it goes, in place of what was said before."""
        if not self._is_on:
            return
        self._status, width = status, self._width
        line = f"\r{status[:width]:<{width}}" if self.is_terminal else status
        print(line, end="" if self.is_terminal else "\n", file=self._out, flush=True)

    @property
    def _width(self) -> int:
        return shutil.get_terminal_size().columns - 1


class Transcript:
    """A file of what is seen on Discord, read while it grows."""

    def __init__(self, path: Path) -> None:
        self._file = path.open(encoding="utf-8")
        self._rest = ""
        # The first line says where Discord is played, which the demo's table says, too.
        self._is_begun = False

    def close(self) -> None:
        """Read no more."""
        self._file.close()

    def fresh(self) -> list[str]:
        """The lines since the last time."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        if lines and not self._is_begun:
            self._is_begun = True
            del lines[0]
        return lines


async def follow(path: Path, screen: Screen) -> None:
    """Print what is seen on Discord as it happens, until cancelled."""
    transcript, folding = Transcript(path), Folding()
    try:
        while True:
            lines = list(folding.folded(transcript.fresh()))
            if lines:
                screen.say(*lines)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        transcript.close()


class Folding:
    """Leaves out all but the title of edited messages: panels are edited often, and the file holds it all."""

    def __init__(self) -> None:
        self._lines_left: int | None = None

    def folded(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines to show, with a blank one before each thing that happens."""
        for line in lines:
            if not line.startswith(BODY):
                self._lines_left = 1 if line.endswith(EDITED) else None
                yield ""
            elif self._lines_left is not None:
                self._lines_left -= 1
            if self._lines_left is None or self._lines_left >= 0:
                yield MARGIN + line
