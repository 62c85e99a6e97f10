"""What a community adds up to."""

from datetime import datetime
from typing import Protocol

import strawberry

from server.schema.policies import READ
from server.schema.scalars import BigInt, Duration


@strawberry.type(description="What came together in a community since a time. What is tried out is no part of it.")
class CommunityTotals:
    """The sums."""

    since: datetime = strawberry.field(description="Since when.", metadata=READ)
    subscriptions: BigInt = strawberry.field(
        description="How many subscriptions there were: first ones, renewed ones and each that was given.",
        metadata=READ,
    )
    kicks: BigInt = strawberry.field(description="How many KICKs were sent.", metadata=READ)
    watch_time: Duration = strawberry.field(
        description="What all viewers together watched of the streams that began since; what staff adds or takes by "
        "hand, and what was redeemed, is nothing that was watched.",
        metadata=READ,
    )


class TotalsLoader(Protocol):
    """What a community is asked about its sums."""

    async def since(self, since: datetime | None) -> CommunityTotals:
        """The sums since a time, or since the open raffle began, or else the month."""
        ...
