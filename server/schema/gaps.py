"""What a platform was asked to send, and what was missed."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import strawberry

from server.schema.channels import Channel
from server.schema.pagination import Connection
from server.schema.policies import READ


@strawberry.enum(description="How it stands with the events of one kind.")
class SubscriptionState(Enum):
    """A state."""

    ACTIVE = strawberry.enum_value("active", description="The platform says that it sends them.")
    UNLISTED = strawberry.enum_value(
        "unlisted", description="The platform took the order and does not list it; it is believed in for half an hour."
    )
    SILENT = strawberry.enum_value(
        "silent", description="The platform says that it sends them, and there is evidence that they do not arrive."
    )
    FAILED = strawberry.enum_value("failed", description="The platform does not send them.")


@strawberry.type(description="The events of one kind in one channel.")
class EventSubscription:
    """What a platform was asked to send."""

    platform_id: str = strawberry.field(description="The platform's own id of the channel's owner.", metadata=READ)
    kind: str = strawberry.field(description="What the platform calls this kind of news.", metadata=READ)
    state: SubscriptionState = strawberry.field(description="How it stands.", metadata=READ)
    detail: str | None = strawberry.field(description="What is wrong; null if nothing is.", metadata=READ)
    remedy: str | None = strawberry.field(description="What to do about it; null if nothing is wrong.", metadata=READ)
    last_event_at: datetime | None = strawberry.field(
        description="When the newest of them arrived; null if none was noticed yet.", metadata=READ
    )
    checked_at: datetime = strawberry.field(description="When the platform was asked about it last.", metadata=READ)


@strawberry.enum(description="Who tells us something.")
class GapSource(Enum):
    """A source."""

    WEBHOOK = strawberry.enum_value("webhook", description="Deliveries of the platform.")
    WEBSOCKET = strawberry.enum_value("websocket", description="The websocket of the channel's chat.")
    POLL = strawberry.enum_value("poll", description="Asking the platform again and again.")


@strawberry.type(description="A span in which a source did not tell us all of a channel.")
class Gap:
    """A gap; open as long as it goes on."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    channel: Channel = strawberry.field(description="The channel.", metadata=READ)
    source: GapSource = strawberry.field(description="Who was silent.", metadata=READ)
    began_at: datetime = strawberry.field(description="The last sign that all was well.", metadata=READ)
    ended_at: datetime | None = strawberry.field(
        description="When all was well again; null while it goes on.", metadata=READ
    )
    cause: str = strawberry.field(description="Why, as a stable code.", metadata=READ)
    detail: str = strawberry.field(description="Why, in a sentence.", metadata=READ)
    remedy: str = strawberry.field(description="What to do about it.", metadata=READ)
    kinds: list[str] = strawberry.field(
        description="Which kinds of news are concerned, as the platform calls them.", metadata=READ
    )
    recovered: list[str] = strawberry.field(description="What another source told meanwhile, and which.", metadata=READ)
    unrecovered: list[str] = strawberry.field(
        description="What nobody else tells. The platform may still deliver it late, and then it counts.",
        metadata=READ,
    )


class ConnectionLoader(Protocol):
    """What a community is asked about the connection to its channels' platforms."""

    async def subscriptions(self) -> list[EventSubscription]:
        """What the platforms were asked to send."""
        ...

    async def gaps(self, first: int, after: str | None) -> Connection[Gap]:
        """What was missed, newest first."""
        ...
