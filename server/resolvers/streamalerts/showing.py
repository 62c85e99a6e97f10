"""An overlay takes the alert that it shows; that it was shown is acknowledged as of any job."""

from typing import Annotated

import strawberry

from server.actions.streamalerts import show
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Info
from server.resolvers.idempotency import Kept, Own, once
from server.schema.ids import id_of
from server.schema.policies import SERVES, admit
from server.schema.streamalerts.inputs import StreamAlertTaken, TakeStreamAlertInput, TakeStreamAlertResult


async def take_stream_alert(
    info: Info, given: Annotated[TakeStreamAlertInput, strawberry.argument(name="input", description="Which copy.")]
) -> TakeStreamAlertResult:
    """Have a copy of an overlay show the next alert."""
    context = info.context
    admit(context.actor, SERVES)
    actor = context.signed_in
    if actor.overlay is None or actor.community_id is None:
        raise Refused("stream_alert_overlay_needed", "Alerts on stream are for overlays.", "Use an overlay's own key.")
    overlay = actor.overlay

    async def take(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await show.take(tx, scope, overlay=overlay, copy=given.copy)
        taken = done.result
        if taken is None:
            return done.giving({})
        return done.giving({"alert": taken.alert_id, "lease": taken.lease, "yours": taken.is_yours})

    kept = await once(context, "takeStreamAlert", Own(actor.community_id), given, take)
    if not kept:
        return StreamAlertTaken(stream_alert_id=None, lease=None, is_yours=False)
    return StreamAlertTaken(
        stream_alert_id=id_of("job", kept["alert"]), lease=str(kept["lease"]), is_yours=kept["yours"]
    )


@strawberry.type
class StreamAlertShowMutations:
    """What an overlay does about alerts."""

    take_stream_alert: TakeStreamAlertResult = strawberry.field(
        resolver=take_stream_alert,
        description="Show the next alert: it is begun, all copies are told it, and its sound is one copy's.",
        metadata=SERVES,
    )
