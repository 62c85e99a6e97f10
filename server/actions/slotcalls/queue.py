"""The queue of slot calls: pick, play, drop and clear."""

from dataclasses import dataclass

from server.actions.slotcalls.call import changed_call
from server.domain.audit import Audited, Plain
from server.domain.refusals import Refused
from server.domain.slotcalls.rules import CallState, PickMethod, Result, drawn
from server.events.slotcalls import SlotQueueCleared
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.slotcalls import calls, picks
from server.store.slotcalls.calls import CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A call that was picked, and the row that says how."""

    call_id: int
    pick_id: int


async def pick(
    tx: Tx, scope: Scope, *, method: PickMethod, chosen: int | None, roll: bytes, actor: str
) -> Done[Picked]:
    """Pick one of the calls that wait: the oldest, the one that `roll` means, or a chosen one.

    The roll and those it was drawn among are kept, so that anybody can check the draw. Refuses an empty queue, and a
    chosen call that does not wait.
    """
    await communities.lock(tx, scope.community_id)
    waiting = await calls.waiting_ids(tx, scope.community_id)
    if not waiting:
        raise Refused("slot_queue_empty", "No call waits.", "Wait until somebody calls a slot.")
    if method is PickMethod.CHOSEN and chosen not in waiting:
        raise Refused("slot_call_not_waiting", "This call does not wait.", "Choose one that does.")
    if method is PickMethod.RANDOM:
        number = waiting[drawn(len(waiting), roll)]
    else:
        number = waiting[0] if chosen is None else chosen
    kept = roll if method is PickMethod.RANDOM else None
    await calls.move(tx, scope.community_id, number, CallState.PICKED, scope.now)
    pick_id = await picks.add_pick(tx, scope.community_id, number, method, waiting, kept, actor, scope.now)
    record = await known(tx, scope, number)
    line = Audited(
        action="slotcalls.pick",
        target=("slot_call", number),
        before={"state": CallState.CALLED.value},
        after={"state": CallState.PICKED.value, "method": method.value, "among": len(waiting)},
    )
    event = await changed_call(tx, scope, record, CallState.PICKED)
    return Done(Picked(call_id=number, pick_id=pick_id), [event], [line])


async def settle(
    tx: Tx, scope: Scope, *, call_id: int, state: CallState, result: Result, reason: str | None
) -> Done[int]:
    """Note that a call was played, with its result, or drop it; what was played may get another result.

    Refuses a call that is not there, one that was dropped or, to drop it, played.
    """
    result.check()
    kept = result.completed()
    await communities.lock(tx, scope.community_id)
    record = await known(tx, scope, call_id)
    if not await calls.move(tx, scope.community_id, call_id, state, scope.now):
        raise Refused(
            "slot_call_settled", f"This call is {record.state.value} already.", "Look at the call, it has changed."
        )
    if state is CallState.PLAYED:
        await calls.note_result(tx, scope.community_id, call_id, kept)
    before, after = values(record.state, record.result), values(state, kept)
    line = Audited(action="slotcalls.settle", target=("slot_call", call_id), before=before, after=after, reason=reason)
    return Done(call_id, [await changed_call(tx, scope, record, state)], [line])


async def clear(tx: Tx, scope: Scope, *, reason: str | None) -> Done[int]:
    """Drop every call that waits; how many."""
    await communities.lock(tx, scope.community_id)
    count = await calls.drop_waiting(tx, scope.community_id, scope.now)
    line = Audited(
        action="slotcalls.clear", target=("community", scope.community_id), after={"dropped": count}, reason=reason
    )
    return Done(count, [SlotQueueCleared(count=count)] if count else [], [line])


async def known(tx: Tx, scope: Scope, call_id: int) -> CallRecord:
    """A call of this community, or a refusal."""
    record = await calls.by_id(tx, scope.community_id, call_id)
    if record is None:
        raise Refused("slot_call_unknown", "This community has no such call.", "Use the `id` of one of its calls.")
    return record


def values(state: CallState, result: Result) -> dict[str, Plain]:
    """A call's state and result for the audit log; only what is there."""
    told: dict[str, Plain] = {
        "cost": result.cost,
        "payout": result.payout,
        "multiplier": result.multiplier,
        "currency": result.currency,
    }
    return {"state": state.value, **{name: value for name, value in told.items() if value is not None}}
