"""Who is in a draw, who is left out, and who was drawn."""

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from server.domain.draws.plan import UNLINKED, DrawSubject, identity, subject_of
from server.domain.draws.selection import Place
from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx
from server.store.draws.draws import DrawRow


class Entrant(NamedTuple):
    """Somebody in a draw, or left out for the reason `excluded`."""

    viewer_id: int
    account_id: int
    entry_id: bytes
    salt: bytes
    weight: int
    excluded: str | None


Line = tuple[int, int, int, int, str, str, int, str | None]
"""Somebody in a draw, as he is written down: a value for each of `NAMES`."""

NAMES = ("community_id", "draw_id", "viewer_id", "account_id", "entry_id", "salt", "weight", "excluded")
ENTRY_ID = itemgetter(Entrant._fields.index("entry_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """Somebody who was drawn, and what became of it."""

    position: int
    ticket: int
    place: int
    viewer_id: int
    account_id: int
    state: str
    reason: str | None
    settled_at: datetime | None


def entrant_of(
    viewer_id: int, accounts: Sequence[tuple[str, str, int]], weight: int, salt: bytes, code: str | None
) -> Entrant:
    """A viewer's line: by his account of Kick or Twitch; left out where there is a reason, or he has none.

    `accounts` are platform, the platform's own id and our number, oldest first.
    """
    subject = subject_of(accounts)
    name, account = (None, accounts[0][2]) if subject is None else subject
    excluded = code or (UNLINKED if name is None else None)
    return Entrant(viewer_id, account, identity(salt, name, account), salt, weight, excluded)


class Gathered:
    """The people of a list before it is written down, by the first byte of their ids, which are hashes.

    In the order of its ids a list is written, and later read, from one end to the other; in any other, each row would
    have to be looked for.
    """

    def __init__(self, community_id: int, draw_id: int) -> None:
        self._of = (community_id, draw_id)
        self._parts = deque[list[tuple[Any, ...]]]([] for _ in range(256))

    def take(self, entrants: Iterable[Entrant]) -> None:
        """Gather some more."""
        for one in entrants:
            # Plain tuples are none of the garbage collector's business; it would stop everybody to look through others.
            self._parts[one.entry_id[0]].append(tuple(one))

    def pages(self, size: int) -> Generator[list[Line], None, None]:
        """All of them in the order of their ids, so many at a time, once.

        They are let go with their page: to let go of 100,000 at the end keeps everybody else waiting.
        """
        community_id, draw_id = self._of
        page: list[Line] = []
        while self._parts:
            part = sorted(self._parts.popleft(), key=ENTRY_ID)
            page += [
                (community_id, draw_id, viewer, account, entry_id.hex(), salt.hex(), weight, excluded)
                for viewer, account, entry_id, salt, weight, excluded in part
            ]
            while len(page) >= size:
                yield page[:size]
                del page[:size]
        if page:
            yield page


async def load(tx: Tx, pages: Iterable[Sequence[Line]]) -> None:
    """Write a list down, in the order in which it comes."""
    await tx.load("draw_entrant", NAMES, pages)


async def add(tx: Tx, community_id: int, draw_id: int, entrants: Sequence[Entrant]) -> None:
    """Put some people into a draw."""
    await tx.bulk(
        "INSERT INTO draw_entrant (community_id, draw_id, viewer_id, account_id, entry_id, salt, weight, excluded) "
        "SELECT {p1}, {p2}, r.viewer_id, r.account_id, r.entry_id, r.salt, r.weight, r.excluded FROM r",
        {
            "viewer_id": ("bigint", [one.viewer_id for one in entrants]),
            "account_id": ("bigint", [one.account_id for one in entrants]),
            "entry_id": ("text", [one.entry_id.hex() for one in entrants]),
            "salt": ("text", [one.salt.hex() for one in entrants]),
            "weight": ("bigint", [one.weight for one in entrants]),
            "excluded": ("text", [one.excluded for one in entrants]),
        },
        community_id,
        draw_id,
    )


async def of_viewer(reader: Reader, draw_id: int, viewer_id: int) -> Entrant | None:
    """A viewer's own line in a draw, or None."""
    rows = await reader.fetch(
        "SELECT viewer_id, account_id, entry_id, salt, weight, excluded FROM draw_entrant "
        "WHERE draw_id = $1 AND viewer_id = $2",
        draw_id,
        viewer_id,
    )
    return (
        None
        if not rows
        else Entrant(
            viewer_id=rows[0]["viewer_id"],
            account_id=rows[0]["account_id"],
            entry_id=bytes.fromhex(rows[0]["entry_id"]),
            salt=bytes.fromhex(rows[0]["salt"]),
            weight=rows[0]["weight"],
            excluded=rows[0]["excluded"],
        )
    )


async def owners(reader: Reader, draw_id: int, entry_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Whose some entries are: viewer and account, by id of the entry."""
    rows = await reader.bulk(
        "SELECT e.entry_id, e.viewer_id, e.account_id FROM r JOIN draw_entrant e ON e.draw_id = {p1} "
        "AND e.entry_id = r.entry_id",
        {"entry_id": ("text", sorted(set(entry_ids)))},
        draw_id,
    )
    return {row["entry_id"]: (row["viewer_id"], row["account_id"]) for row in rows}


async def add_places(
    tx: Tx, community_id: int, draw_id: int, places: Sequence[tuple[Place, int, int]], winners: int
) -> None:
    """Keep who was drawn, each with viewer and account; the first `winners` of them win."""
    await tx.bulk(
        "INSERT INTO draw_place (community_id, draw_id, position, ticket, place, viewer_id, account_id, state) "
        "SELECT {p1}, {p2}, r.position, r.ticket, r.place, r.viewer_id, r.account_id, r.state FROM r WHERE TRUE "
        "RETURNING id",
        {
            "position": ("bigint", [one.position for one, _, _ in places]),
            "ticket": ("bigint", [one.ticket for one, _, _ in places]),
            "place": ("bigint", [one.owner for one, _, _ in places]),
            "viewer_id": ("bigint", [viewer for _, viewer, _ in places]),
            "account_id": ("bigint", [account for _, _, account in places]),
            "state": ("text", ["won" if one.position <= winners else "alternate" for one, _, _ in places]),
        },
        community_id,
        draw_id,
    )


async def places(reader: Reader, draw_id: int) -> list[PlaceRow]:
    """Who was drawn, in order."""
    rows = await reader.fetch(
        "SELECT position, ticket, place, viewer_id, account_id, state, reason, settled_at FROM draw_place "
        "WHERE draw_id = $1 ORDER BY position",
        draw_id,
    )
    return [
        PlaceRow(
            position=row["position"],
            ticket=row["ticket"],
            place=row["place"],
            viewer_id=row["viewer_id"],
            account_id=row["account_id"],
            state=row["state"],
            reason=row["reason"],
            settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
        )
        for row in rows
    ]


async def keeping(reader: Reader, draw: DrawRow) -> int:
    """How many have won in all the draws of what a draw is of, claimed or not, and were not passed over."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM draw d JOIN draw_place p ON p.draw_id = d.id AND p.state IN ('won', 'confirmed') "
        "WHERE d.subject = $1 AND d.subject_id = $2 AND d.env = 'live' AND d.state = 'drawn'",
        draw.subject.value,
        draw.subject_id,
    )
    return int(rows[0]["many"])


async def states(reader: Reader, subject: DrawSubject, subject_id: int) -> list[str]:
    """What became of everybody who was drawn in all the draws of a raffle or a giveaway."""
    rows = await reader.fetch(
        "SELECT p.state FROM draw d JOIN draw_place p ON p.draw_id = d.id "
        "WHERE d.subject = $1 AND d.subject_id = $2 AND d.env = 'live' AND d.state = 'drawn'",
        subject.value,
        subject_id,
    )
    return [row["state"] for row in rows]


async def is_anybody_left(reader: Reader, draw_id: int) -> bool:
    """Whether somebody is in the closed list of a draw who was not drawn from it."""
    return bool(
        await reader.fetch(
            "SELECT 1 FROM draw_entrant e WHERE e.draw_id = $1 AND e.excluded IS NULL AND NOT EXISTS (SELECT 1 "
            "FROM draw_place p WHERE p.draw_id = $1 AND p.viewer_id = e.viewer_id) LIMIT 1",
            draw_id,
        )
    )


async def settle_place(
    tx: Tx, draw_id: int, position: int, state: str, now: datetime, *, actor: str | None, reason: str | None
) -> None:
    """Note what became of somebody who was drawn."""
    await tx.execute(
        "UPDATE draw_place SET state = $3, reason = $4, settled_at = $5, actor = $6 "
        "WHERE draw_id = $1 AND position = $2",
        draw_id,
        position,
        state,
        reason,
        micros(now),
        actor,
    )


async def excluded_among(reader: Reader, period_id: int, accounts: Sequence[int]) -> dict[int, str]:
    """Those of some accounts that staff leaves out, with the code of why."""
    rows = await reader.bulk(
        "SELECT x.account_id, x.code FROM r JOIN draw_exclusion x ON x.period_id = {p1} "
        "AND x.account_id = r.account_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        period_id,
    )
    return {row["account_id"]: row["code"] for row in rows}


async def exclude(
    tx: Tx,
    community_id: int,
    period_id: int,
    accounts: Sequence[int],
    *,
    code: str,
    reason: str,
    actor: str,
    now: datetime,
) -> int:
    """Leave accounts out of the draws of a period; how many were not left out already."""
    rows = await tx.bulk(
        "INSERT INTO draw_exclusion (community_id, period_id, account_id, code, reason, actor, at) "
        "SELECT {p1}, {p2}, r.account_id, {p3}, {p4}, {p5}, {p6} FROM r WHERE TRUE "
        "ON CONFLICT (period_id, account_id) DO NOTHING RETURNING id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
        period_id,
        code,
        reason,
        actor,
        micros(now),
    )
    return len(rows)


async def include(tx: Tx, period_id: int, accounts: Sequence[int]) -> int:
    """Leave accounts out no longer; how many were."""
    rows = await tx.bulk(
        "DELETE FROM draw_exclusion WHERE period_id = {p1} AND account_id IN (SELECT account_id FROM r) RETURNING id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        period_id,
    )
    return len(rows)


async def given_by_staff(reader: Reader, period_id: int) -> int:
    """How many tickets of a period staff gave; what it took from others makes that no less."""
    rows = await reader.fetch(
        "SELECT CAST(COALESCE(sum(amount), 0) AS BIGINT) AS many FROM ticket_tally "
        "WHERE period_id = $1 AND source = 'staff' AND amount > 0",
        period_id,
    )
    return int(rows[0]["many"])
