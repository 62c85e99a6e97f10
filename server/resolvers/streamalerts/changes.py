"""Staff steers what an overlay shows of alerts."""

from functools import partial
from typing import Annotated, Protocol

import strawberry

from server.actions.streamalerts import steer
from server.domain.staff import Capability
from server.domain.streamalerts import AlertKind, Mode
from server.jobs.unit import Action, Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, cause_of, once
from server.resolvers.streamalerts.reads import StreamAlertReads
from server.schema.ids import number_of
from server.schema.scalars import printable
from server.schema.streamalerts.inputs import (
    MuteStreamAlertsInput,
    MuteStreamAlertsResult,
    PauseStreamAlertsInput,
    PauseStreamAlertsResult,
    ReplayStreamAlertInput,
    ReplayStreamAlertResult,
    ResumeStreamAlertsInput,
    ResumeStreamAlertsResult,
    SendTestStreamAlertInput,
    SendTestStreamAlertResult,
    SkipStreamAlertInput,
    SkipStreamAlertResult,
    StreamAlertsSteered,
    UpdateStreamAlertRulesInput,
    UpdateStreamAlertRulesResult,
)
from server.schema.streamalerts.nouns import MANAGE


class Steering(Protocol):
    """The input of a change to what an overlay shows."""

    community_id: strawberry.ID
    overlay: str
    idempotency_key: str


async def pause_stream_alerts(
    info: Info,
    given: Annotated[PauseStreamAlertsInput, strawberry.argument(name="input", description="Which overlay.")],
) -> PauseStreamAlertsResult:
    """Let no other alert begin."""
    action = partial(steer.steer, overlay=given.overlay, is_paused=True)
    return await steered(info.context, "pauseStreamAlerts", given, action)


async def resume_stream_alerts(
    info: Info,
    given: Annotated[ResumeStreamAlertsInput, strawberry.argument(name="input", description="Which overlay.")],
) -> ResumeStreamAlertsResult:
    """Let alerts go on."""
    action = partial(steer.steer, overlay=given.overlay, is_paused=False)
    return await steered(info.context, "resumeStreamAlerts", given, action)


async def mute_stream_alerts(
    info: Info, given: Annotated[MuteStreamAlertsInput, strawberry.argument(name="input", description="Which overlay.")]
) -> MuteStreamAlertsResult:
    """Let alerts make no sound, or again one."""
    action = partial(steer.steer, overlay=given.overlay, is_muted=given.is_muted)
    return await steered(info.context, "muteStreamAlerts", given, action)


async def skip_stream_alert(
    info: Info, given: Annotated[SkipStreamAlertInput, strawberry.argument(name="input", description="Which alert.")]
) -> SkipStreamAlertResult:
    """End an alert that is shown or waits."""
    action = partial(steer.skip, overlay=given.overlay, alert_id=number_of("job", given.stream_alert_id))
    return await steered(info.context, "skipStreamAlert", given, action)


async def replay_stream_alert(
    info: Info, given: Annotated[ReplayStreamAlertInput, strawberry.argument(name="input", description="Which alert.")]
) -> ReplayStreamAlertResult:
    """Have an alert shown once more."""
    action = partial(steer.replay, overlay=given.overlay, alert_id=number_of("job", given.stream_alert_id))
    return await steered(info.context, "replayStreamAlert", given, action)


async def send_test_stream_alert(
    info: Info,
    given: Annotated[SendTestStreamAlertInput, strawberry.argument(name="input", description="What to try.")],
) -> SendTestStreamAlertResult:
    """Show an alert that tells of nothing."""
    action = partial(
        steer.try_out,
        overlay=given.overlay,
        kind=AlertKind(given.kind.value),
        name=printable(given.name).strip(),
        amount=given.amount,
        token=cause_of(info.context, "sendTestStreamAlert", given),
    )
    return await steered(info.context, "sendTestStreamAlert", given, action)


async def update_stream_alert_rules(
    info: Info,
    given: Annotated[UpdateStreamAlertRulesInput, strawberry.argument(name="input", description="What to set.")],
) -> UpdateStreamAlertRulesResult:
    """Change by which rules one kind is shown."""
    wanted: dict[str, bool | int | Mode] = {
        name: field.value
        for name, field in (
            ("is_on", given.is_on),
            ("least", given.least),
            ("duration_s", given.duration),
            ("volume", given.volume),
            ("fresh_s", given.fresh),
        )
        if field is not None
    }
    if given.mode is not None:
        wanted["mode"] = Mode(given.mode.value.value)
    action = partial(steer.set_rules, overlay=given.overlay, kind=AlertKind(given.kind.value), wanted=wanted)
    return await steered(info.context, "updateStreamAlertRules", given, action)


async def steered(context: Context, mutation: str, given: Steering, action: Action[None]) -> StreamAlertsSteered:
    """What an overlay shows after something was done about it, once for its key, by somebody who may."""
    place = await context.admit_to(given.community_id, Capability.OVERLAYS_MANAGE)

    async def run(tx: Tx, scope: Scope) -> Done[Kept]:
        return (await action(tx, scope)).giving({})

    await once(context, mutation, place, given, run)
    stage = await StreamAlertReads(context, place.community_id).stage(given.overlay)
    if stage is None:
        raise steer.overlay_unknown()
    return StreamAlertsSteered(stage=stage)


@strawberry.type
class StreamAlertMutations:
    """What staff does about alerts on stream."""

    pause_stream_alerts: PauseStreamAlertsResult = strawberry.field(
        resolver=pause_stream_alerts, description="Let no other alert begin on an overlay.", metadata=MANAGE
    )
    resume_stream_alerts: ResumeStreamAlertsResult = strawberry.field(
        resolver=resume_stream_alerts, description="Let the alerts of an overlay go on.", metadata=MANAGE
    )
    mute_stream_alerts: MuteStreamAlertsResult = strawberry.field(
        resolver=mute_stream_alerts, description="Let the alerts of an overlay make no sound.", metadata=MANAGE
    )
    skip_stream_alert: SkipStreamAlertResult = strawberry.field(
        resolver=skip_stream_alert, description="End an alert that is shown or waits.", metadata=MANAGE
    )
    replay_stream_alert: ReplayStreamAlertResult = strawberry.field(
        resolver=replay_stream_alert, description="Have an alert that is over shown once more.", metadata=MANAGE
    )
    send_test_stream_alert: SendTestStreamAlertResult = strawberry.field(
        resolver=send_test_stream_alert,
        description="Show an alert that is marked as a test and counts nowhere.",
        metadata=MANAGE,
    )
    update_stream_alert_rules: UpdateStreamAlertRulesResult = strawberry.field(
        resolver=update_stream_alert_rules,
        description="Change by which rules an overlay shows one kind of alerts.",
        metadata=MANAGE,
    )
