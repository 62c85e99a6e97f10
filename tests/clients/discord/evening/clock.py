"""One clock for several processes, which a test moves on: the real time, and so many seconds more."""

import mmap
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path

from clients.simulator.system import wall_now

SECONDS = struct.Struct("d")


class SharedClock:
    """What processes that name the same file believe the time to be."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(SECONDS.pack(0.0))
        with file.open("r+b") as opened:
            self._passed = mmap.mmap(opened.fileno(), SECONDS.size)

    @property
    def passed_s(self) -> float:
        """How far it is ahead of the real time."""
        return SECONDS.unpack_from(self._passed)[0]

    def now(self) -> datetime:
        return wall_now() + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return time.monotonic() + self.passed_s

    def pass_time(self, seconds: float) -> None:
        """Let so much time have passed, for everybody at once."""
        SECONDS.pack_into(self._passed, 0, self.passed_s + seconds)
