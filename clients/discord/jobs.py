"""All that the server can have the bot do: each subject brings its kinds of jobs."""

from collections.abc import Callable, Mapping
from pathlib import Path

from clients.discord.carrying.kinds import Kind
from clients.discord.panels.showing import Showing
from clients.discord.posts import alerts, draws, links, roles, slots, streams, wagers


def kinds(clock_s: Callable[[], float], data: Path) -> Mapping[str, Kind]:
    """Who carries a job out, by the name of its type in the graph.

    `clock_s` tells seconds since 1970; the folder `data` keeps what must outlive a killed bot.
    """
    return {
        **alerts.kinds(),
        **draws.kinds(),
        **links.kinds(),
        **Showing(clock_s).kinds,
        **slots.kinds(),
        **streams.kinds(),
        **wagers.kinds(),
        **roles.kinds(data / "bot-roles.json"),
    }
