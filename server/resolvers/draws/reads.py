"""What can be asked about draws."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from server.actions.draws.commit import seen_outside
from server.domain.draws.checks import VERDICTS
from server.domain.draws.plan import CLAIM_WINDOW, DrawState, DrawSubject
from server.domain.draws.records import Postponed, Result, short_code
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.verify import worth
from server.domain.instants import SECOND
from server.domain.instants import instant_of as instant
from server.domain.staff import Capability
from server.resolvers.context import Context
from server.resolvers.names import naming
from server.schema.draws.nouns import (
    Draw,
    DrawEvidence,
    DrawLeftOut,
    DrawPlace,
    DrawPlaceState,
    DrawPostponement,
    DrawProgress,
    DrawStory,
    DrawVerdict,
)
from server.schema.ids import id_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import BigInt
from server.store.draws import draws, entrants, log, shown
from server.store.draws.draws import DrawRow
from server.store.draws.entrants import PlaceRow
from server.store.draws.terms import terms_of

NEWEST_DRAW, IN_ORDER = Order("draw", int), Order("draw_left_out", int)
POSTPONEMENTS_MAX = 100
UNPROMISED = "Not promised yet: its code is posted once its list is closed."
TEST = " This was a test, and nothing was promised."


@dataclass(frozen=True, slots=True)
class DrawReads:
    """What a community is asked about its draws."""

    context: Context
    community_id: int

    async def page(self, raffle: int | None, first: int, after: str | None) -> Connection[Draw]:
        """Those of a raffle, or of all of them, newest first."""
        key, reader = NEWEST_DRAW.key(after), self.context.reader
        before = None if key is None else key[0]
        return page_of(
            await draws.page(reader, self.community_id, before, checked_first(first) + 1, subject_id=raffle),
            first,
            node=self.noun,
            cursor=lambda row: NEWEST_DRAW.cursor(row.id),
            count=partial(draws.count, reader, self.community_id, subject_id=raffle),
        )

    async def latest(self, raffle: int) -> Draw | None:
        """The last one of a raffle that is no test."""
        row = await draws.latest(self.context.reader, raffle)
        return None if row is None else self.noun(row)

    def noun(self, row: DrawRow) -> Draw:
        """A draw as the graph shows it."""
        is_promised = row.commit_hash is not None
        beacon_round = row.round_expected(self.context.services.clock.now())
        return Draw(
            id=id_of("draw", row.id),
            name=row.name,
            number=row.number,
            raffle_id=id_of("raffle", row.subject_id) if row.subject is DrawSubject.RAFFLE else None,
            state=DrawProgress(row.state.value),
            is_test=row.is_test,
            is_manual=row.is_manual,
            round=BigInt(beacon_round),
            round_at=time_of(beacon_round),
            closed_at=row.frozen_at,
            committed_at=row.committed_at,
            code=short_code(bytes.fromhex(row.commit_hash)) if row.commit_hash else None,
            commit=row.commit_hash,
            entrants=row.entries_count,
            tickets=None if row.tickets_total is None else BigInt(row.tickets_total),
            drawn_at=row.drawn_at,
            reveal_at=row.reveal_at,
            file_url=f"{self.context.services.public_url}/draws/{row.name}" if is_promised else None,
            loader=self,
            row=row.id,
        )

    async def supplemented(self, row: int) -> Draw | None:
        """The draw that one supplements."""
        before = (await self._draw(row)).supplement_of
        return None if before is None else self.noun(await self._draw(before))

    async def story(self, row: int) -> DrawStory:
        """What the records of one say; before its result, where its code was seen so far."""
        draw, reader = await self._draw(row), self.context.reader
        about = await log.about(reader, draw)
        verdict = worth(draw.name, about)
        records = [one for one in about if one.draw_id == draw.name]
        result = next((one for one in records if isinstance(one, Result)), None)
        if result is None:
            seen = await seen_outside(reader, draw)
            evidence = [DrawEvidence(place=one.place, reference=one.reference, at=one.at) for one in seen]
        else:
            evidence = [
                DrawEvidence(place=one["place"], reference=one["reference"], at=instant(one["at"] * SECOND))
                for one in result.evidence
            ]
        said = UNPROMISED if verdict is None else VERDICTS[verdict]
        return DrawStory(
            verdict=None if verdict is None else DrawVerdict(verdict),
            sentence=f"{said}{TEST}" if draw.is_test else said,
            evidence=evidence,
            postponements=[
                DrawPostponement(
                    from_round=BigInt(one.from_round),
                    to_round=BigInt(one.beacon_round),
                    reason=one.reason,
                    at=instant(one.created_at * SECOND),
                )
                for one in records
                if isinstance(one, Postponed)
            ][:POSTPONEMENTS_MAX],
        )

    async def places(self, row: int) -> list[DrawPlace]:
        """Who was drawn, from the reveal on."""
        draw = await self._draw(row)
        if not draw.is_revealed(self.context.services.clock.now()):
            return []
        found = await entrants.places(self.context.reader, row)
        accounts = await self.context.accounts.load_many([one.account_id for one in found])
        terms = await terms_of(self.context.reader, draw)
        claim = CLAIM_WINDOW if terms is None else terms.claim
        names = await naming(self.context, self.community_id)
        return [
            DrawPlace(
                position=one.position,
                ticket=BigInt(one.ticket),
                state=place_state(one, claim),
                reason=one.reason,
                viewer_id=id_of("viewer", one.viewer_id),
                account=account,
                public_name=names.of(account.platform.key, account.platform_id, account.name),
                claim_until=claim_end(one, draw, claim),
                settled_at=one.settled_at,
            )
            for one, account in zip(found, accounts, strict=True)
        ]

    async def left_out(self, row: int, first: int, after: str | None) -> Connection[DrawLeftOut]:
        """Whom its closed list leaves out."""
        await self.context.admit_in(self.community_id, Capability.RAFFLE_DRAW)
        key, reader = IN_ORDER.key(after), self.context.reader
        rows = await shown.left_out_page(reader, row, 0 if key is None else key[0], checked_first(first) + 1)
        ids = [one.account_id for one in rows]
        known = dict(zip(ids, await self.context.accounts.load_many(ids), strict=True))
        return page_of(
            rows,
            first,
            node=lambda one: DrawLeftOut(
                viewer_id=id_of("viewer", one.viewer_id),
                account=known[one.account_id],
                reason=one.excluded,
                tickets=BigInt(one.weight),
            ),
            cursor=lambda one: IN_ORDER.cursor(one.id),
            count=partial(shown.left_out_count, reader, row),
        )

    async def _draw(self, row: int) -> DrawRow:
        """A draw that was just shown."""
        draw = await draws.by_id(self.context.reader, self.community_id, row)
        if draw is None:
            raise LookupError(f"The draw {row} is gone.")
        return draw


def place_state(place: PlaceRow, claim: timedelta) -> DrawPlaceState:
    """What became of somebody who was drawn; whoever has won where nothing need be claimed has his prize."""
    state = DrawPlaceState(place.state)
    return DrawPlaceState.CONFIRMED if state is DrawPlaceState.WON and not claim else state


def claim_end(place: PlaceRow, draw: DrawRow, claim: timedelta) -> datetime | None:
    """Until when a winner may claim; None for whoever has not won, or has claimed or need not, and in a test."""
    since = place.settled_at or draw.revealed_at or draw.reveal_at
    is_drawn = draw.state is DrawState.DRAWN and not draw.is_test
    if since is None or not is_drawn or place_state(place, claim) is not DrawPlaceState.WON:
        return None
    return since + claim
