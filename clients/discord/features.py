"""All that the bot can be asked: each feature brings its commands, and the clicks on what it showed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clients.discord.asked.answering import Clicks
from clients.discord.asked.commands import Commands, Family, Menu, Run
from clients.discord.asked.confirming import Confirming
from clients.discord.asked.seeing import Seeing
from clients.discord.charts.drawing import Drawing
from clients.discord.commands import (
    giveaways,
    leaderboard,
    link,
    privacy,
    raffle,
    raffle_history,
    refresh_menu,
    slots,
    watchtime,
)
from clients.discord.commands import help as helping
from clients.discord.commands.entering import Entering
from clients.discord.commands.export import Export
from clients.discord.commands.giveaway import GiveawayCommands
from clients.discord.commands.granting import GiveMenu
from clients.discord.commands.health import RegularsCommands
from clients.discord.commands.link_admin import LinkAdmin
from clients.discord.commands.panel import PanelCommands
from clients.discord.commands.profile import Profiles
from clients.discord.commands.raffle_admin import RaffleAdmin
from clients.discord.commands.rewards import Rewards
from clients.discord.commands.role_check import RoleCheck
from clients.discord.commands.setting import Setting
from clients.discord.commands.settings import Settings
from clients.discord.commands.setup import Setup
from clients.discord.commands.slots_admin import SlotsAdmin
from clients.discord.commands.staffing import Staffing
from clients.discord.commands.syncing import Syncing, Tell
from clients.discord.commands.tracking import TrackingCommands
from clients.discord.graph.asking import Graph
from clients.discord.graph.communities import Communities
from clients.discord.library.rest import Rest
from clients.discord.panels.clicks import PanelClicks


@dataclass(frozen=True, slots=True)
class Features:
    """The commands by their names, who answers a click by the place that a button's id names, and who sees people."""

    commands: Commands
    clicks: Clicks
    seeing: Seeing


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of them; what a command answers already, a button of a panel answers alike, as `known` says by its verb."""

    families: list[Family]
    menus: list[Menu]
    clicks: Clicks
    known: Mapping[str, Run]


def features(graph: Graph, clock_s: Callable[[], float], rest: Callable[[], Rest], tell: Tell) -> Features:
    """Everything, asked of a server.

    `rest` gives Discord as it is connected now, for what only Discord knows; `tell` tells it of the commands.
    """
    communities = Communities(graph, clock_s)
    confirming = Confirming(clock_s)
    viewers = of_viewers(graph, communities, confirming)
    staff = of_staff(Staffing(graph, communities, confirming, clock_s), rest, tell)
    commands = Commands([*viewers.families, *staff.families], [*viewers.menus, *staff.menus])
    commands.families.append(helping.family(commands))
    panels = PanelClicks(graph, communities, confirming, viewers.known)
    clicks: Clicks = {**viewers.clicks, **staff.clicks, **confirming.clicks, **panels.clicks}
    return Features(commands, clicks, Seeing(graph, communities, clock_s))


def of_viewers(graph: Graph, communities: Communities, confirming: Confirming) -> Part:
    """What everybody may ask."""
    drawing = Drawing()
    leaderboards, profiles = leaderboard.Leaderboards(graph), Profiles(graph, communities)
    watching = watchtime.family(graph, drawing, profiles.about)
    histories = raffle_history.RaffleHistories(graph)
    raffles = raffle.RaffleCommands(graph, communities, drawing, histories.commands)
    links = link.Linking(graph, communities, confirming)
    slot_calls = slots.Slots(graph, communities)
    return Part(
        families=[
            watching,
            leaderboards.family,
            raffles.family,
            links.family,
            slot_calls.family,
            giveaways.family(graph),
            privacy.family(graph),
        ],
        menus=[profiles.menu],
        clicks={
            **leaderboards.clicks,
            raffle.PLACE: raffles.turn,
            link.PLACE: links.take,
            raffle_history.PLACE: histories.turn,
            slots.PLACE: slot_calls.turn,
            **Entering(graph, communities).clicks,
        },
        known={
            "link": links.offer,
            "links": links.status,
            "place": watching.commands[0].run,
            "board": leaderboards.run,
            "tickets": raffles.tickets,
            "rules": raffles.info,
        },
    )


def of_staff(staffing: Staffing, rest: Callable[[], Rest], tell: Tell) -> Part:
    """The commands with which staff runs the community."""
    rewards, setup = Rewards(staffing, RoleCheck(rest)), Setup(staffing, rest)
    running, giving = GiveawayCommands(staffing), GiveMenu(staffing)
    return Part(
        families=[
            LinkAdmin(staffing).family,
            RaffleAdmin(staffing).family,
            running.family,
            SlotsAdmin(staffing).family,
            TrackingCommands(staffing).family,
            RegularsCommands(staffing, [*Syncing(staffing, tell).commands, *Export(staffing).commands]).family,
            Settings(staffing, rest, Setting(staffing).commands).family,
            setup.family,
            PanelCommands(staffing.graph, staffing.communities, staffing.confirming).family,
            rewards.family,
        ],
        menus=[giving.menu, refresh_menu.menu(staffing)],
        clicks={**setup.clicks, **rewards.clicks, **running.clicks, **giving.clicks},
        known={},
    )
