"""Chat comes in: keep it as evidence, and count it where a stream is known."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from server.actions.watchtime.count import Counted, count
from server.domain.instants import micros
from server.domain.watchtime.values import Message
from server.events.chat import ChatSpoken
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, linking, watchtime

Digest = Callable[[str], int]


async def note_chat(tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken], *, digest: Digest) -> list[Counted]:
    """Keep chat messages as evidence and bring the tallies they touch up to date."""
    await communities.lock(tx, scope.community_id)
    messages = await messages_of(tx, spoken, digest)
    await watchtime.add_evidence(tx, messages)
    return await count(tx, scope, messages)


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
