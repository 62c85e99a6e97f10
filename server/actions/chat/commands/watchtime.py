"""!watchtime tells a viewer his watch time and his place."""

from server.actions.chat.commands.standing import Answer, watched
from server.events.chat import CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx


async def answer(tx: Tx, scope: Scope, asked: CommandAsked, public_url: str) -> Answer:
    """The watch time of whoever asks."""
    del public_url
    found = await watched(tx, scope, asked.account)
    if found is None:
        return "watchtime_none", {}
    return "watchtime", {"watchtime": found[0], "rank": found[1]}
