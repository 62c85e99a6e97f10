"""How Discord shows what stands in a text: instants, names of people, roles and channels, and what is escaped."""

import re
from datetime import UTC, datetime, timedelta

from clients.simulator.discord.world import World

MARK = re.compile(r"<(?:t:(?P<instant>\d{1,11})(?::(?P<style>[tTdDfFR]))?|(?P<kind>@!?|@&|#)(?P<id>\d{1,20}))>")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
STYLES = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%d/%m/%Y",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": "%A, %d %B %Y %H:%M",
}
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(text: str, world: World) -> str:
    """Return a text as somebody reads it whose clock shows UTC."""
    shown = MARK.sub(lambda mark: _read(mark, world), text) if "<" in text else text
    return ESCAPED.sub(r"\1", shown) if "\\" in shown else shown


def _read(mark: re.Match[str], world: World) -> str:
    if mark["instant"] is None:
        return _named(mark["kind"], mark["id"], world) or mark[0]
    at = EPOCH + timedelta(seconds=int(mark["instant"]))
    style = mark["style"] or "f"
    return _relative(at - world.clock.now()) if style == "R" else f"{at:{STYLES[style]}}"


def _named(kind: str, number: str, world: World) -> str | None:
    """Return what the thing is called; None for one that is not there."""
    if kind == "#":
        return f"#{world.channels[number].name}" if number in world.channels else None
    if kind != "@&":
        return f"@{world.users[number].name}" if number in world.users else None
    roles = (guild.roles[number] for guild in world.guilds.values() if number in guild.roles)
    role = next(roles, None)
    return None if role is None else f"@{role.name}"


def _relative(ahead: timedelta) -> str:
    """Return how far away an instant is, in the largest unit that fits."""
    seconds = round(ahead.total_seconds())
    size, unit = next((one for one in UNITS if abs(seconds) >= one[0]), UNITS[-1])
    many = round(abs(seconds) / size)
    told = f"{many} {unit}{'' if many == 1 else 's'}"
    return f"in {told}" if seconds >= 0 else f"{told} ago"
