"""Promise a draw: a signed record of its list, rules and round, and its code posted where we cannot change it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from server.actions.draws.plan import postpone_late
from server.actions.draws.record import changed, line, recorded
from server.auth.signing import OperatorKeys
from server.domain.draws.plan import DrawState, is_in_time, soonest
from server.domain.draws.records import TITLE_LENGTH_MAX, short_code
from server.domain.draws.rounds import QUICKNET
from server.domain.draws.rounds import instant_of as time_of
from server.domain.instants import SECOND, micros
from server.events.chat import LineWanted
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, jobs
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.jobs import NewJob
from server.store.raffle import periods
from server.store.raffle.periods import PeriodRecord

COMMITTED = "draw_committed"
NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What is hashed of a closed list."""

    root: str
    count: int
    sha256: str
    total: int
    excluded_count: int
    excluded_sha256: str


def posting_key(draw_id: int) -> str:
    """What the causes of the lines begin with by which a draw's code is posted."""
    return f"draw:{draw_id}:commit:"


async def commit(
    tx: Tx, scope: Scope, *, draw_id: int, closed: Closed, keys: OperatorKeys, public_url: str
) -> Done[bool]:
    """Put a frozen draw's promise into the log and have its code posted; whether that was done.

    A planned draw whose round is too near gets another one first, on record: a round that could be known is never
    used. One that staff asked for takes the first round a minute ahead.
    """
    await communities.lock(tx, scope.community_id)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    period = None if draw is None else await periods.by_id(tx, scope.community_id, draw.period_id)
    if draw is None or period is None or draw.state is not DrawState.FROZEN or draw.frozen_at is None:
        return Done(False)
    if not draw.is_manual and not is_in_time(draw.beacon_round, draw.frozen_at, scope.now):
        audit = await postpone_late(tx, scope, draw, keys)
        return Done(False, [changed(draw, draw.state)], audit)
    beacon_round = soonest(scope.now) if draw.is_manual else draw.beacon_round
    _, hashed = await recorded(
        tx,
        scope,
        draw,
        "commit",
        keys,
        **await promise(tx, draw.frozen_at, period, closed),
        beacon_round=beacon_round,
        operator_key=keys.public_of(scope.community_id),
    )
    await draws.note_committed(
        tx,
        draw.id,
        beacon_round=beacon_round,
        commit_hash=hashed,
        count=closed.count,
        total=closed.total,
        now=scope.now,
    )
    code = short_code(bytes.fromhex(hashed))
    lines = await told(tx, scope, draw, period, closed, beacon_round, code, public_url)
    done = line("draws.commit", draw, after={"code": code, "round": beacon_round, "tickets": closed.total})
    return Done(True, [changed(draw, DrawState.COMMITTED), *lines], [done])


async def promise(tx: Tx, closed_at: datetime, period: PeriodRecord, closed: Closed) -> dict[str, Any]:
    """What a commit says of the list and the rules."""
    return {
        "title": title_of(period),
        "entries_root": closed.root,
        "entries_count": closed.count,
        "entries_sha256": closed.sha256,
        "tickets_total": closed.total,
        "excluded_count": closed.excluded_count,
        "excluded_sha256": closed.excluded_sha256,
        "rules_sha256": period.rules_sha256,
        "winners": period.rules.winners,
        "alternates": period.rules.alternates,
        "per_entry": True,
        "beacon_chain": QUICKNET.hash.hex(),
        "closes_at": micros(closed_at) // SECOND,
        "manual_tickets_total": max(0, await entrants.given_by_staff(tx, period.id)),
        "prizes_sha256": sha256(period.rules.prizes.encode()).hexdigest(),
    }


async def told(
    tx: Tx,
    scope: Scope,
    draw: DrawRow,
    period: PeriodRecord,
    closed: Closed,
    beacon_round: int,
    code: str,
    public_url: str,
) -> list[LineWanted]:
    """Have the code posted by Discord's bot, and the lines to say in the chats of the community's channels."""
    comes = time_of(beacon_round)
    payload = {
        "draw": draw.id,
        "raffle": period.id,
        "title": title_of(period),
        "code": code,
        "round": beacon_round,
        "draws_at": comes.isoformat(),
        "entrants": closed.count,
        "tickets": closed.total,
    }
    job = NewJob(
        kind=COMMITTED,
        key=str(draw.id),
        payload=payload,
        run_at=scope.now,
        community_id=scope.community_id,
        audience="discord",
        order_key=f"draw:{draw.id}",
    )
    await jobs.add(tx, [job], scope.now)
    text = (
        f"{title_of(period)}: the list is closed, {closed.count} people with {closed.total} tickets. Code {code}. "
        f"Drawn by drand round {beacon_round} at {comes:%H:%M:%S} UTC. {public_url}/draws/{draw.name}"
    )
    return [
        LineWanted(
            channel_id=channel.id, kind=NOTICE, key=f"{posting_key(draw.id)}{channel.id}", text=text, expires_at=comes
        )
        for channel in await channels.attached(tx, scope.community_id)
    ]


def title_of(period: PeriodRecord) -> str:
    """What a raffle is called in records: in one line, without what cannot be seen."""
    seen = "".join(char if char.isprintable() else " " for char in period.title).strip()
    return (seen or f"Raffle {period.number}")[:TITLE_LENGTH_MAX]
