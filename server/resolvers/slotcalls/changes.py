"""What can be done with slot calls."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

from server.actions.slotcalls import call as calling
from server.actions.slotcalls import catalogue, queue, rules
from server.auth.capabilities import Place
from server.domain.linking import account_key
from server.domain.refusals import Refused
from server.domain.slotcalls.listing import ListLayout, listed_slots
from server.domain.slotcalls.rules import (
    REASON_LENGTH_MAX,
    ROLL_BYTES,
    BlockKind,
    CallSource,
    CallState,
    Minor,
    PickMethod,
    Result,
    SlotSettings,
)
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, Own, once, source_key
from server.resolvers.proofs import person_in
from server.resolvers.slotcalls.reads import call_by_id, pick_by_id, settings_noun
from server.schema.ids import id_of, number_of
from server.schema.scalars import BigInt, printable
from server.schema.slotcalls.inputs import (
    BlockSlotCallsInput,
    BlockSlotCallsResult,
    CallSlotInput,
    CallSlotResult,
    ClearSlotCallsInput,
    ClearSlotCallsResult,
    ClearSlotsInput,
    ClearSlotsResult,
    ImportSlotsInput,
    ImportSlotsResult,
    PickSlotCallInput,
    PickSlotCallResult,
    SettleSlotCallInput,
    SettleSlotCallResult,
    SlotCalled,
    SlotCallPicked,
    SlotCallsBlocked,
    SlotCallsCleared,
    SlotCallSettingsUpdated,
    SlotCallSettled,
    SlotCallsUnblocked,
    SlotResultInput,
    SlotsCleared,
    SlotsImported,
    UnblockSlotCallsInput,
    UnblockSlotCallsResult,
    UpdateSlotCallSettingsInput,
    UpdateSlotCallSettingsResult,
)
from server.schema.slotcalls.nouns import SlotBlock, SlotBlockKind

OWN_ORDER = ("discord", "kick", "twitch")
LISTED_MAX = 500
CONTENT_LENGTH_MAX = 65_536
CLEARED_AT_ONCE = 1_000

AccountKey = tuple[str, str]


async def call_slot(
    info: Info, given: Annotated[CallSlotInput, strawberry.argument(name="input", description="What to call.")]
) -> CallSlotResult:
    """Call a slot for oneself, or for a viewer as staff."""
    context = info.context
    place, account, source = await caller_of(context, given)
    wish = calling.Wish(
        account=account,
        text=printable(given.slot),
        source=source,
        source_key=source_key(context, "callSlot", given),
    )

    async def call(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await calling.call(tx, scope, wish=wish)
        made = done.result
        return done.giving({"call": made.call_id, "title": made.title, "provider": made.provider, "place": made.place})

    kept = await once(context, "callSlot", place, given, call)
    return SlotCalled(
        call_id=id_of("slot_call", kept["call"]), title=kept["title"], provider=kept["provider"], place=kept["place"]
    )


async def caller_of(context: Context, given: CallSlotInput) -> tuple[Place | Own, AccountKey, CallSource]:
    """Where somebody calls, by which account, and whether as himself or as staff for another; `Denied` for others."""
    own = await person_in(context, given.community_id)
    mine = {holder for holder in context.signed_in.holders if holder[0] in OWN_ORDER}
    if given.account is not None:
        key = account_key(given.account.platform.key, given.account.platform_id)
        if key in mine:
            return own, key, CallSource.CLIENT
        place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
        return place, key, CallSource.STAFF
    if not mine:
        raise Refused(
            "slot_caller_needed", "You act by no account that could call a slot.", "Say for which account you call."
        )
    return own, min(mine, key=lambda holder: (OWN_ORDER.index(holder[0]), holder[1])), CallSource.CLIENT


async def pick_slot_call(
    info: Info, given: Annotated[PickSlotCallInput, strawberry.argument(name="input", description="Which one.")]
) -> PickSlotCallResult:
    """Pick one of the calls that wait."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    method = PickMethod(given.method.value)
    chosen = None if given.call_id is None else number_of("slot_call", given.call_id)
    if (method is PickMethod.CHOSEN) != (chosen is not None):
        raise Refused("slot_pick_unclear", "CHOSEN takes a callId, and nothing else does.", "Name a call, or none.")
    roll = context.services.chance.draw(ROLL_BYTES)

    async def pick(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await queue.pick(tx, scope, method=method, chosen=chosen, roll=roll, actor=context.actor_name)
        return done.giving({"call": done.result.call_id, "pick": done.result.pick_id})

    kept = await once(context, "pickSlotCall", place, given, pick)
    return SlotCallPicked(
        call=await call_by_id(context, place.community_id, kept["call"]),
        pick=await pick_by_id(context, place.community_id, kept["pick"]),
    )


async def settle_slot_call(
    info: Info, given: Annotated[SettleSlotCallInput, strawberry.argument(name="input", description="How it ended.")]
) -> SettleSlotCallResult:
    """Note that a call was played, or drop it."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    call_id, state = number_of("slot_call", given.call_id), CallState(given.outcome.value)
    reason = checked_reason(given.reason)
    result = result_of(given.result)
    if state is CallState.DROPPED and given.result is not None:
        raise Refused("slot_result_unexpected", "What is dropped has no result.", "Leave the result out.")

    async def settle(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await queue.settle(tx, scope, call_id=call_id, state=state, result=result, reason=reason)
        return done.giving({"call": done.result})

    kept = await once(context, "settleSlotCall", place, given, settle)
    return SlotCallSettled(call=await call_by_id(context, place.community_id, kept["call"]))


def result_of(given: SlotResultInput | None) -> Result:
    """How playing went, from what was given."""
    if given is None:
        return Result()
    return Result(
        cost=minor(given.cost_minor),
        payout=minor(given.payout_minor),
        multiplier=given.multiplier_hundredths,
        currency=None if given.currency is None else printable(given.currency),
    )


def minor(value: BigInt | None) -> Minor | None:
    """An amount of money, where one was given."""
    return None if value is None else Minor(value)


def checked_reason(reason: str | None) -> str | None:
    """A reason for the audit log, None for none; refuses one that is too long."""
    told = printable(reason or "").strip()
    if len(told) > REASON_LENGTH_MAX:
        raise Refused("reason_too_long", f"A reason has at most {REASON_LENGTH_MAX} characters.", "Say it shorter.")
    return told or None


async def clear_slot_calls(
    info: Info, given: Annotated[ClearSlotCallsInput, strawberry.argument(name="input", description="Which queue.")]
) -> ClearSlotCallsResult:
    """Drop every call that waits."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    reason = checked_reason(given.reason)

    async def clear(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await queue.clear(tx, scope, reason=reason)
        return done.giving({"count": done.result})

    kept = await once(context, "clearSlotCalls", place, given, clear)
    return SlotCallsCleared(count=kept["count"])


async def update_slot_call_settings(
    info: Info,
    given: Annotated[UpdateSlotCallSettingsInput, strawberry.argument(name="input", description="What to set.")],
) -> UpdateSlotCallSettingsResult:
    """Change the rules of slot calls."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    wanted = {
        name: field.value
        for name, field in (
            ("is_open", given.is_open),
            ("per_viewer", given.per_viewer),
            ("cooldown_s", given.cooldown),
            ("queue_max", given.queue_max),
            ("allows_duplicates", given.allows_duplicates),
            ("catalogue_only", given.catalogue_only),
            ("tells_discord", given.tells_discord),
        )
        if field is not None
    }

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await rules.change_settings(
            tx, scope, revised=lambda current: replace(current, **wanted), actor=context.actor_name
        )
        return done.giving(done.result.stored())

    kept = await once(context, "updateSlotCallSettings", place, given, change)
    return SlotCallSettingsUpdated(settings=settings_noun(SlotSettings.restored(kept)))


async def block_slot_calls(
    info: Info, given: Annotated[BlockSlotCallsInput, strawberry.argument(name="input", description="What to block.")]
) -> BlockSlotCallsResult:
    """Block a viewer, a slot or a provider."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    kind, reason, actor = BlockKind(given.kind.value), printable(given.reason), context.actor_name
    account, text = given.account, given.text
    is_viewer = kind is BlockKind.VIEWER
    if (account is not None) != is_viewer or (text is not None) == is_viewer:
        raise Refused("slot_block_unclear", "A viewer is named by an account, all else by a text.", "Give that alone.")
    key = None if account is None else account_key(account.platform.key, account.platform_id)

    async def block(tx: Tx, scope: Scope) -> Done[Kept]:
        if key is not None:
            done = await rules.block_viewer(tx, scope, account=key, reason=reason, actor=actor)
        else:
            title = printable(text or "")
            done = await rules.block_title(tx, scope, kind=kind, text=title, reason=reason, actor=actor)
        one = done.result
        return done.giving({"id": one.id, "key": one.key, "label": one.label, "at": one.at.isoformat()})

    kept = await once(context, "blockSlotCalls", place, given, block)
    return SlotCallsBlocked(block=block_of(kept, given.kind, reason.strip(), actor))


def block_of(kept: Kept, kind: SlotBlockKind, reason: str, actor: str) -> SlotBlock:
    """A block as it was made."""
    return SlotBlock(
        id=id_of("slot_block", kept["id"]),
        kind=kind,
        key=kept["key"],
        label=kept["label"],
        reason=reason,
        actor=actor,
        at=datetime.fromisoformat(kept["at"]),
    )


async def unblock_slot_calls(
    info: Info, given: Annotated[UnblockSlotCallsInput, strawberry.argument(name="input", description="Which block.")]
) -> UnblockSlotCallsResult:
    """Take a block away."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SLOTCALLS_MANAGE)
    block_id = number_of("slot_block", given.block_id)

    async def unblock(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await rules.unblock(tx, scope, block_id=block_id)
        return done.giving({"block": done.result})

    kept = await once(context, "unblockSlotCalls", place, given, unblock)
    return SlotCallsUnblocked(block_id=id_of("slot_block", kept["block"]))


async def import_slots(
    info: Info, given: Annotated[ImportSlotsInput, strawberry.argument(name="input", description="The list.")]
) -> ImportSlotsResult:
    """Add the slots of a list to the catalogue."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    if len(given.content) > CONTENT_LENGTH_MAX:
        raise Refused("slot_list_too_long", f"A list has at most {CONTENT_LENGTH_MAX} characters.", "Send it in parts.")
    listed = listed_slots(given.content, ListLayout(given.format.value), limit=LISTED_MAX)

    async def add(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await catalogue.add_slots(tx, scope, listed=listed)
        return done.giving({"listed": len(listed), "added": done.result})

    kept = await once(context, "importSlots", place, given, add)
    return SlotsImported(listed=kept["listed"], added=kept["added"])


async def clear_slots(
    info: Info, given: Annotated[ClearSlotsInput, strawberry.argument(name="input", description="Which catalogue.")]
) -> ClearSlotsResult:
    """Take slots out of the catalogue."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    reason = checked_reason(given.reason)

    async def clear(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await catalogue.clear_slots(tx, scope, limit=CLEARED_AT_ONCE, reason=reason)
        return done.giving({"removed": done.result})

    kept = await once(context, "clearSlots", place, given, clear)
    return SlotsCleared(removed=kept["removed"])
