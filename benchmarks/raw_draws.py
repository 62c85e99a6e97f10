"""The limit of a draw: one read, the hashing that RDP-1 wants, one save and the file, on the bare driver."""

import asyncio
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from benchmarks.raw_board import SqliteBoard, opened

SUBJECT_HEAD = b"kick:"
TABLE = (
    "CREATE TABLE IF NOT EXISTS raw_entrant (id {id}, draw_id BIGINT NOT NULL, viewer_id BIGINT NOT NULL, "
    "entry_id TEXT NOT NULL, salt TEXT NOT NULL, weight BIGINT NOT NULL, UNIQUE (draw_id, viewer_id), "
    "UNIQUE (draw_id, entry_id))"
)
READ = (
    "SELECT v.viewer_id, a.external_id, sum(t.amount) FROM ticket_tally t JOIN viewer_account v ON v.community_id = 1 "
    "AND v.account_id = t.account_id JOIN account a ON a.id = t.account_id WHERE t.period_id = 1 "
    "GROUP BY v.viewer_id, a.external_id"
)
INSERT = "INSERT INTO raw_entrant (draw_id, viewer_id, entry_id, salt, weight) "

Line = tuple[bytes, int, int, bytes]
"""Id, tickets, viewer and salt."""


async def drawn(url: str, number: int, places: int, file: Path) -> int:
    """Draw as if nothing had to be checked, kept apart or paged; how many were in."""
    async with opened(url) as board:
        embedded = isinstance(board, SqliteBoard)
        await board.rows(TABLE.format(id="INTEGER PRIMARY KEY" if embedded else "BIGSERIAL PRIMARY KEY"))
        await board.rows("BEGIN")
        lines = hashed([tuple(row) for row in await board.rows(READ)])
        columns = [
            [number] * len(lines),
            [viewer for _, _, viewer, _ in lines],
            [identity.hex() for identity, _, _, _ in lines],
            [salt.hex() for _, _, _, salt in lines],
            [weight for _, weight, _, _ in lines],
        ]
        if isinstance(board, SqliteBoard):
            board.many(f"{INSERT} VALUES (?, ?, ?, ?, ?)", list(zip(*columns, strict=True)))
        else:
            await board.rows(
                f"{INSERT} SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])",
                *columns,
            )
        await board.rows("COMMIT")
    csv = b"".join(b"%s,%d,\n" % (identity.hex().encode(), weight) for identity, weight, _, _ in lines)
    root = root_of(lines)
    seed = sha256(root + sha256(csv).digest()).digest()
    for count in range(places):
        sha256(b"rdp1/prng\n" + seed + count.to_bytes(8, "big")).digest()
    await asyncio.to_thread(file.write_bytes, b'{"entries":"%s"}' % csv.replace(b"\n", b"\\n"))
    return len(lines)


def hashed(rows: Sequence[tuple[int, str, int]]) -> list[Line]:
    """The list in its order, with fresh salts."""
    lines: list[Line] = []
    for viewer, external_id, weight in rows:
        salt, name = os.urandom(32), SUBJECT_HEAD + external_id.encode()
        identity = sha256(b"rdp1/entry\n" + salt + len(name).to_bytes(2, "big") + name).digest()
        lines.append((identity, int(weight), viewer, salt))
    return sorted(lines)


def root_of(lines: Sequence[Line]) -> bytes:
    """The root of the sum tree."""
    level = [
        (sha256(b"\0" + identity + weight.to_bytes(8, "big") + b"\0\0").digest(), weight)
        for identity, weight, _, _ in lines
    ]
    while len(level) > 1:
        above = [
            (sha256(b"\1" + one + a.to_bytes(8, "big") + two + b.to_bytes(8, "big")).digest(), a + b)
            for (one, a), (two, b) in zip(level[::2], level[1::2], strict=False)
        ]
        level = above + level[len(level) & ~1 :]
    return level[0][0]
