"""Commands in chat: how they are read, who may use them, and how long one waits."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from server.domain.refusals import Refused
from server.events.chat import Badge

SIGN = "!"
NAME_LENGTH_MAX = 30
ARGUMENT_LENGTH_MAX = 300
COMMANDS_MAX = 200
COOLDOWN_S_MAX = 86_400
NAME = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
REFUSED_AGAIN_AFTER_S = 30
"""A viewer is told at most once in so many seconds why a command of his was refused."""


class Level(IntEnum):
    """How high somebody stands in a chat; whoever stands higher may do all that those below may."""

    VIEWER = 0
    SUBSCRIBER = 1
    VIP = 2
    MODERATOR = 3
    BROADCASTER = 4


BADGES = {
    "subscriber": Level.SUBSCRIBER,
    "founder": Level.SUBSCRIBER,
    "vip": Level.VIP,
    "moderator": Level.MODERATOR,
    "broadcaster": Level.BROADCASTER,
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was written: its name, case folded and without the sign, and the rest of the line."""

    name: str
    argument: str


def command_in(text: str) -> Command | None:
    """The command that a line is, or None. A sign alone, or with a space behind it, is none."""
    # Some clients end a repeated line with a character that nobody sees.
    seen = "".join(char for char in " ".join(text.split()) if unicodedata.category(char)[0] != "C").strip()
    if not seen.startswith(SIGN):
        return None
    name, _, argument = seen[len(SIGN) :].partition(" ")
    key = name_key(name)
    if not NAME.fullmatch(key) or len(key) > NAME_LENGTH_MAX:
        return None
    return Command(key, " ".join(argument.split())[:ARGUMENT_LENGTH_MAX])


def name_key(name: str) -> str:
    """A command's name as it is compared: without case, and with one writing for each character."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def level_of(badges: Iterable[Badge], *, is_owner: bool) -> Level:
    """How high a chatter stands, by his badges; the channel's owner stands highest whatever he wears."""
    if is_owner:
        return Level.BROADCASTER
    return max((BADGES.get(badge.kind, Level.VIEWER) for badge in badges), default=Level.VIEWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a command is handled in a community.

    `text` is what a command of the community's own says, None for a built-in one. `cooldown_s` counts for everybody
    together, `viewer_cooldown_s` for each viewer.
    """

    name: str
    text: str | None = None
    level: Level = Level.VIEWER
    is_on: bool = True
    cooldown_s: int = 2
    viewer_cooldown_s: int = 15

    def check(self) -> None:
        """Refuse values that make no sense."""
        if not NAME.fullmatch(self.name) or len(self.name) > NAME_LENGTH_MAX:
            raise Refused(
                "command_name_invalid",
                f"A command's name has 1 to {NAME_LENGTH_MAX} letters, digits, hyphens or underscores.",
                "Choose such a name, without the exclamation mark.",
            )
        if not (0 <= self.cooldown_s <= COOLDOWN_S_MAX and 0 <= self.viewer_cooldown_s <= COOLDOWN_S_MAX):
            raise Refused(
                "command_cooldown", f"A cool-down is 0 to {COOLDOWN_S_MAX} seconds.", "Choose a value in that range."
            )


def may_use(rule: Rule, level: Level, until: Sequence[datetime], now: datetime) -> bool:
    """Whether somebody may use a command now; `until` are the ends of the cool-downs that concern him."""
    return rule.is_on and level >= rule.level and all(end <= now for end in until)


def cooled_until(rule: Rule, now: datetime) -> tuple[datetime, datetime]:
    """Until when a command that was just served rests: for everybody, and for whoever used it."""
    return now + timedelta(seconds=rule.cooldown_s), now + timedelta(seconds=rule.viewer_cooldown_s)
