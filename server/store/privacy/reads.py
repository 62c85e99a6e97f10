"""Who of the staff looked at whom."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import HOUR, instant_of, micros
from server.ports import Reader, Tx

NOBODY = 0
"""The `account_id` of a look at many people at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """A look: in the hour from `hour`; `viewer_id` is None for one at many people, or at somebody who has left."""

    id: int
    what: str
    reader_kind: str
    reader: str
    hour: datetime
    viewer_id: int | None


def hour_of(now: datetime) -> int:
    """The beginning of an hour, in microseconds."""
    return micros(now) // HOUR * HOUR


async def note(
    tx: Tx, community_id: int, account_id: int, what: str, reader_kind: str, reader: str, now: datetime
) -> None:
    """Note a look, once for each reader, account and hour."""
    await tx.execute(
        "INSERT INTO personal_read (community_id, account_id, what, reader_kind, reader, hour) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community_id, account_id, what, reader, hour) DO NOTHING",
        community_id,
        account_id,
        what,
        reader_kind,
        reader,
        hour_of(now),
    )


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[ReadRecord]:
    """The looks at people of a community, newest first, after the last one seen."""
    rows = await reader.fetch(
        "SELECT r.id, r.what, r.reader_kind, r.reader, r.hour, v.viewer_id FROM personal_read r "
        "LEFT JOIN viewer_account v ON v.community_id = r.community_id AND v.account_id = r.account_id "
        "WHERE r.community_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [
        ReadRecord(
            id=row["id"],
            what=row["what"],
            reader_kind=row["reader_kind"],
            reader=row["reader"],
            hour=instant_of(row["hour"]),
            viewer_id=row["viewer_id"],
        )
        for row in rows
    ]


async def count(reader: Reader, community_id: int) -> int:
    """How many looks are noted in a community."""
    rows = await reader.fetch("SELECT count(*) AS many FROM personal_read WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def forget_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of old looks; how many."""
    return await tx.execute(
        "DELETE FROM personal_read WHERE id IN (SELECT id FROM personal_read WHERE hour < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
