"""What staff is alerted of."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.pagination import Connection
from server.schema.policies import needs
from server.schema.problems import Refused

ALERTS = needs(Capability.ALERTS_READ)


@strawberry.enum(description="A kind of trouble; docs/alerts.md says of each what to do.")
class AlertKind(Enum):
    """A kind of trouble."""

    SOURCE_DEAD = strawberry.enum_value("source_dead", description="A channel is live, and nothing of it arrives.")
    QUARANTINE_GROWS = strawberry.enum_value("quarantine_grows", description="Deliveries could not be applied.")
    CREDENTIAL_LOST = strawberry.enum_value(
        "credential_lost", description="A channel or bot must be connected again by its owner."
    )
    JOB_DEAD = strawberry.enum_value("job_dead", description="Jobs were tried as often as they may be, and gave up.")
    DOCTOR_FAILED = strawberry.enum_value("doctor_failed", description="The doctor found something that is broken.")
    NEWS_MISSED = strawberry.enum_value(
        "news_missed", description="A source was silent, and nobody else told what it missed, or it is silent for long."
    )
    DRAW_STUCK = strawberry.enum_value("draw_stuck", description="A draw cannot go on as things are.")
    PANEL_FAILED = strawberry.enum_value("panel_failed", description="A panel on Discord cannot be shown as it should.")
    OVERLAY_CROWDED = strawberry.enum_value(
        "overlay_crowded", description="An overlay's key is used in more places than one streamer has."
    )


@strawberry.type(description="Trouble that somebody should look at. It ends by itself when its cause does.")
class Alert:
    """An alert."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=ALERTS)
    kind: AlertKind = strawberry.field(description="What kind of trouble.", metadata=ALERTS)
    cause: str = strawberry.field(
        description="What it comes from; of one cause at most one alert is open.", metadata=ALERTS
    )
    title: str = strawberry.field(description="The trouble in one line.", metadata=ALERTS)
    detail: str = strawberry.field(description="What was found, as it was last seen.", metadata=ALERTS)
    remedy: str = strawberry.field(description="What to do about it.", metadata=ALERTS)
    opened_at: datetime = strawberry.field(description="When it was first seen.", metadata=ALERTS)
    closed_at: datetime | None = strawberry.field(
        description="When it was over; null while it is open.", metadata=ALERTS
    )
    acknowledged_at: datetime | None = strawberry.field(
        description="When somebody said that he looks after it.", metadata=ALERTS
    )
    acknowledged_by: str | None = strawberry.field(description="Who that is.", metadata=ALERTS)


class AlertLoader(Protocol):
    """What a community, or the installation, is asked about its alerts."""

    async def page(self, first: int, after: str | None, *, only_open: bool) -> Connection[Alert]:
        """The alerts, newest first."""
        ...


@strawberry.input(description="Which alert you look after.")
class AcknowledgeAlertInput:
    """Input of acknowledgeAlert."""

    community_id: strawberry.ID = strawberry.field(description="Whose alert.")
    alert_id: strawberry.ID = strawberry.field(description="One that is open.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The others see that you look after it.")
class AlertAcknowledged:
    """Success of acknowledgeAlert."""

    alert: Alert = strawberry.field(description="The alert.", metadata=ALERTS)


AcknowledgeAlertResult = Annotated[
    AlertAcknowledged | Refused,
    strawberry.union("AcknowledgeAlertResult", description="What became of looking after an alert."),
]
