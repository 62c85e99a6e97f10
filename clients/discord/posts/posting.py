"""A card in the channel that was chosen for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from clients.discord.carrying.kinds import Carried, Desk, gone
from clients.discord.graph.answers.jobs import JobCommunity
from clients.discord.render.card import Card

NOWHERE = "No channel is chosen for this; choose one with /settings channel."
ELSEWHERE = "The chosen channel is not in the community's Discord server; choose another with /settings channel."
PINGS_MAX = 100


class Post(TypedDict):
    """What every job has that is posted."""

    type: str
    id: str
    lease: str
    community: JobCommunity | None
    channelId: str | None


async def post(desk: Desk, job: Post, card: Card, pings: Sequence[str] = ()) -> Carried:
    """Post it once; nobody is called by it but the Discord users in `pings`."""
    channel, community = job["channelId"], job["community"]
    if channel is None or community is None or community["guildId"] is None:
        return gone(NOWHERE)
    # Staff names channels by number: one of somebody else's server must stay closed to them.
    if await desk.rest.guild_of(channel) != community["guildId"]:
        return gone(ELSEWHERE)
    told = replace(card, footer=card.footer or community["name"]).payload()
    if pings:
        named = list(dict.fromkeys(pings))[:PINGS_MAX]
        told |= {"content": " ".join(f"<@{one}>" for one in named), "allowed_mentions": {"users": named}}
    message = await desk.rest.post(channel, told, nonce=job["id"])
    return Carried(reference=str(message["id"]))
