"""What a community tells of who may do what: links, staff, keys, its Discord server and its texts."""

from typing import Annotated

import strawberry

from server.domain.staff import Capability
from server.schema.communities.identity import Identity
from server.schema.guilds import DiscordChannel, Guild
from server.schema.linking import (
    LinkSettings,
)
from server.schema.names import NameSettings
from server.schema.pagination import After, Connection, First
from server.schema.panels import Panel
from server.schema.policies import READ, enforced, needs
from server.schema.proofs import LinkOffer
from server.schema.staff import StaffGrant
from server.schema.texts import TextKind, TextVersion
from server.schema.tokens import ApiToken, OverlayKey


@strawberry.type(description="Links, staff, keys, the Discord server and texts.")
class PeopleFields(Identity):
    """The fields about people and their rights."""

    @strawberry.field(description="The rules of linking accounts.", metadata=READ)
    async def link_settings(self) -> LinkSettings:
        """The settings of linking."""
        return await self.loaders.linking.settings()

    @strawberry.field(description="How people are named on boards that everybody sees.", metadata=READ)
    async def name_settings(self) -> NameSettings:
        """The settings of names."""
        return await self.loaders.names.settings()

    @strawberry.field(
        description="The links that were handed to people, and how they got on, newest first.",
        metadata=enforced(needs(Capability.LINKS_MANAGE)),
    )
    async def link_offers(self, first: First, after: After = None) -> Connection[LinkOffer]:
        """The links."""
        return await self.loaders.proofs.page(first, after)

    @strawberry.field(description="Who may do what here, oldest grant first.", metadata=READ)
    async def staff(self, first: First, after: After = None) -> Connection[StaffGrant]:
        """The grants."""
        return await self.loaders.staff.page(first, after)

    @strawberry.field(
        description="The keys with which overlays show this community, newest first.",
        metadata=enforced(needs(Capability.OVERLAYS_MANAGE)),
    )
    async def overlay_keys(self, first: First, after: After = None) -> Connection[OverlayKey]:
        """The keys of overlays."""
        return await self.loaders.overlay_keys.page(first, after)

    @strawberry.field(
        description="The tokens that people made for their programs here, newest first.",
        metadata=enforced(needs(Capability.TOKENS_MANAGE)),
    )
    async def api_tokens(self, first: First, after: After = None) -> Connection[ApiToken]:
        """The tokens of everybody."""
        return await self.loaders.api_tokens.page(first, after)

    @strawberry.field(description="The community's Discord server; null while none is bound.", metadata=READ)
    async def guild(self) -> Guild | None:
        """The server."""
        return await self.loaders.guilds.bound()

    @strawberry.field(
        description="The panels that the bot keeps up to date on Discord, oldest first.",
        metadata=enforced(needs(Capability.SETTINGS_EDIT)),
    )
    async def panels(self) -> list[Panel]:
        """The panels."""
        return await self.loaders.panels.all()

    @strawberry.field(
        description="The channels of its Discord server that were chosen, at most one for each purpose.",
        metadata=enforced(needs(Capability.SETTINGS_EDIT)),
    )
    async def discord_channels(self) -> list[DiscordChannel]:
        """The chosen channels."""
        return await self.loaders.guilds.channels()

    @strawberry.field(description="The terms of service or the privacy policy in force.", metadata=READ)
    async def text(self, kind: Annotated[TextKind, strawberry.argument(description="Which one.")]) -> TextVersion:
        """The text."""
        return await self.loaders.texts.newest(kind)

    @strawberry.field(description="The versions of a text that the community wrote, newest first.", metadata=READ)
    async def text_history(
        self,
        kind: Annotated[TextKind, strawberry.argument(description="Which text.")],
        first: First,
        after: After = None,
    ) -> Connection[TextVersion]:
        """The text through time."""
        return await self.loaders.texts.history(kind, first, after)
