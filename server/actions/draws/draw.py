"""A draw's result: who was drawn follows from the promise and the beacon; here it is only written down and told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from server.actions.draws.commit import NOTICE, seen_outside
from server.actions.draws.record import changed, known, line, recorded
from server.auth.signing import OperatorKeys
from server.domain.chat.lines import LINE_LIFETIME
from server.domain.chat.texts import spent
from server.domain.draws.plan import REVEAL_AFTER, DrawState, DrawSubject, Terms
from server.domain.draws.rounds import Beacon
from server.domain.draws.selection import Place
from server.domain.instants import SECOND, micros
from server.domain.raffle.periods import PeriodState
from server.domain.refusals import Refused
from server.events.chat import LineWanted
from server.events.draws import DrawRevealed, Winner
from server.events.raffle import RaffleChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import channels, communities, jobs, linking
from server.store.draws import draws, entrants
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import PlaceRow
from server.store.draws.terms import terms_of
from server.store.jobs import LeasedJob, NewJob
from server.store.linking import AccountRecord
from server.store.names import settings_in_force
from server.store.raffle import periods

REVEAL = "draws.reveal"
ALTERNATE, PASSED = "alternate", "passed"
BECAME = {PASSED: ", passed over", "confirmed": ", confirmed"}
"""What is said of whom staff settled before the reveal had its turn."""
DRAWN = "draw_done"
NAMED_MAX = 10


async def supply(tx: Tx, scope: Scope, *, draw_id: int, beacon: Beacon) -> Done[bool]:
    """Keep the beacon's signature of a draw's round, which the caller has checked, for the draw to go on with.

    Refuses a draw that is not committed, and a round that is not the promised one.
    """
    await communities.lock(tx, scope.community_id)
    draw = await known(tx, scope.community_id, draw_id)
    if draw.state is DrawState.DRAWN:
        return Done(False)
    if draw.state is not DrawState.COMMITTED:
        raise Refused("draw_not_committed", f"This draw is {draw.state.value}.", "Wait until its list is closed.")
    if beacon.round != draw.beacon_round:
        raise Refused(
            "round_wrong", f"This draw waits for round {draw.beacon_round}.", "Supply that round, and no other."
        )
    await draws.note_beacon(tx, draw_id, beacon.signature.hex())
    return Done(True, audit=[line("draws.supply_beacon", draw, after={"round": beacon.round})])


async def draw(
    tx: Tx,
    scope: Scope,
    *,
    draw_id: int,
    beacon: Beacon,
    seed: bytes,
    drawn: Sequence[tuple[Place, str]],
    keys: OperatorKeys,
) -> Done[bool]:
    """Write down who was drawn, each with the id of his entry; whether that was done, which is once.

    The caller has checked the beacon and drawn by the procedure.
    """
    scope = await locked(tx, scope)
    row = await draws.by_id(tx, scope.community_id, draw_id)
    if row is None or row.state is not DrawState.COMMITTED or row.beacon_round != beacon.round:
        return Done(False)
    terms = await terms_of(tx, row)
    if terms is None:
        raise LookupError(f"What draw {draw_id} is about is gone.")
    seen = await seen_outside(tx, row)
    await recorded(
        tx,
        scope,
        row,
        "result",
        keys,
        commit=row.commit_hash,
        beacon_round=beacon.round,
        beacon_signature=beacon.signature.hex(),
        seed=seed.hex(),
        drawn=[list(place) for place, _ in drawn],
        evidence=[{"place": one.place, "reference": one.reference, "at": micros(one.at) // SECOND} for one in seen],
    )
    owners = await entrants.owners(tx, draw_id, [entry for _, entry in drawn])
    await entrants.add_places(
        tx, scope.community_id, draw_id, [(place, *owners[entry]) for place, entry in drawn], terms.winners
    )
    reveal_at = scope.now + REVEAL_AFTER
    await draws.note_beacon(tx, draw_id, beacon.signature.hex())
    await draws.note_drawn(tx, draw_id, scope.now, reveal_at)
    await to_be_told(tx, scope, row, terms, reveal_at)
    told = line("draws.draw", row, after={"round": beacon.round, "drawn": len(drawn), "seen_before": len(seen)})
    return Done(True, [changed(row, DrawState.DRAWN), *await advanced(tx, row)], [told])


async def advanced(tx: Tx, row: DrawRow) -> list[RaffleChanged]:
    """Note in the raffle that it is drawn, where the draw is of one, no test and the first that has a result."""
    if row.is_test or row.supplement_of is not None or row.subject is not DrawSubject.RAFFLE:
        return []
    period = await periods.by_id(tx, row.community_id, row.subject_id)
    if period is None:
        return []
    await periods.advance(tx, period.id, PeriodState.DRAWN)
    return [RaffleChanged(period_id=period.id, number=period.number, state=PeriodState.DRAWN.value)]


async def to_be_told(tx: Tx, scope: Scope, row: DrawRow, terms: Terms, reveal_at: datetime) -> None:
    """Have the winners be named where viewers are, at the time of the reveal."""
    payload = {
        "draw": row.id,
        row.subject.value: row.subject_id,
        "title": terms.title,
        "test": row.is_test,
        "reveal_at": reveal_at.isoformat(),
        "speaks_within_s": int(terms.claim.total_seconds()) if terms.speaks else None,
    }
    reveal = NewJob(kind=REVEAL, key=str(row.id), payload=payload, run_at=reveal_at, community_id=scope.community_id)
    await jobs.add(tx, [reveal], scope.now)


async def reveal(tx: Tx, scope: Scope, *, job: LeasedJob, public_url: str) -> Done[None]:
    """Name the winners in the chats of the community's channels, in the feed and to Discord's bot, when it is time.

    Chat is told who was drawn first, in that order, also of whoever was passed over before this job had its turn.
    """
    await communities.lock(tx, scope.community_id)
    row = await known(tx, scope.community_id, job.payload["draw"])
    drawn = await entrants.places(tx, row.id) if row.state is DrawState.DRAWN else []
    named = [one for one in drawn if one.state != ALTERNATE]
    if not await jobs.finish(tx, job, scope.now):
        raise RuntimeError("The job was taken over by somebody else.")
    if not named:  # given up in the seconds between
        return Done(None)
    won = [one for one in named if one.state != PASSED]
    accounts = await linking.accounts_by_ids(tx, [one.account_id for one in (*named[:NAMED_MAX], *won[:NAMED_MAX])])
    within = job.payload.get("speaks_within_s")
    claim = f" Write something here within {spent(within)} to claim." if within else ""
    url = f"{public_url}/draws/{row.name}"
    text = f"{job.payload['title']}: drawn were {names(named, accounts)}.{claim} Check it: {url}"
    await draws.note_revealed(tx, row.id, scope.now)
    told = DrawRevealed(
        draw_id=row.id,
        subject=row.subject.value,
        subject_id=row.subject_id,
        title=job.payload["title"],
        is_test=row.is_test,
        count=len(won),
        winners=tuple(winner(one, accounts[one.account_id]) for one in won[:NAMED_MAX] if one.account_id in accounts),
        masks=(await settings_in_force(tx, scope.community_id)).masks,
        url=url,
        reveal_at=row.reveal_at or scope.now,
    )
    await jobs.add(tx, [telling(scope, told, job.payload)], scope.now)
    return Done(
        None,
        [
            told,
            *(
                LineWanted(
                    channel_id=channel.id,
                    kind=NOTICE,
                    key=f"draw:{row.id}:result:{channel.id}",
                    text=text,
                    expires_at=scope.now + LINE_LIFETIME,
                )
                for channel in await channels.attached(tx, scope.community_id)
            ),
        ],
    )


def names(drawn: Sequence[PlaceRow], accounts: Mapping[int, AccountRecord]) -> str:
    """The first of those who were drawn, with their tickets and what became of them, and how many more there are."""
    told = ", ".join(
        f"{accounts[one.account_id].name} (ticket {one.ticket}{BECAME.get(one.state, '')})"
        for one in drawn[:NAMED_MAX]
        if one.account_id in accounts
    )
    return f"{told} and {len(drawn) - NAMED_MAX} more" if len(drawn) > NAMED_MAX else told


def winner(place: PlaceRow, account: AccountRecord) -> Winner:
    """Somebody who won, as he is shown."""
    return Winner(
        position=place.position,
        ticket=place.ticket,
        platform=account.platform,
        external_id=account.external_id,
        name=account.name,
    )


def telling(scope: Scope, told: DrawRevealed, payload: Mapping[str, Any]) -> NewJob:
    """The job in which Discord's bot tells who won."""
    return NewJob(
        kind=DRAWN,
        key=str(told.draw_id),
        payload={
            **payload,
            "url": told.url,
            "won": told.count,
            "winners": [one.shown() for one in told.winners],
            "masks": told.masks,
        },
        run_at=scope.now,
        community_id=scope.community_id,
        audience="discord",
        order_key=f"draw:{told.draw_id}",
    )
