"""Fetches GraphiQL and what it needs from npm, at the versions and with the checksums of package-lock.json.

Run it as a program; it needs npm and nothing but the standard library. Nothing that npm fetches is executed.
"""

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE.parent / "assets" / "playground" / "vendor"
FETCH_TIMEOUT_S = 300
FILES = {
    "react": ("umd/react.production.min.js", "LICENSE"),
    "react-dom": ("umd/react-dom.production.min.js", "LICENSE"),
    "graphql-ws": ("umd/graphql-ws.min.js", "LICENSE.md"),
    "graphiql": ("graphiql.min.js", "graphiql.min.css", "LICENSE"),
}


def vendored_name(package: str, version: str, file: str) -> str:
    """What a file is called here; the version in it lets browsers keep the file for ever."""
    kind = "LICENSE" if file.startswith("LICENSE") else "min" + Path(file).suffix
    return f"{package}-{version}.{kind}"


def fetch(folder: Path) -> None:
    """Install the packages into `folder`."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("The playground needs npm to be built. Install Node.js, or run: make install")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(  # noqa: S603 - a fixed command, and npm as the machine's PATH names it
        command, cwd=folder, timeout=FETCH_TIMEOUT_S, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        sys.exit(f"npm could not fetch the playground's packages:\n{done.stdout.decode(errors='replace')}")


def build() -> None:
    """Put the files in place, each also compressed."""
    versions: dict[str, str] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="regulars-playground-") as name:
        fetch(Path(name))
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir()
        for package, files in FILES.items():
            for file in files:
                content = (Path(name) / "node_modules" / package / file).read_bytes()
                place = VENDOR / vendored_name(package, versions[package], file)
                place.write_bytes(content)
                place.with_name(place.name + ".gz").write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    build()
