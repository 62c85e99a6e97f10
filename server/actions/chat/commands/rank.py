"""!rank tells a viewer his place on the leaderboard."""

from server.actions.chat.commands.standing import Answer, watched
from server.events.chat import CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx


async def answer(tx: Tx, scope: Scope, asked: CommandAsked, public_url: str) -> Answer:
    """The place of whoever asks."""
    del public_url
    found = await watched(tx, scope, asked.account)
    if found is None:
        return "rank_none", {}
    return "rank", {"watchtime": found[0], "rank": found[1]}
