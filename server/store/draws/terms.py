"""What a draw goes by: the rules of the raffle or the giveaway that it is of."""

from server.domain.draws.plan import DrawSubject, Terms, draw_title
from server.ports import Reader
from server.store.draws import entrants
from server.store.draws.draws import DrawRow
from server.store.raffle import periods


async def terms_of(reader: Reader, draw: DrawRow) -> Terms | None:
    """What a draw goes by; None where what it is of is gone."""
    if draw.subject is not DrawSubject.RAFFLE:
        return None
    period = await periods.by_id(reader, draw.community_id, draw.subject_id)
    if period is None:
        return None
    return Terms(
        title=draw_title(period.title, f"Raffle {period.number}"),
        rules_sha256=period.rules_sha256,
        winners=period.rules.winners,
        alternates=period.rules.alternates,
        prizes=period.rules.prizes,
        manual_tickets=max(0, await entrants.given_by_staff(reader, period.id)),
    )
