"""!call in chat."""

from collections.abc import Sequence

from server.actions.slotcalls.call import Called, Wish, call, settings_in_force
from server.domain.refusals import Refused
from server.domain.slotcalls.rules import CallSource
from server.events.chat import CommandAnswered, CommandAsked
from server.events.slotcalls import SlotCallChanged
from server.jobs.unit import Scope
from server.ports import Tx

COMMAND = "call"
SILENT = frozenset({"slot_viewer_blocked", "slot_call_repeated"})
"""What nobody is told in chat: a blocked viewer would have the bot talk."""


async def after_asked(tx: Tx, scope: Scope, asked: Sequence[CommandAsked]) -> list[CommandAnswered | SlotCallChanged]:
    """Make calls of what viewers ask for in chat, each answered there; while calls are closed nothing is said."""
    mine = [one for one in asked if one.command == COMMAND]
    if not mine or not (await settings_in_force(tx, scope.community_id)).is_open:
        return []
    happened: list[CommandAnswered | SlotCallChanged] = []
    for one in mine:
        wish = Wish(
            account=one.account,
            text=one.argument,
            source=CallSource.CHAT,
            source_key=f"chat:{one.account[0]}:{one.message_id}",
        )
        try:
            done = await call(tx, scope, wish=wish)
        except Refused as refused:
            if refused.code not in SILENT:
                happened.append(
                    CommandAnswered(asked=one, text="refused", values={"message": refused.message}, is_refused=True)
                )
            continue
        happened += [event for event in done.events if isinstance(event, SlotCallChanged)]
        happened.append(CommandAnswered(asked=one, text="call", values=values(done.result)))
    return happened


def values(called: Called) -> dict[str, str]:
    """What fills the answer to a call."""
    return {"slot": called.title, "provider": called.provider or "", "place": str(called.place)}
