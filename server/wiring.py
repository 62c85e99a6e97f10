"""THE INDEX: event -> reactions, job kind -> effect, delivery source -> parser. Read first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from server.actions import alerts, channels, linking, panels, proofs, timers, totals
from server.actions.chat import hear, index, say
from server.actions.chat import redeemed as chat_rewards
from server.actions.draws import asked as draws_asked
from server.actions.draws.draw import REVEAL
from server.actions.giveaways import asked as giveaways_asked
from server.actions.giveaways import follow as giveaways_follow
from server.actions.giveaways import hear as giveaways_hear
from server.actions.happenings import note
from server.actions.raffle import asked as raffle_asked
from server.actions.raffle import earn, share
from server.actions.raffle import redeemed as raffle_rewards
from server.actions.raffle import wagers as raffle_wagers
from server.actions.raffle.periods import BACKFILL
from server.actions.rewards import hear as redemptions
from server.actions.rewards import steps
from server.actions.rewards.carry_out import Handler
from server.actions.roles import give as roles
from server.actions.slotcalls import asked as slotcalls
from server.actions.slotcalls import redeemed as slotcall_rewards
from server.actions.streamalerts import queue as stream_alerts
from server.actions.wagers import asked as wagers_asked
from server.actions.wagers import claims, feeds
from server.actions.watchtime import evidence, households, measure, request
from server.actions.watchtime import redeemed as watchtime_rewards
from server.auth.signing import OperatorKeys
from server.domain.panels import PanelKind
from server.domain.rewards.actions import ActionKind
from server.effects import channels as channel_effects
from server.effects import chat as chat_effects
from server.effects import panels as panel_effects
from server.effects import proofs as proof_effects
from server.effects import raffle as raffle_effects
from server.effects import retention
from server.effects import roles as role_effects
from server.effects import timers as timer_effects
from server.effects import tokens as token_effects
from server.effects import watchtime as watchtime_effects
from server.effects.alerts import Examine, Watch
from server.effects.apps import AppAccess
from server.effects.credentials import Renewals
from server.effects.draws import DrawKeeper
from server.effects.gaps import GapWatch
from server.effects.privacy import Forgetter
from server.effects.promises import Kept
from server.effects.redemptions import RedemptionWatch, Settler
from server.effects.rewards import Access, RewardKeeper
from server.effects.sightings import LiveWatch, Record
from server.effects.subscriptions import Reconciler
from server.effects.wagers import WagerWatch
from server.events.chat import ChatCounted, ChatSpoken, CommandAnswered, CommandAsked, LineWanted
from server.events.draws import DrawChanged, DrawRevealed
from server.events.follows import Followed
from server.events.giveaways import GiveawayChanged
from server.events.happening import Happening
from server.events.jobs import JobDied, JobEnded
from server.events.linking import AccountsProven, LinkFailed, ViewerLinked, ViewerUnlinked
from server.events.moderation import Banned
from server.events.overlays import OverlayCrowded
from server.events.panels import PanelFailed, PanelMended
from server.events.raffle import RaffleChanged, TicketsChanged, WatchTimeMeasured, WatchTimeWanted
from server.events.rewards import RewardOverheard, RewardRedeemed
from server.events.slotcalls import SlotCallChanged, SlotQueueCleared, SlotRulesChanged
from server.events.streams import StreamDescribed, StreamEnded, StreamSeen, StreamStarted, StreamStopped
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Corrected, Named, Overheard, Source, Told
from server.events.wagers import WagerAccountVerified, WagersGained
from server.events.watchtime import (
    ChannelAttached,
    ChannelCaughtUp,
    RecountNeeded,
    StreamChanged,
    WatchRulesChanged,
    WatchTimeChanged,
)
from server.jobs.queue import Effect
from server.jobs.schedule import Scheduled
from server.jobs.unit import Reaction, Units
from server.jobs.worker import Parser, Unfit
from server.platforms.kick import frames, polled
from server.platforms.kick import parse as kick
from server.platforms.kick.values import Unparsable
from server.ports import Chance
from server.ports_platforms import KickEvents, KickLives
from server.store.database import Database


def reactions(
    *, digest: Callable[[str], int], keys: OperatorKeys, public_url: str = ""
) -> Mapping[type, Sequence[Reaction]]:
    """What happens because something happened, in the same transaction. The graph has no circles."""
    wired = wired_to(answers(keys, public_url), digest)
    for happened, kinds in ON_PANELS.items():
        wired[happened] = (*wired.get(happened, ()), partial(panels.after_changed, kinds=kinds))
    return wired


ON_PANELS: Mapping[type, Sequence[PanelKind]] = {
    WatchTimeChanged: (PanelKind.LEADERBOARD,),
    ViewerLinked: (PanelKind.LEADERBOARD, PanelKind.RAFFLE),
    ViewerUnlinked: (PanelKind.LEADERBOARD, PanelKind.RAFFLE),
    TicketsChanged: (PanelKind.RAFFLE,),
    RaffleChanged: (PanelKind.RAFFLE,),
    DrawChanged: (PanelKind.RAFFLE, PanelKind.GIVEAWAY),
    GiveawayChanged: (PanelKind.GIVEAWAY,),
    SlotCallChanged: (PanelKind.SLOTS,),
    SlotQueueCleared: (PanelKind.SLOTS,),
    SlotRulesChanged: (PanelKind.SLOTS,),
}
"""What is seen on which kinds of panels."""


def wired_to(answering: Sequence[Reaction], digest: Callable[[str], int]) -> dict[type, Sequence[Reaction]]:
    """Reactions but those that keep panels up to date."""
    return {
        Told: (note.note_told,),
        Named: (note.note_named,),
        Overheard: (),
        Corrected: (linking.note_people, earn.after_corrected, stream_alerts.after_corrected, totals.after_corrected),
        ChatSpoken: (partial(evidence.note_chat, digest=digest), hear.hear, giveaways_hear.hear),
        CommandAsked: answering,
        CommandAnswered: (say.after_answered,),
        LineWanted: (say.after_wanted,),
        ChatCounted: (timers.after_counted,),
        StreamStarted: (channels.note_started, channels.announce),
        StreamEnded: (channels.note_ended,),
        StreamStopped: (channels.note_stopped,),
        StreamSeen: (channels.note_seen,),
        StreamDescribed: (channels.note_described,),
        SubStarted: (linking.note_people, earn.after_subs, stream_alerts.after_happened, totals.after_happened),
        SubRenewed: (linking.note_people, earn.after_renewals, stream_alerts.after_happened, totals.after_happened),
        SubsGifted: (linking.note_people, earn.after_gifts, stream_alerts.after_happened, totals.after_happened),
        KicksGifted: (linking.note_people, earn.after_kicks, stream_alerts.after_happened, totals.after_happened),
        RewardRedeemed: (linking.note_people, redemptions.note_redeemed),
        RewardOverheard: (redemptions.after_overheard,),
        Followed: (linking.note_people, stream_alerts.after_happened),
        Banned: (linking.note_people,),
        StreamChanged: (request.after_stream_changed,),
        RecountNeeded: (request.after_recount_needed,),
        WatchRulesChanged: (request.after_rules_changed,),
        ChannelAttached: (channels.request_adoption,),
        ChannelCaughtUp: (request.after_caught_up,),
        AccountsProven: (linking.after_proven, proofs.tell_linked),
        JobDied: (alerts.after_died, roles.after_died),
        JobEnded: (roles.after_ended, stream_alerts.after_ended),
        OverlayCrowded: (alerts.after_crowded,),
        LinkFailed: (proofs.tell_failed,),
        ViewerLinked: (households.after_linked, share.after_linked, claims.after_linked, roles.after_linked),
        ViewerUnlinked: (households.after_unlinked, share.after_unlinked, claims.after_unlinked, roles.after_unlinked),
        WatchTimeChanged: (share.after_watched, roles.after_watched),
        RaffleChanged: (feeds.after_raffle,),
        DrawChanged: (giveaways_follow.after_draw,),
        DrawRevealed: (stream_alerts.after_revealed,),
        WagerAccountVerified: (linking.after_wager_verified, claims.after_verified),
        WagersGained: (raffle_wagers.after_gained,),
        WatchTimeWanted: (measure.after_wanted,),
        WatchTimeMeasured: (share.after_measured,),
        PanelFailed: (alerts.after_panel_failed,),
        PanelMended: (alerts.after_panel_mended,),
    }


def answers(keys: OperatorKeys, public_url: str) -> Sequence[Reaction]:
    """Who answers commands of chat."""
    return (
        partial(index.answer, public_url=public_url),
        slotcalls.after_asked,
        partial(raffle_asked.after_asked, public_url=public_url),
        giveaways_asked.after_asked,
        partial(draws_asked.after_asked, keys=keys),
        wagers_asked.after_asked,
    )


def effects(database: Database, units: Units) -> Mapping[str, Effect]:
    """Who carries out the server's own jobs."""
    return {
        request.RECOUNT: partial(watchtime_effects.recount, database=database, units=units),
        BACKFILL: partial(raffle_effects.count_the_past, units=units),
        channels.ADOPT: partial(channel_effects.adopt_orphans, units=units),
        roles.SYNC: partial(role_effects.sync, units=units),
    }


def draw_effects(keeper: DrawKeeper) -> Mapping[str, Effect]:
    """Who carries out the server's jobs about draws."""
    return {REVEAL: keeper.reveal}


def draw_looks(keeper: DrawKeeper) -> Sequence[Scheduled]:
    """What takes draws and giveaways further."""
    return [
        Scheduled("draws", timedelta(seconds=5), keeper.look),
        Scheduled("giveaways", timedelta(seconds=5), keeper.look_at_giveaways),
    ]


def reward_actions() -> Mapping[ActionKind, Handler]:
    """What each kind of reward does when it is redeemed."""
    return {
        ActionKind.WATCH_TIME_BONUS: watchtime_rewards.give,
        ActionKind.SLOT_CALL: slotcall_rewards.call_for,
        ActionKind.CHAT_LINE: chat_rewards.say_for,
        ActionKind.TICKETS: raffle_rewards.give_for,
    }


def reward_effects(database: Database, units: Units, access: Access, record: Record) -> Mapping[str, Effect]:
    """Who carries out the server's jobs about channel rewards."""
    keeper = RewardKeeper(database, units, access=access, handlers=reward_actions())
    settler = Settler(database, units, access=access)
    watch = RedemptionWatch(database, units, access=access, record=record)
    return {
        steps.ACT: keeper.act,
        steps.WISH: keeper.wish,
        steps.SETTLE: settler.settle,
        steps.LOOK: watch.look_at,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class KickConnection:
    """What the server needs to look after its connection to Kick, where it knows a Kick app."""

    app: AppAccess
    events: KickEvents
    lives: KickLives
    rewards: Access
    record: Record
    live_every: timedelta


def schedule(
    database: Database,
    units: Units,
    *,
    kept: Kept,
    renewals: Renewals,
    forgetter: Forgetter,
    watch: Watch,
    examine: Examine,
    examine_every: timedelta,
    chance: Chance,
) -> Sequence[Scheduled]:
    """What is done again and again."""
    return [
        Scheduled("gaps", timedelta(seconds=30), GapWatch(database, units).look),
        Scheduled("retention", timedelta(hours=1), partial(retention.forget, units, database, kept=kept)),
        Scheduled("links", timedelta(seconds=30), partial(proof_effects.end_overdue, database, units)),
        Scheduled("timers", timedelta(seconds=10), partial(timer_effects.tick_all, database, units, chance=chance)),
        Scheduled("raffle", timedelta(seconds=10), partial(raffle_effects.look, database, units)),
        Scheduled("panels", timedelta(minutes=1), partial(panel_effects.look_at_all, database, units)),
        Scheduled("chat", timedelta(hours=1), partial(chat_effects.forget, units)),
        Scheduled("credentials", timedelta(seconds=30), renewals.sweep),
        Scheduled("tokens", timedelta(minutes=1), partial(token_effects.forget_what_is_over, units)),
        Scheduled("forgettings", timedelta(minutes=1), forgetter.sweep),
        Scheduled("alerts", timedelta(minutes=1), watch.look),
        Scheduled("doctor", examine_every, partial(watch.visit, examine)),
    ]


def kick_looks(
    database: Database, units: Units, renewals: Renewals, connection: KickConnection | None
) -> Sequence[Scheduled]:
    """What is compared with Kick again and again: what it sends us, and who is live; nothing without a Kick app."""
    if connection is None:
        return ()
    reconciler = Reconciler(
        database, units, renewals, app=connection.app, events=connection.events, kinds=sorted(kick.KINDS)
    )
    live = LiveWatch(
        database,
        units,
        app=connection.app,
        lives=connection.lives,
        record=connection.record,
        every=connection.live_every,
    )
    redeemed = RedemptionWatch(database, units, access=connection.rewards, record=connection.record)
    return [
        Scheduled("subscriptions", timedelta(seconds=15), reconciler.sweep),
        Scheduled("redemptions", timedelta(minutes=1), redeemed.look),
        Scheduled("live", connection.live_every, live.look),
    ]


def looks(
    database: Database, units: Units, renewals: Renewals, connection: KickConnection | None, wagers: WagerWatch
) -> Sequence[Scheduled]:
    """What is asked of the outside again and again; each affiliate feed has its turn every two minutes at most."""
    asked = Scheduled("wagers", timedelta(seconds=15), wagers.look)
    return [*kick_looks(database, units, renewals, connection), asked]


def parsers() -> Mapping[str, Parser]:
    """Who understands what a source delivers."""
    return {"kick": parse_kick}


def parse_kick(kind: str, body: bytes, told_at: datetime) -> Happening:
    """What a Kick delivery tells, by a webhook or over a websocket; `Unfit` when it cannot be understood."""
    try:
        if kind.startswith(frames.KIND_PREFIX):
            return frames.parse(body, told_at)
        if kind.startswith(polled.KIND_PREFIX):
            return polled.parse(kind, body, told_at)
        told = kick.parse(kind, body, told_at)
    except Unparsable as fault:
        raise Unfit(fault.code, str(fault)) from fault
    return Told(platform=told.platform, broadcaster=told.broadcaster, of=told, source=Source.WEBHOOK)
