"""Bringing the schema up to date, and saying when it is not."""

import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tortoise import Tortoise

from server.store.database import LEAST_MODELS, WRITER, claim_file, dialect_of, reaching, sqlite_path, tortoise_config

if TYPE_CHECKING:
    from aerich import Command

FOLDER = Path(__file__).parents[2] / "migrations"
MODELS = tuple(
    f"server.models.{name}"
    for name in (
        "communities",
        "channels",
        "linking",
        "staff",
        "watchtime",
        "inbox",
        "feed",
        "jobs",
        "credentials",
        "signin",
        "invitations",
        "guilds",
        "texts",
        "proofs",
        "tokens",
        "subscriptions",
        "sightings",
        "gaps",
        "audit",
        "happenings",
        "slotcalls",
        "privacy",
        "alerts",
        "chat",
        "timers",
        "rewards",
        "raffle",
        "giveaways",
        "wagers",
        "draws",
        "panels",
        "roles",
        "streamalerts",
        "scenes",
    )
)
APPS = {"models": {"models": [*MODELS, "aerich.models"], "default_connection": WRITER}}


class OutdatedSchema(Exception):
    """The database lacks migrations that this version of the server needs."""


class BrokenReferences(Exception):
    """After a migration, rows name others that are gone; the message says where, and how to go back."""


@asynccontextmanager
async def connected(url: str, apps: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any]]:
    """Tortoise, connected to `url`; SQLite without foreign keys, since a table rebuild would cascade. Its settings."""
    config = tortoise_config(url, query_only_readers=False) | {"apps": apps}
    credentials: dict[str, Any] = config["connections"][WRITER]["credentials"]
    if dialect_of(url) == "sqlite":
        credentials["foreign_keys"] = "OFF"
    else:
        # A migration takes as long as it takes: cut off, it would never come to its end on a big table.
        credentials["command_timeout"] = None
    with reaching(url):
        await Tortoise.init(config=config, _enable_global_fallback=True)
        try:
            yield config
        finally:
            await Tortoise.close_connections()


@asynccontextmanager
async def aerich_command(url: str) -> AsyncGenerator["Command"]:
    """Aerich, connected to `url` and ready."""
    from aerich import Command  # noqa: PLC0415 - a server that has nothing to migrate does without it and the models

    async with connected(url, APPS) as config:
        command = Command(config, app="models", location=str(FOLDER))
        await command.init()
        yield command


async def pending(url: str) -> list[str]:
    """The migrations `url` still lacks, oldest first."""
    if dialect_of(url) == "sqlite" and not sqlite_path(url).exists():
        return versions()
    async with connected(url, LEAST_MODELS):
        return await missing()


def versions() -> list[str]:
    """All migrations that there are, by their numbers."""
    names = [path.name for path in (FOLDER / "models").glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))


async def missing() -> list[str]:
    """The versions aerich has not recorded; all of them where even its table is missing."""
    client: Any = Tortoise.get_connection("default")
    table = (
        "SELECT 1 FROM sqlite_master WHERE name = 'aerich'"
        if client.capabilities.dialect == "sqlite"
        else "SELECT 1 WHERE to_regclass('aerich') IS NOT NULL"
    )
    if not await client.execute_query_dict(table):
        return versions()
    rows = await client.execute_query_dict("SELECT version FROM aerich WHERE app = 'models'")
    done = {row["version"] for row in rows}
    return [version for version in versions() if version not in done]


async def migrate(url: str, now: datetime) -> list[str]:
    """Run what is pending, oldest first, and return the names; an existing SQLite file is backed up beside itself.

    `BrokenReferences` when SQLite, which does not look at foreign keys meanwhile, has rows without their parent then.
    """
    embedded = dialect_of(url) == "sqlite"
    lock = claim_file(sqlite_path(url)) if embedded else None
    is_kept = embedded and holds_data(sqlite_path(url))  # asked before aerich, whose connection makes the file
    try:
        async with aerich_command(url) as command:
            waiting = await missing()
            copy = back_up(sqlite_path(url), now) if waiting and is_kept else None
            if waiting:
                await command.upgrade(run_in_transaction=True)
            if waiting and embedded:
                await check_references(copy)
            return waiting
    finally:
        if lock is not None:
            lock.close()


async def check_references(copy: Path | None) -> None:
    """Refuse a SQLite file in which a row names one that is gone."""
    client: Any = Tortoise.get_connection("default")
    lost = await client.execute_query_dict("PRAGMA foreign_key_check")
    if lost:
        tables = ", ".join(sorted({str(row["table"]) for row in lost}))
        raise BrokenReferences(
            f"After the migration {len(lost)} row(s) of {tables} name others that are gone. "
            + (f"Put {copy.name} back in place of the file, and report this." if copy else "Report this.")
        )


def holds_data(path: Path) -> bool:
    """Whether there is a file with anything in it."""
    return path.exists() and path.stat().st_size > 0


def back_up(path: Path, now: datetime) -> Path:
    """A copy of a SQLite file, named with the time."""
    copy = path.with_name(f"{path.stem}.before-{now:%Y%m%dT%H%M%SZ}{path.suffix}")
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    return copy
