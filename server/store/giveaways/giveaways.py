"""Giveaways and where they stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.giveaways import CLAIM_GRACE, GiveawayRules, GiveawayState
from server.domain.instants import SECOND, instant_of, micros
from server.ports import Reader, Row, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveawayRow:
    """A giveaway; `ends_at` is when entering ends, or ended."""

    id: int
    community_id: int
    number: int
    title: str
    state: GiveawayState
    rules: GiveawayRules
    rules_sha256: str
    period_id: int | None
    opened_at: datetime
    ends_at: datetime | None
    actor: str


NEWEST = 2**31 - 1
"""No giveaway has a greater number."""
FIELDS = "id, community_id, number, title, state, rules, rules_sha256, period_id, opened_at, ends_at, actor"


def giveaway_row(row: Row) -> GiveawayRow:
    """A row of the table as a value."""
    return GiveawayRow(
        id=row["id"],
        community_id=row["community_id"],
        number=row["number"],
        title=row["title"],
        state=GiveawayState(row["state"]),
        rules=GiveawayRules.restored(orjson.loads(row["rules"])),
        rules_sha256=row["rules_sha256"],
        period_id=row["period_id"],
        opened_at=instant_of(row["opened_at"]),
        ends_at=None if row["ends_at"] is None else instant_of(row["ends_at"]),
        actor=row["actor"],
    )


async def add(
    tx: Tx,
    community_id: int,
    *,
    title: str,
    rules: GiveawayRules,
    rules_text: str,
    rules_sha256: str,
    period_id: int | None,
    ends_at: datetime | None,
    actor: str,
    now: datetime,
) -> GiveawayRow:
    """Open a giveaway; the caller holds the community's lock and has seen that its keyword is free."""
    [last] = await tx.fetch(
        "SELECT COALESCE(max(number), 0) AS number FROM giveaway WHERE community_id = $1", community_id
    )
    rows = await tx.fetch(
        "INSERT INTO giveaway (community_id, number, title, state, rules, rules_sha256, claim_s, open_keyword, "
        "period_id, opened_at, ends_at, actor, rules_text) "
        "VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        f"RETURNING {FIELDS}",
        community_id,
        last["number"] + 1,
        title,
        orjson.dumps(rules.stored(), option=orjson.OPT_SORT_KEYS).decode(),
        rules_sha256,
        rules.claim_s,
        rules.keyword or None,
        period_id,
        micros(now),
        None if ends_at is None else micros(ends_at),
        actor,
        rules_text,
    )
    return giveaway_row(rows[0])


async def amend(
    tx: Tx,
    giveaway_id: int,
    *,
    title: str,
    rules: GiveawayRules,
    rules_text: str,
    rules_sha256: str,
    ends_at: datetime | None,
) -> GiveawayRow:
    """Have an open giveaway say something else, with its text; who is in it stays."""
    rows = await tx.fetch(
        "UPDATE giveaway SET title = $2, rules = $3, rules_text = $4, rules_sha256 = $5, claim_s = $6, ends_at = $7 "
        f"WHERE id = $1 AND state = 'open' RETURNING {FIELDS}",
        giveaway_id,
        title,
        orjson.dumps(rules.stored(), option=orjson.OPT_SORT_KEYS).decode(),
        rules_text,
        rules_sha256,
        rules.claim_s,
        None if ends_at is None else micros(ends_at),
    )
    return giveaway_row(rows[0])


async def by_id(reader: Reader, community_id: int, giveaway_id: int) -> GiveawayRow | None:
    """A giveaway of the community, or None."""
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM giveaway WHERE community_id = $1 AND id = $2", community_id, giveaway_id
    )
    return giveaway_row(rows[0]) if rows else None


async def rules_texts(reader: Reader, ids: Sequence[int]) -> dict[int, str]:
    """The texts of some giveaways' rules which are hashed; none where one opened before that was kept."""
    rows = await reader.bulk(
        "SELECT g.id, g.rules_text FROM r JOIN giveaway g ON g.id = r.id WHERE g.rules_text IS NOT NULL",
        {"id": ("bigint", sorted(set(ids)))},
    )
    return {row["id"]: row["rules_text"] for row in rows}


async def in_states(reader: Reader, community_id: int, states: Collection[GiveawayState]) -> list[GiveawayRow]:
    """The giveaways of a community in some states, newest first; at most 100."""
    places = ", ".join(f"'{state.value}'" for state in sorted(states))
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM giveaway WHERE community_id = $1 AND state IN ({places}) ORDER BY number DESC LIMIT 100",
        community_id,
    )
    return [giveaway_row(row) for row in rows]


async def page(
    reader: Reader, community_id: int, state: GiveawayState | None, before: int, limit: int
) -> list[GiveawayRow]:
    """The giveaways of a community, newest first, after the last one seen."""
    only = "" if state is None else f"AND state = '{state.value}' "
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM giveaway WHERE community_id = $1 AND number < $2 {only}ORDER BY number DESC LIMIT $3",
        community_id,
        before,
        limit,
    )
    return [giveaway_row(row) for row in rows]


async def count(reader: Reader, community_id: int, state: GiveawayState | None) -> int:
    """How many giveaways a community has."""
    only = "" if state is None else f" AND state = '{state.value}'"
    rows = await reader.fetch(f"SELECT count(*) AS many FROM giveaway WHERE community_id = $1{only}", community_id)
    return int(rows[0]["many"])


async def close(tx: Tx, giveaway_id: int, ends_at: datetime) -> None:
    """Let nobody enter who writes at an instant or later."""
    await tx.execute(
        "UPDATE giveaway SET state = 'closed', open_keyword = NULL, ends_at = $2 WHERE id = $1",
        giveaway_id,
        micros(ends_at),
    )


async def move(tx: Tx, giveaway_id: int, state: GiveawayState) -> None:
    """Note where a giveaway stands, that is open no more."""
    await tx.execute("UPDATE giveaway SET state = $2, open_keyword = NULL WHERE id = $1", giveaway_id, state.value)


async def over(reader: Reader, now: datetime, limit: int) -> list[tuple[int, int]]:
    """The open giveaways whose end has come: (community, giveaway)."""
    rows = await reader.fetch(
        "SELECT community_id, id FROM giveaway WHERE state = 'open' AND ends_at <= $1 ORDER BY id LIMIT $2",
        micros(now),
        limit,
    )
    return [(row["community_id"], row["id"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """An account of somebody who has won and may claim his prize, by the platform's own id.

    `since` is when he was named, or moved up.
    """

    giveaway_id: int
    draw_id: int
    position: int
    claim_s: int
    since: datetime
    account: tuple[str, str]


CLAIMS = (
    "FROM giveaway g JOIN draw d ON d.subject = 'giveaway' AND d.subject_id = g.id AND d.env = 'live' "
    "AND d.state = 'drawn' AND d.revealed_at IS NOT NULL JOIN draw_place p ON p.draw_id = d.id AND p.state = 'won' "
)


async def claimable(reader: Reader, community_id: int) -> list[Claimable]:
    """The accounts of everybody who has won in a community and not claimed yet."""
    rows = await reader.fetch(
        "SELECT g.id, p.draw_id, p.position, g.claim_s, COALESCE(p.settled_at, d.revealed_at) AS since, a.platform, "
        f"a.external_id {CLAIMS}JOIN viewer_account w ON w.community_id = g.community_id "
        "AND w.account_id = p.account_id JOIN viewer_account v ON v.viewer_id = w.viewer_id "
        "JOIN account a ON a.id = v.account_id "
        "WHERE g.community_id = $1 AND g.state = 'drawn' AND g.claim_s > 0 LIMIT 1000",
        community_id,
    )
    return [
        Claimable(
            giveaway_id=row["id"],
            draw_id=row["draw_id"],
            position=row["position"],
            claim_s=row["claim_s"],
            since=instant_of(row["since"]),
            account=(row["platform"], row["external_id"]),
        )
        for row in rows
    ]


async def unclaimed(reader: Reader, now: datetime, limit: int) -> list[tuple[int, int, int]]:
    """Who did not claim in time: (community, draw, position)."""
    rows = await reader.fetch(
        f"SELECT g.community_id, p.draw_id, p.position {CLAIMS}WHERE g.state = 'drawn' AND g.claim_s > 0 "
        f"AND COALESCE(p.settled_at, d.revealed_at) + g.claim_s * CAST({SECOND} AS BIGINT) <= $1 "
        "ORDER BY p.id LIMIT $2",
        micros(now - CLAIM_GRACE),
        limit,
    )
    return [(row["community_id"], row["draw_id"], row["position"]) for row in rows]


async def winners_since(reader: Reader, community_id: int, accounts: Sequence[int], since: datetime) -> frozenset[int]:
    """Those of some accounts that won a giveaway of the community since an instant and were not passed over."""
    rows = await reader.bulk(
        "SELECT r.account_id FROM r JOIN draw_place p ON p.account_id = r.account_id AND p.community_id = {p1} "
        "AND p.state IN ('won', 'confirmed') JOIN draw d ON d.id = p.draw_id AND d.subject = 'giveaway' "
        "AND d.env = 'live' AND d.drawn_at >= {p2}",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
        micros(since),
    )
    return frozenset(row["account_id"] for row in rows)
