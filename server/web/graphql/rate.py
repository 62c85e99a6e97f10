"""How much every caller may ask for: points that run out with what operations cost and come back with time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.auth.addresses import counted
from server.domain.limits import GRAPHQL_ADDRESS, GRAPHQL_TOKEN, TOKEN_FAILURES, Rule
from server.ports import Clock
from server.publish.limits import Limited, RateLimits


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left after an operation, or would need for it.

    `wait_s` is how many seconds the caller has to wait for the points that the operation lacks, 0 when it may begin.
    """

    rule: Rule
    cost: int
    limit: int
    remaining: int
    reset_at: datetime
    wait_s: int = 0


class Rates:
    """Points for every token, and for every address from which strangers ask; all back after a minute of nothing."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock

    def spend(self, token_id: str | None, address: str, cost: int) -> Allowance:
        """Take the points of an operation, if the caller has them; otherwise take none and tell how long to wait."""
        rule, key = (GRAPHQL_ADDRESS, counted(address)) if token_id is None else (GRAPHQL_TOKEN, token_id)
        taken = self._limits.spend(rule, key, cost)
        limit = self._limits.limit(rule)
        return Allowance(
            rule=rule,
            cost=cost,
            limit=limit.capacity,
            remaining=taken.remaining,
            reset_at=self._clock.now() + timedelta(seconds=(limit.capacity - taken.level) / limit.per_second),
            wait_s=taken.wait_s,
        )

    def fail(self, address: str) -> Limited | None:
        """Count a token that was not good; why no more of them are read from its address, or None.

        Good ones are always read: whoever shares an address with somebody who guesses does not suffer for it.
        """
        try:
            self._limits.take_now(TOKEN_FAILURES, counted(address))
        except Limited as limited:
            return limited
        return None
