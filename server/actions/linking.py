"""Accounts and the people behind them: know them, link them, unlink them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from server.domain.audit import Audited, changed
from server.domain.instants import EPOCH, micros
from server.domain.linking import (
    Cause,
    Household,
    LinkSettings,
    check_cooled_down,
    check_linkable,
    check_unlinkable,
    viewer_id,
)
from server.domain.proofs import UNDO_WITHIN
from server.domain.refusals import Refused
from server.events.happening import Happening, Person
from server.events.linking import AccountsProven, ViewerLinked, ViewerUnlinked
from server.events.wagers import WagerAccountVerified
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import audit, communities, link_records, linking

AccountKey = tuple[str, str]
"""(platform, the platform's own id)"""

SETTINGS = "linking"
REASON_LENGTH_MAX = 300


async def note_people(tx: Tx, scope: Scope, happenings: Sequence[Happening]) -> tuple[()]:
    """Know everybody named in happenings by the platform's own id, under the name told last."""
    for platform in sorted({happening.platform for happening in happenings}):
        named: list[tuple[Person, datetime]] = [
            (person, told_at(happening, scope.now))
            for happening in happenings
            if happening.platform == platform
            for person in happening.people
        ]
        await linking.accounts_of(tx, platform, named)
    return ()


def told_at(happening: Happening, now: datetime) -> datetime:
    """When a happening named its people: its own time, or now where it has none."""
    at = getattr(happening, "at", None) or getattr(happening, "told_at", None)
    return at if isinstance(at, datetime) else now


async def link(
    tx: Tx, scope: Scope, *, one: AccountKey, other: AccountKey, cause: Cause, actor: str, reason: str
) -> Done[int]:
    """Make the viewers of two accounts one, in this community, and return which viewer that is.

    Accounts never heard of are made, so that somebody can be linked before he first writes. Refuses accounts that are
    one viewer already, of one platform, or linked to somebody else; staff without a reason; and a viewer who comes
    back before the cool-down is over.
    """
    told = checked_reason(cause, reason)
    await communities.lock(tx, scope.community_id)
    accounts = [await known(tx, key) for key in (one, other)]
    viewers = await linking.viewers_of(tx, scope.community_id, accounts)
    sides = [await linking.household(tx, scope.community_id, viewers[account]) for account in accounts]
    check_linkable(*sides)
    settings = await settings_in_force(tx, scope.community_id)
    check_cooled_down(cause, settings, await link_records.unlinked_at(tx, scope.community_id, accounts), scope.now)
    stays, moves = sorted(sides, key=viewer_id)
    to_id, from_id = viewer_id(stays), viewer_id(moves)
    await linking.move_accounts(tx, scope.community_id, [member.account for member in moves], to_id)
    newly = [member for side in sides if len(side) == 1 for member in side]
    await linking.add_links(tx, scope.community_id, newly, cause, actor, scope.now)
    noted = [
        await link_records.add_event(
            tx, scope.community_id, to_id, member.account, "linked", cause, actor, told, scope.now
        )
        for member in newly
    ]
    linked = ViewerLinked(link_id=noted[0], from_id=from_id, to_id=to_id, moved=numbers(moves), others=numbers(stays))
    return Done(to_id, [linked], [await audited(tx, linked, told)])


async def after_proven(tx: Tx, scope: Scope, proven: Sequence[AccountsProven]) -> list[ViewerLinked]:
    """Link accounts that a person has proven to be his; a refusal undoes the proof as well."""
    happened: list[ViewerLinked] = []
    for one in proven:
        for key, name in zip((one.one, one.other), one.names, strict=True):
            await linking.accounts_of(tx, key[0], [(Person(id=key[1], name=name or None), scope.now)])
        done = await link(tx, scope, one=one.one, other=one.other, cause=Cause.VIEWER, actor=one.actor, reason="")
        happened += [event for event in done.events if isinstance(event, ViewerLinked)]
    return happened


async def after_wager_verified(tx: Tx, scope: Scope, verified: Sequence[WagerAccountVerified]) -> list[ViewerLinked]:
    """Link accounts that staff holds for those of their claimants; a refusal undoes the verification as well."""
    happened: list[ViewerLinked] = []
    for one in verified:
        claimant = await known(tx, one.one)
        named = await linking.accounts_of(tx, one.other[0], [(Person(id=one.other[1], name=one.name), scope.now)])
        accounts = (claimant, named[one.other[1]])
        viewers = await linking.viewers_of(tx, scope.community_id, accounts)
        if viewers[accounts[0]] != viewers[accounts[1]]:
            done = await link(
                tx, scope, one=one.one, other=one.other, cause=Cause.STAFF, actor=one.actor, reason=one.reason
            )
            happened += [event for event in done.events if isinstance(event, ViewerLinked)]
    return happened


async def unlink(
    tx: Tx, scope: Scope, *, account: AccountKey, cause: Cause, actor: str, reason: str
) -> Done[ViewerUnlinked]:
    """Make an account of this community a viewer of its own again; what became of whom.

    What it brought goes with it. Refuses an account that is not linked, and staff without a reason.
    """
    told = checked_reason(cause, reason)
    await communities.lock(tx, scope.community_id)
    account_id = await linking.find_account(tx, *account)
    found = None if account_id is None else await linking.viewer_of(tx, scope.community_id, account_id)
    if account_id is None or found is None:
        raise Refused("account_unknown", "This community knows no such account.", "Look the account up at its viewer.")
    before = await linking.household(tx, scope.community_id, found)
    check_unlinkable(before)
    leaves = [member for member in before if member.account == account_id]
    rest = [member for member in before if member.account != account_id]
    stays, moves = sorted((leaves, rest), key=viewer_id)
    to_id = viewer_id(moves)
    await linking.move_accounts(tx, scope.community_id, [member.account for member in moves], to_id)
    alone = [*leaves, *(rest if len(rest) == 1 else [])]
    await linking.remove_links(tx, scope.community_id, alone)
    noted = [
        await link_records.add_event(
            tx,
            scope.community_id,
            viewer_id(rest if member.account == account_id else leaves),
            member.account,
            "unlinked",
            cause,
            actor,
            told,
            scope.now,
        )
        for member in alone
    ]
    unlinked = ViewerUnlinked(
        link_id=noted[0],
        account_id=account_id,
        from_id=viewer_id(stays),
        to_id=to_id,
        moved=numbers(moves),
        others=numbers(stays),
    )
    return Done(unlinked, [unlinked], [await audited(tx, unlinked, told)])


async def unlink_own(
    tx: Tx, scope: Scope, *, account: AccountKey, holders: frozenset[AccountKey], actor: str
) -> Done[ViewerUnlinked]:
    """Let a person, who acts by `holders`, unlink an account of his own; undoing a link of today costs no waiting.

    Refuses an account that is not one viewer with any of his.
    """
    found = await linking.find_account(tx, *account)
    viewer = None if found is None else await linking.viewer_of(tx, scope.community_id, found)
    mine = {
        await linking.viewer_of(tx, scope.community_id, number)
        for number in [await linking.find_account(tx, *key) for key in sorted(holders)]
        if number is not None
    }
    if found is None or viewer is None or viewer not in mine:
        raise Refused(
            "account_not_yours",
            "That account is not linked to any of yours in this community.",
            "Unlink an account of your own; for others ask the community's staff.",
        )
    linked_at = await link_records.linked_at(tx, scope.community_id, found)
    is_fresh = linked_at is not None and scope.now - linked_at <= UNDO_WITHIN
    cause = Cause.UNDONE if is_fresh else Cause.VIEWER
    return await unlink(tx, scope, account=account, cause=cause, actor=actor, reason="")


async def change_settings(
    tx: Tx, scope: Scope, *, revised: Callable[[LinkSettings], LinkSettings], actor: str
) -> Done[LinkSettings]:
    """Append a version of the settings of linking, in force from now on, and return it."""
    await communities.lock(tx, scope.community_id)
    current = await settings_in_force(tx, scope.community_id)
    settings = revised(current)
    settings.check()
    if settings != current:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), settings.stored(), actor, scope.now
        )
    before, after = changed(current.stored(), settings.stored())
    line = Audited(action="linking.change_settings", target=("settings", SETTINGS), before=before, after=after)
    return Done(settings, audit=[line])


async def settings_in_force(reader: Reader, community_id: int) -> LinkSettings:
    """A community's settings of linking."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return LinkSettings.restored(versions[-1].data) if versions else LinkSettings()


async def known(tx: Tx, key: AccountKey) -> int:
    """The id of an account; one never heard of is made."""
    platform, external_id = key
    # Told at the beginning of time, so that nothing we do not know replaces a name that somebody told.
    made = await linking.accounts_of(tx, platform, [(Person(id=external_id, name=None), EPOCH)])
    return made[external_id]


def checked_reason(cause: Cause, reason: str) -> str:
    """The reason to keep, or a refusal where staff gives none."""
    told = reason.strip()
    if len(told) > REASON_LENGTH_MAX or (cause is Cause.STAFF and not told):
        raise Refused(
            "reason_missing",
            f"Staff gives a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that the viewer can read it.",
        )
    return told


async def audited(tx: Tx, change: ViewerLinked | ViewerUnlinked, reason: str) -> Audited:
    """The line of the audit log that tells which accounts a viewer had and has, by their platforms' own ids."""
    names = await audit.account_names(tx, sorted((*change.moved, *change.others)))
    everybody, others, moved = (
        sorted(names[account] for account in some) for some in (names, change.others, change.moved)
    )
    is_linked = isinstance(change, ViewerLinked)
    return Audited(
        action="linking.link" if is_linked else "linking.unlink",
        target=("viewer", change.to_id if is_linked else change.from_id),
        before={"accounts": others if is_linked else everybody},
        after={"accounts": everybody} if is_linked else {"accounts": others, "parted": moved},
        reason=reason or None,
    )


def numbers(household: Household) -> tuple[int, ...]:
    """The accounts of a viewer, in order."""
    return tuple(sorted(member.account for member in household))
