"""What staff changes: the rules of watch time, and single viewers' totals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import strawberry

from server.actions.watchtime.adjust import adjust
from server.actions.watchtime.request import recount_asked
from server.actions.watchtime.rules import AccountKey, change_rules
from server.auth.capabilities import Place
from server.domain.instants import SECOND
from server.domain.linking import account_key
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once, source_key
from server.resolvers.watchtime.rules import settings_noun
from server.schema.ids import number_of
from server.schema.policies import needs
from server.schema.scalars import Duration, printable
from server.schema.watchtime import (
    AdjustWatchTimeInput,
    AdjustWatchTimeResult,
    RecountWatchTimeInput,
    RecountWatchTimeResult,
    SetTrackingInput,
    SetTrackingResult,
    UpdateWatchTimeSettingsInput,
    UpdateWatchTimeSettingsResult,
    WatchTimeAdjusted,
    WatchTimeRecountStarted,
    WatchTimeSettings,
    WatchTimeSettingsUpdated,
)
from server.store.communities import SettingVersionRecord


async def update_watch_time_settings(
    info: Info,
    given: Annotated[UpdateWatchTimeSettingsInput, strawberry.argument(name="input", description="What to change.")],
) -> UpdateWatchTimeSettingsResult:
    """Change the rules of watch time."""
    place = await info.context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    patches = {
        "window_s": given.window,
        "repeats": given.repeats,
        "quorum": given.quorum,
        "daily_cap_s": given.daily_cap,
        "tracking": given.tracking,
        "exclude_hosts": given.exclude_hosts,
    }
    changes = {name: patch.value for name, patch in patches.items() if patch is not None}
    excluded: list[AccountKey] | None = None
    if given.excluded is not None:
        excluded = [account_key(account.platform.key, account.platform_id) for account in given.excluded.value]
    settings = await rules_changed(
        info.context, "updateWatchTimeSettings", place, given, changes=changes, excluded=excluded
    )
    return WatchTimeSettingsUpdated(settings=settings)


async def set_tracking(
    info: Info,
    given: Annotated[SetTrackingInput, strawberry.argument(name="input", description="On or off, and where.")],
) -> SetTrackingResult:
    """Let viewers earn, or stop it."""
    place = await info.context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    changes = {"tracking": given.tracking}
    settings = await rules_changed(info.context, "setTracking", place, given, changes=changes)
    return WatchTimeSettingsUpdated(settings=settings)


async def rules_changed(
    context: Context,
    mutation: str,
    place: Place,
    given: UpdateWatchTimeSettingsInput | SetTrackingInput,
    *,
    changes: Mapping[str, Any],
    excluded: Sequence[AccountKey] | None = None,
) -> WatchTimeSettings:
    """The rules after a change; the same ones for a repeat."""

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await change_rules(
            tx,
            scope,
            changes=changes,
            excluded=excluded,
            effective_from=given.effective_from,
            actor=context.actor_name,
        )
        return done.giving({"version": None if done.result is None else asdict(done.result)})

    kept = (await once(context, mutation, place, given, change))["version"]
    if kept is None:
        return settings_noun(context, None)
    version: dict[str, Any] = {**kept, "created_at": datetime.fromisoformat(kept["created_at"])}
    return settings_noun(context, SettingVersionRecord(**version))


async def adjust_watch_time(
    info: Info,
    given: Annotated[AdjustWatchTimeInput, strawberry.argument(name="input", description="Whose, and by how much.")],
) -> AdjustWatchTimeResult:
    """Correct a viewer's watch time."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.WATCHTIME_ADJUST)
    viewer_id = number_of("viewer", given.viewer_id)

    async def correct(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await adjust(
            tx,
            scope,
            viewer_id=viewer_id,
            seconds=given.seconds,
            reason=printable(given.reason),
            actor=context.actor_name,
            source_key=source_key(context, "adjustWatchTime", given),
        )
        return done.giving({"balance_us": done.result})

    kept = await once(context, "adjustWatchTime", place, given, correct)
    return WatchTimeAdjusted(viewer_id=given.viewer_id, seconds=Duration(kept["balance_us"] // SECOND))


async def recount_watch_time(
    info: Info,
    given: Annotated[RecountWatchTimeInput, strawberry.argument(name="input", description="Whose.")],
) -> RecountWatchTimeResult:
    """Count a community's streams anew from the evidence, as `regulars doctor` may ask for."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    stream_id = None if given.stream_id is None else number_of("stream", given.stream_id)

    async def recount(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await recount_asked(tx, scope, cause=source_key(context, "recountWatchTime", given), stream_id=stream_id)
        return done.giving({"streams": done.result})

    kept = await once(context, "recountWatchTime", place, given, recount)
    return WatchTimeRecountStarted(streams=kept["streams"])


@strawberry.type
class WatchTimeMutations:
    """What can be changed about watch time."""

    update_watch_time_settings: UpdateWatchTimeSettingsResult = strawberry.field(
        resolver=update_watch_time_settings,
        description="Change the rules of watch time from an instant on; streams they concern are counted anew.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    set_tracking: SetTrackingResult = strawberry.field(
        resolver=set_tracking,
        description="Let viewers earn watch time, or stop it.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    adjust_watch_time: AdjustWatchTimeResult = strawberry.field(
        resolver=adjust_watch_time,
        description="Add to or take from a viewer's watch time, with a reason.",
        metadata=needs(Capability.WATCHTIME_ADJUST),
    )
    recount_watch_time: RecountWatchTimeResult = strawberry.field(
        resolver=recount_watch_time,
        description="Count a community's watch time anew from the evidence; totals that were right stay as they are.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
