"""What the figures were measured on, and whether it was quiet."""

import os
import platform
import sqlite3
from pathlib import Path

QUIET_LOAD_MAX = 1.5


def size() -> dict[str, str]:
    """Cores, memory and versions, as they belong beside every figure."""
    memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory_bytes / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }


def load() -> float:
    """How many processes wanted a core during the last minute, on average."""
    return os.getloadavg()[0]


def resident_mib(process_id: int) -> float | None:
    """The memory a process holds, in MiB; None where the kernel does not say."""
    status = Path(f"/proc/{process_id}/statm")
    if not status.exists():
        return None
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_s(process_id: int) -> float | None:
    """The processor time that a process took, in seconds; None where the kernel does not say."""
    status = Path(f"/proc/{process_id}/stat")
    if not status.exists():
        return None
    # The name, which stands in brackets before, may hold spaces.
    user, system = status.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
