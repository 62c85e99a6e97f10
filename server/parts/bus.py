"""What processes tell each other: wake-ups, and the buckets of rate limits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from server.auth.keys import derived_key
from server.ports import Clock
from server.publish import topics
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.publish.memory import MemoryBus
from server.publish.postgres import PostgresBus
from server.settings import Settings
from server.store.database import dialect_of

if TYPE_CHECKING:
    from server.publish.redis import RedisBus

AnyBus: TypeAlias = "MemoryBus | PostgresBus | RedisBus"


def bus_for(settings: Settings, origin: str) -> AnyBus:
    """The wake-up bus that fits the engine."""
    if settings.redis_url is not None:
        # Only here: a small machine without Redis saves the 6 MiB of its client.
        from server.publish.redis import RedisBus  # noqa: PLC0415 - as the line above says

        return RedisBus(settings.redis_url, origin)
    if dialect_of(settings.database_url) == "postgres":
        return PostgresBus(settings.database_url, origin)
    return MemoryBus()


@asynccontextmanager
async def limits_for(settings: Settings, clock: Clock) -> AsyncGenerator[RateLimits, None]:
    """The rate limits, their buckets in Redis where there is one, shared by all processes of the installation."""
    if settings.redis_url is None:
        yield RateLimits(MemoryLimiter(clock), clock, factor=settings.rate_limit_factor)
        return
    installation = derived_key(settings.secret_key.get_secret_value(), "names in Redis").hex()[:16]
    from server.publish.limits_redis import RedisLimiter  # noqa: PLC0415 - as above

    async with RedisLimiter(settings.redis_url, installation, clock) as limiter:
        yield RateLimits(limiter, clock, factor=settings.rate_limit_factor)


def wake(bus: AnyBus, community_id: int) -> None:
    """Tell whoever reads a community's feed that it has grown; what made it grow may have left jobs, too."""
    bus.poke(topics.feed(community_id))
    bus.poke(topics.jobs())
