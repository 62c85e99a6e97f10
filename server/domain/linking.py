"""Accounts and channels are known by their platforms' own ids."""

import re

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
