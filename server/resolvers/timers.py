"""Timed messages: read, planned, changed and deleted."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import strawberry

from server.actions import timers as actions
from server.domain.chat.texts import filled
from server.domain.staff import Capability
from server.domain.timers import Plan
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.ids import id_of, number_of
from server.schema.scalars import printable
from server.schema.timers import (
    MANAGE,
    CreateTimerInput,
    CreateTimerResult,
    DeleteTimerInput,
    DeleteTimerResult,
    Timer,
    TimerCreated,
    TimerDeleted,
    TimerUpdated,
    UpdateTimerInput,
    UpdateTimerResult,
)
from server.store import channels, communities, timers


@dataclass(frozen=True, slots=True)
class TimerReads:
    """What a community is asked about timed messages."""

    context: Context
    community_id: int

    async def all(self) -> list[Timer]:
        """All of them, by name."""
        reader = self.context.reader
        due = await timers.due_of(reader, self.community_id)
        attached = await channels.attached(reader, self.community_id)
        community = await communities.by_id(reader, self.community_id)
        names = {
            "community": community.name if community else "",
            "channel": attached[0].name if attached else "",
        }
        return [
            Timer(
                id=id_of("timer", one.id),
                name=one.plan.name,
                text=one.plan.text,
                preview=filled(one.plan.text, names),
                minutes=one.plan.minutes,
                lines=one.plan.lines,
                is_on=one.plan.is_on,
                next_due=due.get(one.id) if one.plan.is_on else None,
            )
            for one in await timers.all_of(reader, self.community_id)
        ]


async def timer_by_id(context: Context, community_id: int, timer_id: int) -> Timer:
    """A timed message that is there."""
    wanted = id_of("timer", timer_id)
    for one in await TimerReads(context, community_id).all():
        if one.id == wanted:
            return one
    raise LookupError(f"The timed message {timer_id} is gone.")


async def create_timer(
    info: Info, given: Annotated[CreateTimerInput, strawberry.argument(name="input", description="What to plan.")]
) -> CreateTimerResult:
    """Plan a timed message."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    plan = Plan(
        name=printable(given.name),
        text=printable(given.text),
        minutes=given.minutes,
        lines=given.lines,
        is_on=given.is_on,
    )

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.create(tx, scope, plan=plan, actor=context.actor_name)
        return done.giving({"timer": done.result})

    kept = await once(context, "createTimer", place, given, create)
    return TimerCreated(timer=await timer_by_id(context, place.community_id, kept["timer"]))


async def update_timer(
    info: Info, given: Annotated[UpdateTimerInput, strawberry.argument(name="input", description="What to change.")]
) -> UpdateTimerResult:
    """Change a timed message."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    timer_id = number_of("timer", given.timer_id)
    wanted: dict[str, Any] = {
        name: printable(field.value)
        for name, field in (("name", given.name), ("text", given.text))
        if field is not None
    }
    wanted |= {
        name: field.value
        for name, field in (("minutes", given.minutes), ("lines", given.lines), ("is_on", given.is_on))
        if field is not None
    }

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.change(
            tx, scope, timer_id=timer_id, revised=lambda plan: replace(plan, **wanted), actor=context.actor_name
        )
        return done.giving({"timer": done.result})

    kept = await once(context, "updateTimer", place, given, change)
    return TimerUpdated(timer=await timer_by_id(context, place.community_id, kept["timer"]))


async def delete_timer(
    info: Info, given: Annotated[DeleteTimerInput, strawberry.argument(name="input", description="Which one.")]
) -> DeleteTimerResult:
    """Delete a timed message."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    timer_id = number_of("timer", given.timer_id)

    async def delete(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.delete(tx, scope, timer_id=timer_id)
        return done.giving({"timer": done.result})

    kept = await once(context, "deleteTimer", place, given, delete)
    return TimerDeleted(timer_id=id_of("timer", kept["timer"]))


@strawberry.type
class TimerMutations:
    """Changes to timed messages."""

    create_timer: CreateTimerResult = strawberry.field(
        resolver=create_timer, description="Plan a timed message.", metadata=MANAGE
    )
    update_timer: UpdateTimerResult = strawberry.field(
        resolver=update_timer, description="Change a timed message, or switch it.", metadata=MANAGE
    )
    delete_timer: DeleteTimerResult = strawberry.field(
        resolver=delete_timer, description="Delete a timed message.", metadata=MANAGE
    )
