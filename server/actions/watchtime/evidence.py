"""Chat comes in: keep it as evidence, and count it where a stream is known."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from server.actions.watchtime.count import Counted, count, later
from server.actions.watchtime.request import job_for
from server.domain.instants import HOUR, micros
from server.domain.watchtime.values import FOREVER, Message
from server.events.chat import ChatSpoken
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, jobs, linking, watchtime
from server.store.jobs import NewJob

Digest = Callable[[str], int]


async def note_chat(tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken], *, digest: Digest) -> list[Counted]:
    """Keep chat messages as evidence and bring the tallies they touch up to date."""
    await communities.lock(tx, scope.community_id)
    messages = await messages_of(tx, spoken, digest)
    await watchtime.add_evidence(tx, messages)
    await count_where_left(tx, scope, messages)
    return await count(tx, scope, messages)


async def count_where_left(tx: Tx, scope: Scope, messages: Sequence[Message]) -> None:
    """Have communities that detached a channel meanwhile count messages from before, of which nobody tells them."""
    if not messages:
        return
    oldest, newest = min(message.at for message in messages), max(message.at for message in messages)
    wanted: list[NewJob] = []
    for community_id, channel_id in await channels.left_by(tx, {message.channel for message in messages}, oldest):
        # A message counts in a stream that begins within its window, too, which is never longer than an hour.
        lives = await channels.lives_between(tx, {channel_id: FOREVER}, oldest, newest + HOUR)
        wanted += [job_for(scope, community_id, later(scope, live.stream)) for live in lives]
    await jobs.add(tx, wanted, scope.now)


async def messages_of(tx: Tx, spoken: Sequence[ChatSpoken], digest: Digest) -> list[Message]:
    """The messages of people who are not anonymous, in channels that exist, without their text."""
    found = await channels.ids_of(tx, {(event.platform, str(event.broadcaster.id)) for event in spoken})
    messages: list[Message] = []
    for platform in sorted({event.platform for event in spoken}):
        ours = [event for event in spoken if event.platform == platform]
        accounts = await linking.accounts_of(tx, platform, names(ours))
        for event in ours:
            channel = found.get((platform, str(event.broadcaster.id)))
            account = accounts.get(event.sender.id or "")
            if channel is not None and account is not None:
                messages.append(Message(micros(event.at), account, channel, digest(normalised(event.text))))
    return messages


def names(spoken: Sequence[ChatSpoken]) -> list[tuple[Any, datetime]]:
    """Everybody who spoke, with when."""
    return [(event.sender, event.at) for event in spoken]


def normalised(text: str) -> str:
    """`text` as repeats are compared: case folded, white space collapsed."""
    return " ".join(text.casefold().split())
