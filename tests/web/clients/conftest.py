"""The graph for the tests of its clients, and the npm packages that some of these are."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.graph import graph

__all__ = ["graph"]

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"
INSTALL_TIMEOUT_S = 300


@pytest.fixture(scope="session")
def node() -> Mapping[str, str]:
    """An environment in which `node` runs and finds the packages; the machine's own Node comes first."""
    environment = os.environ | {"PATH": f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"}
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
            npm = shutil.which("npm", path=environment["PATH"])
            assert npm is not None, "Node.js is missing. Run: make install"
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=HERE, env=environment, timeout=INSTALL_TIMEOUT_S, check=True)
            INSTALLED.touch()
    return environment
