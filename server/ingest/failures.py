"""Who sends deliveries that nobody signed: refused early after a while, but never in the way of a platform's own."""

from collections import OrderedDict

from server.auth.addresses import counted, is_public
from server.domain.limits import WEBHOOK_FAILURES
from server.ports import Clock
from server.publish.limits import Limited, RateLimits

PROVEN_S = 24 * 3600.0
PROVEN_MAX = 1_000


class Failures:
    """Counts what failed, by address.

    Two kinds of address are never refused: one from which a signed delivery came within a day, since a platform sends
    everything from few addresses, and one that is not public, since that is a proxy which nobody declared and behind
    which the platform stands as well.
    """

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._proven_at_s: OrderedDict[str, float] = OrderedDict()

    def refusal(self, address: str) -> Limited | None:
        """Why nothing is read from an address now, or None where it is."""
        looked = self._limits.is_reached(WEBHOOK_FAILURES, counted(address))
        if not looked.is_refused or not is_public(address) or self._is_proven(address):
            return None
        return Limited(WEBHOOK_FAILURES, looked.wait_s)

    def failed(self, address: str) -> None:
        """Count a delivery that was not signed as it should be."""
        try:
            self._limits.take_now(WEBHOOK_FAILURES, counted(address))
        except Limited:
            # It was verified all the same, and has its answer; the next one is judged by `refusal`.
            return

    def proven(self, address: str) -> None:
        """Remember that a signed delivery came from an address."""
        self._proven_at_s[address] = self._clock.monotonic()
        self._proven_at_s.move_to_end(address)
        if len(self._proven_at_s) > PROVEN_MAX:
            self._proven_at_s.popitem(last=False)

    def _is_proven(self, address: str) -> bool:
        proven_at_s = self._proven_at_s.get(address)
        return proven_at_s is not None and self._clock.monotonic() - proven_at_s < PROVEN_S
