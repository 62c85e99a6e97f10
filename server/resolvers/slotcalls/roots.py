"""The root fields of slot calls, each with its policy."""

import strawberry

from server.domain.staff import Capability
from server.resolvers.slotcalls import changes
from server.schema.policies import SIGNED_IN, needs
from server.schema.slotcalls.inputs import (
    BlockSlotCallsResult,
    CallSlotResult,
    ClearSlotCallsResult,
    ClearSlotsResult,
    ImportSlotsResult,
    PickSlotCallResult,
    SettleSlotCallResult,
    UnblockSlotCallsResult,
    UpdateSlotCallSettingsResult,
)
from server.schema.slotcalls.nouns import MANAGE

EDIT = needs(Capability.SETTINGS_EDIT)


@strawberry.type
class SlotCallMutations:
    """Changes to slot calls."""

    call_slot: CallSlotResult = strawberry.field(
        resolver=changes.call_slot,
        description="Call a slot, for yourself or as staff for a viewer.",
        metadata=SIGNED_IN,
    )
    pick_slot_call: PickSlotCallResult = strawberry.field(
        resolver=changes.pick_slot_call, description="Pick one of the slot calls that wait.", metadata=MANAGE
    )
    settle_slot_call: SettleSlotCallResult = strawberry.field(
        resolver=changes.settle_slot_call,
        description="Note that a slot call was played, with its result, or drop it.",
        metadata=MANAGE,
    )
    clear_slot_calls: ClearSlotCallsResult = strawberry.field(
        resolver=changes.clear_slot_calls, description="Drop every slot call that waits.", metadata=MANAGE
    )
    update_slot_call_settings: UpdateSlotCallSettingsResult = strawberry.field(
        resolver=changes.update_slot_call_settings,
        description="Open or close slot calls, and change their rules.",
        metadata=MANAGE,
    )
    block_slot_calls: BlockSlotCallsResult = strawberry.field(
        resolver=changes.block_slot_calls,
        description="Let a viewer call no slots, or a slot or provider be called by nobody.",
        metadata=MANAGE,
    )
    unblock_slot_calls: UnblockSlotCallsResult = strawberry.field(
        resolver=changes.unblock_slot_calls, description="Take a block of slot calls away.", metadata=MANAGE
    )
    import_slots: ImportSlotsResult = strawberry.field(
        resolver=changes.import_slots, description="Add slots to the catalogue.", metadata=EDIT
    )
    clear_slots: ClearSlotsResult = strawberry.field(
        resolver=changes.clear_slots, description="Take slots out of the catalogue.", metadata=EDIT
    )
