"""Accounts and channels are known by their platforms' own ids; linked accounts are one viewer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from server.domain.refusals import Refused

CHANNEL_PLATFORMS = frozenset({"kick", "twitch"})
NUMERIC_PLATFORMS = frozenset({"kick", "twitch", "discord"})
NUMERIC = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
ID_LENGTH_MAX = 64

KNOWN_BOTS = frozenset(
    {"botrix", "kickbot", "kicklet", "fossabot", "nightbot", "moobot", "streamelements", "streamlabs", "wizebot"}
)
"""Names, case folded, of widespread chat bots: whose account is first seen under one is taken for a bot, for good."""


def account_key(platform: str, external_id: str) -> tuple[str, str]:
    """The key of an account, or a refusal where the id cannot be one of that platform.

    Shuffle has no ids: there the case-folded name is the key.
    """
    key = external_id.casefold() if platform == "shuffle" else external_id
    usable = NUMERIC.fullmatch(key) if platform in NUMERIC_PLATFORMS else key.strip() == key and key.isprintable()
    if not usable or not 1 <= len(key) <= ID_LENGTH_MAX:
        raise Refused(
            "platform_id_invalid",
            f"{external_id[:50]!r} is not an id of {platform}.",
            "Use the platform's own id, never a name; names change.",
        )
    return platform, key


def channel_key(platform: str, external_id: str) -> tuple[str, str]:
    """The key of a channel, or a refusal where the platform has no channels or the id cannot be one of it."""
    if platform not in CHANNEL_PLATFORMS:
        raise Refused("platform_without_channels", f"There are no channels on {platform}.", "Choose KICK or TWITCH.")
    return account_key(platform, external_id)


class Cause(StrEnum):
    """Why accounts were linked or unlinked."""

    STAFF = "staff"
    VIEWER = "viewer"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Member:
    """One account of a viewer; `home` is the viewer that it is, or was, without any link."""

    account: int
    platform: str
    home: int


Household = Sequence[Member]
"""The accounts of one viewer."""


def viewer_id(household: Iterable[Member]) -> int:
    """Which viewer linked accounts are: the oldest of their homes, whatever order they were linked in."""
    return min(member.home for member in household)


def check_linkable(one: Household, other: Household) -> None:
    """Refuse to make one viewer of two where either of them is already linked to somebody else.

    One side at least is a single account, and nobody has two accounts on a platform: whoever wants to move an account
    from one person to another must be let go there first.
    """
    if viewer_id(one) == viewer_id(other):
        raise Refused("already_linked", "These accounts are linked to each other already.", "Nothing to do.")
    if len(one) == len(other) == 1 and one[0].platform == other[0].platform:
        raise Refused(
            "same_platform",
            f"A viewer has one account on a platform, and both of these are of {one[0].platform}.",
            "Link accounts of different platforms.",
        )
    shared = sorted({member.platform for member in one} & {member.platform for member in other})
    if shared or (len(one) > 1 and len(other) > 1):
        where = f"has another {shared[0]} account" if shared else "has linked accounts, and so has the other"
        raise Refused(
            "account_linked_elsewhere",
            f"One of these accounts is already linked to another person, who {where}.",
            "Unlink the account there first; that person or the community's staff can do it.",
        )


def check_unlinkable(household: Household) -> None:
    """Refuse to unlink an account that is its viewer's only one."""
    if len(household) == 1:
        raise Refused("not_linked", "This account is not linked to any other.", "Nothing to do.")


COOLDOWN_S_MAX = 30 * 86_400
VALID_S_MIN, VALID_S_MAX = 60, 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """A community's settings of linking.

    How long an unlinked account waits before a viewer may link it again; how long a link that was handed out is good;
    whether the person types a code in Discord, too; whether links are told to the community's log on Discord.
    """

    cooldown_s: int = 86_400
    valid_s: int = 600
    code_required: bool = True
    log_links: bool = False

    def check(self) -> None:
        """Refuse values that make no sense."""
        if not 0 <= self.cooldown_s <= COOLDOWN_S_MAX:
            raise Refused(
                "link_settings_cooldown",
                f"An account waits 0 to {COOLDOWN_S_MAX} seconds after it was unlinked, not {self.cooldown_s}.",
                "Choose a value in that range.",
            )
        if not VALID_S_MIN <= self.valid_s <= VALID_S_MAX:
            raise Refused(
                "link_settings_valid",
                f"A link is good for {VALID_S_MIN} to {VALID_S_MAX} seconds, not {self.valid_s}.",
                "Choose a value in that range; shorter is safer.",
            )

    def stored(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return asdict(self)

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "LinkSettings":
        """Settings from `stored`."""
        return cls(**data)


def check_cooled_down(cause: Cause, settings: LinkSettings, unlinked_at: datetime | None, now: datetime) -> None:
    """Refuse to let a viewer link an account that was unlinked a moment ago; staff need not wait."""
    if cause is Cause.STAFF or unlinked_at is None:
        return
    until = unlinked_at + timedelta(seconds=settings.cooldown_s)
    if now < until:
        raise Refused(
            "link_cooling_down",
            f"One of these accounts was unlinked and can be linked again from {until:%Y-%m-%d %H:%M} UTC on.",
            "Wait until then, or ask the community's staff.",
        )
