"""What can be asked about alerts on stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from server.domain.staff import Capability
from server.domain.streamalerts import AlertKind, Ending, KindRules, OpenAlert, stand_of
from server.resolvers.context import Context
from server.resolvers.names import Naming, naming_to_all
from server.schema.ids import id_of
from server.schema.linking import Platform
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import Duration
from server.schema.streamalerts.nouns import (
    StreamAlert,
    StreamAlertEnding,
    StreamAlertKind,
    StreamAlertMode,
    StreamAlertPast,
    StreamAlertRules,
    StreamAlertShown,
    StreamAlertStage,
)
from server.store import streamalerts
from server.store.streamalerts import Stage
from server.store.tokens import overlay_keys

NEWEST_ALERT = Order("stream_alert", int)
ENDINGS = frozenset({"done", "gone", *Ending})


@dataclass(frozen=True, slots=True)
class StreamAlertReads:
    """What a community is asked about alerts on stream."""

    context: Context
    community_id: int

    async def stage(self, overlay: str | None) -> StreamAlertStage | None:
        """How one overlay shows them, that of the caller's own key where none is named; `Denied` to another one's."""
        reader, name = self.context.reader, self.context.overlay_asked(overlay)
        if name is None or name not in await overlay_keys.overlays(reader, self.community_id):
            return None
        now = self.context.services.clock.now()
        stage = (await streamalerts.stages(reader, self.community_id)).get(name, Stage())
        stand = stand_of(await streamalerts.open_alerts(reader, self.community_id, name), now)
        # A board for everybody: whoever asks, the same names.
        names = await naming_to_all(reader, self.community_id)
        return StreamAlertStage(
            overlay=name,
            is_paused=stage.is_paused,
            is_muted=stage.is_muted,
            shown=None if stand.shown is None else shown_noun(stand.shown, stage, names),
            waiting=len(stand.waiting),
            next_at=min((one.due_at for one in stand.waiting), default=None),
            rules=[rules_noun(kind, one) for kind, one in stage.rules.items()],
            loader=StreamAlertStageReads(self.context, self.community_id, name),
        )


@dataclass(frozen=True, slots=True)
class StreamAlertStageReads:
    """What one overlay is asked about its alerts."""

    context: Context
    community_id: int
    overlay: str

    async def history(self, first: int, after: str | None) -> Connection[StreamAlertPast]:
        """Those that are over, newest first."""
        await self.context.admit_in(self.community_id, Capability.OVERLAYS_MANAGE)
        key, reader = NEWEST_ALERT.key(after), self.context.reader
        before_id = None if key is None else key[0]
        names = await naming_to_all(reader, self.community_id)
        return page_of(
            await streamalerts.past(reader, self.community_id, self.overlay, before_id, checked_first(first) + 1),
            first,
            node=lambda row: StreamAlertPast(
                alert=alert_noun(row.id, row.payload, names),
                ending=StreamAlertEnding(row.outcome if row.outcome in ENDINGS else "gone"),
                ended_at=row.ended_at,
            ),
            cursor=lambda row: NEWEST_ALERT.cursor(row.id),
            count=partial(streamalerts.past_count, reader, self.community_id, self.overlay),
        )


def alert_noun(number: int, payload: Mapping[str, Any], names: Naming) -> StreamAlert:
    """An alert as the graph shows it."""
    name = payload["name"]
    return StreamAlert(
        id=id_of("job", number),
        kind=StreamAlertKind(payload["kind"]),
        platform=Platform(payload["platform"]),
        public_name=None if name is None else names.of(payload["platform"], payload["platformId"] or "", name),
        amount=payload["amount"],
        at=datetime.fromisoformat(payload["at"]),
        is_test=payload["test"],
    )


def shown_noun(one: OpenAlert, stage: Stage, names: Naming) -> StreamAlertShown:
    """The alert that is shown."""
    return StreamAlertShown(
        alert=alert_noun(one.id, one.payload, names),
        lease=str(one.lease),
        starts_at=datetime.fromisoformat(one.payload["startsAt"]),
        ends_at=datetime.fromisoformat(one.payload["endsAt"]),
        volume=0 if stage.is_muted else stage.rules[one.kind].volume,
    )


def rules_noun(kind: AlertKind, rules: KindRules) -> StreamAlertRules:
    """The rules of a kind."""
    return StreamAlertRules(
        kind=StreamAlertKind(kind.value),
        is_on=rules.is_on,
        least=rules.least,
        mode=StreamAlertMode(rules.mode.value),
        duration=Duration(rules.duration_s),
        volume=rules.volume,
        fresh=Duration(rules.fresh_s),
    )
