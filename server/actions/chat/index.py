"""Who answers the built-in commands that are answered from what is known of a viewer; others have a reaction each."""

from collections.abc import Mapping, Sequence

from server.actions.chat.commands import link, rank, watchtime
from server.actions.chat.commands.standing import Handler, known_of
from server.domain.chat.index import BUILT_IN
from server.domain.chat.texts import placeholders
from server.events.chat import CommandAnswered, CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx
from server.store.chat import commands

HANDLERS: Mapping[str, Handler] = {
    "watchtime": watchtime.answer,
    "rank": rank.answer,
    "link": link.answer,
}


async def answer(tx: Tx, scope: Scope, asked: Sequence[CommandAsked], *, public_url: str) -> list[CommandAnswered]:
    """Answer the commands of the chat's own, and those that the community made."""
    custom = [one for one in asked if one.command not in BUILT_IN]
    rules = await commands.changed_rules(tx, scope.community_id) if custom else {}
    answered: list[CommandAnswered] = []
    for one in asked:
        handler = HANDLERS.get(one.command)
        if handler is not None:
            name, values = await handler(tx, scope, one, public_url)
            answered.append(CommandAnswered(asked=one, text=name, values=values))
        elif one.command in rules and one.command not in BUILT_IN:
            needed = placeholders(rules[one.command].text or "")
            values = await known_of(tx, scope, one, needed)
            answered.append(CommandAnswered(asked=one, text="custom", values=values))
    return answered
