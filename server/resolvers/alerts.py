"""What staff and the operator are alerted of."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions import alerts as actions
from server.domain.alerts import INSTALLATION
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.alerts import AcknowledgeAlertInput, AcknowledgeAlertResult, Alert, AlertAcknowledged, AlertKind
from server.schema.ids import id_of, number_of
from server.schema.pagination import After, Connection, First, Order, checked_first, page_of
from server.schema.policies import OPERATOR, needs
from server.store import alerts
from server.store.alerts import AlertRecord

NEWEST_ALERT = Order("alert", int)


@dataclass(frozen=True, slots=True)
class AlertReads:
    """What a community, or the installation, is asked about its alerts."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None, *, only_open: bool) -> Connection[Alert]:
        """The alerts, newest first."""
        await self.context.admit_in(self.community_id, Capability.ALERTS_READ)
        key, reader = NEWEST_ALERT.key(after), self.context.reader
        before = None if key is None else key[0]
        rows = await alerts.page(reader, self.community_id, before, checked_first(first) + 1, only_open=only_open)
        return page_of(
            rows,
            first,
            node=alert_noun,
            cursor=lambda row: NEWEST_ALERT.cursor(row.id),
            count=partial(alerts.count, reader, self.community_id, only_open=only_open),
        )


def alert_noun(record: AlertRecord) -> Alert:
    """An alert as the graph shows it."""
    return Alert(
        id=id_of("alert", record.id),
        kind=AlertKind(record.kind),
        cause=record.cause,
        title=record.title,
        detail=record.detail,
        remedy=record.remedy,
        opened_at=record.opened_at,
        closed_at=record.closed_at,
        acknowledged_at=record.acknowledged_at,
        acknowledged_by=record.acknowledged_by,
    )


async def installation_alerts(
    info: Info,
    first: First,
    after: After = None,
    only_open: Annotated[bool, strawberry.argument(description="Whether to leave out what is over.")] = True,  # noqa: FBT002 - an argument of the graph
) -> Connection[Alert]:
    """The alerts that belong to no community."""
    context = info.context
    context.admit_operator()
    return await AlertReads(context, INSTALLATION).page(first, after, only_open=only_open)


async def acknowledge_alert(
    info: Info,
    given: Annotated[AcknowledgeAlertInput, strawberry.argument(name="input", description="Which alert.")],
) -> AcknowledgeAlertResult:
    """Look after an alert."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.ALERTS_READ)
    number = number_of("alert", given.alert_id)

    async def acknowledge(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.acknowledge(tx, scope, alert_id=number, actor=context.actor_name)
        return done.giving({})

    await once(context, "acknowledgeAlert", place, given, acknowledge)
    found = await alerts.by_id(context.reader, place.community_id, number)
    if found is None:
        raise LookupError(f"The alert {number} is gone.")
    return AlertAcknowledged(alert=alert_noun(found))


@strawberry.type
class AlertQueries:
    """What can be asked about alerts."""

    alerts: Connection[Alert] = strawberry.field(
        resolver=installation_alerts,
        description="What is wrong with the whole installation, newest first; each community has alerts of its own.",
        metadata=OPERATOR,
    )


@strawberry.type
class AlertMutations:
    """What can be done about alerts."""

    acknowledge_alert: AcknowledgeAlertResult = strawberry.field(
        resolver=acknowledge_alert,
        description="Say that you look after an alert, so that nobody else needs to.",
        metadata=needs(Capability.ALERTS_READ),
    )
