"""Role rewards, and who was given which."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.roles import Held, Reward, Rules, Standing
from server.ports import Reader, Row, Tx

KIND = "role_changed"
"""The kind of the jobs by which roles are given and taken."""

COLUMNS = "w.id, w.role, w.name, w.minutes, w.is_on"
HERE = "FROM role_reward w JOIN guild b ON b.community_id = w.community_id AND b.external_id = w.guild"
"""Rewards count in the Discord server that is bound to their community now."""

Asked = tuple[int, int]
"""(reward, account)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account on Discord, with what counts for its roles."""

    account_id: int
    external_id: str
    name: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRecord:
    """What was asked last about a reward and an account, and what became of it."""

    reward_id: int
    account_id: int
    is_given: bool
    state: str
    nth: int
    at: datetime


def reward(row: Row) -> Reward:
    """A row of `COLUMNS` as a value."""
    return Reward(id=row["id"], role=row["role"], name=row["name"], minutes=row["minutes"], is_on=bool(row["is_on"]))


async def rules_of(reader: Reader, community_id: int) -> Rules:
    """By which rules a community's roles are given."""
    row = await reader.find(
        "SELECT is_highest_only, removes_unreached FROM role_rule WHERE community_id = $1", community_id
    )
    if row is None:
        return Rules()
    return Rules(is_highest_only=bool(row["is_highest_only"]), removes_unreached=bool(row["removes_unreached"]))


async def set_rules(tx: Tx, community_id: int, rules: Rules, actor: str, now: datetime) -> None:
    """Give roles by other rules."""
    await tx.execute(
        "INSERT INTO role_rule (community_id, is_highest_only, removes_unreached, actor, at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id) DO UPDATE SET "
        "is_highest_only = excluded.is_highest_only, removes_unreached = excluded.removes_unreached, "
        "actor = excluded.actor, at = excluded.at",
        community_id,
        rules.is_highest_only,
        rules.removes_unreached,
        actor,
        micros(now),
    )


async def all_of(reader: Reader, community_id: int) -> list[Reward]:
    """The rewards of a community in its Discord server, those for linking first, then by minutes."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} {HERE} WHERE w.community_id = $1 AND w.removed_at IS NULL "
        "ORDER BY COALESCE(w.minutes, 0), w.id",
        community_id,
    )
    return list(map(reward, rows))


async def by_id(reader: Reader, community_id: int, reward_id: int) -> Reward | None:
    """A reward of a community in its Discord server, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} {HERE} WHERE w.community_id = $1 AND w.id = $2 AND w.removed_at IS NULL",
        community_id,
        reward_id,
    )
    return None if row is None else reward(row)


async def add(
    tx: Tx, community_id: int, guild: str, role: str, name: str, minutes: int | None, actor: str, now: datetime
) -> int | None:
    """Make a reward, or have one that was removed back, and return its id; None where the role is one already."""
    rows = await tx.fetch(
        "INSERT INTO role_reward (community_id, guild, role, name, minutes, is_on, actor, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community_id, guild, role) DO UPDATE SET "
        "name = excluded.name, minutes = excluded.minutes, is_on = excluded.is_on, removed_at = NULL, "
        "actor = excluded.actor, at = excluded.at WHERE role_reward.removed_at IS NOT NULL RETURNING id",
        community_id,
        guild,
        role,
        name,
        minutes,
        True,
        actor,
        micros(now),
    )
    return rows[0]["id"] if rows else None


async def change(tx: Tx, changed: Reward, actor: str, now: datetime) -> None:
    """Change a reward."""
    await tx.execute(
        "UPDATE role_reward SET name = $2, minutes = $3, is_on = $4, actor = $5, at = $6 WHERE id = $1",
        changed.id,
        changed.name,
        changed.minutes,
        changed.is_on,
        actor,
        micros(now),
    )


async def remove(tx: Tx, reward_id: int, actor: str, now: datetime) -> None:
    """Take a reward away; who was given its role stays known."""
    await tx.execute(
        "UPDATE role_reward SET removed_at = $2, is_on = $3, actor = $4 WHERE id = $1",
        reward_id,
        micros(now),
        False,
        actor,
    )


async def concerned(tx: Tx, community_id: int, balances: Mapping[int, int]) -> list[int]:
    """The accounts on Discord of viewers whose watch time became these balances and whose roles may change by that.

    Nobody where the community has no rewards: one question, whatever the batch.
    """
    rows = await tx.bulk(
        f"SELECT DISTINCT a.id {HERE} JOIN r ON TRUE JOIN viewer_account v ON v.viewer_id = r.viewer_id "
        "JOIN account a ON a.id = v.account_id AND a.platform = 'discord' "
        "LEFT JOIN role_rule u ON u.community_id = w.community_id "
        "LEFT JOIN role_given g ON g.reward_id = w.id AND g.account_id = a.id "
        "WHERE w.community_id = {p1} AND w.is_on AND w.minutes IS NOT NULL AND "
        "(CAST(w.minutes AS BIGINT) * 60000000 <= r.watch_us AND (g.id IS NULL OR NOT g.is_given AND g.state <> 'dead')"
        " AND NOT (COALESCE(u.is_highest_only, FALSE) AND EXISTS (SELECT 1 FROM role_given o "
        "JOIN role_reward h ON h.id = o.reward_id AND h.is_on AND h.guild = w.guild AND h.minutes >= w.minutes "
        "WHERE o.community_id = {p1} AND o.account_id = a.id AND o.is_given)) "
        "OR CAST(w.minutes AS BIGINT) * 60000000 > r.watch_us AND u.removes_unreached AND g.is_given "
        "AND g.state = 'done')",
        {"viewer_id": ("bigint", list(balances)), "watch_us": ("bigint", list(balances.values()))},
        community_id,
    )
    return sorted(row["id"] for row in rows)


async def accounts_among(reader: Reader, community_id: int, viewer_ids: Collection[int]) -> list[int]:
    """The accounts on Discord of some viewers."""
    rows = await reader.bulk(
        "SELECT a.id FROM r JOIN viewer_account v ON v.viewer_id = r.viewer_id AND v.community_id = {p1} "
        "JOIN account a ON a.id = v.account_id AND a.platform = 'discord'",
        {"viewer_id": ("bigint", sorted(viewer_ids))},
        community_id,
    )
    return sorted(row["id"] for row in rows)


async def accounts_page(reader: Reader, community_id: int, after: int, limit: int) -> list[int]:
    """The accounts whose roles may be ours to give or take, by id: those that are linked, and all that were given any.

    Some of them may be of other platforms than Discord.
    """
    rows = await reader.fetch(
        "SELECT account_id FROM (SELECT account_id FROM account_link WHERE community_id = $1 AND account_id > $2 "
        "UNION SELECT account_id FROM role_given WHERE community_id = $1 AND account_id > $2) AS known "
        "ORDER BY account_id LIMIT $3",
        community_id,
        after,
        limit,
    )
    return [row["account_id"] for row in rows]


async def accounts_count(reader: Reader, community_id: int) -> int:
    """How many accounts on Discord have roles that may be ours to give or take."""
    [row] = await reader.fetch(
        "SELECT count(*) AS many FROM (SELECT account_id FROM account_link WHERE community_id = $1 "
        "UNION SELECT account_id FROM role_given WHERE community_id = $1) AS known "
        "JOIN account a ON a.id = known.account_id AND a.platform = 'discord'",
        community_id,
    )
    return int(row["many"])


async def members(reader: Reader, community_id: int, account_ids: Sequence[int]) -> list[Member]:
    """Those of some accounts that are on Discord, with what counts for their roles, by account."""
    rows = await reader.bulk(
        "SELECT a.id, a.external_id, a.name, w.watch_us, EXISTS (SELECT 1 FROM viewer_account o JOIN account k "
        "ON k.id = o.account_id WHERE o.viewer_id = v.viewer_id AND k.platform IN ('kick', 'twitch')) AS is_linked "
        "FROM r JOIN account a ON a.id = r.account_id AND a.platform = 'discord' "
        "JOIN viewer_account v ON v.community_id = {p1} AND v.account_id = a.id JOIN viewer w ON w.id = v.viewer_id",
        {"account_id": ("bigint", account_ids)},
        community_id,
    )
    found = [
        Member(
            account_id=row["id"],
            external_id=row["external_id"],
            name=row["name"],
            standing=Standing(row["watch_us"], bool(row["is_linked"])),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.account_id)


async def given_to(reader: Reader, community_id: int, account_ids: Sequence[int]) -> dict[int, list[GivenRecord]]:
    """What was asked last about accounts, by account."""
    rows = await reader.bulk(
        "SELECT g.reward_id, g.account_id, g.is_given, g.state, g.nth, g.at FROM r JOIN role_given g "
        "ON g.community_id = {p1} AND g.account_id = r.account_id",
        {"account_id": ("bigint", account_ids)},
        community_id,
    )
    found: dict[int, list[GivenRecord]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(given_record(row))
    return found


def given_record(row: Row) -> GivenRecord:
    """A row of what was given as a value."""
    return GivenRecord(
        reward_id=row["reward_id"],
        account_id=row["account_id"],
        is_given=bool(row["is_given"]),
        state=row["state"],
        nth=row["nth"],
        at=instant_of(row["at"]),
    )


def held(given: Sequence[GivenRecord], unheard: Collection[Asked] = frozenset()) -> Held:
    """What somebody has, by what was asked and became of it; what is `unheard` of any more was never done."""

    def among(state: str, *, is_given: bool) -> frozenset[int]:
        return frozenset(one.reward_id for one in given if one.is_given is is_given and one.state == state)

    gone = frozenset(reward_id for reward_id, account_id in unheard if account_id in {one.account_id for one in given})
    asked = among("asked", is_given=True)
    unasked = among("asked", is_given=False)
    return Held(
        ours=among("done", is_given=True) | among("dead", is_given=False) | (unasked & gone),
        asked=asked - gone,
        theirs=among("had", is_given=True),
        missed=among("gone", is_given=True) | among("dead", is_given=True) | (asked & gone),
    )


async def unheard_of(reader: Reader, given: Sequence[GivenRecord]) -> frozenset[Asked]:
    """Those that were asked and whose jobs are not there any more: nobody will carry them out."""
    asked = [one for one in given if one.state == "asked"]
    rows = await reader.bulk(
        "SELECT r.key FROM r JOIN job j ON j.kind = {p1} AND j.key = r.key "
        "WHERE j.state IN ('ready', 'behind', 'leased')",
        {"key": ("text", [key_of(one.reward_id, one.account_id, one.nth) for one in asked])},
        KIND,
    )
    there = {row["key"] for row in rows}
    return frozenset(
        (one.reward_id, one.account_id) for one in asked if key_of(one.reward_id, one.account_id, one.nth) not in there
    )


def key_of(reward_id: int, account_id: int, nth: int) -> str:
    """The cause of a job about a reward and an account."""
    return f"{reward_id}:{account_id}:{nth}"


def reward_of(key: str) -> int:
    """The reward that a job is about, from its cause."""
    return int(key.partition(":")[0])


async def note_asked(tx: Tx, community_id: int, asked: Mapping[Asked, bool], now: datetime) -> dict[Asked, int]:
    """Remember that roles are to be given or taken; the how many-th time each is."""
    rows = await tx.bulk(
        "INSERT INTO role_given (community_id, reward_id, account_id, is_given, state, nth, at) "
        "SELECT {p1}, r.reward_id, r.account_id, r.is_given, 'asked', 1, {p2} FROM r WHERE TRUE "
        "ON CONFLICT (reward_id, account_id) DO UPDATE SET is_given = excluded.is_given, state = 'asked', "
        "nth = role_given.nth + 1, at = excluded.at RETURNING reward_id, account_id, nth",
        {
            "reward_id": ("bigint", [one[0] for one in asked]),
            "account_id": ("bigint", [one[1] for one in asked]),
            "is_given": ("boolean", list(asked.values())),
        },
        community_id,
        micros(now),
    )
    return {(row["reward_id"], row["account_id"]): row["nth"] for row in rows}


async def asked_of(reader: Reader, reward_id: int, after: int, limit: int) -> list[GivenRecord]:
    """What was asked about a reward and has not ended, by account."""
    rows = await reader.fetch(
        "SELECT g.reward_id, g.account_id, g.is_given, g.state, g.nth, g.at FROM role_given g "
        "WHERE g.reward_id = $1 AND g.state = 'asked' AND g.account_id > $2 ORDER BY g.account_id LIMIT $3",
        reward_id,
        after,
        limit,
    )
    return list(map(given_record, rows))


async def note_withdrawn(tx: Tx, reward_id: int, accounts: Sequence[int], now: datetime) -> None:
    """Remember that nothing came of what was asked: who was to be given a role has none, who was to lose it has it."""
    await tx.bulk(
        "UPDATE role_given SET state = CASE WHEN is_given THEN 'gone' ELSE 'dead' END, at = {p2} "
        "WHERE reward_id = {p1} AND state = 'asked' AND account_id IN (SELECT r.account_id FROM r) RETURNING id",
        {"account_id": ("bigint", sorted(accounts))},
        reward_id,
        micros(now),
    )


async def note_ended(tx: Tx, key: str, state: str, now: datetime) -> int | None:
    """Remember what became of a job, unless something else was asked since; whose account it was, or None."""
    reward_id, account_id, nth = map(int, key.split(":"))
    rows = await tx.fetch(
        "UPDATE role_given SET state = $4, at = $5 WHERE reward_id = $1 AND account_id = $2 AND nth = $3 "
        "RETURNING account_id",
        reward_id,
        account_id,
        nth,
        state,
        micros(now),
    )
    return rows[0]["account_id"] if rows else None


HAS = "g.is_given AND g.state IN ('asked', 'done', 'had')"


async def holders(reader: Reader, community_id: int, reward_id: int, after: int, limit: int) -> list[GivenRecord]:
    """Who has a role by what we know, by account."""
    rows = await reader.fetch(
        "SELECT g.reward_id, g.account_id, g.is_given, g.state, g.nth, g.at FROM role_given g "
        f"WHERE g.reward_id = $2 AND g.community_id = $1 AND g.account_id > $3 AND {HAS} "
        "ORDER BY g.account_id LIMIT $4",
        community_id,
        reward_id,
        after,
        limit,
    )
    return list(map(given_record, rows))


async def holders_count(reader: Reader, community_id: int, reward_id: int) -> int:
    """How many have a role by what we know."""
    [row] = await reader.fetch(
        f"SELECT count(*) AS many FROM role_given g WHERE g.reward_id = $2 AND g.community_id = $1 AND {HAS}",
        community_id,
        reward_id,
    )
    return int(row["many"])
