"""What a community tells of its streams, watch time and viewers."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.schema.channels import Channel, Stream, StreamStatus
from server.schema.communities.identity import Identity
from server.schema.communities.viewers import FINDS, NamedViewer, Viewer
from server.schema.leaderboards import Standing
from server.schema.linking import (
    Platform,
)
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced
from server.schema.totals import CommunityTotals
from server.schema.watchtime import EarningStatus, WatchTimeSettings


@strawberry.type(description="Streams, watch time and viewers.")
class WatchingFields(Identity):
    """The fields about watching."""

    @strawberry.field(description="The attached channels, at most 20, oldest attachment first.", metadata=READ)
    async def channels(self) -> list[Channel]:
        """The channels."""
        return await self.loaders.channels.attached()

    @strawberry.field(description="Whether each attached channel is live.", metadata=READ)
    async def stream_status(self) -> list[StreamStatus]:
        """The channels with their newest streams."""
        return await self.loaders.channels.status()

    @strawberry.field(description="The streams of the attached channels, newest first.", metadata=READ)
    async def streams(self, first: First, after: After = None) -> Connection[Stream]:
        """The streams."""
        return await self.loaders.channels.streams(first, after)

    @strawberry.field(description="The rules of watch time in force.", metadata=READ)
    async def watch_time_settings(self) -> WatchTimeSettings:
        """The settings."""
        return await self.loaders.watchtime.settings()

    @strawberry.field(description="Every version of the rules of watch time, newest first.", metadata=READ)
    async def watch_time_settings_history(self, first: First, after: After = None) -> Connection[WatchTimeSettings]:
        """The settings through time."""
        return await self.loaders.watchtime.history(first, after)

    @strawberry.field(description="Whether anybody earns watch time right now, and if not, why not.", metadata=READ)
    async def earning_status(self) -> EarningStatus:
        """The present state of earning."""
        return await self.loaders.watchtime.earning()

    @strawberry.field(description="The watch-time leaderboard, best first.", metadata=READ)
    async def leaderboard(self, first: First, after: After = None) -> Connection[Standing]:
        """The board."""
        return await self.loaders.leaderboard.page(first, after)

    @strawberry.field(
        description="What came together since a time: subscriptions, KICKs and watch time, for goals.", metadata=READ
    )
    async def totals(
        self,
        since: Annotated[
            datetime | None,
            strawberry.argument(
                description="Since when, 366 days ago at the earliest; left out, since the open raffle began and until "
                "it ends, and while none is open the current month of the community's time zone."
            ),
        ] = None,
    ) -> CommunityTotals:
        """The sums."""
        return await self.loaders.totals.since(since)

    @strawberry.field(
        description="A viewer's place with its neighbours, best first; null when the viewer has no watch time.",
        metadata=READ,
    )
    async def leaderboard_around(
        self,
        viewer_id: Annotated[strawberry.ID, strawberry.argument(description="Whose place.")],
        before: Annotated[int, strawberry.argument(description="How many before, 0 to 50.")],
        after: Annotated[int, strawberry.argument(description="How many after, 0 to 50.")],
    ) -> list[Standing] | None:
        """The board around a viewer."""
        return await self.loaders.leaderboard.around(viewer_id, before, after)

    @strawberry.field(
        description="A viewer by id, or who he is since a link; null when this community has no such viewer.",
        metadata=READ,
    )
    async def viewer(
        self, viewer_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The viewer's id.")]
    ) -> Viewer | None:
        """A viewer."""
        return await self.loaders.viewers.by_id(viewer_id)

    @strawberry.field(
        description="Viewers whose name on Kick, Twitch or Discord is what was typed, or begins with it, for staff; "
        "who watched most comes first. In a community of more than 10,000 viewers a beginning finds those who watched "
        "most, and a whole name anybody.",
        metadata=enforced(FINDS),
    )
    async def viewers(
        self,
        named: Annotated[str, strawberry.argument(description="What the name begins with; case does not matter.")],
        first: First,
    ) -> list[NamedViewer]:
        """The viewers of a name."""
        return await self.loaders.viewers.named(named, first)

    @strawberry.field(description="The viewer that an account is; null when it never appeared here.", metadata=READ)
    async def viewer_of_account(
        self,
        platform: Annotated[Platform, strawberry.argument(description="Where the account lives.")],
        platform_id: Annotated[str, strawberry.argument(description="The platform's own id of the account.")],
    ) -> Viewer | None:
        """A viewer, found by one of his accounts."""
        return await self.loaders.viewers.by_account(platform, platform_id)
