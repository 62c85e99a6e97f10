"""Examinations that a process of its own is to do; few imports, as each of them begins with all of these."""

import os
import signal

from server.effects.findings import Finding


def find_nothing() -> list[Finding]:
    return []


def die() -> list[Finding]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def last() -> list[Finding]:
    signal.pause()
    return []
