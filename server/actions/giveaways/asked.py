"""!giveaway in chat, and what moderators do there: !gopen, !gclose, !gdraw and !gcancel."""

from collections.abc import Sequence

from server.actions.giveaways import run
from server.domain.audit import Author
from server.domain.giveaways import (
    ENTERABLE,
    TITLE_LENGTH_MAX,
    GiveawayKind,
    GiveawayRules,
    GiveawayState,
    keyword_of,
)
from server.domain.refusals import Refused
from server.events.chat import CommandAnswered, CommandAsked, LineWanted
from server.events.draws import DrawChanged
from server.events.giveaways import GiveawayChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import audit
from server.store.giveaways import entries, giveaways
from server.store.giveaways.giveaways import GiveawayRow

SHOW = "giveaway"
OPEN, CLOSE, DRAW, CANCEL = "gopen", "gclose", "gdraw", "gcancel"
ORDERS = frozenset({OPEN, CLOSE, DRAW, CANCEL})
IN_CHAT = "Called off in chat."
HOW = {
    GiveawayKind.CHATTERS: "whoever writes in chat is in.",
    GiveawayKind.TICKETS: "your tickets of the raffle count.",
}

Happened = CommandAnswered | GiveawayChanged | LineWanted | DrawChanged


async def after_asked(
    tx: Tx, scope: Scope, asked: Sequence[CommandAsked]
) -> list[CommandAnswered | GiveawayChanged | LineWanted | DrawChanged]:
    """Tell viewers what is given away, and do what moderators say; who may say it, the rules of commands tell."""
    happened: list[Happened] = []
    for one in asked:
        if one.command == SHOW:
            happened.append(await told(tx, scope, one))
        elif one.command in ORDERS:
            happened += await obeyed(tx, scope, one)
    return happened


async def told(tx: Tx, scope: Scope, asked: CommandAsked) -> CommandAnswered:
    """What is open, and how to enter; the newest where there are several."""
    running = await giveaways.in_states(tx, scope.community_id, {GiveawayState.OPEN})
    if not running:
        return CommandAnswered(asked=asked, text="giveaway_none", values={})
    row = running[0]
    many = (await entries.counts(tx, [row.id])).get(row.id, 0)
    how = HOW.get(row.rules.kind) or f"type {row.rules.keyword} to enter; {many} entered."
    return CommandAnswered(asked=asked, text="giveaway", values={"giveaway": row.title, "how": how})


async def obeyed(tx: Tx, scope: Scope, asked: CommandAsked) -> list[Happened]:
    """What a moderator's command leads to, with its line in the audit log; or why it is refused."""
    actor = f"person:{asked.account[0]}:{asked.account[1]}"
    try:
        done = await ordered(tx, scope, asked, actor)
    except Refused as refused:
        return [CommandAnswered(asked=asked, text="refused", values={"message": refused.message}, is_refused=True)]
    by = Author(kind="person", name=actor, cause=tx.digest(f"chat:{asked.message_id}"))
    await audit.append(tx, scope.community_id, by, done.audit, scope.now)
    state = "voided" if asked.command == CANCEL else "about to be drawn" if asked.command == DRAW else done.result.state
    values = {"giveaway": done.result.title, "state": str(state)}
    happened = [event for event in done.events if isinstance(event, GiveawayChanged | LineWanted | DrawChanged)]
    return [*happened, CommandAnswered(asked=asked, text="giveaway_staff", values=values)]


async def ordered(tx: Tx, scope: Scope, asked: CommandAsked, actor: str) -> Done[GiveawayRow]:
    """Open a giveaway by the word that is given, or close, draw or give up the one that is meant."""
    word, _, rest = asked.argument.partition(" ")
    if asked.command == OPEN:
        title = (rest.strip() or word)[:TITLE_LENGTH_MAX]
        rules = GiveawayRules(kind=GiveawayKind.KEYWORD, keyword=keyword_of(word), by_discord=True)
        return await run.open_up(tx, scope, title=title, rules=rules, ends=None, actor=actor)
    meant = await the_one(tx, scope, keyword_of(word))
    if asked.command == CLOSE:
        return await run.close(tx, scope, giveaway_id=meant.id)
    if asked.command == DRAW:
        return await run.draw(tx, scope, giveaway_id=meant.id, actor=actor)
    return await run.cancel(tx, scope, giveaway_id=meant.id, reason=IN_CHAT)


async def the_one(tx: Tx, scope: Scope, keyword: str) -> GiveawayRow:
    """The newest giveaway that is not promised yet, of a keyword where one is given; refuses where there is none."""
    running = await giveaways.in_states(tx, scope.community_id, ENTERABLE)
    found = next((row for row in running if keyword in ("", row.rules.keyword)), None)
    if found is None:
        raise Refused("giveaway_none", "No such giveaway is open.", "Open one: !gopen WORD TITLE.")
    return found
