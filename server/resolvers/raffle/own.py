"""What somebody is told of a raffle about himself."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.domain.draws.plan import ALREADY_DRAWN, UNLINKED, subject_of, weight_of
from server.domain.draws.records import short_code
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.tree import leaf, start_of
from server.domain.instants import instant_of
from server.domain.raffle.periods import COUNTING
from server.domain.raffle.rules import RaffleRules, TicketSource
from server.domain.raffle.words import ways_to_earn
from server.resolvers.context import Context, Info
from server.resolvers.proofs import person_in
from server.resolvers.raffle.daily import OwnDays
from server.schema.draws.nouns import DrawProgress
from server.schema.ids import id_of, number_of
from server.schema.policies import SIGNED_IN, admit
from server.schema.raffle.nouns import RaffleState, TicketSourceKind
from server.schema.raffle.own import OwnDraw, OwnEntry, OwnRaffle, OwnSource, OwnTickets, ProofSide, ProofStep
from server.schema.scalars import BigInt
from server.store import linking
from server.store.draws import draws, entrants, shown
from server.store.draws.draws import DrawRow
from server.store.draws.shown import OwnLine
from server.store.raffle import board, due, entries, periods
from server.store.raffle.periods import PeriodRecord

MILLION = 1_000_000
UNLINKED_WARNING = (
    "Only accounts of Kick and Twitch are in a draw. Link yours before the list is closed; your tickets come along."
)
DRAWN_WARNING = "You were drawn before, so you are not in this further draw of the same raffle."
EXCLUDED_WARNING = "Staff leaves you out of this draw. Ask them, if you do not know why."
WARNINGS = {UNLINKED: UNLINKED_WARNING, ALREADY_DRAWN: DRAWN_WARNING}


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A draw, for one person's questions about his own line in its closed list."""

    context: Context
    draw: DrawRow

    async def line(self, viewer: int) -> OwnLine | None:
        """What the list says of a viewer; None where it is not closed, or he is not in it."""
        return next(iter(await shown.own_lines(self.context.reader, self.draw.id, [viewer])), None)

    async def entry(self, viewer: int, line: OwnLine) -> OwnEntry:
        """His line, with its way to the root once the list is promised."""
        reader, draw = self.context.reader, self.draw
        is_in = draw.commit_hash is not None and line.excluded is None
        closed = await self.context.services.closed_lists.of(reader, draw.id) if is_in else None
        found = None if closed is None else closed.path_of(line.entry_id)
        first = start_of(*found, closed.tree.root, closed.tree.total) if closed and found else None
        return OwnEntry(
            account=None if line.excluded == UNLINKED else f"{line.platform}:{line.external_id}",
            salt=line.salt.hex(),
            entry_id=line.entry_id.hex(),
            tickets=BigInt(line.weight),
            left_out=line.excluded,
            first_ticket=None if first is None else BigInt(first),
            last_ticket=None if first is None else BigInt(first + line.weight - 1),
            leaf=None if found is None else leaf(found[0]).hex(),
            path=[
                ProofStep(side=ProofSide(step.side), hash=step.hash.hex(), tickets=BigInt(step.sum))
                for step in (found[1] if found else [])
            ],
            position=await self._position(viewer),
        )

    async def _position(self, viewer: int) -> int | None:
        """Where he was drawn, once that is revealed."""
        draw, now = self.draw, self.context.services.clock.now()
        if not draw.is_revealed(now):
            return None
        places = await entrants.places(self.context.reader, draw.id)
        return next((one.position for one in places if one.viewer_id == viewer), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A raffle with its draw, as far as there is one, for one person's questions."""

    context: Context
    community_id: int
    period: PeriodRecord
    draw: DrawRow | None

    async def tickets_of(self, viewer: int) -> OwnTickets:
        """What a viewer has, and what stands in his way."""
        reader, rules = self.context.reader, self.period.rules
        accounts = await linking.accounts_of_viewer(reader, self.community_id, viewer)
        ids = [one.id for one in accounts]
        amounts: Counter[TicketSource] = Counter()
        for (_, _, source), (amount, _) in (await entries.tallies(reader, self.period.id, ids)).items():
            amounts[source] += amount
        part = None if self.draw is None else OwnPart(self.context, self.draw)
        line = None if part is None else await part.line(viewer)
        brings = weight_of(amounts, rules.caps) if line is None else line.weight
        if line is None and self.period.state in COUNTING:
            excluded = await entrants.excluded_among(reader, self.period.id, ids)
            subject = subject_of((one.platform, one.external_id, one.id) for one in accounts)
            code = next(iter(excluded.values()), None if subject else UNLINKED)
        else:
            code = None if line is None else line.excluded
        return OwnTickets(
            viewer_id=id_of("viewer", viewer),
            tickets=BigInt(brings),
            by_source=sources(amounts, rules),
            chance=0 if code else await self._chance(brings),
            free_entry_taken=bool(await due.claims(reader, self.period.id, ids)),
            left_out=code,
            warning=None if code is None else WARNINGS.get(code, EXCLUDED_WARNING),
            entry=await part.entry(viewer, line) if part and line else None,
        )

    async def _chance(self, brings: int) -> int:
        """In millionths, among the closed list or else among all tickets as they stand."""
        total = None if self.draw is None else self.draw.tickets_total
        if total is None:
            total = max(brings, (await board.totals(self.context.reader, self.period.id))[0])
        return brings * MILLION // total if total else 0


def sources(amounts: Counter[TicketSource], rules: RaffleRules) -> list[OwnSource]:
    """What earned somebody's tickets, most first, each with what counts of it."""
    return [
        OwnSource(
            source=TicketSourceKind(source.value),
            tickets=BigInt(amount),
            cap=rules.caps.get(source),
            counted=BigInt(min(amount, rules.caps.get(source, amount))),
        )
        for source, amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0]))
        if amount
    ]


async def my_raffle(
    info: Info,
    community_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Where; left out, where the Discord server or the token belongs."),
    ] = None,
    raffle_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Which raffle; left out, the open one, or else the last one."),
    ] = None,
) -> OwnRaffle | None:
    """A raffle, and what whoever asks has in it."""
    context = info.context
    admit(context.actor, SIGNED_IN)
    if community_id is None and context.signed_in.community_id is not None:
        community_id = id_of("community", context.signed_in.community_id)
    if community_id is None:
        return None
    own = await person_in(context, community_id)
    period = await asked_for(context, own.community_id, raffle_id)
    if period is None:
        return None
    draw = await draws.latest(context.reader, period.id)
    standing = Standing(context, own.community_id, period, draw)
    viewers = await own_viewers(context, own.community_id)
    return OwnRaffle(
        raffle_id=id_of("raffle", period.id),
        number=period.number,
        title=period.title,
        state=RaffleState(period.state.value),
        starts_at=instant_of(period.span.starts),
        ends_at=instant_of(period.span.ends),
        prizes=period.rules.prizes,
        rules_text=period.rules.text,
        how_to_earn=ways_to_earn(period.rules),
        draw_at=period.draw_at if draw is None else time_of(draw.round_expected(context.services.clock.now())),
        draw_state=None if draw is None else DrawProgress(draw.state.value),
        code=short_code(bytes.fromhex(draw.commit_hash)) if draw and draw.commit_hash else None,
        file_url=f"{context.services.public_url}/draws/{draw.name}" if draw and draw.commit_hash else None,
        mine=[await standing.tickets_of(viewer) for viewer in viewers],
        find_days=OwnDays(context, own.community_id, period, viewers),
    )


async def my_draw(
    info: Info,
    community_id: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
    draw_id: Annotated[strawberry.ID, strawberry.argument(description="Which draw, of a raffle or of a giveaway.")],
) -> OwnDraw | None:
    """A draw, and the lines of whoever asks in its closed list."""
    context = info.context
    own = await person_in(context, community_id)
    draw = await draws.by_id(context.reader, own.community_id, number_of("draw", draw_id))
    if draw is None:
        return None
    part = OwnPart(context, draw)
    lines = [(one, await part.line(one)) for one in await own_viewers(context, own.community_id)]
    return OwnDraw(
        draw_id=id_of("draw", draw.id),
        name=draw.name,
        number=draw.number,
        state=DrawProgress(draw.state.value),
        is_test=draw.is_test,
        code=short_code(bytes.fromhex(draw.commit_hash)) if draw.commit_hash else None,
        file_url=f"{context.services.public_url}/draws/{draw.name}" if draw.commit_hash else None,
        entries=[await part.entry(viewer, line) for viewer, line in lines if line is not None],
    )


async def asked_for(context: Context, community_id: int, raffle_id: str | None) -> PeriodRecord | None:
    """The raffle with an id; without one the open one, or else the last one."""
    reader = context.reader
    if raffle_id is not None:
        return await periods.by_id(reader, community_id, number_of("raffle", raffle_id))
    current = await periods.current(reader, community_id)
    return current or next(iter(await periods.newest(reader, community_id, 1)), None)


async def own_viewers(context: Context, community_id: int) -> list[int]:
    """Who somebody is in a community by the accounts that he proved."""
    found: set[int] = set()
    for platform, external_id in sorted(context.signed_in.holders):
        account = await linking.find_account(context.reader, platform, external_id)
        viewer = None if account is None else await linking.viewer_of(context.reader, community_id, account)
        if viewer is not None:
            found.add(viewer)
    return sorted(found)


@strawberry.type
class RaffleQueries:
    """What somebody can ask about himself in raffles."""

    my_raffle: OwnRaffle | None = strawberry.field(
        resolver=my_raffle,
        description="A raffle with your tickets, your chance, what stands in your way, and your own proof of the draw; "
        "null where the community has none, or nothing says which is meant.",
        metadata=SIGNED_IN,
    )
    my_draw: OwnDraw | None = strawberry.field(
        resolver=my_draw,
        description="Your own proof of any draw, of a raffle or of a giveaway, however old; null where the community "
        "has no such draw.",
        metadata=SIGNED_IN,
    )
