"""Chat: what is said, and the commands."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.channels import Channel
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, needs
from server.schema.scalars import Duration
from server.schema.timers import Timer, TimerLoader

MANAGE = needs(Capability.CHAT_MANAGE)


@strawberry.enum(description="Where a line stands on its way into a chat.")
class ChatLineState(Enum):
    """A state of a line."""

    QUEUED = strawberry.enum_value("queued", description="It waits for its turn, or to be tried again.")
    SENDING = strawberry.enum_value("sending", description="It is being posted.")
    SENT = strawberry.enum_value("sent", description="The platform took it, or it came back from the chat.")
    FAILED = strawberry.enum_value("failed", description="The platform did not take it; the reason says why.")
    UNKNOWN = strawberry.enum_value(
        "unknown",
        description="There was no answer, or we were stopped: it may have been posted. It is not posted again.",
    )
    DROPPED = strawberry.enum_value("dropped", description="It was never posted: too late, too many, or switched off.")


@strawberry.enum(description="What a line is for.")
class ChatLineKind(Enum):
    """A kind of line."""

    REPLY = strawberry.enum_value("reply", description="It answers a command.")
    TIMER = strawberry.enum_value("timer", description="It is a timed message.")
    STAFF = strawberry.enum_value("staff", description="Staff says it.")
    NOTICE = strawberry.enum_value("notice", description="It tells of something that happened.")


@strawberry.enum(description="How high somebody stands in a chat; each may do what those before may.")
class ChatLevel(Enum):
    """A level."""

    VIEWER = strawberry.enum_value("viewer", description="Anybody.")
    SUBSCRIBER = strawberry.enum_value("subscriber", description="Subscribers, VIPs and moderators.")
    VIP = strawberry.enum_value("vip", description="VIPs and moderators.")
    MODERATOR = strawberry.enum_value("moderator", description="Moderators.")
    BROADCASTER = strawberry.enum_value("broadcaster", description="The channel's owner alone.")


@strawberry.type(description="A line that we say in a channel's chat; a long text is several.")
class ChatLine:
    """A line."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    channel: Channel = strawberry.field(description="In which channel.", metadata=READ)
    kind: ChatLineKind = strawberry.field(description="What it is for.", metadata=READ)
    text: str = strawberry.field(description="What is said.", metadata=READ)
    state: ChatLineState = strawberry.field(description="Where it stands.", metadata=READ)
    attempts: int = strawberry.field(description="How often it was tried.", metadata=READ)
    as_bot: bool | None = strawberry.field(
        description="Whether the app's bot said it, or the channel's owner; null before it was said.", metadata=READ
    )
    message_id: str | None = strawberry.field(description="The platform's id of the message.", metadata=READ)
    reason: str | None = strawberry.field(description="Why it stands where it stands, as a code.", metadata=READ)
    created_at: datetime = strawberry.field(description="When it was queued.", metadata=READ)
    settled_at: datetime | None = strawberry.field(description="When that was decided.", metadata=READ)
    heard_at: datetime | None = strawberry.field(description="When it came back from the chat.", metadata=READ)


@strawberry.type(description="A command in chat.")
class ChatCommand:
    """A command."""

    name: str = strawberry.field(description="Its name, without the exclamation mark.", metadata=READ)
    aliases: list[str] = strawberry.field(description="Other names it goes by, at most 5.", metadata=READ)
    built_in: bool = strawberry.field(description="Whether it is built in.", metadata=READ)
    does: str | None = strawberry.field(description="What a built-in one does.", metadata=READ)
    text: str | None = strawberry.field(description="What one of the community's own answers.", metadata=READ)
    level: ChatLevel = strawberry.field(description="Who may use it.", metadata=READ)
    is_on: bool = strawberry.field(description="Whether it is answered.", metadata=READ)
    cooldown: Duration = strawberry.field(description="How long it rests after it was answered.", metadata=READ)
    viewer_cooldown: Duration = strawberry.field(
        description="How long whoever used it waits before he uses it again.", metadata=READ
    )


@strawberry.type(description="Something that is said in chat, and the words for it.")
class ChatText:
    """A text."""

    name: str = strawberry.field(description="What it is for.", metadata=READ)
    text: str = strawberry.field(description="The words in force.", metadata=READ)
    standard: str = strawberry.field(description="The words of a community that chose none.", metadata=READ)
    placeholders: list[str] = strawberry.field(description="What may stand in braces in it, at most 10.", metadata=READ)


@strawberry.type(description="The settings of chat.")
class ChatSettings:
    """Settings of chat."""

    speaks: bool = strawberry.field(description="Whether we answer and tell in chat at all.", metadata=READ)
    texts: list[ChatText] = strawberry.field(description="What is said, at most 50 texts.", metadata=READ)


class ChatLoader(Protocol):
    """What a community is asked about chat."""

    async def settings(self) -> ChatSettings:
        """The settings in force."""
        ...

    async def commands(self) -> list[ChatCommand]:
        """Every command."""
        ...

    async def lines(self, first: int, after: str | None) -> Connection[ChatLine]:
        """The lines, newest first."""
        ...


@strawberry.type(description="The chat of a community's channels.")
class Chat:
    """Chat."""

    loader: strawberry.Private[ChatLoader]
    planned: strawberry.Private[TimerLoader]

    @strawberry.field(description="The settings in force.", metadata=READ)
    async def settings(self) -> ChatSettings:
        """The settings."""
        return await self.loader.settings()

    @strawberry.field(
        description="Every command by name, at most 250: built-in ones and the community's own.", metadata=READ
    )
    async def commands(self) -> list[ChatCommand]:
        """The commands."""
        return await self.loader.commands()

    @strawberry.field(description="What we said or are about to say, newest first, for a month.", metadata=READ)
    async def lines(self, first: First, after: After = None) -> Connection[ChatLine]:
        """The lines."""
        return await self.loader.lines(first, after)

    @strawberry.field(description="The timed messages, at most 50, by name.", metadata=READ)
    async def timers(self) -> list[Timer]:
        """The timed messages."""
        return await self.planned.all()
