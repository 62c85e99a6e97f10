"""What mutations of alerts on stream take and give."""

from typing import Annotated

import strawberry

from server.schema.policies import SERVES
from server.schema.problems import Refused
from server.schema.scalars import Duration
from server.schema.streamalerts.nouns import (
    MANAGE,
    StreamAlertKind,
    StreamAlertMode,
    StreamAlertStage,
)

KEY = "Yours, one per intention; a repeat returns the first result."
OVERLAY = "Which overlay, as its key names it."


@strawberry.type(description="This is what the overlay shows since.")
class StreamAlertsSteered:
    """Success of everything that staff does about alerts on stream."""

    stage: StreamAlertStage = strawberry.field(description="The overlay.", metadata=MANAGE)


@strawberry.input(description="Which overlay's alerts to pause.")
class PauseStreamAlertsInput:
    """Input of pauseStreamAlerts."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    idempotency_key: str = strawberry.field(description=KEY)


PauseStreamAlertsResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("PauseStreamAlertsResult", description="What became of pausing alerts."),
]


@strawberry.input(description="Which overlay's alerts go on.")
class ResumeStreamAlertsInput:
    """Input of resumeStreamAlerts."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    idempotency_key: str = strawberry.field(description=KEY)


ResumeStreamAlertsResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("ResumeStreamAlertsResult", description="What became of going on with alerts."),
]


@strawberry.input(description="Whether an overlay's alerts make a sound.")
class MuteStreamAlertsInput:
    """Input of muteStreamAlerts."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    is_muted: bool = strawberry.field(default=True, description="Whether they make none; false lets them sound again.")
    idempotency_key: str = strawberry.field(description=KEY)


MuteStreamAlertsResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("MuteStreamAlertsResult", description="What became of muting alerts."),
]


@strawberry.input(description="Which alert is not shown any longer.")
class SkipStreamAlertInput:
    """Input of skipStreamAlert."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    stream_alert_id: strawberry.ID = strawberry.field(description="One that is shown or waits.")
    idempotency_key: str = strawberry.field(description=KEY)


SkipStreamAlertResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("SkipStreamAlertResult", description="What became of skipping an alert."),
]


@strawberry.input(description="Which alert is shown once more.")
class ReplayStreamAlertInput:
    """Input of replayStreamAlert."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    stream_alert_id: strawberry.ID = strawberry.field(description="One that is over.")
    idempotency_key: str = strawberry.field(description=KEY)


ReplayStreamAlertResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("ReplayStreamAlertResult", description="What became of showing an alert once more."),
]


@strawberry.input(description="What to try out.")
class SendTestStreamAlertInput:
    """Input of sendTestStreamAlert."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    kind: StreamAlertKind = strawberry.field(description="Of which kind.")
    name: str = strawberry.field(default="Test", description="Who did it, 1 to 64 characters.")
    amount: int = strawberry.field(default=1, description="The amount, from 1.")
    idempotency_key: str = strawberry.field(description=KEY)


SendTestStreamAlertResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("SendTestStreamAlertResult", description="What became of trying an alert out."),
]


@strawberry.input(description="By which rules an overlay shows one kind; what is left out stays as it is.")
class UpdateStreamAlertRulesInput:
    """Input of updateStreamAlertRules."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description=OVERLAY)
    kind: StreamAlertKind = strawberry.field(description="Which kind.")
    is_on: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether it is shown at all.")
    least: strawberry.Maybe[int] = strawberry.field(
        default=None, description="The smallest amount that is worth an alert."
    )
    mode: strawberry.Maybe[StreamAlertMode] = strawberry.field(
        default=None, description="How it joins those that wait."
    )
    duration: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long it is shown: 2 to 30 seconds."
    )
    volume: strawberry.Maybe[int] = strawberry.field(default=None, description="How loud its sound is, 0 to 100.")
    fresh: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long after it happened it may still be shown: 30 to 3600 seconds."
    )
    idempotency_key: str = strawberry.field(description=KEY)


UpdateStreamAlertRulesResult = Annotated[
    StreamAlertsSteered | Refused,
    strawberry.union("UpdateStreamAlertRulesResult", description="What became of changing the rules of alerts."),
]


@strawberry.input(description="Which copy of the overlay wants to show the next alert.")
class TakeStreamAlertInput:
    """Input of takeStreamAlert."""

    copy: str = strawberry.field(
        description="A random name of 8 to 64 letters, digits, dashes or underscores that the page has while it is "
        "open; another one after a reload."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="This is to be shown now.")
class StreamAlertTaken:
    """Success of takeStreamAlert."""

    stream_alert_id: strawberry.ID | None = strawberry.field(
        description="The alert: the next one, or the one that is shown already; null where none is. The overlay's "
        "stage tells all of it.",
        metadata=SERVES,
    )
    lease: str | None = strawberry.field(
        description="By which showing it is acknowledged, with acknowledgeJob and the alert's id.", metadata=SERVES
    )
    is_yours: bool = strawberry.field(
        description="Whether its sound is yours; every other copy shows it in silence.", metadata=SERVES
    )


TakeStreamAlertResult = Annotated[
    StreamAlertTaken | Refused,
    strawberry.union("TakeStreamAlertResult", description="What became of asking for an alert."),
]
