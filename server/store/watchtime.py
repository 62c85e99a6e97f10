"""Evidence of watching, tallies, adjustments and balances."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.watchtime.tally import Tally
from server.domain.watchtime.values import Live, Message
from server.ports import Reader, Row, Tx

TallyKey = tuple[int, int]
"""(stream, account)"""

LAST = 2**63 - 1
"""No key of a row is greater."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentRecord:
    """A correction by staff."""

    id: int
    account_id: int
    amount_us: int
    reason: str
    actor: str
    at: datetime


async def add_evidence(tx: Tx, messages: Iterable[Message]) -> None:
    """Add messages to the evidence, which is a set: copies change nothing."""
    ordered = sorted(set(messages), key=lambda message: (message.account, message.channel, message.at, message.digest))
    await tx.bulk(
        "INSERT INTO chat_evidence (account_id, channel_id, at, digest) "
        "SELECT r.account_id, r.channel_id, r.at, r.digest FROM r WHERE TRUE ON CONFLICT DO NOTHING",
        {
            "account_id": ("bigint", [message.account for message in ordered]),
            "channel_id": ("bigint", [message.channel for message in ordered]),
            "at": ("bigint", [message.at for message in ordered]),
            "digest": ("bigint", [message.digest for message in ordered]),
        },
    )


async def evidence_of(
    tx: Tx, accounts: Sequence[int], channels: Sequence[int], since: int, until: int
) -> dict[int, list[Message]]:
    """What accounts wrote in channels within `(since, until)`, by account, in order."""
    found: dict[int, list[Message]] = {account: [] for account in accounts}
    for channel in channels:
        rows = await tx.bulk(
            "SELECT e.account_id, e.at, e.digest FROM r JOIN chat_evidence e ON e.account_id = r.account_id "
            "AND e.channel_id = {p1} AND e.at > {p2} AND e.at < {p3} ORDER BY e.account_id, e.at, e.digest",
            {"account_id": ("bigint", accounts)},
            channel,
            since,
            until,
        )
        for row in rows:
            found[row["account_id"]].append(Message(row["at"], row["account_id"], channel, row["digest"]))
    return found


async def evidence_in_parts(
    reader: Reader, channel: int, since: int, until: int, size: int
) -> AsyncGenerator[list[Message], None]:
    """What everybody wrote in a channel within `(since, until)`, by instant, account and digest, `size` at a time."""
    at, account, digest = since, LAST, LAST
    while True:
        rows = await reader.fetch(
            "SELECT at, account_id, digest FROM chat_evidence WHERE channel_id = $1 AND at >= $2 AND at < $5 "
            "AND (at, account_id, digest) > ($2, $3, $4) ORDER BY at, account_id, digest LIMIT $6",
            channel,
            at,
            account,
            digest,
            until,
            size,
        )
        if rows:
            yield [Message(row["at"], row["account_id"], channel, row["digest"]) for row in rows]
        if len(rows) < size:
            return
        at, account, digest = rows[-1]["at"], rows[-1]["account_id"], rows[-1]["digest"]


async def accounts_touching(
    tx: Tx, community_id: int, live: Live, since: int, until: int, after: int, limit: int
) -> list[int]:
    """Accounts with evidence in a stream's channel within `(since, until)` or a tally of it, by id after `after`."""
    rows = await tx.fetch(
        "SELECT account_id FROM (SELECT account_id FROM chat_evidence WHERE channel_id = $1 AND at > $2 AND at < $3 "
        "AND account_id > $6 UNION SELECT account_id FROM watch_tally WHERE community_id = $4 AND stream_id = $5 "
        "AND account_id > $6) AS touching ORDER BY account_id LIMIT $7",
        live.channel,
        since,
        until,
        community_id,
        live.stream,
        after,
        limit,
    )
    return [row["account_id"] for row in rows]


async def accounts_covered_beyond(
    tx: Tx, community_id: int, live: Live, instant: int, after: int, limit: int
) -> list[int]:
    """Accounts whose counted evidence in a stream reaches beyond `instant`, by id after `after`."""
    rows = await tx.fetch(
        "SELECT account_id FROM watch_tally WHERE community_id = $1 AND stream_id = $2 AND account_id > $3 "
        "AND covered_until > $4 ORDER BY account_id LIMIT $5",
        community_id,
        live.stream,
        after,
        instant,
        limit,
    )
    return [row["account_id"] for row in rows]


async def seen_in(tx: Tx, accounts: Sequence[int], lives: Sequence[Live], before: int, latest: int) -> frozenset[int]:
    """The streams that any of a few accounts wrote in, or up to `before` earlier; open ones last until `latest`."""
    pairs = [(live, account) for live in lives for account in accounts]
    rows = await tx.bulk(
        "SELECT r.stream_id FROM r WHERE EXISTS (SELECT 1 FROM chat_evidence e WHERE e.account_id = r.account_id "
        "AND e.channel_id = r.channel_id AND e.at > r.since AND e.at < r.until)",
        {
            "stream_id": ("bigint", [live.stream for live, _ in pairs]),
            "account_id": ("bigint", [account for _, account in pairs]),
            "channel_id": ("bigint", [live.channel for live, _ in pairs]),
            "since": ("bigint", [live.starts - before for live, _ in pairs]),
            "until": ("bigint", [min(live.until, latest) for live, _ in pairs]),
        },
    )
    return frozenset(row["stream_id"] for row in rows)


async def worth_of(tx: Tx, community_id: int, accounts: Sequence[int]) -> dict[int, int]:
    """What each of a few accounts has in a community: its tallies and adjustments, in microseconds."""
    rows = await tx.bulk(
        "SELECT CAST(COALESCE((SELECT sum(t.total_us) FROM watch_tally t WHERE t.community_id = {p1} "
        "AND t.account_id = r.account_id), 0) + COALESCE((SELECT sum(w.amount_us) FROM watch_adjustment w "
        "WHERE w.community_id = {p1} AND w.account_id = r.account_id), 0) AS BIGINT) AS worth, r.account_id FROM r",
        {"account_id": ("bigint", accounts)},
        community_id,
    )
    return {row["account_id"]: row["worth"] for row in rows}


async def tallies(tx: Tx, community_id: int, keys: Sequence[TallyKey]) -> dict[TallyKey, Tally]:
    """The tallies that exist for (stream, account) in a community."""
    rows = await tx.bulk(
        "SELECT t.stream_id, t.account_id, t.total_us, t.covered_until, t.last_at, t.recent FROM r "
        "JOIN watch_tally t ON t.community_id = {p1} AND t.stream_id = r.stream_id AND t.account_id = r.account_id",
        {"stream_id": ("bigint", [key[0] for key in keys]), "account_id": ("bigint", [key[1] for key in keys])},
        community_id,
    )
    return {(row["stream_id"], row["account_id"]): tally_of(row) for row in rows}


async def tallies_of(reader: Reader, community_id: int, account_ids: Sequence[int]) -> dict[TallyKey, Tally]:
    """Every tally of a few accounts in a community."""
    found: dict[TallyKey, Tally] = {}
    for account_id in account_ids:
        rows = await reader.fetch(
            "SELECT stream_id, account_id, total_us, covered_until, last_at, recent FROM watch_tally "
            "WHERE community_id = $1 AND account_id = $2 ORDER BY stream_id",
            community_id,
            account_id,
        )
        found |= {(row["stream_id"], row["account_id"]): tally_of(row) for row in rows}
    return found


def tally_of(row: Row) -> Tally:
    """A row of the tally table as the law knows it."""
    recent: str = row["recent"]
    digests = tuple(map(int, recent.split(","))) if recent else ()
    return Tally(row["total_us"], row["covered_until"], row["last_at"], digests)


async def save_tallies(tx: Tx, community_id: int, tallied: Mapping[TallyKey, Tally]) -> None:
    """Set tallies to what the evidence gives."""
    await tx.bulk(
        "INSERT INTO watch_tally (community_id, stream_id, account_id, total_us, covered_until, last_at, recent) "
        "SELECT {p1}, r.stream_id, r.account_id, r.total_us, r.covered_until, r.last_at, r.recent FROM r WHERE TRUE "
        "ON CONFLICT (community_id, stream_id, account_id) DO UPDATE SET total_us = excluded.total_us, "
        "covered_until = excluded.covered_until, last_at = excluded.last_at, recent = excluded.recent",
        {
            "stream_id": ("bigint", [stream for stream, _ in tallied]),
            "account_id": ("bigint", [account for _, account in tallied]),
            "total_us": ("bigint", [tally.total for tally in tallied.values()]),
            "covered_until": ("bigint", [tally.covered_until for tally in tallied.values()]),
            "last_at": ("bigint", [tally.last_at for tally in tallied.values()]),
            "recent": ("text", [",".join(map(str, tally.recent)) for tally in tallied.values()]),
        },
        community_id,
    )


async def totals_between(
    reader: Reader, community_id: int, accounts: Sequence[int], since: int, until: int
) -> list[tuple[int, int, int]]:
    """What accounts watched of streams that began within `[since, until)`: (stream, account, microseconds)."""
    rows = await reader.bulk(
        "SELECT t.stream_id, t.account_id, t.total_us FROM r JOIN watch_tally t ON t.community_id = {p1} "
        "AND t.account_id = r.account_id JOIN stream s ON s.id = t.stream_id "
        "WHERE t.total_us > 0 AND s.started_at >= {p2} AND s.started_at < {p3}",
        {"account_id": ("bigint", accounts)},
        community_id,
        since,
        until,
    )
    return [(row["stream_id"], row["account_id"], row["total_us"]) for row in rows]


async def watched_between(
    reader: Reader, community_id: int, viewer_id: int, since: int, until: int
) -> list[tuple[int, int]]:
    """What a viewer watched of streams that began within `[since, until)`: (when they began, microseconds)."""
    rows = await reader.fetch(
        "SELECT s.started_at, CAST(sum(t.total_us) AS BIGINT) AS total_us FROM viewer_account v "
        "JOIN watch_tally t ON t.community_id = v.community_id AND t.account_id = v.account_id "
        "JOIN stream s ON s.id = t.stream_id WHERE v.community_id = $1 AND v.viewer_id = $2 "
        "AND s.started_at >= $3 AND s.started_at < $4 GROUP BY s.started_at ORDER BY s.started_at",
        community_id,
        viewer_id,
        since,
        until,
    )
    return [(row["started_at"], row["total_us"]) for row in rows]


async def adjusted_between(
    reader: Reader, community_id: int, accounts: Sequence[int], since: int, until: int
) -> dict[int, int]:
    """What staff added to accounts, or took from them, within `[since, until)`, in microseconds."""
    rows = await reader.bulk(
        "SELECT w.account_id, CAST(sum(w.amount_us) AS BIGINT) AS amount_us FROM r JOIN watch_adjustment w "
        "ON w.community_id = {p1} AND w.account_id = r.account_id WHERE w.at >= {p2} AND w.at < {p3} "
        "GROUP BY w.account_id",
        {"account_id": ("bigint", accounts)},
        community_id,
        since,
        until,
    )
    return {row["account_id"]: row["amount_us"] for row in rows}


async def move_balances(tx: Tx, gains: Mapping[int, int]) -> dict[int, int]:
    """Change viewers' balances by what their tallies or adjustments changed; the new balances in microseconds."""
    rows = await tx.bulk(
        "UPDATE viewer SET watch_us = watch_us + r.gain FROM r WHERE viewer.id = r.viewer_id "
        "RETURNING viewer.id AS viewer_id, watch_us",
        {"viewer_id": ("bigint", list(gains)), "gain": ("bigint", list(gains.values()))},
    )
    return {row["viewer_id"]: row["watch_us"] for row in rows}


async def add_adjustment(
    tx: Tx, community_id: int, account_id: int, amount_us: int, reason: str, actor: str, source_key: str, now: datetime
) -> int | None:
    """Append an adjustment and return its id, or None when its source key is there already."""
    rows = await tx.fetch(
        "INSERT INTO watch_adjustment (community_id, account_id, amount_us, reason, actor, source_key, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id, source_key) DO NOTHING RETURNING id",
        community_id,
        account_id,
        amount_us,
        reason,
        actor,
        source_key,
        micros(now),
    )
    return rows[0]["id"] if rows else None


async def adjustments_of(
    reader: Reader, community_id: int, account_ids: Sequence[int], limit: int
) -> list[AdjustmentRecord]:
    """The newest adjustments of a few accounts, at most `limit` each."""
    found: list[AdjustmentRecord] = []
    for account_id in account_ids:
        rows = await reader.fetch(
            "SELECT id, account_id, amount_us, reason, actor, at FROM watch_adjustment "
            "WHERE community_id = $1 AND account_id = $2 ORDER BY id DESC LIMIT $3",
            community_id,
            account_id,
            limit,
        )
        found += map(adjustment_record, rows)
    return found


def adjustment_record(row: Row) -> AdjustmentRecord:
    """A row of the adjustment table as a value."""
    return AdjustmentRecord(
        id=row["id"],
        account_id=row["account_id"],
        amount_us=row["amount_us"],
        reason=row["reason"],
        actor=row["actor"],
        at=instant_of(row["at"]),
    )


async def adjustments_page(
    reader: Reader, community_id: int, viewer_id: int, before_id: int | None, limit: int
) -> list[AdjustmentRecord]:
    """The adjustments of a viewer, newest first, after the last one seen."""
    rows = await reader.fetch(
        "SELECT w.id, w.account_id, w.amount_us, w.reason, w.actor, w.at FROM viewer_account v "
        "JOIN watch_adjustment w ON w.community_id = v.community_id AND w.account_id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2 AND w.id < $3 ORDER BY w.id DESC LIMIT $4",
        community_id,
        viewer_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [adjustment_record(row) for row in rows]


async def adjustments_count(reader: Reader, community_id: int, viewer_id: int) -> int:
    """How many adjustments a viewer has."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM viewer_account v JOIN watch_adjustment w "
        "ON w.community_id = v.community_id AND w.account_id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2",
        community_id,
        viewer_id,
    )
    return int(rows[0]["many"])


async def evidence_of_viewer(
    reader: Reader, community_id: int, viewer_id: int, channels: Sequence[int], since: int, until: int
) -> list[Message]:
    """What a viewer's accounts wrote in channels within `(since, until)`."""
    found: list[Message] = []
    for channel in channels:
        rows = await reader.fetch(
            "SELECT e.account_id, e.at, e.digest FROM viewer_account v JOIN chat_evidence e "
            "ON e.account_id = v.account_id AND e.channel_id = $3 AND e.at > $4 AND e.at < $5 "
            "WHERE v.community_id = $1 AND v.viewer_id = $2",
            community_id,
            viewer_id,
            channel,
            since,
            until,
        )
        found += [Message(row["at"], row["account_id"], channel, row["digest"]) for row in rows]
    return found


async def newest_evidence(
    reader: Reader, channel: int, since: int, active_since: int, until: int, *, accounts: int, each: int
) -> list[Message]:
    """The newest messages in a channel of those who wrote within `(active_since, until]`, reaching back to `since`.

    At most `each` of at most `accounts` accounts: enough to say who is active, however busy the chat.
    """
    rows = await reader.fetch(
        "SELECT account_id, at, digest FROM (SELECT e.account_id, e.at, e.digest, row_number() OVER "
        "(PARTITION BY e.account_id ORDER BY e.at DESC, e.digest DESC) AS nth FROM (SELECT DISTINCT account_id "
        "FROM chat_evidence WHERE channel_id = $1 AND at > $3 AND at <= $4 LIMIT $5) AS active JOIN chat_evidence e "
        "ON e.account_id = active.account_id AND e.channel_id = $1 AND e.at > $2 AND e.at <= $4) AS newest "
        "WHERE nth <= $6",
        channel,
        since,
        active_since,
        until,
        accounts,
        each,
    )
    return [Message(row["at"], row["account_id"], channel, row["digest"]) for row in rows]
