"""Timed messages: staff plans them, lines of others are counted, and whoever's turn it is is said."""

from collections.abc import Callable, Sequence

from server.domain.audit import Audited, Plain, changed
from server.domain.chat.texts import filled
from server.domain.refusals import Refused
from server.domain.timers import TIMERS_MAX, USEFUL_FOR, Plan, due_after, next_of
from server.events.chat import ChatCounted, LineWanted
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, timers

DRAWN_OF = 2**32


async def after_counted(tx: Tx, scope: Scope, counted: Sequence[ChatCounted]) -> tuple[()]:
    """Count the lines of others, for which timed messages wait."""
    many: dict[int, int] = {}
    for one in counted:
        many[one.channel_id] = many.get(one.channel_id, 0) + one.lines
    await timers.count_lines(tx, scope.community_id, sorted(many.items()))
    return ()


async def tick(tx: Tx, scope: Scope, *, channel_id: int, drawn: int) -> Done[int | None]:
    """Say the timed message whose turn it is in a live channel, if any; which one.

    `drawn`, below 2^32, is the random delay of its next turn. Two servers that tick at once say it once.
    """
    heard, last = await timers.last_in(tx, scope.community_id, channel_id)
    plans = {one.id: one.plan for one in await timers.all_of(tx, scope.community_id) if one.plan.is_on}
    begun = [(number, due_after(plan.minutes, scope.now, drawn, DRAWN_OF)) for number, plan in plans.items()]
    await timers.begin_turns(tx, channel_id, heard, begun)
    waiting = await timers.waiting(tx, scope.community_id, channel_id, heard)
    turn = next_of(waiting, last, scope.now)
    if turn is None:
        return Done(None)
    due_at = due_after(plans[turn.timer_id].minutes, scope.now, drawn, DRAWN_OF)
    if not await timers.take_turn(tx, turn.timer_id, channel_id, turn.due_at, due_at, heard):
        return Done(None)
    await timers.note_told(tx, scope.community_id, channel_id, turn.text, scope.now)
    wanted = LineWanted(
        channel_id=channel_id,
        kind="timer",
        key=f"timer:{turn.timer_id}:{channel_id}:{turn.due_at.isoformat()}",
        text=await said(tx, scope, channel_id, turn.text),
        expires_at=scope.now + USEFUL_FOR,
    )
    return Done(turn.timer_id, [wanted])


async def said(tx: Tx, scope: Scope, channel_id: int, text: str) -> str:
    """What a text says in a channel."""
    community = await communities.by_id(tx, scope.community_id)
    channel = (await channels.by_ids(tx, [channel_id]))[channel_id]
    return filled(text, {"channel": channel.name, "community": community.name if community else ""})


async def create(tx: Tx, scope: Scope, *, plan: Plan, actor: str) -> Done[int]:
    """Plan a timed message and return its id; refuses an unfit plan, a name that is taken, and too many."""
    checked = plan.checked()
    await communities.lock(tx, scope.community_id)
    if len(await timers.all_of(tx, scope.community_id)) >= TIMERS_MAX:
        raise Refused("timers_full", f"A community has {TIMERS_MAX} timed messages at most.", "Delete one first.")
    number = await timers.add(tx, scope.community_id, checked, actor, scope.now)
    if number is None:
        raise taken(checked)
    return Done(number, audit=[Audited(action="timers.create", target=("timer", number), after=values(checked))])


async def change(tx: Tx, scope: Scope, *, timer_id: int, revised: Callable[[Plan], Plan], actor: str) -> Done[int]:
    """Change a timed message and return its id; refuses one that is not there, an unfit plan, and a taken name."""
    await communities.lock(tx, scope.community_id)
    before = await known(tx, scope, timer_id)
    plan = revised(before).checked()
    if any(one.plan.name == plan.name and one.id != timer_id for one in await timers.all_of(tx, scope.community_id)):
        raise taken(plan)
    await timers.change(tx, timer_id, plan, actor, scope.now)
    old, new = changed(values(before), values(plan))
    return Done(timer_id, audit=[Audited(action="timers.change", target=("timer", timer_id), before=old, after=new)])


async def delete(tx: Tx, scope: Scope, *, timer_id: int) -> Done[int]:
    """Take a timed message away; refuses one that is not there."""
    await communities.lock(tx, scope.community_id)
    plan = await known(tx, scope, timer_id)
    await timers.remove(tx, timer_id)
    return Done(timer_id, audit=[Audited(action="timers.delete", target=("timer", timer_id), before=values(plan))])


async def known(tx: Tx, scope: Scope, timer_id: int) -> Plan:
    """A timed message of this community, or a refusal."""
    record = await timers.by_id(tx, scope.community_id, timer_id)
    if record is None:
        raise Refused(
            "timer_unknown", "This community has no such timed message.", "Use the `id` of one of its timed messages."
        )
    return record.plan


def taken(plan: Plan) -> Refused:
    """The refusal of a name that another timed message has."""
    return Refused("timer_name_taken", f"There is a timed message {plan.name!r} already.", "Choose another name.")


def values(plan: Plan) -> dict[str, Plain]:
    """A plan for the audit log."""
    return {
        "name": plan.name,
        "text": plan.text,
        "minutes": plan.minutes,
        "lines": plan.lines,
        "on": int(plan.is_on),
    }
