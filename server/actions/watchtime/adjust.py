"""Staff corrects watch time, or changes its rules."""

from datetime import datetime, timedelta
from typing import Any

from server.domain.audit import Audited, Plain, changed
from server.domain.instants import SECOND, instant_of, micros
from server.domain.refusals import Refused
from server.domain.watchtime.settings import WatchSettings, restored
from server.domain.watchtime.shares import shares
from server.events.watchtime import WatchRulesChanged, WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import audit, communities, leaderboards, linking, watchtime

REASON_LENGTH_MAX = 300
ADJUSTMENT_S_MAX = 1_000 * 3_600
TOTAL_S_MAX = 10_000_000 * 3_600
"""Far from what 64 bits hold in microseconds, where SQLite would go on in doubles and PostgreSQL would fail."""
LOOK_BACK = timedelta(days=31)


async def adjust(
    tx: Tx, scope: Scope, *, viewer_id: int, seconds: int, reason: str, actor: str, source_key: str
) -> Done[int]:
    """Add to or take from a viewer's watch time, with a reason; the new balance in microseconds.

    It belongs to his accounts, so that each takes its part along when it is linked or unlinked. Refuses nothing to do,
    a missing reason, an unknown viewer, and a balance below zero or beyond ten million hours.
    """
    if seconds == 0 or abs(seconds) > ADJUSTMENT_S_MAX:
        raise Refused(
            "adjustment_out_of_range",
            f"An adjustment is 1 to {ADJUSTMENT_S_MAX} seconds, added or taken away.",
            "Choose a value in that range.",
        )
    told = checked_reason(reason)
    await communities.lock(tx, scope.community_id)
    found = await linking.resolve(tx, scope.community_id, viewer_id)
    standing = None if found is None else await leaderboards.standing_of(tx, scope.community_id, found)
    if found is None or standing is None:
        raise Refused("viewer_unknown", "This community has no such viewer.", "Look the viewer up again.")
    if standing.watch_us + seconds * SECOND < 0:
        raise Refused(
            "below_zero",
            f"The viewer has {standing.watch_us // SECOND} seconds; {-seconds} cannot be taken away.",
            "Take away at most what is there.",
        )
    if seconds > 0 and standing.watch_us + seconds * SECOND > TOTAL_S_MAX * SECOND:
        raise Refused(
            "total_out_of_range",
            f"A viewer has at most {TOTAL_S_MAX // 3_600:,} hours.",
            "Look at the adjustments made before; one of them may be a mistake.",
        )
    accounts = [member.account for member in await linking.household(tx, scope.community_id, found)]
    worth = await watchtime.worth_of(tx, scope.community_id, accounts)
    for nth, (account, amount_us) in enumerate(shares(seconds * SECOND, accounts, worth).items()):
        key = f"{source_key}:{nth}" if nth else source_key
        if not await watchtime.add_adjustment(tx, scope.community_id, account, amount_us, told, actor, key, scope.now):
            return Done(standing.watch_us)
    balances = await watchtime.move_balances(tx, {found: seconds * SECOND})
    line = Audited(
        action="watchtime.adjust",
        target=("viewer", found),
        before={"seconds": standing.watch_us // SECOND},
        after={"seconds": balances[found] // SECOND},
        reason=told,
    )
    return Done(balances[found], [WatchTimeChanged(balances=balances)], [line])


def checked_reason(reason: str) -> str:
    """The reason to keep, or a refusal of a missing or very long one."""
    told = reason.strip()
    if not told or len(told) > REASON_LENGTH_MAX:
        raise Refused(
            "reason_missing",
            f"An adjustment needs a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that the viewer can read it.",
        )
    return told


async def change_settings(
    tx: Tx, scope: Scope, *, changes: dict[str, Any], effective_from: datetime | None, actor: str
) -> Done[WatchSettings]:
    """Append a version of the watch time settings and return it; streams it concerns are counted anew.

    `effective_from` is now unless given; it may lie up to 31 days back, but not before a version already made.
    """
    await communities.lock(tx, scope.community_id)
    versions = await communities.setting_versions(tx, scope.community_id, "watchtime")
    since = scope.now if effective_from is None else effective_from
    if not scope.now - LOOK_BACK <= since <= scope.now:
        raise Refused(
            "effective_from_out_of_range",
            "Settings take effect now, or from an instant at most 31 days ago.",
            "Leave the instant out, or choose one in that range.",
        )
    if versions and micros(since) < versions[-1].effective_from:
        raise Refused(
            "effective_from_too_early",
            f"The settings were changed again on {instant_of(versions[-1].effective_from):%Y-%m-%d %H:%M:%S} UTC.",
            "Choose that instant or a later one.",
        )
    current = restored(versions[-1].data) if versions else WatchSettings()
    settings = restored({**current.stored(), **changes})
    settings.check()
    line = await audited(tx, current, settings, since)
    if settings == current:
        return Done(settings, audit=[line])
    version_id = await communities.add_setting_version(
        tx, scope.community_id, "watchtime", micros(since), settings.stored(), actor, scope.now
    )
    return Done(settings, [WatchRulesChanged(version_id=version_id, effective_from=micros(since))], [line])


async def audited(tx: Tx, current: WatchSettings, settings: WatchSettings, since: datetime) -> Audited:
    """The line of the audit log that tells what becomes of the settings; of the rest it says nothing."""
    names = await audit.account_names(tx, sorted(current.excluded | settings.excluded))

    def told(one: WatchSettings) -> dict[str, Plain]:
        return {**one.stored(), "excluded": sorted(names[account] for account in one.excluded)}

    before, after = changed(told(current), told(settings))
    return Audited(
        action="watchtime.change_settings",
        target=("settings", "watchtime"),
        before=before,
        after={**after, "effective_from": since.isoformat()} if after else after,
    )
