"""Deliveries: what platforms told, and what became of it."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Platform
from server.schema.pagination import Connection
from server.schema.policies import OPERATOR, needs
from server.schema.problems import Refused

REPLAY = needs(Capability.DELIVERIES_REPLAY)


@strawberry.enum(description="What became of a delivery.")
class DeliveryState(Enum):
    """The state of a delivery."""

    RECEIVED = strawberry.enum_value("received", description="It waits to be applied.")
    APPLIED = strawberry.enum_value("applied", description="It has been applied.")
    QUARANTINED = strawberry.enum_value("quarantined", description="It could not be applied; it can be replayed.")


@strawberry.type(description="One notification of a platform on its way into one community.")
class Delivery:
    """A delivery."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=REPLAY)
    platform: Platform = strawberry.field(description="Who sent it.", metadata=REPLAY)
    kind: str = strawberry.field(description="What the platform calls this kind of news.", metadata=REPLAY)
    message_id: str = strawberry.field(description="The platform's own id of the message.", metadata=REPLAY)
    told_at: datetime = strawberry.field(description="When the platform says it sent it.", metadata=REPLAY)
    received_at: datetime = strawberry.field(description="When it arrived here.", metadata=REPLAY)
    state: DeliveryState = strawberry.field(description="What became of it.", metadata=REPLAY)
    attempts: int = strawberry.field(description="How often it was tried.", metadata=REPLAY)
    settled_at: datetime | None = strawberry.field(
        description="When it was applied or quarantined; null while it waits.", metadata=REPLAY
    )
    code: str | None = strawberry.field(description="Why it was quarantined, for programs.", metadata=REPLAY)
    error: str | None = strawberry.field(description="Why it was quarantined, for people.", metadata=REPLAY)


@strawberry.type(description="A notification about a channel that no community had attached when it arrived.")
class Orphan:
    """A notification without a community."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=OPERATOR)
    platform: Platform = strawberry.field(description="Who sent it.", metadata=OPERATOR)
    kind: str = strawberry.field(description="What the platform calls this kind of news.", metadata=OPERATOR)
    message_id: str = strawberry.field(description="The platform's own id of the message.", metadata=OPERATOR)
    channel_platform_id: str | None = strawberry.field(
        description="The broadcaster it is about; null when the body does not say.", metadata=OPERATOR
    )
    told_at: datetime = strawberry.field(description="When the platform says it sent it.", metadata=OPERATOR)
    received_at: datetime = strawberry.field(description="When it arrived here.", metadata=OPERATOR)


@strawberry.input(description="Which deliveries to list; what is left out does not matter.")
class DeliveryFilter:
    """A filter."""

    kind: str | None = strawberry.field(default=None, description="Only this kind of news, as the platform calls it.")
    state: DeliveryState | None = strawberry.field(default=None, description="Only those in this state.")


class DeliveryLoader(Protocol):
    """What a community is asked about its deliveries."""

    async def page(self, wanted: DeliveryFilter | None, first: int, after: str | None) -> Connection[Delivery]:
        """The deliveries, newest first."""
        ...


@strawberry.input(description="Which quarantined deliveries to try again.")
class ReplayDeliveriesInput:
    """Input of replayDeliveries."""

    community_id: strawberry.ID = strawberry.field(description="Whose deliveries they are.")
    delivery_ids: list[strawberry.ID] = strawberry.field(description="The deliveries, 1 to 100.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The deliveries wait to be applied again.")
class DeliveriesReplayed:
    """Success of replayDeliveries."""

    delivery_ids: list[strawberry.ID] = strawberry.field(
        description="Those that were in quarantine; others of the list are left as they were.", metadata=REPLAY
    )


ReplayDeliveriesResult = Annotated[
    DeliveriesReplayed | Refused,
    strawberry.union("ReplayDeliveriesResult", description="What became of replaying deliveries."),
]


@strawberry.input(description="Whose orphans to deliver.")
class ReplayOrphansInput:
    """Input of replayOrphans."""

    platform: Platform = strawberry.field(description="Where the channel lives.")
    platform_id: str = strawberry.field(description="The broadcaster's own id.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="Orphans of a channel are on their way into every community that attached it.")
class OrphansReplayed:
    """Success of replayOrphans."""

    count: int = strawberry.field(description="How many, at most 1,000 at once.", metadata=OPERATOR)
    has_more: bool = strawberry.field(
        description="Whether more may be left; ask again with another key.", metadata=OPERATOR
    )


ReplayOrphansResult = Annotated[
    OrphansReplayed | Refused, strawberry.union("ReplayOrphansResult", description="What became of replaying orphans.")
]
