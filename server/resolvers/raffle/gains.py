"""Who was given tickets just now."""

from server.domain.raffle.rules import TicketSource
from server.resolvers.context import Context
from server.resolvers.names import naming
from server.schema.ids import id_of
from server.schema.pagination import checked_first
from server.schema.raffle.nouns import TicketGain, TicketSourceKind
from server.schema.scalars import BigInt
from server.store.raffle import gains


async def raffle_gains(context: Context, community_id: int, row: int, first: int) -> list[TicketGain]:
    """What was given in a raffle last, newest first; whoever wagered is masked whatever the community wants."""
    found = await gains.newest(context.reader, community_id, row, checked_first(first))
    names = await naming(context, community_id)
    return [
        TicketGain(
            id=id_of("ticket_entry", one.id),
            source=TicketSourceKind(one.source.value),
            tickets=BigInt(one.tickets),
            at=one.recorded_at,
            viewer_id=id_of("viewer", one.viewer_id),
            public_name=names.of(
                one.platform, one.external_id, one.name, tells_wagers=one.source is TicketSource.WAGER
            ),
        )
        for one in found
    ]
