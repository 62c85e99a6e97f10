"""What staff can do about draws."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Protocol

import orjson
import strawberry

from server.actions.draws import draw as drawing
from server.actions.draws import plan, settle
from server.domain.draws.rounds import Beacon
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.draws.reads import DrawReads
from server.resolvers.idempotency import Input, Kept, once
from server.schema.draws.inputs import (
    AutomaticDrawsSet,
    BeaconSupplied,
    ConfirmWinnerInput,
    ConfirmWinnerResult,
    DrawPostponed,
    DrawRaffleInput,
    DrawRaffleResult,
    DrawVoided,
    ExcludeFromDrawInput,
    ExcludeFromDrawResult,
    IncludeInDrawInput,
    IncludeInDrawResult,
    PassWinnerInput,
    PassWinnerResult,
    PostponeDrawInput,
    PostponeDrawResult,
    RaffleDrawAsked,
    SetAutomaticDrawsInput,
    SetAutomaticDrawsResult,
    SupplyBeaconInput,
    SupplyBeaconResult,
    TestDrawAsked,
    TestDrawInput,
    TestDrawResult,
    ViewerExcluded,
    ViewerIncluded,
    VoidDrawInput,
    VoidDrawResult,
    WinnerConfirmed,
    WinnerPassed,
)
from server.schema.draws.nouns import Draw
from server.schema.ids import id_of, number_of
from server.schema.scalars import printable
from server.store.draws import draws

REASON_LENGTH_MAX = 300
Action = Callable[..., Awaitable[Done[Any]]]


class OfDraw(Input, Protocol):
    """The input of a mutation about one draw."""

    community_id: strawberry.ID
    draw_id: strawberry.ID


class OfRaffle(Input, Protocol):
    """The input of a mutation that asks for a draw of a raffle."""

    community_id: strawberry.ID
    raffle_id: strawberry.ID
    reason: str


async def changed(context: Context, mutation: str, given: OfDraw, action: Action) -> Draw:
    """Carry out once what staff wants of a draw; the draw as it is then."""
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)
    number = number_of("draw", given.draw_id)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        return (await action(tx, scope, draw_id=number)).giving({"draw": number})

    kept = await once(context, mutation, place, given, change)
    return await draw_by_id(context, place.community_id, kept["draw"])


async def draw_by_id(context: Context, community_id: int, number: int) -> Draw:
    """The draw that a mutation was about, as it is now."""
    row = await draws.by_id(context.reader, community_id, number)
    if row is None:
        raise LookupError(f"The draw {number} is gone.")
    return DrawReads(context, community_id).noun(row)


async def draw_raffle(
    info: Info, given: Annotated[DrawRaffleInput, strawberry.argument(name="input", description="Which raffle.")]
) -> DrawRaffleResult:
    """Have a raffle that is over be drawn now."""
    return RaffleDrawAsked(draw=await asked(info.context, "drawRaffle", given, plan.ask))


async def test_draw(
    info: Info, given: Annotated[TestDrawInput, strawberry.argument(name="input", description="Of which raffle.")]
) -> TestDrawResult:
    """Try a draw of a raffle out."""
    return TestDrawAsked(draw=await asked(info.context, "testDraw", given, plan.ask_test))


async def asked(context: Context, mutation: str, given: OfRaffle, action: Action) -> Draw:
    """Ask once for a draw of a raffle; it as it is then."""
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)
    period, reason = number_of("raffle", given.raffle_id), printable(given.reason).strip()
    if len(reason) > REASON_LENGTH_MAX:
        raise Refused("reason_too_long", f"A reason has at most {REASON_LENGTH_MAX} characters.", "Say it shorter.")

    async def ask(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await action(tx, scope, period_id=period, actor=context.actor_name, reason=reason)
        return done.giving({"draw": done.result.id})

    kept = await once(context, mutation, place, given, ask)
    return await draw_by_id(context, place.community_id, kept["draw"])


async def postpone_draw(
    info: Info, given: Annotated[PostponeDrawInput, strawberry.argument(name="input", description="Which draw.")]
) -> PostponeDrawResult:
    """Have a planned draw wait for a later round."""
    context = info.context
    reason, keys = printable(given.reason), context.services.keys
    action = partial(plan.postpone, to=micros(given.until), reason=reason, keys=keys)
    return DrawPostponed(draw=await changed(context, "postponeDraw", given, action))


async def void_draw(
    info: Info, given: Annotated[VoidDrawInput, strawberry.argument(name="input", description="Which draw.")]
) -> VoidDrawResult:
    """Give a draw up."""
    context = info.context
    action = partial(settle.void, reason=printable(given.reason), keys=context.services.keys)
    return DrawVoided(draw=await changed(context, "voidDraw", given, action))


async def supply_beacon(
    info: Info, given: Annotated[SupplyBeaconInput, strawberry.argument(name="input", description="Which round.")]
) -> SupplyBeaconResult:
    """Have a draw go on with a round that somebody brings."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)
    beacon = await brought(context, place.community_id, given)
    action = partial(drawing.supply, beacon=beacon)
    return BeaconSupplied(draw=await changed(context, "supplyBeacon", given, action))


async def brought(context: Context, community_id: int, given: SupplyBeaconInput) -> Beacon:
    """The round that somebody brings, its signature checked before any transaction begins: that takes a second."""
    row = await draws.by_id(context.reader, community_id, number_of("draw", given.draw_id))
    if row is None:
        raise Refused("draw_unknown", "This community has no such draw.", "Use the `id` of one of its draws.")
    text = orjson.dumps({"round": given.round, "signature": printable(given.signature).strip()}).decode()
    return await context.services.rounds.pasted(text, row.beacon_round)


async def exclude_from_draw(
    info: Info, given: Annotated[ExcludeFromDrawInput, strawberry.argument(name="input", description="Whom.")]
) -> ExcludeFromDrawResult:
    """Leave a viewer out of a raffle's draws."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)
    action = partial(
        settle.exclude,
        period_id=number_of("raffle", given.raffle_id),
        viewer_id=number_of("viewer", given.viewer_id),
        code=str(given.code.value),
        reason=printable(given.reason),
        actor=context.actor_name,
    )

    async def exclude(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await action(tx, scope)
        return done.giving({"viewer": done.result})

    kept = await once(context, "excludeFromDraw", place, given, exclude)
    return ViewerExcluded(viewer_id=id_of("viewer", kept["viewer"]))


async def include_in_draw(
    info: Info, given: Annotated[IncludeInDrawInput, strawberry.argument(name="input", description="Whom.")]
) -> IncludeInDrawResult:
    """Leave a viewer out no longer."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)
    action = partial(
        settle.include,
        period_id=number_of("raffle", given.raffle_id),
        viewer_id=number_of("viewer", given.viewer_id),
        reason=printable(given.reason),
    )

    async def include(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await action(tx, scope)
        return done.giving({"viewer": done.result})

    kept = await once(context, "includeInDraw", place, given, include)
    return ViewerIncluded(viewer_id=id_of("viewer", kept["viewer"]))


async def pass_winner(
    info: Info, given: Annotated[PassWinnerInput, strawberry.argument(name="input", description="Which winner.")]
) -> PassWinnerResult:
    """Pass a winner over."""
    context = info.context
    action = partial(
        settle.pass_on,
        position=given.position,
        code=str(given.code.value),
        reason=printable(given.reason),
        actor=context.actor_name,
        keys=context.services.keys,
    )
    return WinnerPassed(draw=await changed(context, "passWinner", given, action))


async def confirm_winner(
    info: Info, given: Annotated[ConfirmWinnerInput, strawberry.argument(name="input", description="Which winner.")]
) -> ConfirmWinnerResult:
    """Note that a winner has claimed."""
    context = info.context
    action = partial(settle.confirm, position=given.position, actor=context.actor_name)
    return WinnerConfirmed(draw=await changed(context, "confirmWinner", given, action))


async def set_automatic_draws(
    info: Info, given: Annotated[SetAutomaticDrawsInput, strawberry.argument(name="input", description="What to set.")]
) -> SetAutomaticDrawsResult:
    """Choose whether raffles are drawn without being asked."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_DRAW)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await plan.set_automatic(tx, scope, automatic=given.automatic, actor=context.actor_name)
        return done.giving({"automatic": done.result})

    kept = await once(context, "setAutomaticDraws", place, given, change)
    return AutomaticDrawsSet(automatic=kept["automatic"])
