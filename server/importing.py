"""The commands that bring lists in."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from server.actions.slotcalls import catalogue
from server.domain.audit import Author
from server.domain.refusals import Refused
from server.domain.slotcalls.listing import Listed, ListLayout, listed_slots
from server.environment import load_settings
from server.jobs.unit import Done, Scope
from server.parts.work import beside
from server.ports import Tx
from server.settings import Settings
from server.store import communities
from server.store.migrations import OutdatedSchema, pending

AT_ONCE = 500
FILE_BYTES_MAX = 8 * 1024 * 1024
BY = Author(kind="operator", name="operator:command-line")

slots = App(name="slots", help="The catalogues of slots that viewers call.")


@slots.command(name="import")
def import_slots(
    community: Annotated[str, Parameter(help="Slug: whose catalogue.")],
    file: Annotated[Path, Parameter(help="CSV with a head line (title, provider), or JSON, as its name ends.")],
    *,
    replace: Annotated[bool, Parameter(negative="", help="Empty the catalogue first.")] = False,
) -> None:
    """Add the slots of a file to a catalogue, also beside a running server; may be run again.

    Up to 50,000 slots; those that are there already stay as they are.
    """
    if file.stat().st_size > FILE_BYTES_MAX:
        raise Refused("slot_list_too_long", f"{file} has more than {FILE_BYTES_MAX} bytes.", "Import it in parts.")
    layout = ListLayout.JSON if file.suffix.lower() == ".json" else ListLayout.CSV
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("slot_list_unreadable", f"{file} is not UTF-8.", "Save it as UTF-8.") from error
    listed = listed_slots(content, layout, limit=catalogue.CATALOGUE_MAX)
    added = asyncio.run(_import(load_settings(secret_key_required=False), community, listed, replace=replace))
    print(f"{len(listed)} slots listed, {added} of them new", file=sys.stderr)


async def _import(settings: Settings, slug: str, listed: list[Listed], *, replace: bool) -> int:
    """Add slots piece by piece, so that a running server waits for none of them long; how many were new."""
    if await pending(settings.database_url):
        raise OutdatedSchema("The database lacks migrations. Run: regulars migrate")

    async def find(tx: Tx, _: Scope) -> Done[int | None]:
        found = await communities.by_slug(tx, slug)
        return Done(None if found is None else found.id)

    async with beside(settings) as units:
        community_id = await units.run(0, find)
        if community_id is None:
            raise Refused("community_unknown", f"There is no community {slug!r}.", "Use the slug of one that is there.")
        clear = partial(catalogue.clear_slots, limit=AT_ONCE, reason="regulars slots import --replace")
        while replace and await units.run(community_id, clear, by=BY):
            pass
        added = 0
        for start in range(0, len(listed), AT_ONCE):
            add = partial(catalogue.add_slots, listed=listed[start : start + AT_ONCE])
            added += await units.run(community_id, add, by=BY)
    return added
