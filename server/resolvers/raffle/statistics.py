"""What staff asks of a raffle as a whole."""

from functools import partial

from server.domain.staff import Capability
from server.resolvers.context import Context
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.raffle.nouns import RaffleExclusion, RaffleStatistics, SourceStatistics, TicketSourceKind
from server.schema.scalars import BigInt
from server.store.raffle import statistics

IN_ORDER = Order("raffle_exclusion", int)


async def raffle_statistics(context: Context, community_id: int, row: int) -> RaffleStatistics:
    """Where a raffle's tickets come from, and how many would be left out."""
    await context.admit_in(community_id, Capability.RAFFLE_MANAGE)
    reader = context.reader
    return RaffleStatistics(
        by_source=[
            SourceStatistics(
                source=TicketSourceKind(one.source.value), tickets=BigInt(one.tickets), viewers=one.viewers
            )
            for one in await statistics.by_source(reader, community_id, row)
        ],
        unlinked=await statistics.unlinked(reader, community_id, row),
        excluded=await statistics.exclusions_count(reader, row),
        free_entries=await statistics.free_entries(reader, row),
    )


async def raffle_exclusions(
    context: Context, community_id: int, row: int, first: int, after: str | None
) -> Connection[RaffleExclusion]:
    """Whom staff leaves out of a raffle's draws."""
    await context.admit_in(community_id, Capability.RAFFLE_DRAW)
    key, reader = IN_ORDER.key(after), context.reader
    rows = await statistics.exclusions(reader, row, 0 if key is None else key[0], checked_first(first) + 1)
    ids = [one.account_id for one in rows]
    known = dict(zip(ids, await context.accounts.load_many(ids), strict=True))
    return page_of(
        rows,
        first,
        node=lambda one: RaffleExclusion(
            account=known[one.account_id], code=one.code, reason=one.reason, actor=one.actor, at=one.at
        ),
        cursor=lambda one: IN_ORDER.cursor(one.id),
        count=partial(statistics.exclusions_count, reader, row),
    )
