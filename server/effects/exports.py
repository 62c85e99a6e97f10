"""Exports: what is kept here as a file for other programs, a bounded piece at a time."""

import csv
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson

from server.schema.audit import shown_target
from server.schema.ids import id_of
from server.schema.scalars import write_instant
from server.store import audit
from server.store.audit import INSTALLATION, AuditRecord, Wanted
from server.store.communities import CommunityRecord
from server.store.database import Database

Layout = Literal["jsonl", "csv"]
Write = Callable[[str], object]
Progress = Callable[[int], None]

AT_ONCE = 1_000
TOLD_EVERY = 50
COLUMNS = (
    *("id", "at", "community", "actorKind", "actor", "action", "targetKind", "targetId"),
    *("before", "after", "reason", "requestId", "cause"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a program."""


@contextmanager
def written(output: Path | None) -> Generator[Write, None, None]:
    """What writes to a file, or to the standard output; the file is there when it is whole, for its owner alone."""
    if output is None:
        # As bytes, so that whatever the terminal is set to the text is UTF-8 and its line ends stay.
        yield lambda text: sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    unfinished = output.with_name(f"{output.name}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield lambda text: file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


async def export_audit(
    database: Database,
    community: CommunityRecord | None,
    wanted: Wanted,
    *,
    layout: Layout,
    write: Write,
    progress: Progress,
) -> int:
    """Write the audit log of a community, or of the installation, oldest line first; how many lines there were.

    What is appended meanwhile is left out. `progress` is told now and then how many lines are written.
    """
    community_id, slug = (INSTALLATION, None) if community is None else (community.id, community.slug)
    reader = database.reader()
    last, newest = 0, await audit.newest_id(reader)
    count = batches = 0
    if layout == "csv":
        write(as_csv([COLUMNS]))
    while records := await audit.batch(reader, community_id, wanted, (last, newest), AT_ONCE):
        rows = [row_of(record, slug) for record in records]
        write(as_jsonl(rows) if layout == "jsonl" else as_csv(map(cells, rows)))
        last = records[-1].id
        count, batches = count + len(records), batches + 1
        if batches % TOLD_EVERY == 0:
            progress(count)
    return count


def row_of(record: AuditRecord, slug: str | None) -> dict[str, Any]:
    """A line of the log under the names and with the ids of the graph."""
    values = (
        id_of("audit_event", record.id),
        write_instant(record.at),
        slug,
        record.actor_kind,
        record.actor,
        record.action,
        record.target_kind,
        shown_target(record.target_kind, record.target_id),
        record.before,
        record.after,
        record.reason,
        record.request_id,
        record.cause,
    )
    return dict(zip(COLUMNS, values, strict=True))


def as_jsonl(rows: Iterable[dict[str, Any]]) -> str:
    """Rows as JSON, one a line; `before` and `after` are objects."""
    return "".join(
        orjson.dumps({**row, **{name: row[name] and orjson.loads(row[name]) for name in ("before", "after")}}).decode()
        + "\n"
        for row in rows
    )


def cells(row: dict[str, Any]) -> list[str]:
    """A row for a spreadsheet, which must take none of its cells for a formula: such a one gets an apostrophe."""
    texts = [row[name] or "" for name in COLUMNS]
    return [f"'{text}" if text.startswith(FORMULA) else text for text in texts]


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180 has them."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
