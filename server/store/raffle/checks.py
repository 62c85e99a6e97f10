"""What must hold of tickets: every sum is the sum of its entries, and every place on the board that of its accounts."""

from collections.abc import Sequence

from server.ports import Reader

Wrong = tuple[str, int, int]
"""What is wrong, what is held, and what it should be."""

SUMS = """
SELECT account_id, source, CAST(sum(held) AS BIGINT) AS held, CAST(sum(due) AS BIGINT) AS due FROM (
    SELECT account_id, source, amount AS held, 0 AS due FROM ticket_tally WHERE period_id = $1
    UNION ALL SELECT account_id, source, 0, amount FROM ticket_entry WHERE period_id = $1
) AS both_sides GROUP BY account_id, source HAVING sum(held) <> sum(due) ORDER BY account_id LIMIT $2
"""
STANDINGS = """
SELECT viewer_id, CAST(sum(held) AS BIGINT) AS held, CAST(sum(due) AS BIGINT) AS due FROM (
    SELECT viewer_id, tickets AS held, 0 AS due FROM ticket_standing WHERE period_id = $1
    UNION ALL SELECT v.viewer_id, 0, t.amount FROM ticket_tally t JOIN viewer_account v
    ON v.community_id = t.community_id AND v.account_id = t.account_id WHERE t.period_id = $1
) AS both_sides GROUP BY viewer_id HAVING sum(held) <> sum(due) ORDER BY viewer_id LIMIT $2
"""


async def wrong_sums(reader: Reader, period_id: int, limit: int) -> Sequence[Wrong]:
    """Sums of accounts that differ from their entries."""
    rows = await reader.fetch(SUMS, period_id, limit)
    return [(f"account {row['account_id']}, {row['source']}", row["held"], row["due"]) for row in rows]


async def wrong_standings(reader: Reader, period_id: int, limit: int) -> Sequence[Wrong]:
    """Viewers whose place on the board differs from what their accounts have."""
    rows = await reader.fetch(STANDINGS, period_id, limit)
    return [(f"viewer {row['viewer_id']}", row["held"], row["due"]) for row in rows]
