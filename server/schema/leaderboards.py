"""The watch-time leaderboard."""

from datetime import datetime
from typing import Protocol

import strawberry

from server.schema.linking import Account
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import Connection
from server.schema.policies import READ
from server.schema.scalars import BigInt, Duration


@strawberry.type(
    description="A place on the leaderboard. More watch time stands first; of equals, whom the community knew first."
)
class Standing:
    """A viewer on the board, with all that a client draws."""

    rank: int = strawberry.field(description="How many stand before, plus one.", metadata=READ)
    seconds: Duration = strawberry.field(description="The viewer's watch time.", metadata=READ)
    viewer_id: strawberry.ID = strawberry.field(
        description="Whose place it is; `viewer` of the community tells the rest.", metadata=READ
    )
    account: Account = strawberry.field(description="The account the viewer is shown as.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)


@strawberry.type(description="The top of the leaderboard after a change; the same for everybody who listens.")
class LeaderboardChange:
    """The whole top, so that nothing need be asked for afterwards."""

    sequence: BigInt = strawberry.field(
        description="Rises with every change of the community; drop what is not above the last one seen.",
        metadata=READ,
    )
    at: datetime = strawberry.field(description="When this was read.", metadata=READ)
    standings: list[Standing] = strawberry.field(description="The top, best first.", metadata=READ)


class LeaderboardLoader(Protocol):
    """What a community is asked about its leaderboard."""

    async def page(self, first: int, after: str | None) -> Connection[Standing]:
        """The board from the top, or after a place."""
        ...

    async def around(self, viewer_id: str, before: int, after: int) -> list[Standing] | None:
        """A viewer's place with its neighbours, or None when he has none."""
        ...
