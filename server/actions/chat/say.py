"""Queue lines for a chat: written in the transaction of their cause, said after its commit."""

from collections.abc import Sequence
from datetime import datetime

from server.domain.audit import Audited
from server.domain.chat.commands import REFUSED_AGAIN_AFTER_S, cooled_until
from server.domain.chat.index import named, rules_with
from server.domain.chat.lines import (
    LINE_LENGTH_MAX,
    LINE_LIFETIME,
    QUEUE_MAX,
    REPLY_LIFETIME,
    LineKind,
    LineState,
    echoed,
    split,
)
from server.domain.chat.texts import ChatSettings, filled
from server.domain.instants import EPOCH, SECOND, instant_of, micros
from server.domain.refusals import Refused
from server.events.chat import CommandAnswered, LineWanted
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import channels, communities
from server.store.chat import commands, lines
from server.store.chat.commands import EVERYBODY, Resting
from server.store.chat.lines import NewLine

SETTINGS = "chat"
PLATFORMS_SPOKEN = frozenset({"kick"})


async def after_answered(tx: Tx, scope: Scope, answered: Sequence[CommandAnswered]) -> tuple[()]:
    """Answer commands in chat. One that was served rests then; why one was refused a viewer is told now and then."""
    settings = await settings_in_force(tx, scope.community_id)
    rules = rules_with(await commands.changed_rules(tx, scope.community_id))
    told = await commands.resting(tx, scope.community_id, [refused_key(one) for one in answered if one.is_refused])
    ends: dict[Resting, datetime] = {}
    for one in answered:
        asked, key = one.asked, refused_key(one)
        rule = named(rules, asked.command)
        if one.is_refused:
            if max(told.get(key, EPOCH), ends.get(key, EPOCH)) > scope.now:
                continue
            ends[key] = later(scope.now, REFUSED_AGAIN_AFTER_S)
        elif rule is not None:
            ends[rule.name, EVERYBODY], ends[rule.name, asked.account_id] = cooled_until(rule, scope.now)
        custom = rule.text if rule and rule.text and not one.is_refused else None
        text = custom or settings.text(one.text)
        await queue(
            tx,
            scope,
            settings,
            channel_id=asked.channel_id,
            kind=LineKind.REPLY,
            key=reply_key(asked.message_id),
            text=filled(text, {"name": asked.name, **one.values}),
            expires_at=scope.now + REPLY_LIFETIME,
        )
    await commands.rest(tx, scope.community_id, list(ends.items()))
    return ()


def refused_key(answered: CommandAnswered) -> Resting:
    """Under what it is remembered that a viewer was told why a command was refused."""
    return f"{answered.asked.command}?", answered.asked.account_id


def reply_key(message_id: str) -> str:
    """The cause of the answer to a message."""
    return f"reply:{message_id}"


def later(now: datetime, seconds: int) -> datetime:
    """So many seconds from now."""
    return instant_of(micros(now) + seconds * SECOND)


async def after_wanted(tx: Tx, scope: Scope, wanted: Sequence[LineWanted]) -> tuple[()]:
    """Queue lines that other capabilities want said."""
    settings = await settings_in_force(tx, scope.community_id)
    for one in wanted:
        await queue(
            tx,
            scope,
            settings,
            channel_id=one.channel_id,
            kind=LineKind(one.kind),
            key=one.key,
            text=one.text,
            expires_at=one.expires_at,
        )
    return ()


async def queue(
    tx: Tx,
    scope: Scope,
    settings: ChatSettings,
    *,
    channel_id: int,
    kind: LineKind,
    key: str,
    text: str,
    expires_at: datetime,
) -> list[int]:
    """Queue a text, in as many lines as it takes; their ids, none where its cause has made lines already.

    Where we do not speak, or too many lines wait, they are kept as dropped, so that staff sees them.
    """
    parts = [
        NewLine(channel_id=channel_id, kind=kind, key=key, part=number, text=part, expires_at=expires_at)
        for number, part in enumerate(split(text))
    ]
    reason = None
    if not settings.speaks and kind is not LineKind.STAFF:
        reason = "switched_off"
    elif await lines.queued_count(tx, channel_id) + len(parts) > QUEUE_MAX:
        reason = "queue_full"
    state = LineState.QUEUED if reason is None else LineState.DROPPED
    return await lines.add(tx, scope.community_id, parts, scope.now, state=state, reason=reason)


async def say(tx: Tx, scope: Scope, *, channel_id: int, text: str, key: str) -> Done[list[int]]:
    """Have staff say something in a channel of the community; the ids of its lines.

    Refuses a channel that is not attached or has no chat we can write in, an empty text, and one that is too long.
    """
    attached = [channel for channel in await channels.attached(tx, scope.community_id) if channel.id == channel_id]
    if not attached or attached[0].platform not in PLATFORMS_SPOKEN:
        raise Refused(
            "chat_channel_unknown", "This community has no such channel to speak in.", "Use the `id` of a Kick channel."
        )
    if not 1 <= len(echoed(text)) <= LINE_LENGTH_MAX:
        raise Refused("chat_text_length", f"A line has 1 to {LINE_LENGTH_MAX} characters.", "Write another one.")
    made = await queue(
        tx,
        scope,
        await settings_in_force(tx, scope.community_id),
        channel_id=channel_id,
        kind=LineKind.STAFF,
        key=key,
        text=text,
        expires_at=scope.now + LINE_LIFETIME,
    )
    records = await lines.by_ids(tx, scope.community_id, made)
    if any(record.state is LineState.DROPPED for record in records):
        raise Refused("chat_queue_full", f"{QUEUE_MAX} lines wait for this channel.", "Try again in a minute.")
    line = Audited(action="chat.say", target=("channel", channel_id), after={"text": echoed(text)})
    return Done(made, audit=[line])


async def settings_in_force(reader: Reader, community_id: int) -> ChatSettings:
    """A community's settings of chat."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return ChatSettings.restored(versions[-1].data) if versions else ChatSettings()
