"""Roles are given and taken: as jobs for the Discord client, in the transaction that made somebody deserve them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.audit import Audited
from server.domain.linking import NUMERIC
from server.domain.roles import HAD, Change, Reward, Rules, changes, lost
from server.events.jobs import JobDied, JobEnded
from server.events.linking import ViewerLinked, ViewerUnlinked
from server.events.watchtime import WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import communities, guilds, jobs, linking, roles
from server.store.jobs import LeasedJob, NewJob
from server.store.roles import KIND, Member, key_of

SYNC = "sync_roles"
PEOPLE_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be given to somebody, or taken from him."""

    member: Member
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class House:
    """What a community gives roles for, and by which rules."""

    guild: str
    rewards: Sequence[Reward]
    rules: Rules


async def house_of(reader: Reader, community_id: int) -> House | None:
    """What a community gives roles for; None where it gives none, or has no Discord server."""
    rewards = await roles.all_of(reader, community_id)
    guild = await guilds.of_community(reader, community_id) if rewards else None
    if guild is None:
        return None
    return House(guild.external_id, rewards, await roles.rules_of(reader, community_id))


async def due(
    reader: Reader,
    community_id: int,
    house: House,
    account_ids: Sequence[int],
    *,
    again: bool = False,
    anew: bool = False,
    has: Collection[str] | None = None,
) -> list[Due]:
    """What is to be given to some accounts, or taken from them, where that is anything.

    What could not be given before only if it is tried `again`, and what was given, too, if it is given `anew`. Where
    it is known which roles somebody `has` on Discord, he is given what he lost.
    """
    given = await roles.given_to(reader, community_id, account_ids)
    everything = [one for some in given.values() for one in some]
    unheard = await roles.unheard_of(reader, everything) if again else frozenset[tuple[int, int]]()
    found: list[Due] = []
    for member in await roles.members(reader, community_id, account_ids):
        if NUMERIC.fullmatch(member.external_id):
            held = roles.held(given.get(member.account_id, ()), unheard)
            held = held if has is None else lost(held, house.rewards, has)
            wanted = changes(house.rewards, house.rules, member.standing, held, again=again, anew=anew)
            if wanted:
                found.append(Due(member, wanted))
    return found


async def ask(tx: Tx, scope: Scope, community_id: int, house: House, wanted: Sequence[Due]) -> int:
    """Have the Discord client give and take roles, each of a person after the one before; how many."""
    asked = {(change.reward.id, one.member.account_id): change.is_given for one in wanted for change in one.changes}
    if not asked:
        return 0
    nth = await roles.note_asked(tx, community_id, asked, scope.now)
    made = [
        NewJob(
            kind=KIND,
            key=key_of(change.reward.id, one.member.account_id, nth[change.reward.id, one.member.account_id]),
            payload={
                "guild": house.guild,
                "discordId": one.member.external_id,
                "roleId": change.reward.role,
                "role": change.reward.name,
                "given": change.is_given,
                "reason": change.reason.value,
                "minutes": change.reward.minutes,
            },
            run_at=scope.now,
            community_id=community_id,
            audience="discord",
            order_key=f"roles:{one.member.external_id}",
        )
        for one in wanted
        for change in one.changes
    ]
    return await jobs.add(tx, made, scope.now)


async def bring_up_to_date(
    tx: Tx, scope: Scope, community_id: int, account_ids: Sequence[int], *, again: bool = False
) -> int:
    """Give some accounts what they should have, and take what they should not; how many roles."""
    house = await house_of(tx, community_id) if account_ids else None
    if house is None:
        return 0
    return await ask(tx, scope, community_id, house, await due(tx, community_id, house, account_ids, again=again))


async def after_watched(tx: Tx, scope: Scope, watched: Sequence[WatchTimeChanged]) -> tuple[()]:
    """Give roles to those whose watch time reached them, and take what it does not reach any more."""
    balances = {viewer: balance for change in watched for viewer, balance in change.balances.items()}
    if balances:
        accounts = await roles.concerned(tx, scope.community_id, balances)
        await bring_up_to_date(tx, scope, scope.community_id, accounts)
    return ()


async def after_linked(tx: Tx, scope: Scope, links: Sequence[ViewerLinked]) -> tuple[()]:
    """Give roles to those who linked, also what could not be given before."""
    viewers = {link.to_id for link in links}
    accounts = await roles.accounts_among(tx, scope.community_id, viewers)
    await bring_up_to_date(tx, scope, scope.community_id, accounts, again=True)
    return ()


async def after_unlinked(tx: Tx, scope: Scope, partings: Sequence[ViewerUnlinked]) -> tuple[()]:
    """Take roles from those who parted from what they were given for, where the rules take what is not reached."""
    viewers = {viewer for one in partings for viewer in (one.from_id, one.to_id)}
    accounts = await roles.accounts_among(tx, scope.community_id, viewers)
    await bring_up_to_date(tx, scope, scope.community_id, accounts)
    return ()


async def after_ended(tx: Tx, scope: Scope, ended: Sequence[JobEnded]) -> tuple[()]:
    """Remember which roles were given and taken; one that came too late for the rules is taken now."""
    arrived: dict[int, set[int]] = {}
    for one in ended:
        if one.kind == KIND:
            state = HAD if one.reference == HAD and one.outcome == "done" else one.outcome
            account_id = await roles.note_ended(tx, one.key, state, scope.now)
            if account_id is not None and state == "done":
                arrived.setdefault(one.community_id, set()).add(account_id)
    for community_id, accounts in sorted(arrived.items()):
        rules = await roles.rules_of(tx, community_id)
        if rules != Rules():
            await communities.lock(tx, community_id)
            await bring_up_to_date(tx, scope, community_id, sorted(accounts))
    return ()


async def after_died(tx: Tx, scope: Scope, died: Sequence[JobDied]) -> tuple[()]:
    """Remember which roles could not be given or taken, however often it was tried."""
    for one in died:
        if one.kind == KIND:
            await roles.note_ended(tx, one.key, "dead", scope.now)
    return ()


async def sync(tx: Tx, scope: Scope, *, anew: bool, cause: str) -> Done[int]:
    """Have everybody's roles looked at, a bounded number at a time; how many people have accounts to look at.

    With `anew` whoever has a role is given it once more, because he may have left the server and come back. `cause`
    is this wish and no other.
    """
    await communities.lock(tx, scope.community_id)
    many = await roles.accounts_count(tx, scope.community_id)
    job = NewJob(
        kind=SYNC,
        key=f"{scope.community_id}:{cause}",
        payload={"after": 0, "anew": anew},
        run_at=scope.now,
        community_id=scope.community_id,
    )
    await jobs.add(tx, [job], scope.now)
    line = Audited(action="roles.sync", target=("settings", "roles"), after={"people": many, "anew": int(anew)})
    return Done(many, audit=[line])


async def sync_some(tx: Tx, scope: Scope, *, job: LeasedJob, after: int, until: datetime) -> Done[int | None]:
    """Bring the next people's roles up to date; the last of them, or None, and the job is done, at the end."""
    await communities.lock(tx, scope.community_id)
    page = await roles.accounts_page(tx, scope.community_id, after, PEOPLE_AT_ONCE)
    house = await house_of(tx, scope.community_id)
    if not page or house is None:
        await jobs.finish(tx, job, scope.now)
        return Done(None)
    anew = bool(job.payload["anew"])
    wanted = await due(tx, scope.community_id, house, page, again=True, anew=anew)
    await ask(tx, scope, scope.community_id, house, wanted)
    is_ours = await jobs.advance(tx, job, {**job.payload, "after": page[-1]}, until)
    return Done(page[-1] if is_ours else None)


async def refresh(tx: Tx, scope: Scope, *, discord_id: str, has: Collection[str] | None) -> Done[int]:
    """Give somebody what he should have; how many roles. With `has`, these are all that he has on Discord now."""
    await communities.lock(tx, scope.community_id)
    account_id = await linking.find_account(tx, "discord", discord_id)
    house = await house_of(tx, scope.community_id)
    many = 0
    if account_id is not None and house is not None:
        wanted = await due(tx, scope.community_id, house, [account_id], again=True, has=has)
        many = await ask(tx, scope, scope.community_id, house, wanted)
    line = Audited(action="roles.refresh", target=("holder", f"discord:{discord_id}"), after={"changed": many})
    return Done(many, audit=[line] if many else [])
