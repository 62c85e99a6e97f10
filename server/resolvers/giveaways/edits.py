"""Staff changes an open giveaway."""

from typing import Annotated

import strawberry

from server.actions.draws.plan import checked_reason
from server.actions.giveaways import edit
from server.domain.giveaways import GiveawayEdit
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Info
from server.resolvers.giveaways.reads import GiveawayReads
from server.resolvers.idempotency import Kept, once
from server.schema.giveaways.edits import GiveawayUpdated, UpdateGiveawayInput, UpdateGiveawayResult
from server.schema.giveaways.nouns import MANAGE
from server.schema.ids import number_of
from server.schema.scalars import printable, printable_lines


async def update_giveaway(
    info: Info, given: Annotated[UpdateGiveawayInput, strawberry.argument(name="input", description="What to change.")]
) -> UpdateGiveawayResult:
    """Change an open giveaway."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id, reason = number_of("giveaway", given.giveaway_id), checked_reason(printable(given.reason))
    wanted = GiveawayEdit(
        title=None if given.title is None else printable(given.title),
        prize=None if given.prize is None else printable_lines(given.prize),
        winners=given.winners,
        alternates=given.alternates,
        claim_s=given.claim,
        ends=given.ends_at,
    )

    async def update(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await edit.edit(tx, scope, giveaway_id=giveaway_id, wanted=wanted, reason=reason)
        return done.giving({"giveaway": done.result.id})

    first = await once(context, "updateGiveaway", place, given, update)
    return GiveawayUpdated(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


@strawberry.type
class GiveawayEditMutations:
    """Changes to what an open giveaway is about."""

    update_giveaway: UpdateGiveawayResult = strawberry.field(
        resolver=update_giveaway,
        description="Change an open giveaway, for everybody to see; nothing is taken from whoever is in it already.",
        metadata=MANAGE,
    )
