"""A card in the channel that was chosen for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from clients.discord.carrying.kinds import Carried, Desk, gone
from clients.discord.graph.answers.jobs import JobCommunity
from clients.discord.library.refusals import Code, DiscordRefused
from clients.discord.library.rest import Json, Rest
from clients.discord.render.card import Card

NOWHERE = "No channel is chosen for this; choose one with /settings channel."
ELSEWHERE = "The chosen channel is not in the community's Discord server; choose another with /settings channel."
PINGS_MAX = 100
NOT_OURS = frozenset({Code.UNKNOWN_MESSAGE, Code.MESSAGE_OF_ANOTHER})


class Post(TypedDict):
    """What every job has that is posted."""

    type: str
    id: str
    lease: str
    community: JobCommunity | None
    channelId: str | None


async def post(
    desk: Desk, job: Post, card: Card, pings: Sequence[str] = (), *, instead_of: str | None = None
) -> Carried:
    """Post it once; nobody is called by it but the Discord users in `pings`.

    It is written into the message `instead_of` where the channel has that still: as often as the bot is killed, the
    same is written there again.
    """
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
    if instead_of is not None and await written_into(desk.rest, channel, instead_of, told):
        return Carried(reference=instead_of)
    message = await desk.rest.post(channel, told, nonce=job["id"])
    return Carried(reference=str(message["id"]))


async def written_into(rest: Rest, channel: str, message: str, told: Json) -> bool:
    """Write something into a message; False where it is not there any more, or was posted by a former bot."""
    try:
        await rest.edit(channel, message, told)
    except DiscordRefused as refused:
        if refused.code not in NOT_OURS:
            raise
        return False
    return True
