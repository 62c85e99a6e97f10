"""Channels and their streams."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from server.schema.linking import Platform
from server.schema.pagination import Connection
from server.schema.policies import READ
from server.schema.problems import Refused


@strawberry.type(description="A channel on a platform, known by the platform's own broadcaster id.")
class Channel:
    """A channel as last told."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    platform: Platform = strawberry.field(description="Where the channel lives.", metadata=READ)
    platform_id: str = strawberry.field(description="The platform's own id of the broadcaster.", metadata=READ)
    name: str = strawberry.field(description="The broadcaster's name as last told; names change.", metadata=READ)
    slug: str | None = strawberry.field(description="How the channel appears in addresses, if told.", metadata=READ)
    title: str | None = strawberry.field(description="The title as last told, if ever.", metadata=READ)
    category: str | None = strawberry.field(description="The category as last told, if ever.", metadata=READ)


@strawberry.type(description="One live session of a channel.")
class Stream:
    """A stream as told."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    title: str = strawberry.field(description="The title when the stream was first told.", metadata=READ)
    started_at: datetime = strawberry.field(
        description="When it began, which identifies it within its channel.", metadata=READ
    )
    ended_at: datetime | None = strawberry.field(
        description="When it ended, as told or by the channel's next start, whichever came first; null while open.",
        metadata=READ,
    )
    find_channel: strawberry.Private[Callable[[], Awaitable[Channel]]]

    @strawberry.field(description="The channel that was live.", metadata=READ)
    async def channel(self) -> Channel:
        """The stream's channel."""
        return await self.find_channel()


@strawberry.type(description="Whether a channel is live.")
class StreamStatus:
    """A channel with its newest stream."""

    channel: Channel = strawberry.field(description="The channel.", metadata=READ)
    is_live: bool = strawberry.field(description="Whether its newest stream is running now.", metadata=READ)
    stream: Stream | None = strawberry.field(description="Its newest stream; null if none was told.", metadata=READ)


class ChannelLoader(Protocol):
    """What a community is asked about its channels."""

    async def attached(self) -> list[Channel]:
        """The attached channels, oldest attachment first."""
        ...

    async def status(self) -> list[StreamStatus]:
        """Whether each attached channel is live."""
        ...

    async def streams(self, first: int, after: str | None) -> Connection[Stream]:
        """The streams of the attached channels, newest first."""
        ...


@strawberry.input(description="Which channel to attach to which community.")
class AttachChannelInput:
    """Input of attachChannel."""

    community_id: strawberry.ID = strawberry.field(description="The community that will follow the channel.")
    platform: Platform = strawberry.field(description="Where the channel lives: KICK or TWITCH.")
    platform_id: str = strawberry.field(description="The broadcaster's own numeric id, never a name.")
    name: str = strawberry.field(description="The broadcaster's name, shown until the platform tells it.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.input(description="Which channel a community follows no more.")
class DetachChannelInput:
    """Input of detachChannel."""

    community_id: strawberry.ID = strawberry.field(description="The community that follows the channel.")
    platform: Platform = strawberry.field(description="Where the channel lives: KICK or TWITCH.")
    platform_id: str = strawberry.field(description="The broadcaster's own numeric id, never a name.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(
    description="The community follows the channel no more. What was counted until now stays. "
    "Attaching it again counts what was told meanwhile, too."
)
class ChannelDetached:
    """Success of detachChannel."""

    channel: Channel = strawberry.field(description="The channel.", metadata=READ)


DetachChannelResult = Annotated[
    ChannelDetached | Refused,
    strawberry.union("DetachChannelResult", description="What became of detaching a channel."),
]


@strawberry.type(
    description="The community follows the channel from now on; what was told of it before is being applied."
)
class ChannelAttached:
    """Success of attachChannel."""

    channel: Channel = strawberry.field(description="The attached channel.", metadata=READ)


AttachChannelResult = Annotated[
    ChannelAttached | Refused,
    strawberry.union("AttachChannelResult", description="What became of attaching a channel."),
]
