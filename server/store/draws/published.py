"""What is published of a draw: all that is needed to check it without asking anybody, read piece by piece."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import orjson

from server.domain.draws.entries import ID_BYTES
from server.domain.draws.records import Environment
from server.ports import Reader
from server.store.draws import log
from server.store.draws.draws import DrawRow
from server.store.draws.terms import rules_text_of

LogPage = Callable[[Reader, int, Environment, int, int, int], Awaitable[list[str]]]

ROWS_AT_ONCE = 1_000
LOG_AT_ONCE = 50
ID_DIGITS = 2 * ID_BYTES
IDS = 16**ID_DIGITS
BEYOND = "g"
"""Comes after every id."""

ROW = "entry_id || ',' || COALESCE(excluded, CAST(weight AS TEXT) || ',')"
JOINED = {
    "sqlite": f"group_concat({ROW}, char(10)) || char(10)",
    "postgres": f"string_agg({ROW} || chr(10), '' ORDER BY entry_id)",
}
"""Many rows as one text, made by the database, so that no row becomes an object of ours."""
ROW_BYTES = ID_DIGITS + len(",") + len(r"\n")
"""What every row has in the file, beside what differs."""


async def entries(reader: Reader, draw_id: int) -> AsyncGenerator[str, None]:
    """The closed list of a draw as it is published and hashed, at most about 1,000 whole rows at a time."""
    async for page in _pages(reader, draw_id, await _count(reader, draw_id), "excluded IS NULL"):
        yield page


async def left_out(reader: Reader, draw_id: int, listed: int) -> AsyncGenerator[str, None]:
    """Who was left out of a draw, in the same way; `listed` is how many were not."""
    async for page in _pages(reader, draw_id, await _count(reader, draw_id) - listed, "excluded IS NOT NULL"):
        yield page


async def _count(reader: Reader, draw_id: int) -> int:
    """How many are in a draw or left out; an index tells, while to know which of both takes all rows."""
    [row] = await reader.fetch("SELECT count(*) AS many FROM draw_entrant WHERE draw_id = $1", draw_id)
    return int(row["many"])


async def _pages(reader: Reader, draw_id: int, many: int, are_meant: str) -> AsyncGenerator[str, None]:
    """Rows between ids that lie evenly apart, as ids are hashes, of a list with `many` of them.

    A page with two ends is cheap by whatever plan; one with a limit is not, before statistics know of the new list.
    """
    pages = -(-many // ROWS_AT_ONCE)
    ends = [f"{IDS * page // pages:0{ID_DIGITS}x}" for page in range(pages)]
    for first, end in pairwise([*ends, BEYOND]):
        [row] = await reader.fetch(
            f"SELECT {JOINED[reader.dialect]} AS page FROM (SELECT entry_id, weight, excluded FROM draw_entrant "
            f"WHERE draw_id = $1 AND entry_id >= $2 AND entry_id < $3 AND {are_meant} ORDER BY entry_id) AS listed",
            draw_id,
            first,
            end,
        )
        if row["page"]:
            yield row["page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawFile:
    """The file of a draw as it stands: `tag` is another as soon as anything in it is, `length` counts bytes."""

    draw: DrawRow
    upto: int
    head: bytes
    tag: str

    async def length(self, reader: Reader) -> int:
        """How many bytes it has."""
        records, many = await log.size(reader, self.draw.community_id, self.draw.env, self.upto)
        records += len(AFTER_LOG) + SIGNATURE_BYTES * many + 2 * max(many - 1, 0)
        [row] = await reader.fetch(
            "SELECT count(*) AS many, COALESCE(sum(length(COALESCE(excluded, CAST(weight AS TEXT) || ','))), 0) "
            "AS size FROM draw_entrant WHERE draw_id = $1 AND entry_id < $2",  # by id, as the rows lie
            self.draw.id,
            BEYOND,
        )
        rows = ROW_BYTES * row["many"] + int(row["size"])
        return len(self.head) + records + len(BETWEEN) + rows + len(AMONG) + len(END)

    async def parts(self, reader: Reader) -> AsyncGenerator[bytes, None]:
        """It, piece by piece: JSON made of what is kept as text. Nothing that can come meanwhile is in it."""
        yield self.head
        async for part in self._of_log(reader, log.bodies, "{}"):
            yield part
        yield AFTER_LOG
        async for part in self._of_log(reader, log.signatures, '"{}"'):
            yield part
        yield BETWEEN
        async for page in entries(reader, self.draw.id):
            yield page.replace("\n", r"\n").encode()
        yield AMONG
        async for page in left_out(reader, self.draw.id, self.draw.entries_count or 0):
            yield page.replace("\n", r"\n").encode()
        yield END

    async def _of_log(self, reader: Reader, page: LogPage, written: str) -> AsyncGenerator[bytes, None]:
        """What `page` reads of the log, as the items of a list."""
        seq = 0
        while seq < self.upto:
            found = await page(reader, self.draw.community_id, self.draw.env, seq, self.upto, LOG_AT_ONCE)
            yield (b"," if seq else b"") + ",".join(map(written.format, found)).encode()
            seq += len(found)


AFTER_LOG = b'],"signatures":['
SIGNATURE_BYTES = 2 + 128
BETWEEN = b'],"entries":"'
AMONG = b'","excluded":"'
END = b'"}'


async def published(reader: Reader, draw: DrawRow) -> DrawFile | None:
    """The file of a draw, which `regulars verify` reads; None before its commit.

    Its log ends with the last record about the same raffle or giveaway: what is drawn later is in later files.
    """
    last = await log.last_about(reader, draw)
    if last is None:
        return None
    rules = await rules_text_of(reader, draw)
    told: dict[str, object] = {"v": "rdp1", "kind": "bundle", "draw_id": draw.name}
    if draw.beacon_signature is not None:
        told["beacon"] = {"round": draw.beacon_round, "signature": draw.beacon_signature}
    if rules is not None:
        told["rules"] = rules
    opening = orjson.dumps(told)
    return DrawFile(
        draw=draw,
        upto=last.seq,
        head=opening[:-1] + b',"log":[',
        # The list never changes once it is promised, and every record holds the hash of the one before.
        tag=sha256(opening + last.hash.encode()).hexdigest()[:32],
    )
