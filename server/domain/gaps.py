"""What was missed while a source was silent: what another one told meanwhile, and what nobody can bring back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BEAT_EVERY = timedelta(seconds=20)
DOWN_AFTER = timedelta(seconds=90)
"""So long without a heartbeat, nobody was there to listen."""

KINDS: Mapping[str, str] = {
    "chat.message.sent": "chat messages",
    "channel.followed": "follows",
    "channel.subscription.new": "new subscriptions",
    "channel.subscription.renewal": "renewed subscriptions",
    "channel.subscription.gifts": "gifted subscriptions",
    "channel.reward.redemption.updated": "redemptions",
    "livestream.status.updated": "starts and ends of streams",
    "livestream.metadata.updated": "titles and categories",
    "moderation.banned": "bans and timeouts",
    "kicks.gifted": "KICKs",
}
"""Every kind of event, in words."""

TOLD_BY: Mapping[str, Collection[str]] = {
    "chat.message.sent": ("websocket",),
    "channel.subscription.new": ("websocket",),
    "channel.subscription.renewal": ("websocket",),
    "channel.subscription.gifts": ("websocket",),
    "livestream.status.updated": ("websocket", "poll"),
    "moderation.banned": ("websocket",),
    "kicks.gifted": ("websocket",),
}
"""Which other sources tell of the same."""

CAUSES: Mapping[str, tuple[str, str]] = {
    "server_down": (
        "The server was down.",
        "Nothing to do now. Run two servers on PostgreSQL if this must not happen.",
    ),
    "database_down": (
        "The server could not write to its database.",
        "Look at the database. A spool directory keeps deliveries meanwhile; see the settings.",
    ),
    "subscription_lost": (
        "Kick had stopped to send these events, and was asked anew.",
        "If it comes again, look whether Kick can reach this server at all times.",
    ),
    "subscription_silent": (
        "Kick said that it sends these events, and they did not arrive.",
        "It is repaired by itself within the hour. If not, look whether Kick can reach this server.",
    ),
    "untold": ("Kick did not tell it by webhook.", "Nothing to do: asking Kick brought it to light."),
    "api_unanswered": ("Kick's API did not answer.", "Nothing to do: it is asked again and again."),
    "socket_down": ("The websocket was down.", "Nothing to do: it connects again by itself."),
}
"""Why there is a gap, and what to do about it, by a stable code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGap:
    """A gap that was found; while it is open its `key` names it within its channel."""

    channel_id: int
    source: str
    cause: str
    kinds: Sequence[str]
    began_at: datetime

    @property
    def key(self) -> str:
        """The same trouble has the same key."""
        return gap_key(self.source, self.cause, self.kinds)


def gap_key(source: str, cause: str, kinds: Sequence[str]) -> str:
    """The key of an open gap: about one kind, or about all."""
    return f"{source}:{cause}:{kinds[0] if len(kinds) == 1 else '*'}"


def recovered(kinds: Collection[str], filled_by: Collection[str]) -> list[str]:
    """What was told by others meanwhile, each in a few words."""
    told = {kind: [other for other in TOLD_BY.get(kind, ()) if other in filled_by] for kind in KINDS if kind in kinds}
    return [f"{KINDS[kind]}, by {' and '.join(others)}" for kind, others in told.items() if others]


def unrecovered(source: str, kinds: Collection[str], filled_by: Collection[str]) -> list[str]:
    """What nobody told meanwhile; Kick may still deliver it late, and then it counts."""
    if source == "poll":
        return []
    return [
        words
        for kind, words in KINDS.items()
        if kind in kinds and not any(other in filled_by for other in TOLD_BY.get(kind, ()))
    ]
