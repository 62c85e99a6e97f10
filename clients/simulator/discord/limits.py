"""How much Discord takes in how much time, and the headers with which it says so."""

import re
from collections import deque
from dataclasses import dataclass, field

from clients.simulator.discord.clock import Clock
from clients.simulator.discord.refusals import OLD_EDITS, Refusal, Refused

KEYS_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """So many requests in so many seconds for each value of the first group of `path`."""

    name: str
    methods: tuple[str, ...]
    path: re.Pattern[str]
    size: int
    window_s: float


ROLE_WRITES = Bucket(
    name="role-writes",
    methods=("PUT", "DELETE"),
    path=re.compile(r"/guilds/(\d+)/members/\d+/roles/\d+"),
    size=10,
    window_s=10.0,
)
POSTS = Bucket(name="posts", methods=("POST",), path=re.compile(r"/channels/(\d+)/messages"), size=5, window_s=5.0)
REACTIONS = Bucket(
    name="reactions",
    methods=("PUT", "DELETE"),
    path=re.compile(r"/channels/(\d+)/messages/\d+/reactions/.+"),
    size=1,
    window_s=0.25,
)
OF_THE_BOT = Bucket(name="global", methods=(), path=re.compile(""), size=50, window_s=1.0)
OLD = Bucket(name="old-edits", methods=(), path=re.compile(""), size=3, window_s=20.0)


@dataclass(slots=True)
class Limits:
    """What was used of each bucket."""

    clock: Clock
    buckets: list[Bucket] = field(default_factory=lambda: [ROLE_WRITES, POSTS, REACTIONS])
    all_requests: Bucket = OF_THE_BOT
    old_edits: Bucket = OLD
    _used: dict[str, deque[float]] = field(default_factory=dict[str, deque[float]])

    def take(self, method: str, path: str) -> dict[str, str]:
        """Use a place of whatever limits this request and return the headers, or refuse with 429."""
        if path.startswith(("/interactions/", "/webhooks/")):
            return {}
        wait_s, _ = self._take(self.all_requests, "bot")
        if wait_s is not None:
            raise Refused(_too_many(wait_s, {}, scope="global"))
        for bucket in self.buckets:
            found = bucket.path.fullmatch(path)
            if method in bucket.methods and found is not None:
                wait_s, headers = self._take(bucket, f"{method}:{found[1]}")
                if wait_s is not None:
                    raise Refused(_too_many(wait_s, headers, scope="user"))
                return headers
        return {}

    def edit_old(self, channel: str) -> None:
        """Refuse the edit of an old message in this channel where there were too many."""
        wait_s, headers = self._take(self.old_edits, channel)
        if wait_s is not None:
            more = {**OLD_EDITS.more, "retry_after": round(wait_s, 3)}
            told = {**headers, "Retry-After": str(int(wait_s) + 1), "X-RateLimit-Scope": "shared"}
            raise Refused(Refusal(OLD_EDITS.status, OLD_EDITS.code, OLD_EDITS.message, more, told))

    def _take(self, bucket: Bucket, key: str) -> tuple[float | None, dict[str, str]]:
        """Return how many seconds to wait where the window is full, and the headers of the bucket."""
        now_s = self.clock.now().timestamp()
        used = self._used.pop(f"{bucket.name}:{key}", deque[float]())
        if used and now_s - used[0] >= bucket.window_s:
            used.clear()  # a fixed window: it opens with the first request and ends as a whole
        is_full = len(used) >= bucket.size
        if not is_full:
            used.append(now_s)
        self._used[f"{bucket.name}:{key}"] = used
        if len(self._used) > KEYS_MAX:
            self._used.pop(next(iter(self._used)))
        rest_s = bucket.window_s - (now_s - used[0])
        headers = {
            "X-RateLimit-Limit": str(bucket.size),
            "X-RateLimit-Remaining": str(bucket.size - len(used)),
            "X-RateLimit-Reset": f"{now_s + rest_s:.3f}",
            "X-RateLimit-Reset-After": f"{rest_s:.3f}",
            "X-RateLimit-Bucket": bucket.name,
        }
        return (rest_s if is_full else None), headers


def _too_many(wait_s: float, headers: dict[str, str], *, scope: str) -> Refusal:
    told = {**headers, "Retry-After": str(int(wait_s) + 1), "X-RateLimit-Scope": scope}
    if scope == "global":
        told["X-RateLimit-Global"] = "true"
    more = {"retry_after": round(wait_s, 3), "global": scope == "global"}
    return Refusal(429, 0, "You are being rate limited.", more, told)
