"""Giveaways go on by themselves: those whose end has come are drawn, and who does not claim in time is passed over."""

from functools import partial

import structlog

from server.actions.draws import settle
from server.actions.giveaways import run
from server.auth.signing import OperatorKeys
from server.domain.audit import system
from server.domain.refusals import Refused
from server.jobs.unit import Units
from server.store.database import Database
from server.store.giveaways import giveaways

log = structlog.get_logger(__name__)

BY = system("giveaways")
AT_ONCE = 100


async def look(database: Database, units: Units, *, keys: OperatorKeys) -> None:
    """Draw what is over, and let alternates follow; every step happens once, however many servers look."""
    reader = database.reader()
    for community_id, giveaway_id in await giveaways.over(reader, units.now(), AT_ONCE):
        await units.run(community_id, partial(run.end, giveaway_id=giveaway_id), by=BY)
    for community_id, draw_id, position in await giveaways.unclaimed(reader, units.now(), AT_ONCE):
        action = partial(
            settle.pass_on,
            draw_id=draw_id,
            position=position,
            code=settle.UNCLAIMED,
            reason="Nobody claimed it in time.",
            actor=BY.name,
            keys=keys,
        )
        try:
            await units.run(community_id, action, by=BY)
        except Refused as refused:
            # Somebody claimed, or staff passed him over, since we looked.
            log.info("giveaway.claim_settled", draw=draw_id, position=position, code=refused.code)
