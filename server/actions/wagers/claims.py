"""People claim names in affiliate feeds, and staff verifies or rejects that."""

from collections.abc import Sequence

from server.actions.wagers.feeds import gained
from server.domain.audit import Audited
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.domain.wagers import ClaimState, Provider, check_name, name_key
from server.events.linking import ViewerLinked, ViewerUnlinked
from server.events.wagers import WagerAccountVerified, WagersGained
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, jobs, linking
from server.store.jobs import NewJob
from server.store.linking import AccountRecord
from server.store.raffle import periods
from server.store.wagers import claims, series
from server.store.wagers.claims import ClaimRecord, VerifiedRecord

ROLE = "wager.role"
OPEN_MAX = 5
REASON_LENGTH_MAX = 300
VERIFIED = "wager account verified"
UNLINKED = "unlinked"


async def claim(tx: Tx, scope: Scope, *, provider: Provider, name: str, claimant: tuple[str, str]) -> Done[ClaimRecord]:
    """Say that a name is one's own; the same claim again is the first. It gives nothing before staff has verified it.

    Refuses what can be no name, and more open claims than somebody can need.
    """
    told = check_name(provider, name)
    await communities.lock(tx, scope.community_id)
    mine = await claims.open_of(tx, scope.community_id, claimant, OPEN_MAX)
    for one in mine:
        if (one.provider, one.name_key) == (provider, name_key(told)):
            return Done(one)
    if len(mine) >= OPEN_MAX:
        raise Refused(
            "wager_claims_many",
            f"You have {OPEN_MAX} claims already.",
            "Ask the staff to decide them.",
        )
    made = await claims.add(tx, scope.community_id, provider, told, claimant, scope.now)
    line = Audited(
        action="wagers.claim",
        target=("holder", ":".join(claimant)),
        after={"provider": provider.value, "name": made.name},
    )
    return Done(made, audit=[line])


async def verify(tx: Tx, scope: Scope, *, claim_id: int, actor: str, reason: str) -> Done[ClaimRecord]:
    """Hold a claim for true: the account is linked to the claimant, and what it gained in open raffles is his.

    Refuses a claim that is decided, a name that no feed has told or that two people have, and one that is somebody
    else's already.
    """
    told = checked(reason)
    await communities.lock(tx, scope.community_id)
    record = await undecided(tx, scope, claim_id)
    found = await series.named(tx, scope.community_id, record.provider, record.name)
    if not found:
        raise Refused(
            "wager_name_unseen",
            f"The feed of {record.provider.title()} has not told of {record.name} yet.",
            "Check the spelling and the campaign code, and wait for a poll after the first wager.",
        )
    if len(found) > 1:
        raise Refused(
            "wager_name_ambiguous", f"Two people are called {record.name} there.", "Ask the person for another name."
        )
    if await claims.holds(tx, found[0].id):
        raise Refused(
            "wager_account_taken",
            f"{record.name} is verified for somebody else.",
            "Look at the conflicts; unlink the account there first if that was wrong.",
        )
    done = await claims.decide(tx, record.id, ClaimState.VERIFIED, found[0].id, actor, told, scope.now)
    verified = WagerAccountVerified(
        claim_id=record.id,
        series_id=found[0].id,
        one=(record.platform, record.external_id),
        other=(record.provider.value, found[0].key),
        name=found[0].name,
        actor=actor,
        reason=told or VERIFIED,
    )
    return Done(done, [verified], [decided("wagers.verify", done, told)])


async def reject(tx: Tx, scope: Scope, *, claim_id: int, actor: str, reason: str) -> Done[ClaimRecord]:
    """Hold a claim for wrong; refuses one that is decided already, and no reason."""
    told = checked(reason)
    if not told:
        raise Refused("reason_missing", "A claim is rejected with a reason.", "Say why, so that he can read it.")
    await communities.lock(tx, scope.community_id)
    record = await undecided(tx, scope, claim_id)
    done = await claims.decide(tx, record.id, ClaimState.REJECTED, None, actor, told, scope.now)
    return Done(done, audit=[decided("wagers.reject", done, told)])


def checked(reason: str) -> str:
    """A reason to keep, or a refusal of one that is too long."""
    told = reason.strip()
    if len(told) > REASON_LENGTH_MAX:
        raise Refused("reason_missing", f"A reason has at most {REASON_LENGTH_MAX} characters.", "Shorten it.")
    return told


async def undecided(tx: Tx, scope: Scope, claim_id: int) -> ClaimRecord:
    """A claim that waits, or a refusal."""
    record = await claims.by_id(tx, scope.community_id, claim_id)
    if record is None or record.state is not ClaimState.CLAIMED:
        raise Refused("wager_claim_unknown", "There is no such open claim here.", "Choose one that waits.")
    return record


def decided(action: str, record: ClaimRecord, reason: str) -> Audited:
    """The line of the audit log about a decision."""
    return Audited(
        action=action,
        target=("holder", f"{record.platform}:{record.external_id}"),
        before={"state": ClaimState.CLAIMED.value},
        after={"state": record.state.value, "provider": record.provider.value, "name": record.name},
        reason=reason or None,
    )


async def after_verified(tx: Tx, scope: Scope, verified: Sequence[WagerAccountVerified]) -> list[WagersGained]:
    """Tell what accounts gained in the raffles that still count, and never what they had before; have roles given."""
    counting = await periods.counting(tx, scope.community_id)
    since = min((period.span.starts for period in counting), default=micros(scope.now))
    found: list[WagersGained] = []
    for one in verified:
        gains = await series.verified_gains(tx, scope.community_id, since, one.series_id)
        found += gained(gains)
        account = await linking.find_account(tx, *one.other)
        viewer = None if account is None else await linking.viewer_of(tx, scope.community_id, account)
        if viewer is not None:
            members = await linking.accounts_of_viewer(tx, scope.community_id, viewer)
            await give_roles(tx, scope, {member.id for member in members})
    return found


async def after_linked(tx: Tx, scope: Scope, links: Sequence[ViewerLinked]) -> tuple[()]:
    """Have those who became one with a verified account given their role on Discord."""
    for link in links:
        await give_roles(tx, scope, {*link.moved, *link.others})
    return ()


async def give_roles(tx: Tx, scope: Scope, accounts: set[int]) -> None:
    """Have every Discord account among a viewer's given the roles of his verified accounts."""
    held = await claims.verified_among(tx, scope.community_id, accounts)
    if held:
        await have_roles(tx, scope, await discords(tx, accounts), held, is_given=True)


async def after_unlinked(tx: Tx, scope: Scope, partings: Sequence[ViewerUnlinked]) -> tuple[()]:
    """Have roles taken where somebody parted from a verified account, and end the claim of one that stands alone."""
    for parting in partings:
        everybody = {*parting.moved, *parting.others}
        held = await claims.verified_among(tx, scope.community_id, everybody)
        for side in (frozenset(parting.moved), frozenset(parting.others)):
            lost = [one for one in held if one.account_id not in side]
            if lost:
                await have_roles(tx, scope, await discords(tx, side), lost, is_given=False)
            if side <= {one.account_id for one in held}:
                for one in held:
                    if one.account_id in side:
                        by = scope.by.name
                        await claims.decide(tx, one.claim_id, ClaimState.ENDED, None, by, UNLINKED, scope.now)
    return ()


async def discords(tx: Tx, accounts: set[int] | frozenset[int]) -> list[AccountRecord]:
    """Those of some accounts that are of Discord."""
    found = await linking.accounts_by_ids(tx, sorted(accounts)) if accounts else {}
    return [one for _, one in sorted(found.items()) if one.platform == "discord"]


async def have_roles(
    tx: Tx, scope: Scope, people: Sequence[AccountRecord], held: Sequence[VerifiedRecord], *, is_given: bool
) -> None:
    """Have the Discord client give or take the role of verified accounts; in order for each person."""
    made = [
        NewJob(
            kind=ROLE,
            key=f"{one.claim_id}:{person.external_id}:{is_given}:{micros(scope.now)}",
            payload={
                "discordId": person.external_id,
                "provider": one.provider.value,
                "name": one.name,
                "role": f"{one.provider.title()} Code User",
                "given": is_given,
            },
            run_at=scope.now,
            community_id=scope.community_id,
            audience="discord",
            order_key=f"{ROLE}:{person.external_id}",
        )
        for person in people
        for one in held
    ]
    await jobs.add(tx, made, scope.now)
