"""Rate limits: one table of what may be asked how often, and the bucket that each of them fills."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

FACTOR_MIN, FACTOR_MAX = 0.1, 100.0
MINUTE_S = 60
TOLERANCE = 1e-9
"""Less than this is lost when seconds are turned into points and back; it must not make a promised instant untrue."""

KeyPart = Literal["address", "actor", "community"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket's size: so many at once, and so many come back within the period."""

    name: str
    capacity: int
    period_s: float

    @property
    def per_second(self) -> float:
        """How much comes back in a second."""
        return self.capacity / self.period_s

    def widened(self, factor: float) -> "Limit":
        """The limit an operator made wider (or narrower, down to one) by a factor."""
        return Limit(self.name, max(1, round(self.capacity * factor)), self.period_s)


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit, whom it counts by, and the sentences for whoever reached it."""

    limit: Limit
    keyed_by: tuple[KeyPart, ...]
    message: str
    remedy: str

    @property
    def name(self) -> str:
        """The stable name, for keys, figures and the log."""
        return self.limit.name


class Taken(NamedTuple):
    """What a bucket said: its level now and, where it held too little, after how many seconds it will hold enough."""

    level: float
    retry_after_s: float = 0.0

    @property
    def is_refused(self) -> bool:
        """Whether nothing was taken."""
        return self.retry_after_s > 0

    @property
    def remaining(self) -> int:
        """How much may still be taken at once."""
        return max(0, math.floor(self.level + TOLERANCE))

    @property
    def wait_s(self) -> int:
        """Whole seconds after which the same will be granted if nobody else takes meanwhile; 0 when it was granted."""
        return math.ceil(self.retry_after_s - TOLERANCE) if self.is_refused else 0


@dataclass(slots=True)
class Bucket:
    """What is left of a limit at an instant of a clock that never goes back."""

    level: float
    at_s: float

    def fill(self, limit: Limit, now_s: float) -> None:
        """Let come back what the time since the last look brings."""
        passed_s = now_s - self.at_s
        if passed_s > 0:
            self.level = min(limit.capacity, self.level + passed_s * limit.per_second)
            self.at_s = now_s

    def take(self, cost: int, limit: Limit) -> Taken:
        """Take `cost`, at most the whole capacity, if it is there; otherwise take nothing and tell how long to wait."""
        wanted = min(cost, limit.capacity)
        lacking = wanted - self.level
        if lacking > TOLERANCE:
            return Taken(self.level, lacking / limit.per_second)
        self.level -= wanted
        return Taken(self.level)


GRAPHQL_TOKEN = Rule(
    Limit("graphql_token", 300_000, MINUTE_S),
    ("actor",),
    "You have spent your points of this minute.",
    "Wait as long as retryAfterSeconds says; the field rateLimit tells what is left.",
)
GRAPHQL_ADDRESS = Rule(
    Limit("graphql_address", 300_000, MINUTE_S),
    ("address",),
    "Callers without a token have spent the points of your address for this minute.",
    "Wait as long as retryAfterSeconds says, or send a token: it has points of its own.",
)
MUTATIONS = Rule(
    Limit("mutations", 600, MINUTE_S),
    ("actor", "community"),
    "You have changed this community too often within a minute.",
    "Wait as long as retryAfterSeconds says, then send the same with the same idempotency key.",
)
TOKEN_FAILURES = Rule(
    Limit("token_failures", 30, MINUTE_S),
    ("address",),
    "Too many tokens from your address were not good.",
    "Check the token that your client sends, and wait as long as retryAfterSeconds says.",
)
WEBHOOK_FAILURES = Rule(
    Limit("webhook_failures", 60, MINUTE_S),
    ("address",),
    "Too many deliveries from your address were not signed as they should be.",
    "Wait as long as retryAfterSeconds says; deliveries signed by the platform are not limited.",
)
SIGN_IN = Rule(
    Limit("sign_in", 20, 15 * MINUTE_S),
    ("address",),
    "Too many sign-ins were begun from your address.",
    "Wait a few minutes, then begin again with one tab.",
)
SETUP_CODE = Rule(
    Limit("setup_code", 5, 15 * MINUTE_S),
    ("address",),
    "Too many codes were tried from your address.",
    "Wait a few minutes, then copy the code exactly as it was shown.",
)
DRAW_FILE = Rule(
    Limit("draw_file", 60, MINUTE_S),
    ("address",),
    "The files of draws were fetched too often from your address.",
    "Wait a minute; the file of a draw can be kept, it only grows by what happens later.",
)
RAFFLE_PAGE = Rule(
    Limit("raffle_page", 60, MINUTE_S),
    ("address",),
    "The pages of raffles were opened too often from your address.",
    "Wait a minute, then open it again.",
)
CHANNEL_SYNC = Rule(
    Limit("channel_sync", 20, MINUTE_S),
    ("actor", "community"),
    "You asked Kick about this community's channels too often.",
    "Wait a minute; what Kick told last is kept.",
)
GUILD_CODE = Rule(
    Limit("guild_code", 5, 10 * MINUTE_S),
    ("actor",),
    "You tried too many codes for this Discord server.",
    "Wait a few minutes, then type the newest code exactly as the page shows it.",
)
LINK_START = Rule(
    Limit("link_start", 5, 10 * MINUTE_S),
    ("actor",),
    "You began to link an account too often.",
    "Wait a few minutes, then finish the newest link instead of asking for another.",
)
LINK_CODE = Rule(
    Limit("link_code", 5, 10 * MINUTE_S),
    ("actor",),
    "You tried too many link codes.",
    "Wait a few minutes, then type the code exactly as the page shows it.",
)
CALLBACK = Rule(
    Limit("callback", 20, MINUTE_S),
    ("address",),
    "Too many sign-ins came back from your address.",
    "Wait a minute, then begin again from the start page.",
)

EXPORTS = Rule(
    Limit("exports", 10, 60 * MINUTE_S),
    ("actor",),
    "You have taken your data along ten times within an hour.",
    "Wait a little; nothing of it is lost meanwhile.",
)

RULES = (
    *(GRAPHQL_TOKEN, GRAPHQL_ADDRESS, MUTATIONS, TOKEN_FAILURES, WEBHOOK_FAILURES),
    *(SIGN_IN, SETUP_CODE, CHANNEL_SYNC, GUILD_CODE, LINK_START, LINK_CODE, CALLBACK, EXPORTS, DRAW_FILE, RAFFLE_PAGE),
)
