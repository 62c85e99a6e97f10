"""How the installation is doing: counts for the graph and the metrics page, and the questions of `regulars doctor`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx
from server.store.migrations import FOLDER

COUNTED_MAX = 100_000
"""Counts stop here: a figure for people and graphs needs no exact value beyond."""

RECENT_DELIVERIES = 5_000
IDS_AT_ONCE = 50_000
VIEWERS_AT_ONCE = 1_000

REFERENCES = (
    ("viewer", "community_id", "community"),
    ("viewer", "face", "account"),
    ("viewer_account", "community_id", "community"),
    ("viewer_account", "account_id", "account"),
    ("viewer_account", "viewer_id", "viewer"),
    ("account_link", "account_id", "account"),
    ("account_link", "home_id", "viewer"),
    ("link_event", "account_id", "account"),
    ("link_event", "viewer_id", "viewer"),
    ("chat_evidence", "account_id", "account"),
    ("chat_evidence", "channel_id", "channel"),
    ("ticket_entry", "period_id", "raffle_period"),
    ("ticket_entry", "account_id", "account"),
    ("ticket_tally", "period_id", "raffle_period"),
    ("ticket_tally", "account_id", "account"),
    ("ticket_standing", "viewer_id", "viewer"),
    ("giveaway_entry", "giveaway_id", "giveaway"),
    ("giveaway_entry", "account_id", "account"),
    ("watch_tally", "community_id", "community"),
    ("watch_tally", "stream_id", "stream"),
    ("watch_tally", "account_id", "account"),
    ("watch_total", "community_id", "community"),
    ("watch_total", "stream_id", "stream"),
    ("watch_adjustment", "account_id", "account"),
    ("first_follow", "account_id", "account"),
    ("delivery", "inbox_id", "inbox"),
    ("delivery", "community_id", "community"),
    ("feed_entry", "community_id", "community"),
)
"""Columns that name rows of other tables without a foreign key: (table, column, table it names)."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Deliveries that wait to be applied, counted up to `COUNTED_MAX`, and when the oldest of them arrived."""

    waiting: int
    oldest_received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What a community's feed says of itself, and the entries it really holds; `head` is None without a feed."""

    slug: str
    head: int | None
    tail: int | None
    entries: int
    first: int | None
    last: int | None

    @property
    def sound(self) -> bool:
        """Whether the entries are exactly those after the tail up to the head."""
        if self.head is None or self.tail is None or self.entries != self.head - self.tail:
            return False
        return self.entries == 0 or (self.first, self.last) == (self.tail + 1, self.head)


@dataclass(frozen=True, slots=True)
class BalancePage:
    """The last of some viewers, or None after all of them, and the wrong ones as (id, balance, what it should be)."""

    last: int | None
    wrong: Sequence[tuple[int, int, int]]


@lru_cache(maxsize=1)
def known_migrations() -> tuple[str, ...]:
    """The migrations of this version of the server, oldest first."""
    return tuple(sorted(path.name for path in (FOLDER / "models").glob("*_*.py")))


async def missing_migrations(reader: Reader) -> list[str]:
    """The migrations that the open database lacks, oldest first."""
    table = (
        "SELECT 1 FROM sqlite_master WHERE name = 'aerich'"
        if reader.dialect == "sqlite"
        else "SELECT 1 WHERE to_regclass('aerich') IS NOT NULL"
    )
    if not await reader.fetch(table):
        return list(known_migrations())
    done = {row["version"] for row in await reader.fetch("SELECT version FROM aerich WHERE app = 'models'")}
    return [version for version in known_migrations() if version not in done]


async def backlog(reader: Reader, community_id: int | None = None) -> Backlog:
    """What waits to be applied, in one community or in all."""
    where, values = (
        ("state = 'received'", ())
        if community_id is None
        else ("state = 'received' AND community_id = $1", (community_id,))
    )
    [counted] = await reader.fetch(
        f"SELECT count(*) AS many FROM (SELECT 1 FROM delivery WHERE {where} LIMIT {COUNTED_MAX}) AS counted", *values
    )
    if not counted["many"]:
        return Backlog(0, None)
    rows = await reader.fetch(
        "SELECT min(i.received_at) AS oldest FROM inbox i WHERE i.id IN (SELECT (SELECT d.inbox_id FROM delivery d "
        "WHERE d.community_id = c.id AND d.state = 'received' ORDER BY d.id LIMIT 1) FROM community c"
        + (" WHERE c.id = $1)" if community_id is not None else ")"),
        *values,
    )
    oldest = rows[0]["oldest"]
    return Backlog(int(counted["many"]), None if oldest is None else instant_of(oldest))


async def quarantined_by_code(reader: Reader, community_id: int | None = None) -> dict[str, int]:
    """How many deliveries are in quarantine, by the code of the reason."""
    where, values = ("", ()) if community_id is None else (" AND community_id = $1", (community_id,))
    rows = await reader.fetch(
        "SELECT code, count(*) AS many FROM (SELECT COALESCE(code, 'unknown') AS code FROM delivery "
        f"WHERE state = 'quarantined'{where} LIMIT {COUNTED_MAX}) AS counted GROUP BY code ORDER BY code",
        *values,
    )
    return {row["code"]: int(row["many"]) for row in rows}


async def last_received_by_kind(reader: Reader, community_id: int) -> dict[str, datetime]:
    """When the newest delivery of each kind arrived, among a community's latest ones."""
    rows = await reader.fetch(
        "SELECT i.kind, max(i.received_at) AS newest FROM (SELECT inbox_id FROM delivery WHERE community_id = $1 "
        f"ORDER BY id DESC LIMIT {RECENT_DELIVERIES}) AS d JOIN inbox i ON i.id = d.inbox_id "
        "GROUP BY i.kind ORDER BY i.kind",
        community_id,
    )
    return {row["kind"]: instant_of(row["newest"]) for row in rows}


async def delays_us(reader: Reader, limit: int) -> list[int]:
    """How long after being told the last deliveries arrived, in microseconds; negative where a clock is wrong."""
    rows = await reader.fetch(
        f"SELECT received_at - told_at AS delay FROM inbox ORDER BY received_at DESC LIMIT {int(limit)}"
    )
    return [int(row["delay"]) for row in rows]


async def stranded_orphans(reader: Reader) -> dict[str, int]:
    """Orphans of channels that a community attached, by the channel's name, unless a job is about to adopt them."""
    rows = await reader.fetch(
        "SELECT c.name, count(*) AS many FROM channel c JOIN inbox i ON i.source = c.platform "
        "AND i.broadcaster_id = c.external_id AND i.orphan "
        "WHERE EXISTS (SELECT 1 FROM attachment a WHERE a.channel_id = c.id) "
        "AND NOT EXISTS (SELECT 1 FROM attachment a JOIN job j ON j.community_id = a.community_id "
        "AND j.kind = 'channels.adopt_orphans' AND j.state IN ('ready', 'leased') WHERE a.channel_id = c.id) "
        "GROUP BY c.id, c.name ORDER BY c.name"
    )
    return {row["name"]: int(row["many"]) for row in rows}


async def jobs_dead(reader: Reader) -> dict[str, int]:
    """How many jobs gave up, by kind."""
    rows = await reader.fetch("SELECT kind, count(*) AS many FROM job WHERE state = 'dead' GROUP BY kind ORDER BY kind")
    return {row["kind"]: int(row["many"]) for row in rows}


async def jobs_overdue(reader: Reader, before: datetime) -> dict[str, int]:
    """How many of the server's own jobs should have begun, or ended by their holder, before an instant, by kind."""
    rows = await reader.fetch(
        "SELECT kind, count(*) AS many FROM job WHERE audience = 'server' "
        "AND (state = 'ready' AND run_at < $1 OR state = 'leased' AND leased_until < $1) GROUP BY kind ORDER BY kind",
        micros(before),
    )
    return {row["kind"]: int(row["many"]) for row in rows}


async def feeds(reader: Reader) -> list[FeedState]:
    """The state of every community's feed, read at one instant."""
    rows = await reader.fetch(
        "SELECT c.slug, h.head, h.tail, e.entries, e.first, e.last FROM community c "
        "LEFT JOIN feed_head h ON h.community_id = c.id LEFT JOIN (SELECT community_id, count(*) AS entries, "
        "min(cursor) AS first, max(cursor) AS last FROM feed_entry GROUP BY community_id) AS e "
        "ON e.community_id = c.id ORDER BY c.slug"
    )
    return [
        FeedState(
            slug=row["slug"],
            head=row["head"],
            tail=row["tail"],
            entries=int(row["entries"] or 0),
            first=row["first"],
            last=row["last"],
        )
        for row in rows
    ]


async def balances_page(reader: Reader, community_id: int, after: int) -> BalancePage:
    """Compare the next viewers' balances with their tallies and adjustments, all read at one instant."""
    rows = await reader.fetch(
        "SELECT v.id, v.watch_us, CAST(COALESCE((SELECT sum(t.total_us) FROM viewer_account a JOIN watch_tally t "
        "ON t.community_id = a.community_id AND t.account_id = a.account_id WHERE a.viewer_id = v.id "
        "AND a.community_id = v.community_id), 0) + COALESCE((SELECT sum(w.amount_us) FROM viewer_account a "
        "JOIN watch_adjustment w ON w.community_id = a.community_id AND w.account_id = a.account_id "
        "WHERE a.viewer_id = v.id AND a.community_id = v.community_id), 0) AS BIGINT) AS due "
        f"FROM viewer v WHERE v.community_id = $1 AND v.id > $2 ORDER BY v.id LIMIT {VIEWERS_AT_ONCE}",
        community_id,
        after,
    )
    wrong = [(row["id"], row["watch_us"], row["due"]) for row in rows if row["watch_us"] != row["due"]]
    return BalancePage(rows[-1]["id"] if rows else None, wrong)


async def watched_of(reader: Reader, community_id: int, stream_id: int) -> tuple[int, int]:
    """What a stream's sum says was watched of it, and what its tallies add up to, in microseconds."""
    [row] = await reader.fetch(
        "SELECT COALESCE((SELECT w.total_us FROM watch_total w WHERE w.community_id = $1 AND w.stream_id = $2), 0) "
        "AS held, CAST(COALESCE((SELECT sum(t.total_us) FROM watch_tally t WHERE t.community_id = $1 "
        "AND t.stream_id = $2), 0) AS BIGINT) AS due",
        community_id,
        stream_id,
    )
    return row["held"], row["due"]


async def tallied_streams(reader: Reader, community_id: int) -> list[int]:
    """The streams that a community counts, or has a tally of."""
    rows = await reader.fetch(
        "SELECT s.id FROM stream s WHERE s.channel_id IN (SELECT channel_id FROM attachment WHERE community_id = $1 "
        "UNION SELECT channel_id FROM detachment WHERE community_id = $1) "
        "OR EXISTS (SELECT 1 FROM watch_tally t WHERE t.community_id = $1 AND t.stream_id = s.id) ORDER BY s.id",
        community_id,
    )
    return [row["id"] for row in rows]


async def households(tx: Tx, community_id: int, account_ids: Sequence[int]) -> list[list[int]]:
    """Accounts with all others of their viewers; one without a viewer stands alone."""
    rows = await tx.bulk(
        "SELECT theirs.viewer_id, theirs.account_id FROM viewer_account theirs WHERE theirs.community_id = {p1} "
        "AND theirs.viewer_id IN (SELECT mine.viewer_id FROM r JOIN viewer_account mine "
        "ON mine.community_id = {p1} AND mine.account_id = r.account_id) ORDER BY theirs.viewer_id, theirs.account_id",
        {"account_id": ("bigint", account_ids)},
        community_id,
    )
    together: dict[int, list[int]] = {}
    for row in rows:
        together.setdefault(row["viewer_id"], []).append(row["account_id"])
    known = {account for accounts in together.values() for account in accounts}
    return [*together.values(), *([account] for account in account_ids if account not in known)]


async def unsound_links(reader: Reader, community_id: int) -> list[int]:
    """The viewers with several accounts of which one has no link or an older home, and those with a link to nobody."""
    rows = await reader.fetch(
        "SELECT v.viewer_id FROM viewer_account v LEFT JOIN account_link l "
        "ON l.community_id = v.community_id AND l.account_id = v.account_id WHERE v.community_id = $1 "
        "GROUP BY v.viewer_id HAVING (count(*) > 1 AND (count(l.id) < count(*) OR min(l.home_id) <> v.viewer_id)) "
        "OR (count(*) = 1 AND count(l.id) = 1) ORDER BY v.viewer_id",
        community_id,
    )
    return [row["viewer_id"] for row in rows]


async def counting_waits(reader: Reader, community_id: int, recount_kind: str) -> bool:
    """Whether deliveries or recounts of a community still wait, so that its tallies may yet change."""
    rows = await reader.fetch(
        "SELECT 1 FROM delivery WHERE community_id = $1 AND state = 'received' UNION ALL SELECT 1 FROM job "
        "WHERE community_id = $1 AND kind = $2 AND state IN ('ready', 'leased') LIMIT 1",
        community_id,
        recount_kind,
    )
    return bool(rows)


async def ids_between(reader: Reader, table: str) -> tuple[int, int]:
    """The smallest and the greatest id of a table; (0, -1) when it is empty."""
    [row] = await reader.fetch(f"SELECT min(id) AS first, max(id) AS last FROM {table}")
    return (0, -1) if row["last"] is None else (row["first"], row["last"])


async def strays(reader: Reader, reference: tuple[str, str, str], first: int) -> int:
    """How many of the rows with the `IDS_AT_ONCE` ids from `first` name a row that does not exist."""
    table, column, named = reference
    [row] = await reader.fetch(
        f"SELECT count(*) AS many FROM {table} t WHERE t.id >= $1 AND t.id < $2 "
        f"AND NOT EXISTS (SELECT 1 FROM {named} n WHERE n.id = t.{column})",
        first,
        first + IDS_AT_ONCE,
    )
    return int(row["many"])


async def sqlite_faults(reader: Reader) -> list[str]:
    """What SQLite finds wrong with its own file and its foreign keys, at most 20 lines; nothing on PostgreSQL."""
    if reader.dialect != "sqlite":
        return []
    pages = [str(row[0]) for row in await reader.fetch("PRAGMA integrity_check(10)")]
    keys = await reader.fetch('SELECT "table", parent FROM pragma_foreign_key_check LIMIT 10')
    return [line for line in pages if line != "ok"] + [f"{row[0]} names a missing {row[1]}" for row in keys]


async def cut_of_results(reader: Reader, before: datetime, limit: int) -> datetime:
    """The latest instant up to `before` that at most `limit` kept results of mutations are older than."""
    rows = await reader.fetch(
        f"SELECT at FROM idempotency WHERE at < $1 ORDER BY at LIMIT 1 OFFSET {int(limit)}", micros(before)
    )
    return instant_of(rows[0]["at"]) if rows else before
