"""Draws and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.draws.plan import ON_ITS_WAY, DrawState, DrawSubject, draw_name, soonest
from server.domain.draws.records import Environment
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRow:
    """A draw; `supplement_of` is the one whose list it is over, where it draws for `winners` that are lacking."""

    id: int
    community_id: int
    subject: DrawSubject
    subject_id: int
    number: int
    env: Environment
    state: DrawState
    beacon_round: int
    planned_for: int
    is_manual: bool
    frozen_at: datetime | None
    committed_at: datetime | None
    commit_hash: str | None
    entries_count: int | None
    tickets_total: int | None
    beacon_signature: str | None
    drawn_at: datetime | None
    reveal_at: datetime | None
    revealed_at: datetime | None
    supplement_of: int | None
    winners: int | None

    @property
    def name(self) -> str:
        """What it is called in its records."""
        return draw_name(self.subject, self.subject_id, self.number)

    def round_expected(self, now: datetime) -> int:
        """The round that it is drawn by; of one that was asked for, before its promise, the first that it may name."""
        is_open = self.is_manual and self.state in {DrawState.ASKED, DrawState.FROZEN}
        return soonest(now) if is_open else self.beacon_round

    @property
    def is_test(self) -> bool:
        """Whether nothing is won in it."""
        return self.env == "test"

    def is_revealed(self, now: datetime) -> bool:
        """Whether anybody may be told who was drawn."""
        return self.reveal_at is not None and now >= self.reveal_at


FIELDS = (
    "id, community_id, subject, subject_id, number, env, state, beacon_round, planned_for, is_manual, frozen_at, "
    "committed_at, commit_hash, entries_count, tickets_total, beacon_signature, drawn_at, reveal_at, revealed_at, "
    "supplement_of, winners"
)


def draw_row(row: Row) -> DrawRow:
    """A row of the table as a value."""
    return DrawRow(
        id=row["id"],
        community_id=row["community_id"],
        subject=DrawSubject(row["subject"]),
        subject_id=row["subject_id"],
        number=row["number"],
        env=row["env"],
        state=DrawState(row["state"]),
        beacon_round=row["beacon_round"],
        planned_for=row["planned_for"],
        is_manual=bool(row["is_manual"]),
        frozen_at=_instant(row["frozen_at"]),
        committed_at=_instant(row["committed_at"]),
        commit_hash=row["commit_hash"],
        entries_count=row["entries_count"],
        tickets_total=row["tickets_total"],
        beacon_signature=row["beacon_signature"],
        drawn_at=_instant(row["drawn_at"]),
        reveal_at=_instant(row["reveal_at"]),
        revealed_at=_instant(row["revealed_at"]),
        supplement_of=row["supplement_of"],
        winners=row["winners"],
    )


def _instant(value: int | None) -> datetime | None:
    return None if value is None else instant_of(value)


async def add(
    tx: Tx,
    community_id: int,
    *,
    subject_id: int,
    number: int,
    state: DrawState,
    beacon_round: int,
    planned_for: int,
    actor: str,
    now: datetime,
    subject: DrawSubject = DrawSubject.RAFFLE,
    env: Environment = "live",
    supplement_of: int | None = None,
    winners: int | None = None,
) -> DrawRow:
    """Note a draw; the caller holds the community's lock and has seen that the number is free."""
    rows = await tx.fetch(
        "INSERT INTO draw (community_id, subject, subject_id, number, env, state, beacon_round, planned_for, "
        "is_manual, actor, made_at, supplement_of, winners) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING {FIELDS}",
        community_id,
        subject.value,
        subject_id,
        number,
        env,
        state.value,
        beacon_round,
        planned_for,
        state is DrawState.ASKED,
        actor,
        micros(now),
        supplement_of,
        winners,
    )
    return draw_row(rows[0])


async def by_id(reader: Reader, community_id: int, draw_id: int) -> DrawRow | None:
    """A draw of the community, or None."""
    rows = await reader.fetch(f"SELECT {FIELDS} FROM draw WHERE community_id = $1 AND id = $2", community_id, draw_id)
    return draw_row(rows[0]) if rows else None


async def named(reader: Reader, subject: DrawSubject, subject_id: int, number: int) -> DrawRow | None:
    """A draw by what it is called in its records, for what everybody may see."""
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM draw WHERE subject = $1 AND subject_id = $2 AND number = $3",
        subject.value,
        subject_id,
        number,
    )
    return draw_row(rows[0]) if rows else None


async def latest(reader: Reader, subject_id: int, subject: DrawSubject = DrawSubject.RAFFLE) -> DrawRow | None:
    """The last draw of a raffle's period or of a giveaway that is no test, or None."""
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM draw WHERE subject = $1 AND subject_id = $2 AND env = 'live' "
        "ORDER BY number DESC LIMIT 1",
        subject.value,
        subject_id,
    )
    return draw_row(rows[0]) if rows else None


async def last_drawn(reader: Reader, subject_id: int, subject: DrawSubject = DrawSubject.RAFFLE) -> DrawRow | None:
    """The last draw of a raffle or a giveaway that is no test and has a result, or None."""
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM draw WHERE subject = $1 AND subject_id = $2 AND env = 'live' AND state = 'drawn' "
        "ORDER BY number DESC LIMIT 1",
        subject.value,
        subject_id,
    )
    return draw_row(rows[0]) if rows else None


async def next_number(reader: Reader, subject_id: int, subject: DrawSubject = DrawSubject.RAFFLE) -> int:
    """The number of the next draw of a raffle or a giveaway; tests have theirs among those of its draws."""
    rows = await reader.fetch(
        "SELECT COALESCE(max(number), 0) AS last FROM draw WHERE subject = $1 AND subject_id = $2",
        subject.value,
        subject_id,
    )
    return rows[0]["last"] + 1


async def tests_on_their_way(reader: Reader, subject_id: int) -> int:
    """How many tests of a raffle are not drawn yet."""
    states = ", ".join(f"'{state.value}'" for state in sorted(ON_ITS_WAY))
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM draw WHERE subject = 'raffle' AND subject_id = $1 AND env = 'test' "
        f"AND state IN ({states})",
        subject_id,
    )
    return int(rows[0]["many"])


async def of_subjects(reader: Reader, subject: DrawSubject, subject_ids: Sequence[int]) -> dict[int, DrawRow]:
    """The last draw of each of some raffles or giveaways that is no test, by what it is of."""
    rows = await reader.bulk(
        f"SELECT {', '.join('d.' + name for name in FIELDS.split(', '))} FROM r JOIN draw d "
        "ON d.subject = {p1} AND d.subject_id = r.subject_id AND d.env = 'live' ORDER BY d.number",
        {"subject_id": ("bigint", sorted(set(subject_ids)))},
        subject.value,
    )
    return {row["subject_id"]: draw_row(row) for row in rows}


async def page(
    reader: Reader,
    community_id: int,
    before_id: int | None,
    limit: int,
    *,
    subject_id: int | None = None,
    subject: DrawSubject = DrawSubject.RAFFLE,
) -> list[DrawRow]:
    """The draws of a community's raffles or giveaways, or of one of them, newest first, after the last one seen."""
    values = () if subject_id is None else (subject_id,)
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM draw WHERE community_id = $1 AND id < $2 AND subject = $4 "
        f"{'AND subject_id = $5' if values else ''} ORDER BY id DESC LIMIT $3",
        community_id,
        LATEST if before_id is None else before_id,
        limit,
        subject.value,
        *values,
    )
    return [draw_row(row) for row in rows]


async def count(
    reader: Reader, community_id: int, *, subject_id: int | None = None, subject: DrawSubject = DrawSubject.RAFFLE
) -> int:
    """How many draws the raffles or giveaways of a community have, or one of them."""
    values = () if subject_id is None else (subject_id,)
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM draw WHERE community_id = $1 AND subject = $2 "
        f"{'AND subject_id = $3' if values else ''}",
        community_id,
        subject.value,
        *values,
    )
    return int(rows[0]["many"])


async def given_up(reader: Reader, draw: DrawRow) -> int | None:
    """The last draw of the same raffle or giveaway that was given up after its list was closed; None for none."""
    rows = await reader.fetch(
        "SELECT id FROM draw WHERE subject = $1 AND subject_id = $2 AND env = 'live' AND id < $3 AND state = 'void' "
        "AND frozen_at IS NOT NULL ORDER BY id DESC LIMIT 1",
        draw.subject.value,
        draw.subject_id,
        draw.id,
    )
    return rows[0]["id"] if rows else None


async def unplanned(reader: Reader, limit: int) -> list[tuple[int, int]]:
    """The periods still counting without a draw, or with one that was planned for another time."""
    rows = await reader.fetch(
        "SELECT p.community_id, p.id FROM raffle_period p LEFT JOIN draw d "
        "ON d.subject = 'raffle' AND d.subject_id = p.id AND d.env = 'live' "
        "WHERE p.state IN ('open', 'settling') AND (d.id IS NULL OR d.state = 'planned' "
        "AND d.planned_for <> p.draw_at) ORDER BY p.id LIMIT $1",
        limit,
    )
    return [(row["community_id"], row["id"]) for row in rows]


async def unpromised(reader: Reader, until: int, after: int, limit: int) -> list[DrawRow]:
    """Draws whose list is to be closed or promised, by id: asked for, closed, or planned and their raffle over.

    Of planned ones only those that were planned for `until` (microseconds) at last.
    """
    rows = await reader.fetch(
        f"SELECT {', '.join('d.' + name for name in FIELDS.split(', '))} FROM draw d "
        "LEFT JOIN raffle_period p ON d.subject = 'raffle' AND p.id = d.subject_id "
        "WHERE d.id > $2 AND (d.state IN ('asked', 'frozen') "
        "OR d.state = 'planned' AND p.state IN ('settling', 'frozen') AND d.planned_for <= $1) "
        "ORDER BY d.id LIMIT $3",
        until,
        after,
        limit,
    )
    return [draw_row(row) for row in rows]


async def undrawn(reader: Reader, beacon_round: int, after: int, limit: int) -> list[DrawRow]:
    """Promised draws whose round is `beacon_round` at last, by id."""
    rows = await reader.fetch(
        f"SELECT {FIELDS} FROM draw WHERE state = 'committed' AND beacon_round <= $1 AND id > $2 ORDER BY id LIMIT $3",
        beacon_round,
        after,
        limit,
    )
    return [draw_row(row) for row in rows]


async def await_round(tx: Tx, draw_id: int, beacon_round: int, planned_for: int) -> None:
    """Have a draw wait for another round."""
    await tx.execute(
        "UPDATE draw SET beacon_round = $2, planned_for = $3 WHERE id = $1", draw_id, beacon_round, planned_for
    )


async def ask(tx: Tx, draw_id: int, actor: str) -> None:
    """Have a draw that is not promised yet be made now; a list that is closed stays so."""
    await tx.execute(
        "UPDATE draw SET state = CASE state WHEN 'planned' THEN 'asked' ELSE state END, is_manual = $3, actor = $2 "
        "WHERE id = $1",
        draw_id,
        actor,
        True,
    )


async def note_frozen(tx: Tx, draw_id: int, state: DrawState, now: datetime) -> None:
    """Note that the list is closed, or that nobody is in it."""
    await tx.execute("UPDATE draw SET state = $2, frozen_at = $3 WHERE id = $1", draw_id, state.value, micros(now))


async def note_committed(
    tx: Tx, draw_id: int, *, beacon_round: int, commit_hash: str, count: int, total: int, now: datetime
) -> None:
    """Note what was promised."""
    await tx.execute(
        "UPDATE draw SET state = 'committed', beacon_round = $2, commit_hash = $3, entries_count = $4, "
        "tickets_total = $5, committed_at = $6 WHERE id = $1",
        draw_id,
        beacon_round,
        commit_hash,
        count,
        total,
        micros(now),
    )


async def note_beacon(tx: Tx, draw_id: int, signature: str) -> None:
    """Keep the beacon's signature, which was checked."""
    await tx.execute("UPDATE draw SET beacon_signature = $2 WHERE id = $1", draw_id, signature)


async def note_drawn(tx: Tx, draw_id: int, now: datetime, reveal_at: datetime) -> None:
    """Note that it is known who was drawn."""
    await tx.execute(
        "UPDATE draw SET state = 'drawn', drawn_at = $2, reveal_at = $3 WHERE id = $1",
        draw_id,
        micros(now),
        micros(reveal_at),
    )


async def note_revealed(tx: Tx, draw_id: int, now: datetime) -> None:
    """Note when the winners were named; the first time counts."""
    await tx.execute("UPDATE draw SET revealed_at = $2 WHERE id = $1 AND revealed_at IS NULL", draw_id, micros(now))


async def note_void(tx: Tx, draw_id: int) -> None:
    """Note that it was given up."""
    await tx.execute("UPDATE draw SET state = 'void' WHERE id = $1", draw_id)
