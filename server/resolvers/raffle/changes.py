"""What can be done with raffles."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry

from server.actions.raffle import give, periods
from server.domain.instants import micros
from server.domain.linking import account_key
from server.domain.raffle.rules import RaffleRules, TicketSource
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once, source_key
from server.resolvers.proofs import person_in
from server.resolvers.raffle.reads import RaffleReads, rules_noun
from server.schema.ids import number_of
from server.schema.raffle.inputs import (
    ClaimFreeEntryInput,
    ClaimFreeEntryResult,
    EndRaffleInput,
    EndRaffleResult,
    FreeEntryClaimed,
    GrantTicketsInput,
    GrantTicketsResult,
    RaffleDatesSet,
    RaffleEnded,
    RaffleRestarted,
    RaffleRulesUpdated,
    RaffleStarted,
    RestartRaffleInput,
    RestartRaffleResult,
    SetRaffleDatesInput,
    SetRaffleDatesResult,
    StartRaffleInput,
    StartRaffleResult,
    TicketsGranted,
    UpdateRaffleRulesInput,
    UpdateRaffleRulesResult,
)
from server.schema.raffle.nouns import Raffle
from server.schema.scalars import BigInt, printable, printable_lines
from server.store.raffle import periods as stored
from server.store.raffle.periods import PeriodRecord

REASON_LENGTH_MAX = 300
OWN_ORDER = ("kick", "twitch", "discord")


async def start_raffle(
    info: Info, given: Annotated[StartRaffleInput, strawberry.argument(name="input", description="What to start.")]
) -> StartRaffleResult:
    """Open a raffle."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_MANAGE)

    async def start(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await periods.start(
            tx,
            scope,
            title=printable(given.title),
            starts=instant(given.starts_at),
            ends=instant(given.ends_at),
            actor=context.actor_name,
        )
        return kept(done)

    first = await once(context, "startRaffle", place, given, start)
    return RaffleStarted(raffle=await raffle_by_id(context, place.community_id, first))


async def end_raffle(
    info: Info, given: Annotated[EndRaffleInput, strawberry.argument(name="input", description="Where.")]
) -> EndRaffleResult:
    """End the open raffle now."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_MANAGE)
    reason = checked_reason(given.reason)

    async def end(tx: Tx, scope: Scope) -> Done[Kept]:
        return kept(await periods.end(tx, scope, reason=reason))

    first = await once(context, "endRaffle", place, given, end)
    return RaffleEnded(raffle=await raffle_by_id(context, place.community_id, first))


async def restart_raffle(
    info: Info, given: Annotated[RestartRaffleInput, strawberry.argument(name="input", description="Where.")]
) -> RestartRaffleResult:
    """End the open raffle now, and begin the next."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_MANAGE)
    reason = checked_reason(given.reason)

    async def restart(tx: Tx, scope: Scope) -> Done[Kept]:
        title = printable(given.title)
        return kept(await periods.restart(tx, scope, title=title, actor=context.actor_name, reason=reason))

    first = await once(context, "restartRaffle", place, given, restart)
    return RaffleRestarted(raffle=await raffle_by_id(context, place.community_id, first))


async def set_raffle_dates(
    info: Info, given: Annotated[SetRaffleDatesInput, strawberry.argument(name="input", description="Which dates.")]
) -> SetRaffleDatesResult:
    """Give the open raffle other dates."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_MANAGE)
    reason = checked_reason(given.reason)

    async def set_dates(tx: Tx, scope: Scope) -> Done[Kept]:
        starts, ends = instant(given.starts_at), instant(given.ends_at)
        return kept(await periods.set_dates(tx, scope, starts=starts, ends=ends, reason=reason))

    first = await once(context, "setRaffleDates", place, given, set_dates)
    return RaffleDatesSet(raffle=await raffle_by_id(context, place.community_id, first))


async def update_raffle_rules(
    info: Info, given: Annotated[UpdateRaffleRulesInput, strawberry.argument(name="input", description="What to set.")]
) -> UpdateRaffleRulesResult:
    """Change the rules that the next raffle begins with."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.RAFFLE_MANAGE)
    wanted = changes_of(given)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await periods.change_rules(
            tx,
            scope,
            revised=lambda current: replace(current, **wanted),
            wagers_confirmed=given.confirms_wagers,
            actor=context.actor_name,
        )
        return done.giving(done.result.stored())

    first = await once(context, "updateRaffleRules", place, given, change)
    return RaffleRulesUpdated(rules=rules_noun(RaffleRules.restored(first)))


def changes_of(given: UpdateRaffleRulesInput) -> dict[str, Any]:
    """The rules that are given, by their names."""
    fields = {
        "gifted_sub": given.gifted_sub,
        "own_sub": given.own_sub,
        "watch_time": given.watch_time,
        "kicks": given.kicks,
        "wager": given.wager,
        "rewards": given.rewards,
        "free_entry": given.free_entry,
        "settlement_h": given.settlement_hours,
        "claim_h": given.claim_hours,
        "renews": given.renews,
        "winners": given.winners,
        "alternates": given.alternates,
    }
    wanted: dict[str, Any] = {name: field.value for name, field in fields.items() if field is not None}
    texts = {"prizes": given.prizes, "text": given.text}
    wanted |= {name: printable_lines(field.value) for name, field in texts.items() if field is not None}
    if given.caps is not None:
        wanted["caps"] = {TicketSource(cap.source.value): cap.tickets for cap in given.caps.value}
    return wanted


async def grant_tickets(
    info: Info, given: Annotated[GrantTicketsInput, strawberry.argument(name="input", description="Whose, how many.")]
) -> GrantTicketsResult:
    """Give a viewer tickets, or take some."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.TICKETS_GRANT)
    viewer_id = number_of("viewer", given.viewer_id)

    async def grant(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await give.grant(
            tx,
            scope,
            viewer_id=viewer_id,
            tickets=given.tickets,
            reason=printable(given.reason),
            actor=context.actor_name,
            source_key=source_key(context, "grantTickets", given),
        )
        return done.giving({"tickets": done.result})

    first = await once(context, "grantTickets", place, given, grant)
    return TicketsGranted(tickets=BigInt(first["tickets"]))


async def claim_free_entry(
    info: Info, given: Annotated[ClaimFreeEntryInput, strawberry.argument(name="input", description="Where.")]
) -> ClaimFreeEntryResult:
    """Take one's free entry."""
    context = info.context
    own = await person_in(context, given.community_id)
    platform, external_id = entrant(context, given)

    async def claim(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await give.claim_free(tx, scope, platform=platform, external_id=external_id, actor=context.actor_name)
        return done.giving({"tickets": done.result})

    first = await once(context, "claimFreeEntry", own, given, claim)
    return FreeEntryClaimed(tickets=first["tickets"])


def entrant(context: Context, given: ClaimFreeEntryInput) -> tuple[str, str]:
    """By which of his own accounts somebody enters."""
    mine = {holder for holder in context.signed_in.holders if holder[0] in OWN_ORDER}
    if given.account is not None:
        key = account_key(given.account.platform.key, given.account.platform_id)
        if key not in mine:
            raise Refused("account_not_yours", "That account is not yours.", "Leave it out, or name one of yours.")
        return key
    if not mine:
        raise Refused("free_entry_person_needed", "A free entry is a person's.", "Sign in, or ask for it in Discord.")
    return min(mine, key=lambda holder: (OWN_ORDER.index(holder[0]), holder[1]))


def kept(done: Done[PeriodRecord]) -> Done[Kept]:
    """What is kept of a mutation that ends in a raffle."""
    return done.giving({"raffle": done.result.id})


async def raffle_by_id(context: Context, community_id: int, first: Kept) -> Raffle:
    """The raffle that a mutation ended in, as it is now."""
    record = await stored.by_id(context.reader, community_id, first["raffle"])
    if record is None:
        raise LookupError(f"The raffle {first['raffle']} is gone.")
    return RaffleReads(context, community_id).noun(record)


def instant(given: datetime | None) -> int | None:
    """An instant in microseconds, where one is given."""
    return None if given is None else micros(given)


def checked_reason(reason: str) -> str:
    """A reason for the audit log; refuses one that is too long."""
    told = printable(reason).strip()
    if len(told) > REASON_LENGTH_MAX:
        raise Refused("reason_too_long", f"A reason has at most {REASON_LENGTH_MAX} characters.", "Say it shorter.")
    return told
