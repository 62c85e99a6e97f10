"""The watch-time leaderboard.

Order: more watch time first; of equals, whoever the community has known longer (the smaller viewer id).
"""

from collections.abc import Sequence
from typing import NamedTuple

from server.ports import Reader

Place = tuple[int, int]
"""Where a viewer stands: (watch time in microseconds, viewer id)."""

TOP: Place = (2**63 - 1, 0)
"""Ahead of everybody."""

COLUMNS = "v.id, v.watch_us, v.face, a.platform, a.external_id, a.name"


class Standing(NamedTuple):
    """A viewer on the board, shown under the name of his first account; the values of `COLUMNS` in their order."""

    viewer_id: int
    watch_us: int
    account_id: int
    platform: str
    external_id: str
    name: str

    @property
    def place(self) -> Place:
        """What the board is ordered by, for a cursor."""
        return self.watch_us, self.viewer_id


FOLLOWING = (
    "(SELECT id, watch_us, face FROM viewer WHERE community_id = $1 AND watch_us <= $2 "
    "AND (watch_us < $2 OR id > $3) AND watch_us > 0 ORDER BY watch_us DESC, id LIMIT $4) AS v "
    "JOIN account a ON a.id = v.face ORDER BY v.watch_us DESC, v.id"
)
AHEAD = (
    "(SELECT count(*) FROM viewer WHERE community_id = $1 AND watch_us >= $2 AND (watch_us > $2 OR id <= $3)) AS ahead"
)


async def below(reader: Reader, community_id: int, place: Place | None, limit: int) -> Sequence[Standing]:
    """The best standings, or those that follow `place`, at most `limit`."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM {FOLLOWING}", community_id, *(place or TOP), limit)
    return list(map(Standing._make, rows))


async def page(reader: Reader, community_id: int, place: Place | None, limit: int) -> tuple[int, Sequence[Standing]]:
    """The standings that follow `place`, at most `limit`, and the rank of the first of them, as of one instant."""
    if place is None:
        return 1, await below(reader, community_id, None, limit)
    rows = await reader.fetch(f"SELECT {COLUMNS}, {AHEAD} FROM {FOLLOWING}", community_id, *place, limit)
    rank = int(rows[0]["ahead"]) + 1 if rows else 1
    return rank, [Standing._make(row[:-1]) for row in rows]


async def above(reader: Reader, community_id: int, place: Place, limit: int) -> Sequence[Standing]:
    """The standings just before `place`, best first, at most `limit`."""
    watch_us, viewer_id = place
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM (SELECT id, watch_us, face FROM viewer WHERE community_id = $1 AND watch_us >= $2 "
        "AND (watch_us > $2 OR id < $3) ORDER BY watch_us, id DESC LIMIT $4) AS v "
        "JOIN account a ON a.id = v.face ORDER BY v.watch_us DESC, v.id",
        community_id,
        watch_us,
        viewer_id,
        limit,
    )
    return [Standing._make(row) for row in rows]


async def rank_of(reader: Reader, community_id: int, place: Place) -> int:
    """How many stand before `place`, plus one."""
    rows = await reader.fetch(
        "SELECT count(*) AS ahead FROM viewer WHERE community_id = $1 AND watch_us >= $2 "
        "AND (watch_us > $2 OR id < $3)",
        community_id,
        *place,
    )
    return int(rows[0]["ahead"]) + 1


async def standing_of(reader: Reader, community_id: int, viewer_id: int) -> Standing | None:
    """Where one viewer stands, or None when the community has no such viewer."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM viewer v JOIN account a ON a.id = v.face WHERE v.community_id = $1 AND v.id = $2",
        community_id,
        viewer_id,
    )
    return Standing._make(rows[0]) if rows else None


NAMED = "v.viewer_id, s.watch_us, a.id AS account_id, a.platform, a.external_id, a.name"
BY_PREFIX = (
    f"SELECT {NAMED} FROM viewer_account v JOIN account a ON a.id = v.account_id JOIN viewer s ON s.id = v.viewer_id "
    "WHERE v.community_id = $1 AND v.viewer_id {among} AND substr(a.name_key, 1, length(CAST($2 AS TEXT))) = $2 "
    "ORDER BY s.watch_us DESC, v.viewer_id, a.id LIMIT $4"
)
FIRST = "(SELECT id FROM viewer WHERE community_id = $1 ORDER BY watch_us DESC, id LIMIT $3)"
AMONG = {"postgres": f"= ANY(ARRAY{FIRST})", "sqlite": f"IN {FIRST}"}
"""A bounded number of viewers of one community, each looked up; PostgreSQL would rather read all accounts there are."""
BY_NAME = (
    f"SELECT {NAMED} FROM account a JOIN viewer_account v ON v.community_id = $1 AND v.account_id = a.id "
    "JOIN viewer s ON s.id = v.viewer_id WHERE a.platform IN ('discord', 'kick', 'twitch') AND a.name_key = $2 "
    "ORDER BY s.watch_us DESC, v.viewer_id, a.id LIMIT $3"
)


async def named(reader: Reader, community_id: int, typed: str, among: int, limit: int) -> Sequence[Standing]:
    """Accounts of a community's viewers whose name is what was typed, and then those whose name begins with it.

    Case does not matter. Who watched most comes first, and of the beginnings only the first `among` viewers are looked
    at; a whole name is found whoever has it.
    """
    key = typed.casefold()
    exact = await reader.fetch(BY_NAME, community_id, key, limit if key else 0)
    begins = await reader.fetch(BY_PREFIX.format(among=AMONG[reader.dialect]), community_id, key, among, limit)
    found = [*map(Standing._make, exact), *map(Standing._make, begins)]
    return list({one.account_id: one for one in found}.values())[:limit]


async def size(reader: Reader, community_id: int) -> int:
    """How many viewers of a community have watch time."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM viewer WHERE community_id = $1 AND watch_us > 0", community_id
    )
    return int(rows[0]["many"])


async def viewer_by_account(reader: Reader, community_id: int, platform: str, external_id: str) -> int | None:
    """The viewer of an account by the platform's own id, or None."""
    rows = await reader.fetch(
        "SELECT v.viewer_id FROM viewer_account v JOIN account a ON a.id = v.account_id "
        "WHERE v.community_id = $1 AND a.platform = $2 AND a.external_id = $3",
        community_id,
        platform,
        external_id,
    )
    return rows[0]["viewer_id"] if rows else None
