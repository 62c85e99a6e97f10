"""!linkshuffle in chat, by which viewers claim their names, and !verifyshuffle, by which staff verifies them."""

from collections.abc import Sequence

from server.actions.wagers.claims import claim, verify
from server.domain.audit import Author
from server.domain.refusals import Refused
from server.domain.wagers import Provider
from server.events.chat import CommandAnswered, CommandAsked
from server.events.wagers import WagerAccountVerified
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import audit, linking
from server.store.wagers import claims, feeds
from server.store.wagers.claims import ClaimRecord

CLAIM, VERIFY = "linkshuffle", "verifyshuffle"
IN_CHAT = "Verified in chat."


async def after_asked(
    tx: Tx, scope: Scope, asked: Sequence[CommandAsked]
) -> list[CommandAnswered | WagerAccountVerified]:
    """Take viewers' claims and staff's word for them; where no feed of Shuffle is read, nothing is said."""
    mine = [one for one in asked if one.command in {CLAIM, VERIFY}]
    feed = await feeds.of(tx, scope.community_id, Provider.SHUFFLE) if mine else None
    if feed is None or not feed.is_on:
        return []
    happened: list[CommandAnswered | WagerAccountVerified] = []
    for one in mine:
        happened += await obeyed(tx, scope, one)
    return happened


async def obeyed(tx: Tx, scope: Scope, asked: CommandAsked) -> list[CommandAnswered | WagerAccountVerified]:
    """What a command leads to, with its line in the audit log; or why it is refused."""
    actor = ":".join(("person", *asked.account))
    try:
        done = await (claimed(tx, scope, asked) if asked.command == CLAIM else verified(tx, scope, asked, actor))
    except Refused as refused:
        return [CommandAnswered(asked=asked, text="refused", values={"message": refused.message}, is_refused=True)]
    by = Author(kind="person", name=actor, cause=tx.digest(f"chat:{asked.message_id}"))
    await audit.append(tx, scope.community_id, by, done.audit, scope.now)
    happened = [event for event in done.events if isinstance(event, WagerAccountVerified)]
    return [*happened, CommandAnswered(asked=asked, text=asked.command, values={"shuffle": done.result.name})]


async def claimed(tx: Tx, scope: Scope, asked: CommandAsked) -> Done[ClaimRecord]:
    """A viewer's claim of a name."""
    return await claim(tx, scope, provider=Provider.SHUFFLE, name=asked.argument, claimant=asked.account)


async def verified(tx: Tx, scope: Scope, asked: CommandAsked, actor: str) -> Done[ClaimRecord]:
    """The claim that staff holds for true: `NAME`, or `@VIEWER NAME` where several viewers claim it."""
    who, _, name = asked.argument.rpartition(" ")
    meant = await claims.waiting(tx, scope.community_id, Provider.SHUFFLE, name)
    if who:
        wanted = who.strip().removeprefix("@").casefold()
        meant = [one for one in meant if (await shown_name(tx, one)).casefold() == wanted]
    if not meant:
        raise Refused("wager_claim_unknown", f"Nobody claims {name}.", "Ask the viewer to claim it: !linkshuffle NAME.")
    if len(meant) > 1:
        raise Refused(
            "wager_claim_ambiguous", f"Several viewers claim {name}: name one of them.", "!verifyshuffle @VIEWER NAME."
        )
    return await verify(tx, scope, claim_id=meant[0].id, actor=actor, reason=IN_CHAT)


async def shown_name(tx: Tx, one: ClaimRecord) -> str:
    """What a claimant is called; nothing where he was never heard of."""
    account = await linking.find_account(tx, one.platform, one.external_id)
    found = {} if account is None else await linking.accounts_by_ids(tx, [account])
    return "" if account is None else found[account].name
