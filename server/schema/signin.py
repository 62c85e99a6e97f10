"""Whoever asks."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from server.schema.communities.nouns import Community
from server.schema.policies import PUBLIC, READ, enforced
from server.schema.staff import StaffCapability


@strawberry.enum(description="What a token makes of its holder.")
class ActorKind(Enum):
    """The kind of a caller."""

    OPERATOR = strawberry.enum_value("operator", description="Runs the installation; may do everything.")
    OWNER = strawberry.enum_value("owner", description="May do everything in one community.")
    PERSON = strawberry.enum_value("person", description="Acts by accounts that are proven to be his.")
    BOT = strawberry.enum_value("bot", description="A bot, for itself or for somebody who spoke to it.")
    EXPORTER = strawberry.enum_value("exporter", description="Reads what is to be kept elsewhere.")
    OVERLAY = strawberry.enum_value("overlay", description="Shows one community on a stream.")


@strawberry.type(description="The holder of the token that this request was sent with.")
class Me:
    """The caller."""

    kind: ActorKind = strawberry.field(description="What the token makes of its holder.", metadata=PUBLIC)
    subject: str = strawberry.field(description="The name the token was made for.", metadata=PUBLIC)
    expires_at: datetime = strawberry.field(description="When the token ends.", metadata=PUBLIC)
    find_community: strawberry.Private[Callable[[], Awaitable[Community | None]]]
    find_capabilities: strawberry.Private[Callable[[str], Awaitable[list[StaffCapability]]]]

    @strawberry.field(
        description="The community of a token that is good for one only; null where it may not be read.",
        metadata=enforced(READ),
    )
    async def community(self) -> Community | None:
        """The community the token is for, and no other."""
        return await self.find_community()

    @strawberry.field(
        description="What the caller may do in a community; nothing in one that he does not belong to.", metadata=PUBLIC
    )
    async def capabilities(
        self, community_id: Annotated[strawberry.ID, strawberry.argument(description="Where.")]
    ) -> list[StaffCapability]:
        """The capabilities."""
        return await self.find_capabilities(community_id)
