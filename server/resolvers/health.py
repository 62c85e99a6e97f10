"""How a community, or the whole installation, is doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import strawberry

from server.resolvers.context import Context, Info
from server.schema.health import Health, LastDelivery, RateLimit, ServerInfo, Tally
from server.schema.policies import OPERATOR, PUBLIC
from server.schema.scalars import Duration
from server.store import gaps, health, inbox, job_records, listening


@dataclass(frozen=True, slots=True)
class HealthReads:
    """What is asked about the health of a community, or of everything where that is None."""

    context: Context
    community_id: int | None

    async def now(self) -> Health:
        """How work is going at this instant."""
        reader, now = self.context.reader, self.context.services.clock.now()
        backlog = await health.backlog(reader, self.community_id)
        newest = await (
            inbox.newest_by_kind(reader)
            if self.community_id is None
            else health.last_received_by_kind(reader, self.community_id)
        )
        oldest = backlog.oldest_received_at
        return Health(
            waiting=backlog.waiting,
            lag=None if oldest is None else seconds_between(oldest, now),
            quarantined=tallies(await health.quarantined_by_code(reader, self.community_id)),
            jobs=tallies(await job_records.counts(reader, self.community_id)),
            open_gaps=await gaps.count_open(reader, self.community_id),
            sockets=tallies(await listening.states(reader, "kick", self.community_id)),
            last_deliveries=[
                LastDelivery(kind=kind, received_at=at, age=seconds_between(at, now)) for kind, at in newest.items()
            ],
        )


def tallies(counts: dict[str, int]) -> list[Tally]:
    """Counts as the graph shows them."""
    return [Tally(name=name, count=count) for name, count in counts.items()]


def seconds_between(earlier: datetime, later: datetime) -> Duration:
    """Whole seconds, and none where a clock went back."""
    return Duration(max(0, (later - earlier) // timedelta(seconds=1)))


async def installation_health(info: Info) -> Health:
    """How the work of all communities is going."""
    info.context.admit_operator()
    return await HealthReads(info.context, None).now()


def server_info(info: Info) -> ServerInfo:
    """What runs here."""
    services = info.context.services
    return ServerInfo(
        name="Regulars", version=services.version, public_url=services.public_url.rstrip("/"), now=services.clock.now()
    )


def rate_limit(info: Info) -> RateLimit | None:
    """What the operation costs, and what is left."""
    return info.context.spending.rate


@strawberry.type
class HealthQueries:
    """What can be asked about the installation and its health."""

    server_info: ServerInfo = strawberry.field(resolver=server_info, description="What runs here.", metadata=PUBLIC)
    rate_limit: RateLimit | None = strawberry.field(
        resolver=rate_limit,
        description="What this operation costs and what is left to spend; null where nobody counts.",
        metadata=PUBLIC,
    )
    health: Health = strawberry.field(
        resolver=installation_health, description="How the whole installation is doing.", metadata=OPERATOR
    )
