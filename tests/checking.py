"""The process in which signatures of the beacon are checked, one for all tests of a run."""

from collections.abc import Generator
from concurrent.futures import Executor

import pytest

from server.platforms.drand.worker import CheckingProcess


@pytest.fixture(scope="session")
def checking() -> Generator[Executor, None, None]:
    process = CheckingProcess()
    yield process
    process.shutdown()
