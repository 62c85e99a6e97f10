"""THE INDEX of the feed: event -> how it reads there."""

from collections.abc import Mapping
from typing import Any

from server.events.draws import DrawChanged, DrawCommitted, DrawRevealed
from server.events.giveaways import GiveawayChanged
from server.events.linking import ViewerLinked, ViewerUnlinked
from server.events.raffle import RaffleChanged, TicketsChanged
from server.events.rewards import RedemptionChanged
from server.events.scenes import SceneChanged
from server.events.slotcalls import SlotCallChanged, SlotQueueCleared, SlotRulesChanged
from server.events.staff import StaffGranted, StaffRevoked
from server.events.streamalerts import StreamAlertsChanged
from server.events.totals import TotalsChanged
from server.events.watchtime import (
    ChannelAttached,
    StreamChanged,
    WatchRulesChanged,
    WatchTimeChanged,
)
from server.jobs.unit import Announcement

VIEWERS_ANNOUNCED_MAX = 100


def announcements() -> Mapping[type, Announcement]:
    """How events read in the community's feed; what is not here is not announced."""
    return {
        WatchTimeChanged: watch_time_changed,
        TicketsChanged: tickets_changed,
        RaffleChanged: lambda event: (
            "raffle.changed",
            {"raffle": event.period_id, "number": event.number, "state": event.state},
        ),
        StreamChanged: lambda event: ("stream.changed", {"stream": event.stream_id, "cause": event.cause}),
        WatchRulesChanged: lambda event: ("watchtime.rules_changed", {"version": event.version_id}),
        ChannelAttached: lambda event: (
            "channel.attached",
            {"platform": event.platform, "externalId": event.external_id},
        ),
        ViewerLinked: lambda event: ("viewer.linked", {"viewer": event.to_id, "former": event.from_id}),
        ViewerUnlinked: lambda event: (
            "viewer.unlinked",
            {"account": event.account_id, "viewer": event.viewer_id, "rest": event.rest_id},
        ),
        StaffGranted: lambda event: (
            "staff.granted",
            {"kind": event.holder_kind, "holder": event.external_id, "role": event.role},
        ),
        StaffRevoked: lambda event: ("staff.revoked", {"kind": event.holder_kind, "holder": event.external_id}),
        SlotCallChanged: slot_call_changed,
        RedemptionChanged: redemption_changed,
        DrawChanged: lambda event: (
            "draw.changed",
            {"draw": event.draw_id, event.subject: event.subject_id, "number": event.number, "state": event.state},
        ),
        DrawCommitted: draw_committed,
        DrawRevealed: draw_revealed,
        GiveawayChanged: giveaway_changed,
        SceneChanged: lambda event: ("scene.changed", {"overlay": event.overlay, "widget": event.widget}),
        StreamAlertsChanged: lambda event: ("streamalerts.changed", {"overlay": event.overlay}),
        TotalsChanged: lambda _: ("totals.changed", {}),
        SlotQueueCleared: lambda event: ("slots.cleared", {"count": event.count}),
        SlotRulesChanged: lambda event: ("slots.rules_changed", {"open": event.is_open}),
    }


def slot_call_changed(event: SlotCallChanged) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of a slot call, with all that is shown of it."""
    return "slots.call_changed", {
        "call": event.call_id,
        "state": event.state,
        "title": event.title,
        "provider": event.provider,
        "name": event.name,
        "platform": event.platform,
        "waiting": event.waiting,
    }


def draw_committed(event: DrawCommitted) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of a promised draw, with all that is shown of it."""
    return "draw.committed", {
        "draw": event.draw_id,
        event.subject: event.subject_id,
        "title": event.title,
        "test": event.is_test,
        "code": event.code,
        "round": event.beacon_round,
        "entrants": event.entrants,
        "tickets": event.tickets,
        "url": event.url,
    }


def draw_revealed(event: DrawRevealed) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of the winners of a draw, of many only the first."""
    return "draw.revealed", {
        "draw": event.draw_id,
        event.subject: event.subject_id,
        "title": event.title,
        "test": event.is_test,
        "count": event.count,
        "winners": [one.shown() for one in event.winners],
        "masks": event.masks,
        "url": event.url,
    }


def giveaway_changed(event: GiveawayChanged) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of a giveaway, with all that is shown of it."""
    return "giveaway.changed", {
        "giveaway": event.giveaway_id,
        "number": event.number,
        "state": event.state,
        "title": event.title,
        "keyword": event.keyword,
        "entries": event.entries,
    }


def redemption_changed(event: RedemptionChanged) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of a redemption, with all that is shown of it."""
    return "rewards.redemption_changed", {
        "redemption": event.redemption_id,
        "title": event.title,
        "cost": event.cost,
        "name": event.name,
        "platform": event.platform,
        "progress": event.progress,
    }


def watch_time_changed(event: WatchTimeChanged) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of changed watch time: who, and his new seconds; of very many only how many."""
    shown = sorted(event.balances.items())[:VIEWERS_ANNOUNCED_MAX]
    return "watchtime.changed", {
        "count": len(event.balances),
        "viewers": [{"viewer": viewer, "seconds": micros // 1_000_000} for viewer, micros in shown],
    }


def tickets_changed(event: TicketsChanged) -> tuple[str, Mapping[str, Any]]:
    """The feed entry of changed tickets: who, and how many he has; of very many only how many they are."""
    shown = sorted(event.balances.items())[:VIEWERS_ANNOUNCED_MAX]
    return "tickets.changed", {
        "raffle": event.period_id,
        "count": len(event.balances),
        "viewers": [{"viewer": viewer, "tickets": tickets} for viewer, tickets in shown],
    }
