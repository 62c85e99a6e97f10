"""Keep the books of keys and tokens: when each was used last, and nothing of what is over."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.actions.tokens.revocation import note_used
from server.auth.tokens import CLOCK_SKEW_S
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store.tokens import revocation, service_keys

log = structlog.get_logger(__name__)

NOTED_EVERY_S = 60.0
AT_ONCE = 5_000
PIECES_MAX = 200

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


async def forget_what_is_over(units: Units) -> int:
    """Delete signed requests and revocations that nobody could come back with any more; how many."""
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
    return Done(spent + await revocation.forget_revoked_before(tx, before, AT_ONCE))
