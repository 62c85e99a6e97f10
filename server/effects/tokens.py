"""Keep the books of keys and tokens: when each was used last, and nothing of what is over."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.actions.tokens.overlay_keys import note_crowded
from server.actions.tokens.revocation import note_used
from server.auth.actors import Actor
from server.auth.door import credential_of
from server.auth.tokens import CLOCK_SKEW_S
from server.jobs.unit import Done, Scope, Units
from server.ports import Clock, Tx
from server.store.tokens import api_tokens, overlay_presence, revocation, service_keys

log = structlog.get_logger(__name__)

NOTED_EVERY_S = 60.0
TOLD_EVERY_S = 60.0
TOLD_MAX = 1_000
AT_ONCE = 5_000
PIECES_MAX = 200
SHOWN_AFTER = timedelta(days=30)
"""So long a token that has ended by itself is listed."""

Uses = Callable[[], Mapping[tuple[str, int], datetime]]
"""What was used since the last time somebody asked."""


async def keep_noting(units: Units, uses: Uses) -> None:
    """Write down once a minute when keys and tokens were used last, and once more on the way out."""
    try:
        while True:
            await asyncio.sleep(NOTED_EVERY_S)
            await note(units, uses)
    finally:
        await note(units, uses)


async def note(units: Units, uses: Uses) -> None:
    """Write down what was used; while the database is away nothing is, which is told."""
    used = uses()
    if not used:
        return
    try:
        await units.run(0, partial(note_used, used=used))
    except Exception as error:  # noqa: BLE001 - a time that is shown to people is worth no failure
        log.warning("tokens.uses_lost", count=len(used), error=type(error).__name__)


class Crowds:
    """Lets communities hear, each key at most once a minute, that a key of an overlay is used in too many places."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._told_s: dict[int, float] = {}

    async def tell(self, actor: Actor) -> None:
        """Tell of one more place that a key was to be used in."""
        key_id, now_s = credential_of(actor)[1], self._clock.monotonic()
        if (
            actor.overlay is None
            or actor.community_id is None
            or now_s < self._told_s.get(key_id, -TOLD_EVERY_S) + TOLD_EVERY_S
        ):
            return
        if len(self._told_s) >= TOLD_MAX:
            self._told_s.clear()
        self._told_s[key_id] = now_s
        try:
            await self._units.run(actor.community_id, partial(note_crowded, key_id=key_id, overlay=actor.overlay))
        except Exception as error:  # noqa: BLE001 - the websocket is refused all the same
            log.warning("overlays.crowded_untold", error=type(error).__name__)


async def forget_what_is_over(units: Units) -> int:
    """Delete signed requests and revocations that nobody could come back with any more, and places that are free."""
    total = 0
    for _ in range(PIECES_MAX):
        many = await units.run(0, _some)
        total += many
        if not many:
            break
        await asyncio.sleep(0)
    return total


async def _some(tx: Tx, scope: Scope) -> Done[int]:
    before = scope.now - timedelta(seconds=CLOCK_SKEW_S)
    spent = await service_keys.forget_spent_before(tx, before, AT_ONCE)
    revoked = await revocation.forget_revoked_before(tx, before, AT_ONCE)
    places = await overlay_presence.forget_over(tx, AT_ONCE)
    return Done(spent + revoked + places + await api_tokens.forget_over_before(tx, scope.now - SHOWN_AFTER, AT_ONCE))
