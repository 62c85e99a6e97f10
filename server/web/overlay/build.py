"""Makes the stream overlay of clients/overlay: types by the committed schema, bundled for the browser inside OBS.

Run it as a program; it needs npm and nothing but the standard library. What npm fetches stays beside the sources, so
that people who work on the overlay have it; with `check` the overlay is only looked through.
"""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "clients" / "overlay"
VENDOR = Path(__file__).parents[1] / "assets" / "overlay" / "vendor"
FETCHED = SOURCE / "node_modules" / ".package-lock.json"
PAGE = "index.html"
PACKED = frozenset({".html", ".js", ".css"})
TIMEOUT_S = 300


def run(command: list[str], what: str) -> None:
    """Run a program to its end; leave with a sentence when it fails."""
    done = subprocess.run(  # noqa: S603 - fixed commands, and npm as the machine's PATH names it
        command, cwd=SOURCE, timeout=TIMEOUT_S, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        sys.exit(f"{what}:\n{done.stdout.decode(errors='replace')}")


def fetch() -> str:
    """Have npm put in place what the overlay is made of, where that is not there yet; the program Node."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.exit("The stream overlay needs npm to be built. Install Node.js, or run: make install")
    lock = SOURCE / "package-lock.json"
    if not FETCHED.exists() or FETCHED.stat().st_mtime < lock.stat().st_mtime:
        command = [npm, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run(command, "npm could not fetch what the stream overlay is made of")
        FETCHED.touch()
    return node


def check(node: str) -> None:
    """Leave with what is wrong where a type does not fit, or where OBS's browser would not know something."""
    run([node, "types.mjs"], "The overlay's documents do not fit the schema")
    run([node, "node_modules/typescript/bin/tsc", "--noEmit"], "The overlay's types do not fit")
    run([node, "node_modules/eslint/bin/eslint.js", "."], "The overlay's code is not as it should be")


def build(node: str) -> None:
    """Put the pages in place, also compressed."""
    run([node, "types.mjs"], "The overlay's documents do not fit the schema")
    run([node, "node_modules/vite/bin/vite.js", "build"], "The stream overlay could not be made")
    for path in VENDOR.rglob("*"):
        if path.suffix in PACKED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    (check if sys.argv[1:] == ["check"] else build)(fetch())
