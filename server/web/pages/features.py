"""What a channel's owner may let the server do, as people choose it."""

from server.domain.setup import ChannelFacts, missing
from server.platforms.kick.scopes import NEEDED
from server.ports_platforms import Feature

ALWAYS: Feature = "channels"
FEATURES: tuple[tuple[Feature, str, str], ...] = (
    ("channels", "Follow the channel", "Watch time, streams, subscriptions and gifts. Always needed."),
    ("chat", "Write in the chat", "Answers to commands, announcements and timed messages."),
    ("moderation", "Moderate the chat", "Remove messages and time people out, where a rule of yours says so."),
    ("rewards", "Channel rewards", "Make rewards and accept or reject what is redeemed."),
    ("kicks", "KICKs leaderboard", "See who gifted how many KICKs."),
)


def features_of(channel: ChannelFacts | None) -> list[dict[str, object]]:
    """Each feature as a row: what it needs, what of it is missing, and whether its box is ticked."""
    given = None if channel is None else channel.authorisation
    rows: list[dict[str, object]] = []
    for name, label, meaning in FEATURES:
        lacking = missing(given, NEEDED[name])
        rows.append(
            {
                "name": name,
                "label": label,
                "meaning": meaning,
                "needed": NEEDED[name],
                "missing": lacking,
                "is_allowed": not lacking,
                "is_always": name == ALWAYS,
            }
        )
    return rows
