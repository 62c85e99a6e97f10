"""The rules of the table, as wide as the operator made them, on whatever keeps the buckets."""

import structlog

from server.domain.limits import RULES, Limit, Rule, Taken
from server.ports import Clock, Limiter

log = structlog.get_logger(__name__)

TOLD_EVERY_S = 60.0


class Limited(Exception):
    """A rule's limit is reached; nothing was done. `wait_s`: whole seconds after which it may be tried again."""

    def __init__(self, rule: Rule, wait_s: int) -> None:
        super().__init__(rule.message)
        self.rule = rule
        self.wait_s = wait_s


class RateLimits:
    """What may be asked how often, by rule and by whom."""

    def __init__(self, limiter: Limiter, clock: Clock, *, factor: float = 1.0) -> None:
        self._limiter = limiter
        self._clock = clock
        self._limits = {rule.name: rule.limit.widened(factor) for rule in RULES}
        self._told_at_s: dict[str, float] = {}

    def limit(self, rule: Rule) -> Limit:
        """How wide a rule is here."""
        return self._limits[rule.name]

    async def take(self, rule: Rule, *keys: str) -> None:
        """Count one more by these keys, as many as the rule has, over all processes; `Limited` when it is too many."""
        self._judged(rule, keys, await self._limiter.take(joined(rule, keys), 1, self._limits[rule.name]))

    def take_now(self, rule: Rule, *keys: str) -> None:
        """Do the same without waiting; what other processes counted in the last moment may be missing."""
        self._judged(rule, keys, self._limiter.take_now(joined(rule, keys), 1, self._limits[rule.name]))

    def spend(self, rule: Rule, key: str, cost: int) -> Taken:
        """Take points at once; the answer tells whether they were there."""
        return self._limiter.take_now(key, cost, self._limits[rule.name])

    def is_reached(self, rule: Rule, *keys: str) -> Taken:
        """What counting one more would say, without counting it."""
        return self._limiter.look(joined(rule, keys), self._limits[rule.name])

    def _judged(self, rule: Rule, keys: tuple[str, ...], taken: Taken) -> None:
        if not taken.is_refused:
            return
        now_s = self._clock.monotonic()
        # A flood is told once a minute: it must not become a flood of lines.
        if now_s - self._told_at_s.get(rule.name, -TOLD_EVERY_S) >= TOLD_EVERY_S:
            self._told_at_s[rule.name] = now_s
            log.warning("limits.reached", rule=rule.name, by=dict(zip(rule.keyed_by, keys, strict=True)))
        raise Limited(rule, taken.wait_s)


def joined(rule: Rule, keys: tuple[str, ...]) -> str:
    """One key of several; ValueError for more or fewer than the rule counts by."""
    if len(keys) != len(rule.keyed_by):
        raise ValueError(f"{rule.name} is counted by {' and '.join(rule.keyed_by)}")
    return keys[0] if len(keys) == 1 else "\n".join(keys)
