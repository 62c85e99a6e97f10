"""A process that has its checking process hold a file, says so, and waits to be killed: python holder.py FILE."""

import fcntl
import os
import sys
import time

from server.platforms.drand.worker import CheckingProcess


def hold(path: str) -> int:
    """Lock a file for as long as this process lives; the number of the process."""
    fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
    return os.getpid()


if __name__ == "__main__":
    from tests.platforms.drand.holder import hold as held  # by a name that the other process can find

    checking = CheckingProcess()
    sys.stdout.write(f"{checking.submit(held, sys.argv[1]).result()}\n")
    sys.stdout.flush()
    time.sleep(3600)
