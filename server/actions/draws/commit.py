"""Promise a draw: a signed record of its list, rules and round, and its code posted where we cannot change it."""

from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from server.actions.draws.plan import postpone_late
from server.actions.draws.record import changed, known, line, recorded
from server.auth.signing import OperatorKeys
from server.domain.draws.plan import DrawState, Terms, is_in_time, soonest
from server.domain.draws.records import short_code
from server.domain.draws.rounds import QUICKNET, Chain
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.snapshot import Closed
from server.domain.instants import SECOND, micros
from server.events.chat import LineWanted
from server.events.draws import DrawCommitted
from server.jobs.unit import Done, Scope, locked
from server.ports import Reader, Tx
from server.store import channels, jobs
from server.store.draws import draws, log
from server.store.draws.draws import DrawRow
from server.store.draws.log import Posted
from server.store.draws.terms import terms_of
from server.store.jobs import NewJob
from server.store.tokens import overlay_keys

COMMITTED = "draw_committed"
DRAWN_BY_STAFF = "drawn_by_staff"
NOTICE = "notice"


def posting_key(draw_id: int) -> str:
    """What the causes of the lines begin with by which a draw's code is posted."""
    return f"draw:{draw_id}:commit:"


async def seen_outside(reader: Reader, draw: DrawRow) -> list[Posted]:
    """Where a draw's code was seen before its round, first things first: in chats, on Discord and on overlays."""
    until = time_of(draw.beacon_round)
    in_chat = await log.posted(reader, draw.community_id, posting_key(draw.id), until)
    by_clients = await log.acknowledged(reader, draw.community_id, COMMITTED, str(draw.id), until)
    return sorted([*in_chat, *by_clients], key=lambda one: one.at)


async def commit(
    tx: Tx,
    scope: Scope,
    *,
    draw_id: int,
    closed: Closed,
    keys: OperatorKeys,
    public_url: str,
    chain: Chain = QUICKNET,
) -> Done[bool]:
    """Put a frozen draw's promise into the log and have its code posted; whether that was done.

    A planned draw whose round is too near gets another one first, on record: a round that could be known is never
    used. One that staff asked for takes the first round 75 seconds ahead, on record where another one was named.
    """
    scope = await locked(tx, scope)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    terms = None if draw is None else await terms_of(tx, draw)
    if draw is None or terms is None or draw.state is not DrawState.FROZEN or draw.frozen_at is None:
        return Done(False)
    if not draw.is_manual and not is_in_time(draw.beacon_round, draw.frozen_at, scope.now):
        audit = await postpone_late(tx, scope, draw, keys)
        return Done(False, [changed(draw, draw.state)], audit)
    beacon_round = await promised_round(tx, scope, draw, terms, keys)
    _, hashed = await recorded(
        tx,
        scope,
        draw,
        "commit",
        keys,
        **promise(draw.frozen_at, terms, closed),
        **await supplemented(tx, draw),
        beacon_chain=chain.hash.hex(),
        beacon_round=beacon_round,
        operator_key=keys.public_of(scope.community_id),
    )
    await draws.note_committed(
        tx,
        draw.id,
        beacon_round=beacon_round,
        commit_hash=hashed,
        count=closed.list.entries_count,
        total=closed.list.tickets_total,
        now=scope.now,
    )
    promised = committed(draw, terms.title, closed, hashed, beacon_round, f"{public_url}/draws/{draw.name}")
    after = {"code": promised.code, "round": beacon_round, "tickets": promised.tickets}
    lines = await told(tx, scope, promised)
    return Done(True, [changed(draw, DrawState.COMMITTED), promised, *lines], [line("draws.commit", draw, after=after)])


async def promised_round(tx: Tx, scope: Scope, draw: DrawRow, terms: Terms, keys: OperatorKeys) -> int:
    """The round as it was planned, or the first that is far enough ahead, on record where another one was named."""
    promised = soonest(scope.now, terms.lead) if draw.is_manual else draw.beacon_round
    if terms.named_round not in {None, promised}:
        moved = {"from_round": terms.named_round, "beacon_round": promised, "reason": DRAWN_BY_STAFF}
        await recorded(tx, scope, draw, "postponed", keys, **moved)
    return promised


async def supplemented(tx: Tx, draw: DrawRow) -> dict[str, str]:
    """What the commit of a further draw says of the one before."""
    if draw.supplement_of is None:
        return {}
    return {"supplement_of": (await known(tx, draw.community_id, draw.supplement_of)).name}


def committed(
    draw: DrawRow, title: str, closed: Closed, commit_hash: str, beacon_round: int, url: str
) -> DrawCommitted:
    """The event of a draw that is promised; `url` is where its file is."""
    return DrawCommitted(
        draw_id=draw.id,
        subject=draw.subject.value,
        subject_id=draw.subject_id,
        title=title,
        is_test=draw.is_test,
        code=short_code(bytes.fromhex(commit_hash)),
        beacon_round=beacon_round,
        entrants=closed.list.entries_count,
        tickets=closed.list.tickets_total,
        url=url,
    )


def promise(closed_at: datetime, terms: Terms, closed: Closed) -> dict[str, Any]:
    """What a commit says of the list and the rules."""
    manual = {} if terms.manual_tickets is None else {"manual_tickets_total": terms.manual_tickets}
    return {
        "title": terms.title,
        **asdict(closed.list),
        "excluded_count": closed.excluded_count,
        "excluded_sha256": closed.excluded_sha256,
        "rules_sha256": terms.rules_sha256,
        "winners": terms.winners,
        "alternates": terms.alternates,
        "per_entry": True,
        "closes_at": micros(closed_at) // SECOND,
        "prizes_sha256": sha256(terms.prizes.encode()).hexdigest(),
        **manual,
    }


async def told(tx: Tx, scope: Scope, promised: DrawCommitted) -> list[LineWanted]:
    """Have the code posted by Discord's bot and shown by overlays, and the lines to say in the chats of channels."""
    comes = time_of(promised.beacon_round)
    payload = {
        "draw": promised.draw_id,
        promised.subject: promised.subject_id,
        "title": promised.title,
        "test": promised.is_test,
        "code": promised.code,
        "round": promised.beacon_round,
        "draws_at": comes.isoformat(),
        "entrants": promised.entrants,
        "tickets": promised.tickets,
        "url": promised.url,
    }
    cause = str(promised.draw_id)
    post = NewJob(
        kind=COMMITTED,
        key=cause,
        payload=payload,
        run_at=scope.now,
        community_id=scope.community_id,
        audience="discord",
        order_key=f"draw:{cause}",
    )
    screens = await overlay_keys.overlays(tx, scope.community_id)
    show = [replace(post, key=f"{cause}:{one}", audience="overlay", overlay=one, order_key=None) for one in screens]
    await jobs.add(tx, [post, *show], scope.now)
    text = (
        f"{promised.title}: the list is closed, {promised.entrants} people with {promised.tickets} tickets. "
        f"Code {promised.code}. Drawn by drand round {promised.beacon_round} at {comes:%H:%M:%S} UTC. {promised.url}"
    )
    posting = posting_key(promised.draw_id)
    return [
        LineWanted(channel_id=channel.id, kind=NOTICE, key=f"{posting}{channel.id}", text=text, expires_at=comes)
        for channel in await channels.attached(tx, scope.community_id)
    ]
