"""Tells Discord of the bot's commands, and only when they are others than before."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from clients.discord.asked.commands import Commands
from clients.discord.library.rest import Rest

FILE = "bot-commands.sha256"


def digest(payload: Sequence[Mapping[str, Any]]) -> str:
    """The hash of what Discord is told, whatever the order of its keys."""
    return sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def sync(rest: Rest, application: str, commands: Commands, data: Path) -> bool:
    """Replace the commands where they changed since they were told of last; whether that was needed.

    What was told of is kept in a file beside the application's id, so that a bot that starts a hundred times a day
    tells nothing; whoever removes the file has all told anew.
    """
    payload, file = commands.payload(), data / FILE
    told = f"{application} {digest(payload)}\n"
    if file.exists() and file.read_text(encoding="utf-8") == told:
        return False
    await rest.set_commands(application, payload)
    _keep(file, told)
    return True


def _keep(file: Path, told: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(told, encoding="utf-8")
    fresh.replace(file)
