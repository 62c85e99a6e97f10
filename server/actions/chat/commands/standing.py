"""What is known of whoever asks in chat; only what a text needs is looked up."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from server.domain.chat.texts import spent
from server.domain.instants import SECOND
from server.events.chat import CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, leaderboards, stream_records

Answer = tuple[str, Mapping[str, str]]
"""The name of the text to answer with, and what fills it."""

Handler = Callable[[Tx, Scope, CommandAsked, str], Awaitable[Answer]]

CUSTOM_PLACEHOLDERS = frozenset({"name", "args", "channel", "community", "watchtime", "rank", "uptime", "title"})
NOBODY = "-"


async def watched(tx: Tx, scope: Scope, account: tuple[str, str]) -> tuple[str, str] | None:
    """Watch time and place of an account's viewer, in words; None for one without any."""
    viewer_id = await leaderboards.viewer_by_account(tx, scope.community_id, *account)
    standing = None if viewer_id is None else await leaderboards.standing_of(tx, scope.community_id, viewer_id)
    if standing is None or standing.watch_us <= 0:
        return None
    rank = await leaderboards.rank_of(tx, scope.community_id, standing.place)
    return spent(standing.watch_us // SECOND), str(rank)


async def known_of(tx: Tx, scope: Scope, asked: CommandAsked, needed: frozenset[str]) -> dict[str, str]:
    """The values of placeholders that a community's own text may name, as far as they are needed."""
    values = {"name": asked.name, "args": asked.argument}
    if needed & {"watchtime", "rank"}:
        watchtime, rank = await watched(tx, scope, asked.account) or (spent(0), NOBODY)
        values |= {"watchtime": watchtime, "rank": rank}
    if needed & {"channel", "uptime", "title"}:
        values |= await stream_of(tx, asked.channel_id, scope.now)
    if "community" in needed:
        community = await communities.by_id(tx, scope.community_id)
        values["community"] = community.name if community else NOBODY
    return values


async def stream_of(tx: Tx, channel_id: int, now: datetime) -> dict[str, str]:
    """What is known of a channel and its stream."""
    channel = (await channels.by_ids(tx, [channel_id]))[channel_id]
    stream = await stream_records.latest_stream(tx, channel_id)
    is_live = stream is not None and stream.ended_at is None
    since = stream.started_at if stream and is_live else now
    return {
        "channel": channel.name,
        "uptime": spent(int((now - since).total_seconds())) if is_live else NOBODY,
        "title": (channel.title or (stream.title if stream else "")) or NOBODY,
    }
