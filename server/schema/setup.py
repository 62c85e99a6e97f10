"""How a community's Kick channels are set up."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.schema.policies import READ
from server.schema.problems import Refused


@strawberry.enum(description="How a check ended.")
class CheckState(Enum):
    """A state."""

    OK = strawberry.enum_value("ok", description="All is well.")
    WARNING = strawberry.enum_value("warning", description="It works, but something is missing or looks odd.")
    FAILED = strawberry.enum_value("failed", description="It does not work before somebody does what `remedy` says.")
    UNKNOWN = strawberry.enum_value("unknown", description="There is no sign yet, neither good nor bad.")


@strawberry.enum(name="SetupCheckName", description="What is checked.")
class CheckName(Enum):
    """A check."""

    APP = strawberry.enum_value("app", description="Whether the server knows a Kick app.")
    ADDRESS = strawberry.enum_value("address", description="Whether Kick can reach the server.")
    CHANNEL = strawberry.enum_value("channel", description="Whether a channel is attached.")
    BROADCASTER_ID = strawberry.enum_value("broadcaster_id", description="Whether the id of its owner is known.")
    CHANNEL_ID = strawberry.enum_value("channel_id", description="Whether Kick's inner id of the channel is known.")
    CHATROOM_ID = strawberry.enum_value("chatroom_id", description="Whether Kick's inner id of its chat is known.")
    AUTHORISATION = strawberry.enum_value("authorisation", description="Whether its owner has connected it.")
    SCOPES = strawberry.enum_value("scopes", description="Whether what was allowed is enough to follow the channel.")
    WEBHOOKS = strawberry.enum_value("webhooks", description="Whether its events arrive.")
    CHAT_READ = strawberry.enum_value("chat_read", description="Whether its chat arrives.")
    SOCKET = strawberry.enum_value("socket", description="Whether its websocket listens, and hears something.")
    CHAT_SEND = strawberry.enum_value("chat_send", description="Whether the server may write in its chat.")


@strawberry.type(description="One check of the set-up.")
class SetupCheck:
    """A check with its outcome."""

    name: CheckName = strawberry.field(description="What was checked.", metadata=READ)
    platform_id: str | None = strawberry.field(
        description="Whose channel, by Kick's id of its owner; null for what concerns the whole server.", metadata=READ
    )
    state: CheckState = strawberry.field(description="How it ended.", metadata=READ)
    detail: str = strawberry.field(description="What was found, in a sentence.", metadata=READ)
    remedy: str | None = strawberry.field(description="What to do about it; null if all is well.", metadata=READ)


@strawberry.type(description="Whether a community's Kick channels are set up.")
class KickSetup:
    """All checks."""

    is_ready: bool = strawberry.field(description="Whether no check failed.", metadata=READ)
    checks: list[SetupCheck] = strawberry.field(
        description="Every check: first of the server, then channel by channel, at most 20 channels.", metadata=READ
    )


class SetupLoader(Protocol):
    """What a community is asked about its set-up."""

    async def kick(self) -> KickSetup:
        """The checks."""
        ...


@strawberry.input(description="Which channel to ask Kick about.")
class SyncChannelInput:
    """Input of syncChannel."""

    community_id: strawberry.ID = strawberry.field(description="The community that attached the channel.")
    platform_id: str = strawberry.field(description="Kick's id of the channel's owner.")
    kick_channel_id: str | None = strawberry.field(
        default=None, description="Kick's inner id of the channel, if you know it; it wins over what Kick tells."
    )
    kick_chatroom_id: str | None = strawberry.field(
        default=None, description="Kick's inner id of the channel's chat, if you know it; Kick's API does not tell it."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="One thing that syncing looks for.")
class SyncFinding:
    """A finding."""

    what: str = strawberry.field(
        description="broadcaster_id, slug, channel_id or chatroom_id.",
        metadata=READ,
    )
    value: str | None = strawberry.field(description="What is known now; null if it is missing.", metadata=READ)
    problem: str | None = strawberry.field(description="Why it was not told this time; null if it was.", metadata=READ)
    remedy: str | None = strawberry.field(description="What to do about what is missing, if anything.", metadata=READ)


@strawberry.type(description="Kick was asked, and what it told is kept.")
class ChannelSynced:
    """Success of syncChannel."""

    platform_id: str = strawberry.field(description="Kick's id of the channel's owner.", metadata=READ)
    synced_at: datetime = strawberry.field(description="When.", metadata=READ)
    findings: list[SyncFinding] = strawberry.field(
        description="What is known now, and of what is missing why.", metadata=READ
    )


SyncChannelResult = Annotated[
    ChannelSynced | Refused,
    strawberry.union("SyncChannelResult", description="What became of asking Kick about a channel."),
]
