"""Communities, and what making one takes and gives."""

from typing import Annotated

import strawberry

from server.schema.chat.nouns import Chat
from server.schema.communities.care import CareFields
from server.schema.communities.connection import ConnectionFields
from server.schema.communities.people import PeopleFields
from server.schema.communities.watching import WatchingFields
from server.schema.giveaways.nouns import Giveaway, GiveawayProgress
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ
from server.schema.problems import Refused
from server.schema.raffle.nouns import Raffles
from server.schema.rewards.nouns import ChannelRewards
from server.schema.roles import RoleRewards
from server.schema.scenes import Scene
from server.schema.slotcalls.nouns import SlotCalls
from server.schema.streamalerts.nouns import StreamAlertStage
from server.schema.wagers import Wagers


@strawberry.type(description="A tenant: settings, viewers and attached channels.")
class Community(WatchingFields, PeopleFields, ConnectionFields, CareFields):
    """A community."""

    @strawberry.field(description="The slot calls: what viewers want played, and the catalogue.", metadata=READ)
    def slot_calls(self) -> SlotCalls:
        """The slot calls."""
        return SlotCalls(loader=self.loaders.slots)

    @strawberry.field(description="Wagers: the feeds that tell of them, and who is who in those.", metadata=READ)
    def wagers(self) -> Wagers:
        """The wagers."""
        return Wagers(loader=self.loaders.wagers)

    @strawberry.field(description="The raffles: the open one, and those before it.", metadata=READ)
    def raffles(self) -> Raffles:
        """The raffles."""
        return Raffles(loader=self.loaders.raffles)

    @strawberry.field(description="A giveaway by its id; null when this community has no such giveaway.", metadata=READ)
    async def giveaway(
        self, giveaway_id: Annotated[strawberry.ID, strawberry.argument(description="The giveaway's id.")]
    ) -> Giveaway | None:
        """A giveaway."""
        return await self.loaders.giveaways.find(giveaway_id)

    @strawberry.field(description="The giveaways, newest first.", metadata=READ)
    async def giveaways(
        self,
        first: First,
        after: After = None,
        state: Annotated[
            GiveawayProgress | None, strawberry.argument(description="Only those in a state; all if left out.")
        ] = None,
    ) -> Connection[Giveaway]:
        """The giveaways."""
        return await self.loaders.giveaways.page(state, first, after)

    @strawberry.field(description="The chat: commands, texts, and what we say.", metadata=READ)
    def chat(self) -> Chat:
        """The chat."""
        return Chat(loader=self.loaders.chat, planned=self.loaders.timers)

    @strawberry.field(description="The rewards of the channels, and what was redeemed.", metadata=READ)
    def rewards(self) -> ChannelRewards:
        """The rewards."""
        return ChannelRewards(loader=self.loaders.rewards)

    @strawberry.field(description="What one overlay shows of alerts; null where no good key names it.", metadata=READ)
    async def stream_alert_stage(
        self,
        overlay: Annotated[
            str | None, strawberry.argument(description="Which overlay; with an overlay's key its own, and no other.")
        ] = None,
    ) -> StreamAlertStage | None:
        """The overlay."""
        return await self.loaders.stream_alerts.stage(overlay)

    @strawberry.field(
        description="What one overlay shows under /overlay/scene; null where no good key names it.", metadata=READ
    )
    async def scene(
        self,
        overlay: Annotated[
            str | None, strawberry.argument(description="Which overlay; with an overlay's key its own, and no other.")
        ] = None,
    ) -> Scene | None:
        """The scene."""
        return await self.loaders.scenes.scene(overlay)

    @strawberry.field(description="The roles on Discord that are given for watching and linking.", metadata=READ)
    def role_rewards(self) -> RoleRewards:
        """The role rewards."""
        return RoleRewards(loader=self.loaders.roles)


@strawberry.input(description="The community to make.")
class CreateCommunityInput:
    """Input of createCommunity."""

    slug: str = strawberry.field(description="1 to 40 lower-case letters, digits and hyphens; must be free.")
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    timezone: str = strawberry.field(description="The IANA time zone of its days, such as Europe/Stockholm.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="There is a new community.")
class CommunityCreated:
    """Success of createCommunity."""

    community: Community = strawberry.field(description="The new community.", metadata=READ)


CreateCommunityResult = Annotated[
    CommunityCreated | Refused,
    strawberry.union("CreateCommunityResult", description="What became of making a community."),
]
