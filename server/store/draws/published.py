"""What is published of a draw: all that is needed to check it without asking anybody."""

from typing import Any

from server.domain.draws.entries import Entry, entries_csv
from server.domain.draws.records import Commit, written
from server.ports import Reader
from server.store.draws import entrants, log
from server.store.draws.draws import DrawRow
from server.store.draws.log import LogLine

ROWS_AT_ONCE = 1_000
LOG_AT_ONCE = 200


async def all_entries(reader: Reader, draw_id: int) -> list[Entry]:
    """The closed list of a draw, read in pages."""
    found: list[Entry] = []
    after = ""
    while page := await entrants.listed(reader, draw_id, after, ROWS_AT_ONCE):
        found += page
        after = page[-1].id.hex()
    return found


async def excluded_csv(reader: Reader, draw_id: int) -> str:
    """Who was left out of a draw, as it is published and hashed."""
    parts: list[str] = []
    after = ""
    while page := await entrants.left_out(reader, draw_id, after, ROWS_AT_ONCE):
        parts += [f"{entry},{code}\n" for entry, code in page]
        after = page[-1][0]
    return "".join(parts)


async def published(reader: Reader, draw: DrawRow) -> dict[str, Any] | None:
    """The bundle of a draw as a JSON object; None before its commit. Read in pages, so that others get their turn."""
    found: list[LogLine] = []
    while page := await log.lines(reader, draw.community_id, draw.env, len(found), LOG_AT_ONCE):
        found += page
    mine = [one for one in found if one.record.draw_id == draw.name]
    signature = next((one.signature for one in mine if isinstance(one.record, Commit)), None)
    if signature is None:
        return None
    parts: list[str] = []
    after = ""
    while rows := await entrants.listed(reader, draw.id, after, ROWS_AT_ONCE):
        parts.append(entries_csv(rows).decode())
        after = rows[-1].id.hex()
    bundle: dict[str, Any] = {
        "v": "rdp1",
        "kind": "bundle",
        "draw_id": draw.name,
        "log": [written(one.record) for one in found],
        "entries": "".join(parts),
        "excluded": await excluded_csv(reader, draw.id),
        "signature": signature,
    }
    if draw.beacon_signature is not None:
        bundle["beacon"] = {"round": draw.beacon_round, "signature": draw.beacon_signature}
    return bundle
