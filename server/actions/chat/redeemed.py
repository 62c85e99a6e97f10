"""A reward says a line in chat."""

from server.actions.chat.say import queue, settings_in_force
from server.domain.chat.lines import LINE_LIFETIME, QUEUE_MAX, LineKind
from server.domain.chat.texts import filled
from server.domain.refusals import Refused
from server.domain.rewards.actions import Task
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities
from server.store.chat import lines


async def say_for(tx: Tx, scope: Scope, task: Task) -> Done[list[int]]:
    """Queue the reward's line in the channel where it was redeemed; refuses where we do not speak, or cannot now."""
    settings = await settings_in_force(tx, scope.community_id)
    if not settings.speaks:
        raise Refused("chat_silent", "We do not speak in this chat.", "Switch speaking on, or pause the reward.")
    if await lines.queued_count(tx, task.channel_id) >= QUEUE_MAX:
        raise Refused("chat_queue_full", f"{QUEUE_MAX} lines wait for this channel.", "Try again in a minute.")
    community = await communities.by_id(tx, scope.community_id)
    channel = (await channels.by_ids(tx, [task.channel_id]))[task.channel_id]
    known = {
        "name": task.name,
        "input": task.user_input,
        "reward": task.title,
        "cost": str(task.cost),
        "channel": channel.name,
        "community": community.name if community else "",
    }
    made = await queue(
        tx,
        scope,
        settings,
        channel_id=task.channel_id,
        kind=LineKind.NOTICE,
        key=task.cause,
        text=filled(task.action.text or "", known),
        expires_at=scope.now + LINE_LIFETIME,
    )
    return Done(made)
