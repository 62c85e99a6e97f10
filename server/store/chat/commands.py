"""Commands of communities, and how long each of them rests."""

from collections.abc import Sequence
from datetime import datetime

from server.domain.chat.commands import Level, Rule
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

EVERYBODY = 0
COLUMNS = "name, text, level, is_on, cooldown_s, viewer_cooldown_s"


def rule_of(row: Row) -> Rule:
    """A row of `COLUMNS` as a value."""
    return Rule(
        name=row["name"],
        text=row["text"],
        level=Level(row["level"]),
        is_on=bool(row["is_on"]),
        cooldown_s=row["cooldown_s"],
        viewer_cooldown_s=row["viewer_cooldown_s"],
    )


async def changed_rules(reader: Reader, community_id: int) -> dict[str, Rule]:
    """The commands that a community made or changed, by name."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM chat_command WHERE community_id = $1 ORDER BY name", community_id)
    return {row["name"]: rule_of(row) for row in rows}


async def put(tx: Tx, community_id: int, rule: Rule, actor: str, now: datetime) -> None:
    """Make a command, or change it."""
    await tx.execute(
        "INSERT INTO chat_command (community_id, name, text, level, is_on, cooldown_s, viewer_cooldown_s, actor, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (community_id, name) DO UPDATE SET "
        "text = excluded.text, level = excluded.level, is_on = excluded.is_on, cooldown_s = excluded.cooldown_s, "
        "viewer_cooldown_s = excluded.viewer_cooldown_s, actor = excluded.actor, at = excluded.at",
        community_id,
        rule.name,
        rule.text,
        int(rule.level),
        rule.is_on,
        rule.cooldown_s,
        rule.viewer_cooldown_s,
        actor,
        micros(now),
    )


async def remove(tx: Tx, community_id: int, name: str) -> bool:
    """Take a command away, or let a built-in one be as it was; False where there is nothing of that name."""
    return await tx.execute("DELETE FROM chat_command WHERE community_id = $1 AND name = $2", community_id, name) > 0


Resting = tuple[str, int]
"""(command, account); the account 0 is everybody."""


async def resting(tx: Tx, community_id: int, wanted: Sequence[Resting]) -> dict[Resting, datetime]:
    """Until when commands rest, as far as they do."""
    rows = await tx.bulk(
        "SELECT c.command, c.account_id, c.until FROM r JOIN chat_cooldown c ON c.community_id = {p1} "
        "AND c.command = r.command AND c.account_id = r.account_id",
        {
            "command": ("text", [command for command, _ in wanted]),
            "account_id": ("bigint", [account for _, account in wanted]),
        },
        community_id,
    )
    return {(row["command"], row["account_id"]): instant_of(row["until"]) for row in rows}


async def rest(tx: Tx, community_id: int, ends: Sequence[tuple[Resting, datetime]]) -> None:
    """Have commands rest until then, each at least as long as it did; every one is named once."""
    await tx.bulk(
        "INSERT INTO chat_cooldown (community_id, command, account_id, until) "
        "SELECT {p1}, r.command, r.account_id, r.until FROM r WHERE TRUE "
        "ON CONFLICT (community_id, command, account_id) DO UPDATE SET until = "
        "CASE WHEN excluded.until > chat_cooldown.until THEN excluded.until ELSE chat_cooldown.until END",
        {
            "command": ("text", [command for (command, _), _ in ends]),
            "account_id": ("bigint", [account for (_, account), _ in ends]),
            "until": ("bigint", [micros(until) for _, until in ends]),
        },
        community_id,
    )


async def forget_rested(tx: Tx, now: datetime, limit: int) -> int:
    """Delete a bounded number of cool-downs that are over; how many."""
    return await tx.execute(
        "DELETE FROM chat_cooldown WHERE id IN (SELECT id FROM chat_cooldown WHERE until < $1 LIMIT $2)",
        micros(now),
        limit,
    )
