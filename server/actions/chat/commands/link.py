"""!link tells how to link accounts."""

from server.actions.chat.commands.standing import Answer
from server.events.chat import CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities


async def answer(tx: Tx, scope: Scope, asked: CommandAsked, public_url: str) -> Answer:
    """Where the community's page is."""
    del asked
    community = await communities.by_id(tx, scope.community_id)
    return "link", {"url": f"{public_url}/c/{community.slug}" if community else public_url}
