"""Viewers, and who is asked about them."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import (
    Account,
    LinkedAccount,
    LinkEvent,
    LinkLoader,
    Platform,
)
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, needs
from server.schema.watchtime import WatchTime

FINDS = needs(Capability.LINKS_MANAGE)


@strawberry.type(description="A person within one community: one or more accounts.")
class Viewer:
    """A viewer."""

    id: strawberry.ID = strawberry.field(
        description="Opaque id, good in this community only. Ids from before a link lead to the viewer it made.",
        metadata=READ,
    )
    watch_time: WatchTime = strawberry.field(description="How much the viewer has watched, and why.", metadata=READ)
    find_accounts: strawberry.Private[Callable[[], Awaitable[list[Account]]]]
    find_rank: strawberry.Private[Callable[[], Awaitable[int | None]]]
    links: strawberry.Private[LinkLoader]

    @strawberry.field(description="The viewer's accounts.", metadata=READ)
    async def accounts(self) -> list[Account]:
        """The accounts."""
        return await self.find_accounts()

    @strawberry.field(
        description="The viewer's accounts with how and when they were linked; none while he has only one.",
        metadata=READ,
    )
    async def linked_accounts(self) -> list[LinkedAccount]:
        """The linked accounts."""
        return await self.links.linked()

    @strawberry.field(description="What happened to the links of the viewer's accounts, newest first.", metadata=READ)
    async def link_history(self, first: First, after: After = None) -> Connection[LinkEvent]:
        """The history of links."""
        return await self.links.history(first, after)

    @strawberry.field(description="The place on the leaderboard; null without watch time.", metadata=READ)
    async def rank(self) -> int | None:
        """The rank."""
        return await self.find_rank()


@strawberry.type(description="A viewer who was found by the name of one of his accounts.")
class NamedViewer:
    """A viewer and the account that bears the name."""

    viewer_id: strawberry.ID = strawberry.field(description="Who it is.", metadata=FINDS)
    account: Account = strawberry.field(description="The account that bears the name.", metadata=FINDS)


class ViewerLoader(Protocol):
    """What a community is asked about its viewers."""

    async def by_id(self, viewer_id: str) -> Viewer | None:
        """The viewer with an id."""
        ...

    async def named(self, typed: str, first: int) -> list[NamedViewer]:
        """Those whose name begins so."""
        ...

    async def by_account(self, platform: Platform, platform_id: str) -> Viewer | None:
        """The viewer that an account is."""
        ...
