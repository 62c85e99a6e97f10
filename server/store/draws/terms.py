"""What a draw goes by: the rules of the raffle or the giveaway that it is of."""

from datetime import timedelta

from server.domain.draws.plan import DrawSubject, Terms, draw_title
from server.domain.draws.rules import round_in
from server.ports import Reader
from server.store.draws import entrants, log
from server.store.draws.draws import DrawRow
from server.store.giveaways import giveaways
from server.store.raffle import periods


async def terms_of(reader: Reader, draw: DrawRow) -> Terms | None:
    """What a draw goes by; None where what it is of is gone."""
    return await (of_raffle if draw.subject is DrawSubject.RAFFLE else of_giveaway)(reader, draw)


async def rules_text_of(reader: Reader, draw: DrawRow) -> str | None:
    """The text of the rules whose hash a draw promises; None where it was not kept yet when they were made."""
    if draw.subject is DrawSubject.RAFFLE:
        return await periods.rules_text(reader, draw.subject_id)
    return (await giveaways.rules_texts(reader, [draw.subject_id])).get(draw.subject_id)


async def of_raffle(reader: Reader, draw: DrawRow) -> Terms | None:
    """What a raffle is drawn by."""
    period = await periods.by_id(reader, draw.community_id, draw.subject_id)
    if period is None:
        return None
    named = await log.last_named(reader, draw.id) or round_in(await rules_text_of(reader, draw))
    return Terms(
        title=draw_title(
            period.title, f"Raffle {period.number}", is_test=draw.is_test, is_further=draw.supplement_of is not None
        ),
        rules_sha256=period.rules_sha256,
        winners=period.rules.winners if draw.winners is None else draw.winners,
        alternates=period.rules.alternates,
        prizes=period.rules.prizes,
        claim=timedelta(hours=period.rules.claim_h),
        manual_tickets=max(0, await entrants.given_by_staff(reader, period.id)),
        named_round=named or draw.beacon_round,
    )


async def of_giveaway(reader: Reader, draw: DrawRow) -> Terms | None:
    """What a giveaway is drawn by."""
    giveaway = await giveaways.by_id(reader, draw.community_id, draw.subject_id)
    if giveaway is None:
        return None
    rules = giveaway.rules
    return Terms(
        title=draw_title(giveaway.title, f"Giveaway {giveaway.number}", is_further=draw.supplement_of is not None),
        rules_sha256=giveaway.rules_sha256,
        winners=rules.winners if draw.winners is None else draw.winners,
        alternates=rules.alternates,
        prizes=rules.prize,
        manual_tickets=None,
        named_round=await log.last_named(reader, draw.id),
        lead=timedelta(seconds=rules.lead_s),
        claim=timedelta(seconds=rules.claim_s),
        speaks=rules.claim_s > 0,
    )
