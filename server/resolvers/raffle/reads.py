"""What can be asked about raffles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from server.actions.raffle.periods import rules_in_force
from server.domain.instants import instant_of
from server.domain.raffle import rules as domain
from server.domain.raffle.words import ways_to_earn
from server.resolvers.context import Context
from server.resolvers.draws.reads import DrawReads
from server.resolvers.names import naming
from server.resolvers.raffle.gains import raffle_gains
from server.resolvers.raffle.statistics import raffle_exclusions, raffle_statistics
from server.schema.ids import id_of, number_of
from server.schema.linking import Account, Platform
from server.schema.pagination import Connection, Edge, Order, PageInfo, checked_first, page_of
from server.schema.raffle.nouns import (
    Raffle,
    RaffleExclusion,
    RaffleRules,
    RaffleState,
    RaffleStatistics,
    SourceTickets,
    TicketCap,
    TicketEntry,
    TicketGain,
    TicketSourceKind,
    TicketStanding,
    ViewerTickets,
)
from server.schema.scalars import BigInt
from server.store import linking
from server.store.raffle import board, entries, periods
from server.store.raffle.board import TicketStanding as Standing
from server.store.raffle.entries import EntryRecord
from server.store.raffle.periods import PeriodRecord

NEWEST_RAFFLE, NEWEST_ENTRY = Order("raffle", int), Order("ticket_entry", int)
BEST_FIRST = Order("ticket_standing", int, int)


@dataclass(frozen=True, slots=True)
class RaffleReads:
    """What a community is asked about its raffles."""

    context: Context
    community_id: int

    @property
    def draws(self) -> DrawReads:
        """What is asked about their draws."""
        return DrawReads(self.context, self.community_id)

    async def current(self) -> Raffle | None:
        """The open one."""
        record = await periods.current(self.context.reader, self.community_id)
        return None if record is None else self.noun(record)

    async def by_id(self, raffle_id: str) -> Raffle | None:
        """The one with an id."""
        record = await periods.by_id(self.context.reader, self.community_id, number_of("raffle", raffle_id))
        return None if record is None else self.noun(record)

    async def page(self, first: int, after: str | None) -> Connection[Raffle]:
        """All of them, newest first."""
        key = NEWEST_RAFFLE.key(after)
        before = periods.NEWEST if key is None else key[0]
        reader = self.context.reader
        return page_of(
            await periods.newest(reader, self.community_id, checked_first(first) + 1, before),
            first,
            node=self.noun,
            cursor=lambda record: NEWEST_RAFFLE.cursor(record.number),
            count=partial(periods.count, reader, self.community_id),
        )

    async def next_rules(self) -> RaffleRules:
        """The rules that the next one begins with."""
        return rules_noun(await rules_in_force(self.context.reader, self.community_id))

    def operator_key(self) -> str:
        """What signatures of records are checked with."""
        return self.context.services.keys.public_of(self.community_id)

    async def rules_document(self, row: int) -> str | None:
        """The text of the rules of one."""
        return await periods.rules_text(self.context.reader, row)

    async def totals(self, row: int) -> tuple[BigInt, int]:
        """How many tickets one has, and how many viewers have them."""
        tickets, viewers = await board.totals(self.context.reader, row)
        return BigInt(tickets), viewers

    async def board(self, row: int, first: int, after: str | None) -> Connection[TicketStanding]:
        """Who has how many."""
        key = BEST_FIRST.key(after)
        place = None if key is None else (key[0], key[1])
        reader = self.context.reader
        rank, rows = await board.page(reader, row, place, checked_first(first) + 1)
        names = await naming(self.context, self.community_id)
        period = await periods.by_id(reader, self.community_id, row)
        tells_wagers = period is None or period.rules.wager > 0
        edges = [
            Edge(
                cursor=BEST_FIRST.cursor(one.tickets, one.viewer_id),
                node=standing_noun(
                    one, rank, names.of(one.platform, one.external_id, one.name, tells_wagers=tells_wagers)
                ),
            )
            for rank, one in enumerate(rows[:first], rank)
        ]

        async def count() -> int:
            return (await board.totals(reader, row))[1]

        end = edges[-1].cursor if edges else None
        return Connection(edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end), count=count)

    async def gains(self, row: int, first: int) -> list[TicketGain]:
        """What was given in one last."""
        return await raffle_gains(self.context, self.community_id, row, first)

    async def statistics(self, row: int) -> RaffleStatistics:
        """One as a whole."""
        return await raffle_statistics(self.context, self.community_id, row)

    async def excluded(self, row: int, first: int, after: str | None) -> Connection[RaffleExclusion]:
        """Whom staff leaves out of its draws."""
        return await raffle_exclusions(self.context, self.community_id, row, first, after)

    async def tickets_of(self, row: int, viewer_id: str) -> ViewerTickets | None:
        """What a viewer has."""
        reader = self.context.reader
        viewer = await linking.resolve(reader, self.community_id, number_of("viewer", viewer_id))
        if viewer is None:
            return None
        tickets = await board.tickets_of(reader, row, viewer)
        parts = await board.by_source(reader, self.community_id, row, viewer)
        ordered = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
        return ViewerTickets(
            viewer_id=id_of("viewer", viewer),
            tickets=BigInt(tickets),
            rank=await board.rank_of(reader, row, (tickets, viewer)) if tickets > 0 else None,
            by_source=[
                SourceTickets(source=TicketSourceKind(source.value), tickets=BigInt(part)) for source, part in ordered
            ],
            loader=self,
            raffle=row,
            viewer=viewer,
        )

    async def entries(self, row: int, viewer: int, first: int, after: str | None) -> Connection[TicketEntry]:
        """Why a viewer has it."""
        key = NEWEST_ENTRY.key(after)
        reader = self.context.reader
        before_id = None if key is None else key[0]
        rows = await entries.page_of_viewer(reader, self.community_id, row, viewer, before_id, checked_first(first) + 1)
        ids = sorted({one.account_id for one in rows})
        known = dict(zip(ids, await self.context.accounts.load_many(ids), strict=True))
        return page_of(
            rows,
            first,
            node=lambda one: entry_noun(one, known),
            cursor=lambda one: NEWEST_ENTRY.cursor(one.id),
            count=partial(board.entries_count, reader, self.community_id, row, viewer),
        )

    def noun(self, record: PeriodRecord) -> Raffle:
        """A raffle as the graph shows it."""
        return Raffle(
            id=id_of("raffle", record.id),
            number=record.number,
            title=record.title,
            starts_at=instant_of(record.span.starts),
            ends_at=instant_of(record.span.ends),
            timezone=record.timezone,
            state=RaffleState(record.state.value),
            rules=rules_noun(record.rules),
            rules_sha256=record.rules_sha256,
            draw_at=record.draw_at,
            opened_at=record.opened_at,
            loader=self,
            row=record.id,
        )


def rules_noun(rules: domain.RaffleRules) -> RaffleRules:
    """Rules as the graph shows them."""
    return RaffleRules(
        gifted_sub=rules.gifted_sub,
        own_sub=rules.own_sub,
        watch_time=rules.watch_time,
        kicks=rules.kicks,
        wager=rules.wager,
        rewards=rules.rewards,
        free_entry=rules.free_tickets,
        caps=[
            TicketCap(source=TicketSourceKind(source.value), tickets=cap) for source, cap in sorted(rules.caps.items())
        ],
        settlement_hours=rules.settlement_h,
        claim_hours=rules.claim_h,
        renews=rules.renews,
        winners=rules.winners,
        alternates=rules.alternates,
        prizes=rules.prizes,
        text=rules.text,
        how_to_earn=ways_to_earn(rules),
    )


def standing_noun(one: Standing, rank: int, public_name: str) -> TicketStanding:
    """A place on the board as the graph shows it."""
    return TicketStanding(
        rank=rank,
        tickets=BigInt(one.tickets),
        viewer_id=id_of("viewer", one.viewer_id),
        account=Account(
            id=id_of("account", one.account_id),
            platform=Platform(one.platform),
            platform_id=one.external_id,
            name=one.name,
        ),
        public_name=public_name,
    )


def entry_noun(record: EntryRecord, accounts: Mapping[int, Account]) -> TicketEntry:
    """An entry as the graph shows it."""
    return TicketEntry(
        id=id_of("ticket_entry", record.id),
        source=TicketSourceKind(record.source.value),
        tickets=BigInt(record.amount),
        reason=record.reason,
        actor=record.actor,
        account=accounts[record.account_id],
        at=record.at,
        recorded_at=record.recorded_at,
        is_late=record.late_from is not None,
    )
