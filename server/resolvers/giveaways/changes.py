"""What can be done with giveaways; its root fields at the end, each with its policy."""

from typing import Annotated

import strawberry

from server.actions.draws import settle, supplement
from server.actions.draws.plan import checked_reason
from server.actions.giveaways import run
from server.actions.giveaways.known import known
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.giveaways import SETTLED, GiveawayKind, GiveawayRules, keyword_of
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.resolvers.context import Info
from server.resolvers.giveaways.reads import GiveawayReads
from server.resolvers.idempotency import Kept, once
from server.schema.giveaways.inputs import (
    CancelGiveawayInput,
    CancelGiveawayResult,
    CloseGiveawayInput,
    CloseGiveawayResult,
    ConfirmGiveawayInput,
    ConfirmGiveawayResult,
    DrawGiveawayInput,
    DrawGiveawayResult,
    GiveawayCanceled,
    GiveawayClosed,
    GiveawayConfirmed,
    GiveawayDrawAsked,
    GiveawayOpened,
    GiveawayRedrawn,
    OpenGiveawayInput,
    OpenGiveawayResult,
    RedrawGiveawayInput,
    RedrawGiveawayResult,
)
from server.schema.giveaways.nouns import MANAGE, GiveawayEntrants
from server.schema.ids import number_of
from server.schema.scalars import printable, printable_lines
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.giveaways.giveaways import GiveawayRow


async def open_giveaway(
    info: Info, given: Annotated[OpenGiveawayInput, strawberry.argument(name="input", description="What to open.")]
) -> OpenGiveawayResult:
    """Open a giveaway."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    rules = rules_of(given)

    async def open_up(tx: Tx, scope: Scope) -> Done[Kept]:
        title = printable(given.title)
        done = await run.open_up(tx, scope, title=title, rules=rules, ends=given.ends_at, actor=context.actor_name)
        return kept(done)

    first = await once(context, "openGiveaway", place, given, open_up)
    return GiveawayOpened(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


def rules_of(given: OpenGiveawayInput) -> GiveawayRules:
    """The rules that are given."""
    return GiveawayRules(
        kind=GiveawayKind(given.kind.value),
        keyword=keyword_of(printable(given.keyword)),
        window_s=given.window,
        subscribers_only=given.subscribers_only,
        linked_only=given.linked_only,
        watch_s=given.watch_time,
        subscriber_factor=given.subscriber_factor,
        rest_days=given.rest_days,
        winners=given.winners,
        alternates=given.alternates,
        claim_s=given.claim,
        lead_s=given.lead,
        prize=printable_lines(given.prize),
        by_discord=given.kind is GiveawayEntrants.KEYWORD if given.by_discord is None else given.by_discord,
    )


async def close_giveaway(
    info: Info, given: Annotated[CloseGiveawayInput, strawberry.argument(name="input", description="Which one.")]
) -> CloseGiveawayResult:
    """Let nobody enter any more."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id = number_of("giveaway", given.giveaway_id)

    async def close(tx: Tx, scope: Scope) -> Done[Kept]:
        return kept(await run.close(tx, scope, giveaway_id=giveaway_id))

    first = await once(context, "closeGiveaway", place, given, close)
    return GiveawayClosed(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


async def draw_giveaway(
    info: Info, given: Annotated[DrawGiveawayInput, strawberry.argument(name="input", description="Which one.")]
) -> DrawGiveawayResult:
    """Have a giveaway be drawn."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id = number_of("giveaway", given.giveaway_id)

    async def draw(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await run.draw(tx, scope, giveaway_id=giveaway_id, actor=context.actor_name)
        if done.result.state not in SETTLED:
            return kept(done)
        further = await supplement.ask_of_giveaway(tx, scope, giveaway_id=giveaway_id, actor=context.actor_name)
        return further.giving({"giveaway": giveaway_id})

    first = await once(context, "drawGiveaway", place, given, draw)
    return GiveawayDrawAsked(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


async def redraw_giveaway(
    info: Info, given: Annotated[RedrawGiveawayInput, strawberry.argument(name="input", description="Whom, and why.")]
) -> RedrawGiveawayResult:
    """Pass a winner over."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id, reason = number_of("giveaway", given.giveaway_id), printable(given.reason)

    async def pass_on(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await settle.pass_on(
            tx,
            scope,
            draw_id=(await drawn(tx, scope, giveaway_id)).id,
            position=given.position,
            code=str(given.code.value),
            reason=reason,
            actor=context.actor_name,
            keys=context.services.keys,
        )
        return done.giving({"giveaway": giveaway_id})

    first = await once(context, "redrawGiveaway", place, given, pass_on)
    return GiveawayRedrawn(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


async def confirm_giveaway(
    info: Info, given: Annotated[ConfirmGiveawayInput, strawberry.argument(name="input", description="Whom.")]
) -> ConfirmGiveawayResult:
    """Note that a winner has his prize."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id = number_of("giveaway", given.giveaway_id)

    async def confirm(tx: Tx, scope: Scope) -> Done[Kept]:
        draw = await drawn(tx, scope, giveaway_id)
        done = await settle.confirm(tx, scope, draw_id=draw.id, position=given.position, actor=context.actor_name)
        return done.giving({"giveaway": giveaway_id})

    first = await once(context, "confirmGiveaway", place, given, confirm)
    return GiveawayConfirmed(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


async def cancel_giveaway(
    info: Info, given: Annotated[CancelGiveawayInput, strawberry.argument(name="input", description="Which one.")]
) -> CancelGiveawayResult:
    """Give a giveaway up."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.GIVEAWAYS_MANAGE)
    giveaway_id, reason = number_of("giveaway", given.giveaway_id), checked_reason(printable(given.reason))

    async def cancel(tx: Tx, scope: Scope) -> Done[Kept]:
        draw = await draw_of(tx, giveaway_id)
        if draw is None or draw.community_id != scope.community_id or draw.state is not DrawState.COMMITTED:
            return kept(await run.cancel(tx, scope, giveaway_id=giveaway_id, reason=reason))
        done = await settle.void(tx, scope, draw_id=draw.id, reason=reason, keys=context.services.keys)
        return done.giving({"giveaway": giveaway_id})

    first = await once(context, "cancelGiveaway", place, given, cancel)
    return GiveawayCanceled(giveaway=await GiveawayReads(context, place.community_id).by_id(first["giveaway"]))


async def draw_of(reader: Reader, giveaway_id: int) -> DrawRow | None:
    """The draw of a giveaway, where it was asked for."""
    return await draws.latest(reader, giveaway_id, DrawSubject.GIVEAWAY)


async def drawn(tx: Tx, scope: Scope, giveaway_id: int) -> DrawRow:
    """The draw of a giveaway of the community; refuses one that is not drawn yet."""
    await known(tx, scope.community_id, giveaway_id)
    draw = await draw_of(tx, giveaway_id)
    if draw is None or draw.state is not DrawState.DRAWN:
        raise Refused("giveaway_not_drawn", "This giveaway is not drawn yet.", "Draw it, and wait for its round.")
    return draw


def kept(done: Done[GiveawayRow]) -> Done[Kept]:
    """What is kept of a mutation that ends in a giveaway."""
    return done.giving({"giveaway": done.result.id})


@strawberry.type
class GiveawayMutations:
    """Changes to giveaways."""

    open_giveaway: OpenGiveawayResult = strawberry.field(
        resolver=open_giveaway, description="Open a giveaway; its rules stand from then on.", metadata=MANAGE
    )
    close_giveaway: CloseGiveawayResult = strawberry.field(
        resolver=close_giveaway,
        description="Let nobody enter a giveaway any more, without drawing it.",
        metadata=MANAGE,
    )
    draw_giveaway: DrawGiveawayResult = strawberry.field(
        resolver=draw_giveaway,
        description="Draw a giveaway, and close it where it is open; it is one draw however many ask.",
        metadata=MANAGE,
    )
    redraw_giveaway: RedrawGiveawayResult = strawberry.field(
        resolver=redraw_giveaway,
        description="Pass a winner over, with a public reason; the next alternate wins in his place.",
        metadata=MANAGE,
    )
    confirm_giveaway: ConfirmGiveawayResult = strawberry.field(
        resolver=confirm_giveaway, description="Note that a winner of a giveaway has his prize.", metadata=MANAGE
    )
    cancel_giveaway: CancelGiveawayResult = strawberry.field(
        resolver=cancel_giveaway, description="Give up a giveaway that is not drawn yet.", metadata=MANAGE
    )
