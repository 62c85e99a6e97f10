"""Channels and their streams."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions import channels as actions
from server.domain.instants import micros
from server.domain.linking import channel_key
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.loaders import channel_noun
from server.schema.channels import (
    AttachChannelInput,
    AttachChannelResult,
    Channel,
    ChannelAttached,
    ChannelDetached,
    DetachChannelInput,
    DetachChannelResult,
    Stream,
    StreamStatus,
)
from server.schema.ids import id_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import needs
from server.schema.scalars import printable
from server.store import channels, stream_records
from server.store.stream_records import StreamRecord

NEWEST_STREAM = Order("stream", int, int)


@dataclass(frozen=True, slots=True)
class ChannelReads:
    """What a community is asked about its channels."""

    context: Context
    community_id: int

    async def attached(self) -> list[Channel]:
        """The attached channels, oldest attachment first."""
        return list(map(channel_noun, await channels.attached(self.context.reader, self.community_id)))

    async def status(self) -> list[StreamStatus]:
        """Whether each attached channel is live."""
        now = self.context.services.clock.now()
        found: list[StreamStatus] = []
        for record in await channels.attached(self.context.reader, self.community_id):
            latest = await stream_records.latest_stream(self.context.reader, record.id)
            is_live = latest is not None and latest.started_at <= now and (latest.until is None or now < latest.until)
            stream = None if latest is None else stream_noun(self.context, latest)
            found.append(StreamStatus(channel=channel_noun(record), is_live=is_live, stream=stream))
        return found

    async def streams(self, first: int, after: str | None) -> Connection[Stream]:
        """The streams of the attached channels, newest first."""
        key = NEWEST_STREAM.key(after)
        before = None if key is None else (key[0], key[1])
        limit = checked_first(first) + 1
        rows = await stream_records.streams_page(self.context.reader, self.community_id, before, limit)
        return page_of(
            rows,
            first,
            node=partial(stream_noun, self.context),
            cursor=stream_cursor,
            count=lambda: stream_records.streams_count(self.context.reader, self.community_id),
        )


def stream_noun(context: Context, record: StreamRecord) -> Stream:
    """A stream as the graph shows it."""
    return Stream(
        id=id_of("stream", record.id),
        title=record.title,
        started_at=record.started_at,
        ended_at=record.until,
        find_channel=partial(context.channels.load, record.channel_id),
    )


def stream_cursor(record: StreamRecord) -> str:
    """Where a stream stands among the newest."""
    return NEWEST_STREAM.cursor(micros(record.started_at), record.id)


async def attach_channel(
    info: Info,
    given: Annotated[AttachChannelInput, strawberry.argument(name="input", description="What to attach where.")],
) -> AttachChannelResult:
    """Attach a channel to a community."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    platform, external_id = channel_key(given.platform.key, given.platform_id)

    async def attach(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.attach(
            tx, scope, platform=platform, external_id=external_id, name=printable(given.name).strip(), slug=None
        )
        return done.giving({"channel": done.result})

    kept = await once(context, "attachChannel", place, given, attach)
    return ChannelAttached(channel=await context.channels.load(kept["channel"]))


async def detach_channel(
    info: Info,
    given: Annotated[DetachChannelInput, strawberry.argument(name="input", description="What to detach from where.")],
) -> DetachChannelResult:
    """Detach a channel from a community."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    platform, external_id = channel_key(given.platform.key, given.platform_id)

    async def detach(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.detach(tx, scope, platform=platform, external_id=external_id)
        return done.giving({"channel": done.result})

    kept = await once(context, "detachChannel", place, given, detach)
    return ChannelDetached(channel=await context.channels.load(kept["channel"]))


@strawberry.type
class ChannelMutations:
    """What can be changed about channels."""

    attach_channel: AttachChannelResult = strawberry.field(
        resolver=attach_channel,
        description="Have a community follow a channel; what was told of it before is then delivered too.",
        metadata=needs(Capability.CHANNELS_MANAGE),
    )
    detach_channel: DetachChannelResult = strawberry.field(
        resolver=detach_channel,
        description="Have a community follow a channel no more. What was counted until now stays.",
        metadata=needs(Capability.CHANNELS_MANAGE),
    )
