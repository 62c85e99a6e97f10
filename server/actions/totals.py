"""Whoever shows what a community adds up to is told when that is another."""

from collections.abc import Sequence

from server.events.moderation import Banned
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Corrected
from server.events.totals import TotalsChanged
from server.jobs.unit import Scope
from server.ports import Tx

Counted = SubStarted | SubRenewed | SubsGifted | KicksGifted


async def after_happened(_tx: Tx, _scope: Scope, _happened: Sequence[Counted]) -> list[TotalsChanged]:
    """Tell it once, however many came together."""
    return [TotalsChanged()]


async def after_corrected(_tx: Tx, _scope: Scope, told: Sequence[Corrected]) -> list[TotalsChanged]:
    """Tell it unless only bans are known better."""
    return [TotalsChanged()] if any(not isinstance(one.was, Banned) for one in told) else []
