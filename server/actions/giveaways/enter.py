"""People enter giveaways on Discord, and leave them, by the account of theirs that can be in a draw."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.actions.giveaways.known import changed, known, line
from server.domain.draws.plan import subject_of
from server.domain.giveaways import GiveawayKind, GiveawayState
from server.domain.instants import instant_of, micros
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import linking
from server.store.giveaways import entries, exclusions
from server.store.giveaways.entries import NewEntry
from server.store.giveaways.giveaways import GiveawayRow
from server.store.linking import AccountRecord

DISCORD = "discord"
OTHERWISE = {
    GiveawayKind.CHATTERS: "Write something in the stream's chat before it ends.",
    GiveawayKind.TICKETS: "Your tickets of the raffle count by themselves.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody who is on Discord is about to do: in which giveaway, and by which of his accounts."""

    giveaway: GiveawayRow
    accounts: Sequence[AccountRecord]
    is_in: bool
    last: int


async def enter(tx: Tx, scope: Scope, *, giveaway_id: int, discord_id: str) -> Done[bool]:
    """Have somebody be in a giveaway by his linked account; whether that is new.

    Whoever is in already, by chat or from here, is in once. Refuses a giveaway that nobody enters on Discord, one that
    is over, whoever has linked no account that can be in a draw, and whom staff leaves out.
    """
    scope, step = await stepped(tx, scope, giveaway_id, discord_id)
    row, subject = step.giveaway, subject_of((one.platform, one.external_id, one.id) for one in step.accounts)
    if subject is None:
        raise Refused(
            "giveaway_unlinked",
            "Only accounts of Kick and Twitch are in a draw, and yours is linked to none.",
            f"Link yours with /link kick and press again, or type {row.rules.keyword} in the stream's chat.",
        )
    left_out = await exclusions.excluded_among(tx, row.id, [one.id for one in step.accounts])
    if left_out:
        raise Refused(
            "giveaway_excluded", "Staff leaves you out of this giveaway.", "Ask them, if you do not know why."
        )
    if step.is_in:
        return Done(False)
    # Time may stand still between leaving and coming back; a later instant is what tells them apart.
    at = instant_of(max(micros(scope.now), step.last + 1))
    entry = NewEntry(giveaway_id=row.id, account_id=subject[1], is_subscriber=False, at=at)
    await entries.add(tx, scope.community_id, [entry])
    told = line("giveaways.enter", row, after={"is_in": True})
    return Done(True, [await changed(tx, row, row.state)], [told])


async def leave(tx: Tx, scope: Scope, *, giveaway_id: int, discord_id: str) -> Done[bool]:
    """Have somebody be in a giveaway no longer, by whichever of his accounts he was; whether he was.

    What he wrote in chat until now does not bring him back, however late it is told; writing the keyword again does.
    Refuses a giveaway that nobody enters on Discord, and one that is over.
    """
    scope, step = await stepped(tx, scope, giveaway_id, discord_id)
    if not step.is_in:
        return Done(False)
    row, at = step.giveaway, max(micros(scope.now), step.last)
    await entries.leave(tx, scope.community_id, row.id, [one.id for one in step.accounts], at)
    told = line("giveaways.leave", row, after={"is_in": False})
    return Done(True, [await changed(tx, row, row.state)], [told])


async def stepped(tx: Tx, scope: Scope, giveaway_id: int, discord_id: str) -> tuple[Scope, Step]:
    """What somebody may do in a giveaway now, under the community's lock; the scope with the time after that."""
    scope = await locked(tx, scope)
    row = await known(tx, scope.community_id, giveaway_id)
    if not row.rules.by_discord:
        how = OTHERWISE.get(row.rules.kind, f"Type {row.rules.keyword} in the stream's chat.")
        raise Refused("giveaway_not_on_discord", "Nobody enters this giveaway on Discord.", how)
    if row.state is not GiveawayState.OPEN or (row.ends_at is not None and scope.now >= row.ends_at):
        raise Refused("giveaway_not_open", "Entering this giveaway is over.", "Wait for the next one.")
    account = await linking.find_account(tx, DISCORD, discord_id)
    viewer = None if account is None else await linking.viewer_of(tx, scope.community_id, account)
    if viewer is None:
        return scope, Step(row, (), is_in=False, last=0)
    accounts = await linking.accounts_of_viewer(tx, scope.community_id, viewer)
    is_in, last = await entries.last_step(tx, row.id, [one.id for one in accounts])
    return scope, Step(row, accounts, is_in, last)
