"""How much work something is, counted in lines run and not in seconds."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

SERVER = str(Path(__file__).parents[1] / "server")


class Effort:
    """The lines of the server that ran, each round of a loop counted."""

    lines = 0


@contextmanager
def effort() -> Generator[Effort, None, None]:
    """Count what this thread runs meanwhile."""
    counted = Effort()

    def called(frame: FrameType, _event: str, _given: Any) -> Callable[..., Any] | None:
        return ran if frame.f_code.co_filename.startswith(SERVER) else None

    def ran(_frame: FrameType, event: str, _given: Any) -> Callable[..., Any]:
        counted.lines += event == "line"
        return ran

    former = sys.gettrace()
    sys.settrace(called)
    try:
        yield counted
    finally:
        sys.settrace(former)
