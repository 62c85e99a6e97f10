"""A database as an earlier release left it, so that it is seen what a migration makes of its rows."""

from pathlib import Path
from shutil import copy

import pytest

from server.store import migrations
from server.store.migrations import FOLDER, migrate
from tests.database import START


async def migrate_before(number: int, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate an empty database as far as before a migration."""
    early = folder / "early" / "models"
    early.mkdir(parents=True)
    for path in (FOLDER / "models").glob("*_*.py"):
        if int(path.name.split("_")[0]) < number:
            copy(path, early)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "FOLDER", early.parent)
        await migrate(url, START)
