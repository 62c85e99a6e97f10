"""Somebody's own part in giveaways: whether he is in, and with what chance; entering and leaving on Discord."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import strawberry

from server.actions.giveaways import enter
from server.actions.giveaways.judge import judged
from server.domain.draws.plan import DrawSubject
from server.domain.giveaways import GiveawayKind, advice_for, exclusion_of, weight_of
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.proofs import discord_user, person_in
from server.resolvers.raffle.own import MILLION, OwnPart, own_viewers
from server.schema.giveaways.nouns import GiveawayProgress
from server.schema.giveaways.own import (
    EnterGiveawayInput,
    EnterGiveawayResult,
    GiveawayEntered,
    GiveawayLeft,
    LeaveGiveawayInput,
    LeaveGiveawayResult,
    OwnGiveaway,
)
from server.schema.ids import id_of, number_of
from server.schema.policies import SIGNED_IN
from server.schema.scalars import BigInt
from server.store import linking
from server.store.draws import draws
from server.store.giveaways import candidates, entries, giveaways
from server.store.giveaways.giveaways import GiveawayRow
from server.store.raffle import board

Chance = tuple[int, int] | None
"""How much somebody weighs, of how much in all; None where that is not known yet."""


@dataclass(frozen=True, slots=True)
class OwnReads:
    """A giveaway, for one person's questions about himself."""

    context: Context
    row: GiveawayRow

    async def noun(self) -> OwnGiveaway:
        """How he stands in it, by the accounts that he proved; as the one who is in, where he is several viewers."""
        row = self.row
        found = [await self._of(viewer) for viewer in await own_viewers(self.context, row.community_id)]
        best = max(found, key=lambda one: (one.is_in, int(one.tickets)), default=None)
        return best or self._made(is_in=False)

    async def _of(self, viewer: int) -> OwnGiveaway:
        reader, row = self.context.reader, self.row
        draw = await draws.latest(reader, row.id, DrawSubject.GIVEAWAY)
        line = None if draw is None else await OwnPart(self.context, draw).line(viewer)
        if draw is not None and line is not None:
            weight = 0 if line.excluded else line.weight
            return self._made(is_in=True, chance=(weight, draw.tickets_total or 0), left_out=line.excluded)
        accounts = [one.id for one in await linking.accounts_of_viewer(reader, row.community_id, viewer)]
        tickets = await board.tickets_of(reader, row.period_id, viewer) if row.period_id else 1
        now = self.context.services.clock.now()
        households: Mapping[int, Sequence[int]] = {viewer: accounts}
        one = (await judged(reader, row, {viewer: tickets}, households, now))[viewer]
        is_in, code = await self._is_in(accounts, tickets), exclusion_of(row.rules, one)
        weight = weight_of(row.rules, one) if is_in and code is None else 0
        total = await self._total()
        return self._made(
            is_in=is_in,
            weight=weight,
            chance=None if total is None else (weight, max(weight, total)),
            left_out=code,
            advice=advice_for(row.rules, one, code, is_in=is_in),
        )

    async def _is_in(self, accounts: Sequence[int], tickets: int) -> bool:
        reader, row = self.context.reader, self.row
        match row.rules.kind:
            case GiveawayKind.KEYWORD:
                return (await entries.last_step(reader, row.id, accounts))[0]
            case GiveawayKind.CHATTERS:
                now = self.context.services.clock.now()
                until = min(now, row.ends_at or now)
                since = until - timedelta(seconds=row.rules.window_s)
                return bool(await candidates.chatted_among(reader, row.community_id, accounts, since, until))
            case GiveawayKind.TICKETS:
                return tickets > 0

    async def _total(self) -> int | None:
        """How much everybody weighs who is in as it stands; None for chatters, whom only the end tells."""
        reader, row = self.context.reader, self.row
        match row.rules.kind:
            case GiveawayKind.KEYWORD:
                return await entries.weight(reader, row.community_id, row.id, row.rules.subscriber_factor)
            case GiveawayKind.CHATTERS:
                return None
            case GiveawayKind.TICKETS:
                return (await board.totals(reader, row.period_id or 0))[0]

    def _made(
        self,
        *,
        is_in: bool,
        weight: int = 0,
        chance: Chance = None,
        left_out: str | None = None,
        advice: str | None = None,
    ) -> OwnGiveaway:
        row = self.row
        return OwnGiveaway(
            giveaway_id=id_of("giveaway", row.id),
            number=row.number,
            title=row.title,
            state=GiveawayProgress(row.state.value),
            is_in=is_in,
            tickets=BigInt(chance[0] if chance else weight),
            chance=chance[0] * MILLION // chance[1] if chance and chance[1] else None,
            left_out=left_out,
            advice=advice,
        )


async def own_of(context: Context, community_id: int, giveaway_id: int) -> OwnGiveaway | None:
    """How whoever asks stands in a giveaway of the community; None where it has no such one."""
    row = await giveaways.by_id(context.reader, community_id, giveaway_id)
    return None if row is None else await OwnReads(context, row).noun()


async def standing(context: Context, community_id: int, giveaway_id: int) -> OwnGiveaway:
    """How whoever asks stands in a giveaway that is there."""
    found = await own_of(context, community_id, giveaway_id)
    if found is None:
        raise LookupError(f"The giveaway {giveaway_id} is gone.")
    return found


async def my_giveaway(
    info: Info,
    community_id: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
    giveaway_id: Annotated[strawberry.ID, strawberry.argument(description="Which one.")],
) -> OwnGiveaway | None:
    """A giveaway, and how whoever asks stands in it."""
    own = await person_in(info.context, community_id)
    return await own_of(info.context, own.community_id, number_of("giveaway", giveaway_id))


async def enter_giveaway(
    info: Info, given: Annotated[EnterGiveawayInput, strawberry.argument(name="input", description="Which one.")]
) -> EnterGiveawayResult:
    """Be in a giveaway."""
    context = info.context
    own = await person_in(context, given.community_id)
    giveaway_id, user = number_of("giveaway", given.giveaway_id), discord_user(context)

    async def run(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await enter.enter(tx, scope, giveaway_id=giveaway_id, discord_id=user)
        return done.giving({"is_new": done.result})

    first = await once(context, "enterGiveaway", own, given, run)
    now = await standing(context, own.community_id, giveaway_id)
    return GiveawayEntered(is_new=first["is_new"], own=now)


async def leave_giveaway(
    info: Info, given: Annotated[LeaveGiveawayInput, strawberry.argument(name="input", description="Which one.")]
) -> LeaveGiveawayResult:
    """Be in a giveaway no longer."""
    context = info.context
    own = await person_in(context, given.community_id)
    giveaway_id, user = number_of("giveaway", given.giveaway_id), discord_user(context)

    async def run(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await enter.leave(tx, scope, giveaway_id=giveaway_id, discord_id=user)
        return done.giving({"was_in": done.result})

    first = await once(context, "leaveGiveaway", own, given, run)
    now = await standing(context, own.community_id, giveaway_id)
    return GiveawayLeft(was_in=first["was_in"], own=now)


@strawberry.type
class GiveawayQueries:
    """What somebody can ask about himself in giveaways."""

    my_giveaway: OwnGiveaway | None = strawberry.field(
        resolver=my_giveaway,
        description="Whether you are in a giveaway, with what chance, and what stands in your way; null where the "
        "community has no such giveaway.",
        metadata=SIGNED_IN,
    )


@strawberry.type
class OwnGiveawayMutations:
    """What somebody does for himself in giveaways."""

    enter_giveaway: EnterGiveawayResult = strawberry.field(
        resolver=enter_giveaway,
        description="Enter a giveaway from Discord, by your linked account; you are in once, however often you enter.",
        metadata=SIGNED_IN,
    )
    leave_giveaway: LeaveGiveawayResult = strawberry.field(
        resolver=leave_giveaway,
        description="Leave a giveaway from Discord, by whichever of your accounts you entered.",
        metadata=SIGNED_IN,
    )
