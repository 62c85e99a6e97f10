"""Buckets that several processes share in Redis, which may be slow, killed or wiped at any time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from types import TracebackType
from typing import Any, Protocol, Self, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.domain.limits import Limit, Taken
from server.ports import Clock
from server.publish.limits_memory import MemoryLimiter
from server.publish.relay import end

log = structlog.get_logger(__name__)

TIMEOUT_S = 0.05
REST_S = 1.0
"""How long Redis is left alone after a failure, lest everybody wait for it in vain."""
TOLD_EVERY_S = 60.0
GATHER_S = 0.05
AT_ONCE_MAX = 20
PENDING_MAX = 10_000
CHUNK = 200
FAILURES = (RedisError, OSError, TimeoutError)

# For every key: capacity, points that come back in a second, points to take, and 1 where they are gone already and are
# taken in any case. Levels travel as text, since Redis cuts numbers to whole ones. The clock is the server's own.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local told = {}
for i, key in ipairs(KEYS) do
  local capacity, per_second = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local cost, is_gone = tonumber(ARGV[4 * i - 1]), ARGV[4 * i] == '1'
  local held = redis.call('HMGET', key, 'level', 'at')
  local level, at = tonumber(held[1]) or capacity, tonumber(held[2]) or now
  level = math.min(capacity, level + math.max(0, now - at) / 1000000 * per_second)
  local wanted = math.min(cost, capacity)
  local lacking = wanted - level
  if is_gone then
    level, lacking = math.max(-capacity, level - cost), 0
  elseif lacking <= 1e-9 then
    level, lacking = level - wanted, 0
  end
  redis.call('HSET', key, 'level', string.format('%.17g', level), 'at', string.format('%.0f', math.max(now, at)))
  redis.call('PEXPIRE', key, math.ceil((capacity - level) / per_second * 1000) + 1000)
  told[2 * i - 1], told[2 * i] = string.format('%.17g', level), string.format('%.17g', lacking)
end
return told
"""

Charge = tuple[str, Limit, int]


class _Client(Protocol):
    """What we use of redis' client, whose own types are partly unknown."""

    def register_script(self, script: str, /) -> Callable[..., Any]: ...

    async def aclose(self) -> None: ...


class RedisLimiter:
    """A `ports.Limiter` for any number of processes beside one Redis.

    `installation` keeps those apart that share a Redis. Buckets in process follow those in Redis, so that limits hold
    on without it, from where they were, by each process for itself.
    """

    def __init__(self, url: str, installation: str, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        self._client = _client(url, timeout_s)
        self._script = self._client.register_script(SCRIPT)
        self._prefix = f"regulars:{installation}:limit"
        self._clock = clock
        self._timeout_s = timeout_s
        self._local = MemoryLimiter(clock)
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX)
        self._pending: dict[tuple[str, Limit], int] = {}
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._rests_until_s = 0.0
        self._told_at_s: float | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tell(), name="shared limits")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            await end(self._task)
            self._task = None
        with suppress(*FAILURES):
            await self._client.aclose()

    async def take(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take from the shared bucket; from the one in process when Redis does not answer within 50 ms."""
        answers = await self._asked([(key, limit, cost)], is_gone=False)
        if answers is None:
            return self._local.take_now(key, cost, limit)
        [(level, lacking)] = answers
        self._follow(key, limit, level)
        return Taken(level, lacking / limit.per_second)

    def take_now(self, key: str, cost: int, limit: Limit) -> Taken:
        """Take in process, and tell Redis, and with it everybody else, within about 50 ms."""
        taken = self._local.take_now(key, cost, limit)
        if not taken.is_refused:
            known = self._pending.get((key, limit))
            if known is not None or len(self._pending) < PENDING_MAX:
                self._pending[key, limit] = (known or 0) + min(cost, limit.capacity)
                self._stirred.set()
        return taken

    def look(self, key: str, limit: Limit) -> Taken:
        """What taking one would say here and now."""
        return self._local.look(key, limit)

    async def _tell(self) -> None:
        """Carry to Redis what was taken in process, and learn what others took, for ever."""
        while True:
            await self._stirred.wait()
            await asyncio.sleep(GATHER_S)
            self._stirred.clear()
            pending, self._pending = self._pending, {}
            charges = iter([(key, limit, cost) for (key, limit), cost in pending.items()])
            while chunk := list(islice(charges, CHUNK)):
                answers = await self._asked(chunk, is_gone=True)
                for (key, limit, _), (level, _) in zip(chunk, answers or (), strict=False):
                    self._follow(key, limit, level)

    def _follow(self, key: str, limit: Limit, level: float) -> None:
        # What was taken since the question was sent is not in the answer.
        self._local.put(key, level - self._pending.get((key, limit), 0), limit)

    async def _asked(self, charges: Sequence[Charge], *, is_gone: bool) -> Sequence[tuple[float, float]] | None:
        """For each charge the level and what it lacked; None when Redis does not say."""
        if self._clock.monotonic() < self._rests_until_s:
            return None
        keys = [self._name(key, limit) for key, limit, _ in charges]
        arguments = [
            value
            for _, limit, cost in charges
            for value in (limit.capacity, repr(limit.per_second), cost, int(is_gone))
        ]
        try:
            async with asyncio.timeout(self._timeout_s), self._at_once:
                told = cast("Sequence[bytes]", await self._script(keys=keys, args=arguments))
        except FAILURES as error:
            self._lost(error)
            return None
        numbers = [float(text) for text in told]
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def _name(self, key: str, limit: Limit) -> str:
        # Addresses and names stay here: only their digests, of one length, go into Redis.
        return f"{self._prefix}:{limit.name}:{blake2b(key.encode(errors='replace'), digest_size=16).hexdigest()}"

    def _lost(self, error: BaseException) -> None:
        now_s = self._clock.monotonic()
        self._rests_until_s = now_s + REST_S
        if self._told_at_s is None or now_s - self._told_at_s >= TOLD_EVERY_S:
            self._told_at_s = now_s
            log.warning(
                "limits.redis_lost",
                reason=type(error).__name__,
                remedy="Start Redis again; until then every process limits for itself.",
            )


def _client(url: str, timeout_s: float) -> _Client:
    from_url = cast("Callable[..., _Client]", Redis.from_url)  # pyright: ignore[reportUnknownMemberType] - untyped keywords
    options: Mapping[str, Any] = {
        "client_name": "regulars-limits",
        "socket_connect_timeout": timeout_s,
        "socket_timeout": timeout_s,
        # Who waits for an answer has no time for a second try.
        "retry": Retry(NoBackoff(), 0),
    }
    return from_url(url, **options)
