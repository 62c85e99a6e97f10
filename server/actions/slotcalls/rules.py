"""The rules of slot calls: settings, and what is blocked."""

from collections.abc import Callable

from server.actions.slotcalls.call import SETTINGS, settings_in_force
from server.domain.audit import Audited, changed
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.domain.slotcalls.rules import BlockKind, SlotSettings, block_reason, slot_title
from server.events.slotcalls import SlotRulesChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, linking
from server.store.slotcalls import picks
from server.store.slotcalls.picks import BlockRecord

BLOCKS_MAX = 2_000


async def change_settings(
    tx: Tx, scope: Scope, *, revised: Callable[[SlotSettings], SlotSettings], actor: str
) -> Done[SlotSettings]:
    """Append a version of the rules, in force from now on, and return it; calls that wait stay."""
    await communities.lock(tx, scope.community_id)
    current = await settings_in_force(tx, scope.community_id)
    settings = revised(current)
    settings.check()
    events: list[SlotRulesChanged] = []
    if settings != current:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), settings.stored(), actor, scope.now
        )
        events.append(SlotRulesChanged(is_open=settings.is_open))
    before, after = changed(current.stored(), settings.stored())
    line = Audited(action="slotcalls.change_settings", target=("settings", SETTINGS), before=before, after=after)
    return Done(settings, events, [line])


async def block_viewer(tx: Tx, scope: Scope, *, account: tuple[str, str], reason: str, actor: str) -> Done[BlockRecord]:
    """Let a viewer call no more slots, by whichever of his accounts; calls of his that wait stay."""
    platform, external_id = account
    number = await linking.find_account(tx, platform, external_id)
    found = {} if number is None else await linking.accounts_by_ids(tx, [number])
    label = found[number].name if number in found else f"#{external_id}"
    return await blocked(tx, scope, BlockKind.VIEWER, ":".join(account), label, reason, actor)


async def block_title(
    tx: Tx, scope: Scope, *, kind: BlockKind, text: str, reason: str, actor: str
) -> Done[BlockRecord]:
    """Let a slot, or the slots of a provider, be called no more."""
    title = slot_title(text)
    return await blocked(tx, scope, kind, title.key, title.text, reason, actor)


async def blocked(
    tx: Tx, scope: Scope, kind: BlockKind, key: str, label: str, reason: str, actor: str
) -> Done[BlockRecord]:
    """Block something for a reason."""
    told = block_reason(reason)
    await communities.lock(tx, scope.community_id)
    if await picks.block_count(tx, scope.community_id) >= BLOCKS_MAX:
        raise Refused("slot_blocks_full", f"A community has {BLOCKS_MAX} blocks at most.", "Remove some first.")
    record = await picks.put_block(tx, scope.community_id, kind, key, label, told, actor, scope.now)
    line = Audited(
        action="slotcalls.block",
        target=("slot_block", record.id),
        after={"kind": kind.value, "key": key},
        reason=told,
    )
    return Done(record, audit=[line])


async def unblock(tx: Tx, scope: Scope, *, block_id: int) -> Done[int]:
    """Let what was blocked be called again; refuses a block that is not there."""
    record = await picks.remove_block(tx, scope.community_id, block_id)
    if record is None:
        raise Refused("slot_block_unknown", "This community has no such block.", "Use the `id` of one of its blocks.")
    line = Audited(
        action="slotcalls.unblock",
        target=("slot_block", block_id),
        before={"kind": record.kind.value, "key": record.key},
    )
    return Done(block_id, audit=[line])
