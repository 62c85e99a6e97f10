"""Staff leaves people out of giveaways, and lets them in again."""

from functools import partial
from typing import Annotated

import strawberry

from server.actions.draws.plan import checked_reason
from server.actions.giveaways import exclude as actions
from server.domain.staff import Capability
from server.jobs.unit import Action, Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.giveaways.exclusions import (
    ExcludeFromGiveawayInput,
    ExcludeFromGiveawayResult,
    GiveawayViewerExcluded,
    GiveawayViewerIncluded,
    IncludeInGiveawayInput,
    IncludeInGiveawayResult,
)
from server.schema.giveaways.nouns import MANAGE
from server.schema.ids import id_of, number_of
from server.schema.scalars import printable

Given = ExcludeFromGiveawayInput | IncludeInGiveawayInput


async def exclude_from_giveaway(
    info: Info, given: Annotated[ExcludeFromGiveawayInput, strawberry.argument(name="input", description="Whom.")]
) -> ExcludeFromGiveawayResult:
    """Leave a viewer out."""
    action = partial(
        actions.exclude,
        giveaway_id=number_of("giveaway", given.giveaway_id),
        viewer_id=number_of("viewer", given.viewer_id),
        code=str(given.code.value),
        reason=checked_reason(printable(given.reason)),
        actor=info.context.actor_name,
    )
    return GiveawayViewerExcluded(viewer_id=await changed(info.context, "excludeFromGiveaway", given, action))


async def include_in_giveaway(
    info: Info, given: Annotated[IncludeInGiveawayInput, strawberry.argument(name="input", description="Whom.")]
) -> IncludeInGiveawayResult:
    """Leave a viewer out no longer."""
    action = partial(
        actions.include,
        giveaway_id=number_of("giveaway", given.giveaway_id),
        viewer_id=number_of("viewer", given.viewer_id),
        reason=checked_reason(printable(given.reason)),
    )
    return GiveawayViewerIncluded(viewer_id=await changed(info.context, "includeInGiveaway", given, action))


async def changed(context: Context, mutation: str, given: Given, action: Action[int]) -> strawberry.ID:
    """The viewer about whom something was done, once for its key, by somebody who may."""
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)

    async def run(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await action(tx, scope)
        return done.giving({"viewer": done.result})

    return id_of("viewer", (await once(context, mutation, place, given, run))["viewer"])


@strawberry.type
class GiveawayExclusionMutations:
    """Changes to who is left out of giveaways."""

    exclude_from_giveaway: ExcludeFromGiveawayResult = strawberry.field(
        resolver=exclude_from_giveaway,
        description="Leave a viewer out of a giveaway whose list is not closed yet, with a public reason.",
        metadata=MANAGE,
    )
    include_in_giveaway: IncludeInGiveawayResult = strawberry.field(
        resolver=include_in_giveaway,
        description="Leave a viewer out of a giveaway no longer, while its list is not closed yet.",
        metadata=MANAGE,
    )
