"""What was missed while a source was silent: what another one told meanwhile, and what nobody can bring back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.happenings.sources import Heard, IngestSources
from server.events.tellings import Source

BEAT_EVERY = timedelta(seconds=20)
DOWN_AFTER = timedelta(seconds=90)
"""So long without a heartbeat, nobody was there to listen."""

SOCKET_LATE_AFTER = timedelta(minutes=10)
"""So long may a websocket say nothing of a channel while its chat arrives by webhook."""

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

CHOSEN: Mapping[str, str] = {
    "chat.message.sent": "chat",
    "channel.subscription.new": "subs",
    "channel.subscription.renewal": "subs",
    "channel.subscription.gifts": "gifts",
    "livestream.status.updated": "streams",
    "moderation.banned": "bans",
    "kicks.gifted": "kicks",
}
"""What websockets tell, too, by the name under which a community chooses whether they are believed."""

POLLED = frozenset({"livestream.status.updated"})
"""What asking brings to light."""

EARNING = frozenset(KINDS) - {"channel.followed", "livestream.metadata.updated", "moderation.banned"}
"""What tickets come of."""

FRUITLESS = frozenset(KINDS) - EARNING
"""What no ticket comes of."""

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


Tellers = Mapping[str, datetime]
"""The other sources that tell of a channel at present, each with since when it does without a break."""


def fillers(tellers: Tellers, began_at: datetime) -> set[str]:
    """Those that told all the while since a gap began; whoever came later does not know what was before."""
    return {source for source, since in tellers.items() if since <= began_at}


def gap_key(source: str, cause: str, kinds: Sequence[str]) -> str:
    """The key of an open gap: about one kind, or about all."""
    return f"{source}:{cause}:{kinds[0] if len(kinds) == 1 else '*'}"


def recovered(kinds: Collection[str], filled_by: Collection[str], sources: IngestSources) -> list[str]:
    """What was told by others meanwhile, each in a few words; `sources` are those that the community believes."""
    told = {kind: [one for one in tellers_of(kind, sources) if one in filled_by] for kind in KINDS if kind in kinds}
    return [f"{KINDS[kind]}, by {' and '.join(others)}" for kind, others in told.items() if others]


def unrecovered(source: str, kinds: Collection[str], filled_by: Collection[str], sources: IngestSources) -> list[str]:
    """What nobody told meanwhile; Kick may still deliver it late, and then it counts."""
    if source == "poll":
        return []
    return [
        words
        for kind, words in KINDS.items()
        if kind in kinds and not any(other in filled_by for other in tellers_of(kind, sources))
    ]


def tellers_of(kind: str, sources: IngestSources) -> list[str]:
    """Every source that tells of a kind, as far as a community that believes `sources` makes something of it."""
    chosen = CHOSEN.get(kind)
    believed = Heard.WEBHOOK if chosen is None else getattr(sources, chosen)
    taken = [source.value for source in (Source.WEBHOOK, Source.WEBSOCKET) if believed.takes(source)]
    return [*taken, "poll"] if kind in POLLED else taken


def untold(silent: Mapping[str, Collection[str]], sources: IngestSources, *, listens: bool) -> frozenset[str]:
    """The kinds of events of a channel that nobody tells at present whom a community with these `sources` believes.

    `silent` are the kinds that each source is known not to tell; `listens` is whether a websocket does.
    """
    deaf = {} if listens else {Source.WEBSOCKET.value: frozenset(KINDS)}
    return frozenset(
        kind
        for kind in KINDS
        if any(kind in kinds for kinds in silent.values())
        and all(kind in silent.get(one, ()) or kind in deaf.get(one, ()) for one in tellers_of(kind, sources))
    )


def is_late(*, since: datetime, last_frame_at: datetime | None, told_at: datetime | None) -> bool:
    """Whether a websocket that listens `since` is late: chat was told by webhook, and it has said nothing for long.

    A busy room pushes frames all the time, wanted or not; without news from elsewhere silence proves nothing.
    """
    heard_at = since if last_frame_at is None else max(since, last_frame_at)
    return told_at is not None and told_at - heard_at > SOCKET_LATE_AFTER
