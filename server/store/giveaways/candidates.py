"""Who would be in a giveaway, and what is known of him."""

from collections.abc import Sequence
from datetime import datetime

from server.domain.instants import micros
from server.ports import Reader
from server.store.giveaways.entries import IS_IN

Page = Sequence[tuple[int, int]]
"""(account or viewer, tickets), in order."""


async def entered(reader: Reader, giveaway_id: int, until: datetime, after: int, limit: int) -> Page:
    """The next accounts that entered before an instant and did not leave."""
    rows = await reader.fetch(
        f"SELECT e.account_id FROM giveaway_entry e WHERE e.giveaway_id = $1 AND e.at < $2 AND {IS_IN} "
        "AND e.account_id > $3 ORDER BY e.account_id LIMIT $4",
        giveaway_id,
        micros(until),
        after,
        limit,
    )
    return [(row["account_id"], 1) for row in rows]


async def chatted(reader: Reader, community_id: int, since: datetime, until: datetime, after: int, limit: int) -> Page:
    """The next accounts that wrote in an attached channel within `[since, until)`."""
    rows = await reader.fetch(
        "SELECT DISTINCT e.account_id FROM attachment t JOIN chat_evidence e ON e.channel_id = t.channel_id "
        "AND e.at >= $2 AND e.at < $3 WHERE t.community_id = $1 AND e.account_id > $4 ORDER BY e.account_id LIMIT $5",
        community_id,
        micros(since),
        micros(until),
        after,
        limit,
    )
    return [(row["account_id"], 1) for row in rows]


async def chatted_among(
    reader: Reader, community_id: int, accounts: Sequence[int], since: datetime, until: datetime
) -> frozenset[int]:
    """Those of some accounts that wrote in an attached channel within `[since, until)`."""
    rows = await reader.bulk(
        "SELECT r.account_id FROM r WHERE EXISTS (SELECT 1 FROM chat_evidence e JOIN attachment t "
        "ON t.channel_id = e.channel_id AND t.community_id = {p1} "
        "WHERE e.account_id = r.account_id AND e.at >= {p2} AND e.at < {p3})",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
        micros(since),
        micros(until),
    )
    return frozenset(row["account_id"] for row in rows)


async def with_tickets(reader: Reader, period_id: int, after: int, limit: int) -> Page:
    """The next viewers with tickets of a raffle, and how many each has."""
    rows = await reader.fetch(
        "SELECT viewer_id, tickets FROM ticket_standing WHERE period_id = $1 AND viewer_id > $2 AND tickets > 0 "
        "ORDER BY viewer_id LIMIT $3",
        period_id,
        after,
        limit,
    )
    return [(row["viewer_id"], row["tickets"]) for row in rows]


async def subscribers(reader: Reader, giveaway_id: int, accounts: Sequence[int]) -> frozenset[int]:
    """Those of some accounts that showed a subscription while the giveaway was open."""
    rows = await reader.bulk(
        "SELECT e.account_id FROM r JOIN giveaway_entry e ON e.giveaway_id = {p1} AND e.account_id = r.account_id "
        "WHERE e.is_subscriber",
        {"account_id": ("bigint", sorted(set(accounts)))},
        giveaway_id,
    )
    return frozenset(row["account_id"] for row in rows)


async def staff_among(reader: Reader, community_id: int, accounts: Sequence[int]) -> frozenset[int]:
    """Those of some accounts that are staff by name; who is staff only by a role on Discord is not known."""
    rows = await reader.bulk(
        "SELECT r.account_id FROM r JOIN account a ON a.id = r.account_id JOIN staff_grant s "
        "ON s.community_id = {p1} AND s.holder_kind = a.platform AND s.external_id = a.external_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
    )
    return frozenset(row["account_id"] for row in rows)


async def hosts_among(reader: Reader, community_id: int, accounts: Sequence[int]) -> frozenset[int]:
    """Those of some accounts that own a channel which the community follows or once followed, or are bots."""
    rows = await reader.bulk(
        "SELECT r.account_id FROM r JOIN account a ON a.id = r.account_id WHERE a.is_bot OR EXISTS (SELECT 1 "
        "FROM channel c WHERE c.platform = a.platform AND c.external_id = a.external_id AND (EXISTS (SELECT 1 "
        "FROM attachment t WHERE t.community_id = {p1} AND t.channel_id = c.id) OR EXISTS (SELECT 1 "
        "FROM detachment d WHERE d.community_id = {p1} AND d.channel_id = c.id)))",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
    )
    return frozenset(row["account_id"] for row in rows)


async def banned_among(reader: Reader, community_id: int, accounts: Sequence[int]) -> frozenset[int]:
    """Those of some accounts that were banned for ever in an attached channel and wrote nothing there since."""
    rows = await reader.bulk(
        "SELECT r.account_id FROM r JOIN account a ON a.id = r.account_id JOIN attachment t ON t.community_id = {p1} "
        "JOIN channel c ON c.id = t.channel_id AND c.platform = a.platform JOIN happening_copy b "
        "ON b.community_id = t.community_id AND b.channel_id = t.channel_id AND b.kind = 'ban' "
        "AND b.group_key = a.external_id || ':ever' WHERE NOT EXISTS (SELECT 1 FROM chat_evidence e "
        "WHERE e.account_id = r.account_id AND e.channel_id = t.channel_id AND e.at > b.at)",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
    )
    return frozenset(row["account_id"] for row in rows)


async def watched(reader: Reader, viewers: Sequence[int]) -> dict[int, int]:
    """The watch time of some viewers, in microseconds."""
    rows = await reader.bulk(
        "SELECT v.id, v.watch_us FROM r JOIN viewer v ON v.id = r.viewer_id",
        {"viewer_id": ("bigint", sorted(set(viewers)))},
    )
    return {row["id"]: row["watch_us"] for row in rows}
