"""The benchmarks by name."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from benchmarks import apply, board, discord, draws, fanout, gifts, hostile, ingest, leaderboard, overlays, pages, start
from benchmarks.engines import Engine
from benchmarks.harness import Result
from server.logs import configure_logs

BENCHMARKS: Mapping[str, Callable[..., Coroutine[Any, Any, list[Result]]]] = {
    "ingest": ingest.measure,
    "apply": apply.measure,
    "leaderboard": leaderboard.measure,
    "start": start.measure,
    "pages": pages.measure,
    "hostile": hostile.measure,
    "fanout": fanout.measure,
    "draws": draws.measure,
    "board": board.measure,
    "gifts": gifts.measure,
    "discord": discord.measure,
    "overlays": overlays.measure,
}


def measured(name: str, engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """What the benchmark `name` finds on `engine`."""
    configure_logs(level="warning", layout="console", stream=sys.stderr, secrets=())
    return asyncio.run(BENCHMARKS[name](engine, folder, quick=quick))
