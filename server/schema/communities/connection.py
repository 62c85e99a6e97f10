"""What a community tells of its connection to platforms, and of what came over it."""

from typing import Annotated

import strawberry

from server.domain.staff import Capability
from server.schema.communities.identity import Identity
from server.schema.gaps import EventSubscription, Gap
from server.schema.happenings import (
    ChannelListening,
    Happening,
    HappeningFilter,
    HappeningReview,
    IngestSources,
    ReviewState,
)
from server.schema.inbox import Delivery, DeliveryFilter
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.setup import KickSetup


@strawberry.type(description="The connection to platforms, and what came over it.")
class ConnectionFields(Identity):
    """The fields about the connection."""

    @strawberry.field(description="Whether the community's Kick channels are set up, check by check.", metadata=READ)
    async def kick_setup(self) -> KickSetup:
        """The checks."""
        return await self.loaders.setup.kick()

    @strawberry.field(description="What platforms were asked to send, of at most 20 channels.", metadata=READ)
    async def event_subscriptions(self) -> list[EventSubscription]:
        """What was asked for."""
        return await self.loaders.connection.subscriptions()

    @strawberry.field(description="How the websockets of the attached channels on Kick are doing.", metadata=READ)
    async def listening(self) -> list[ChannelListening]:
        """The listeners."""
        return await self.loaders.happenings.listening()

    @strawberry.field(description="Whom the community listens to, kind by kind.", metadata=READ)
    async def ingest_sources(self) -> IngestSources:
        """The sources."""
        return await self.loaders.happenings.sources()

    @strawberry.field(description="When a source did not tell all of a channel, newest first.", metadata=READ)
    async def gaps(self, first: First, after: After = None) -> Connection[Gap]:
        """What was missed."""
        return await self.loaders.connection.gaps(first, after)

    @strawberry.field(
        description="What platforms told this community, newest first.",
        metadata=enforced(needs(Capability.DELIVERIES_REPLAY)),
    )
    async def deliveries(
        self,
        first: First,
        after: After = None,
        where: Annotated[DeliveryFilter | None, strawberry.argument(description="Which ones; all if left out.")] = None,
    ) -> Connection[Delivery]:
        """The deliveries."""
        return await self.loaders.deliveries.page(where, first, after)

    @strawberry.field(
        description="What several sources told, each once, newest first.",
        metadata=enforced(needs(Capability.CHANNELS_MANAGE)),
    )
    async def happenings(
        self,
        first: First,
        after: After = None,
        where: Annotated[
            HappeningFilter | None, strawberry.argument(description="Which ones; all if left out.")
        ] = None,
    ) -> Connection[Happening]:
        """The happenings."""
        return await self.loaders.happenings.page(where, first, after)

    @strawberry.field(
        description="Happenings that may be one, newest question first.",
        metadata=enforced(needs(Capability.CHANNELS_MANAGE)),
    )
    async def happening_reviews(
        self,
        first: First,
        after: After = None,
        state: Annotated[ReviewState | None, strawberry.argument(description="Only those in this state.")] = None,
    ) -> Connection[HappeningReview]:
        """The questions."""
        return await self.loaders.happenings.reviews(state, first, after)
