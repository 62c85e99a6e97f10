"""Measure: python -m benchmarks [NAME ...] [--quick] [--engine NAME] [--json FILE]."""

import argparse
import asyncio
import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from benchmarks import engines, machine
from benchmarks.engines import Engine, EngineName
from benchmarks.harness import Result, headings, line
from benchmarks.processes import SPAWN
from benchmarks.suite import BENCHMARKS, measured


def measure(names: list[str], only: str | None, *, quick: bool) -> tuple[dict[str, str], list[Result]]:
    """The machine, and the results of these benchmarks, printed as they come; each engine has a process of its own."""
    on = machine.size()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        found = asyncio.run(engines.postgres())
        on["PostgreSQL"] = found[1] if found else "none answers, left out"
        print(", ".join(f"{name} {value}" for name, value in on.items()))
        print(headings())
        chosen = [Engine("SQLite", folder), *(found[:1] if found else ())]
        for name in names:
            for engine in (one for one in chosen if only in {None, one.name}):
                on[f"load before {name}, {engine.name}"] = f"{machine.load():.2f}"
                if machine.load() > machine.QUIET_LOAD_MAX:
                    print(f"(busy: load {machine.load():.2f}; trust the ratios, not the figures)")
                with ProcessPoolExecutor(1, mp_context=SPAWN) as alone:
                    fresh = alone.submit(measured, name, engine, Path(folder), quick=quick).result()
                print("\n".join(map(line, fresh)), flush=True)
                results += fresh
    return on, results


def main() -> None:
    """Read the command line, measure, and write the JSON file where one is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which ones; all of them if none is named")
    parser.add_argument("--quick", action="store_true", help="shorter runs and smaller communities")
    parser.add_argument("--engine", choices=get_args(EngineName), help="measure on this one only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine and results there, too")
    asked = parser.parse_args()
    on, results = measure(asked.names or list(BENCHMARKS), asked.engine, quick=asked.quick)
    if asked.json:
        told = {"machine": on, "results": [asdict(result) | {"ratio": result.ratio} for result in results]}
        asked.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
