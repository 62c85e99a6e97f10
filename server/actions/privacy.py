"""People ask to be forgotten, think better of it, and are forgotten."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.domain.audit import Audited
from server.domain.linking import Cause, Household
from server.domain.privacy import (
    OPAQUE_PREFIX,
    TRY_AGAIN,
    ForgettingState,
    Identity,
    Struck,
    asked_already,
    check_confirmed,
    not_asked,
    owns_community,
    runs_channel,
)
from server.domain.refusals import Refused
from server.jobs.unit import SERVER, Done, Scope
from server.ports import Reader, Tx
from server.store import communities, linking
from server.store.privacy import departing, forgetting, forgotten, reads, striking
from server.store.privacy.forgetting import ForgettingRecord, Mine

AUDITED = "forgetting"


async def ask(
    tx: Tx, scope: Scope, *, own: Sequence[Identity], is_confirmed: bool, grace: timedelta
) -> Done[tuple[int, datetime]]:
    """Note that whoever proved `own` asks to be forgotten in the scope's community, or everywhere where that is 0.

    The row's id, and from when on it is done. Refuses what was not confirmed, what was asked for already, the last
    owner of a community, and whoever a channel belongs to that a community follows.
    """
    check_confirmed(is_confirmed=is_confirmed, grace=grace)
    people = await forgetting.mine(tx, own, scope.community_id)
    await check_possible(tx, people, scope.community_id)
    who = own[0]
    for record in await forgetting.open_of(tx, [one.identity for one in people]):
        if record.community_id == scope.community_id:
            raise asked_already()
    due_at = scope.now + grace
    number = await forgetting.add(tx, scope.community_id, who, scope.now, due_at)
    line = Audited(action="privacy.ask", target=("holder", str(who)), after={"due_at": due_at.isoformat()})
    return Done((number, due_at), audit=[line])


async def keep(tx: Tx, scope: Scope, *, own: Sequence[Identity], number: int | None = None) -> Done[int]:
    """Take back what whoever proved `own` asked for in the scope's community, or everywhere; the row's id.

    With a `number` only that. Refuses where there is nothing to take back, or it has begun.
    """
    people = await forgetting.mine(tx, own, scope.community_id)
    for record in await forgetting.open_of(tx, [one.identity for one in people]):
        is_meant = record.community_id == scope.community_id and number in {None, record.id}
        if is_meant and await forgetting.keep(tx, record.id, scope.now):
            line = Audited(
                action="privacy.keep", target=("holder", str(own[0])), before={"due_at": record.due_at.isoformat()}
            )
            return Done(record.id, audit=[line])
    raise not_asked()


async def check_possible(reader: Reader, people: Iterable[Mine], community_id: int) -> None:
    """Refuse to forget whom a community cannot do without."""
    for one in people:
        slug = await forgetting.owned_alone(reader, one.identity, community_id)
        if slug is not None:
            raise owns_community(slug)
        channel = await forgetting.channel_run(reader, one.identity, community_id)
        if channel is not None:
            raise runs_channel(channel)


async def begin(tx: Tx, scope: Scope, *, number: int, fresh: Callable[[], str]) -> Done[ForgettingRecord | None]:
    """Strike who somebody is: from now on nobody here is found by his platform's id; the striking, or None.

    It is not while one of his accounts is still one viewer with somebody else's, and put off by a day where a community
    cannot do without him.
    """
    record = await forgetting.locked(tx, number)
    if record is None or record.state is not ForgettingState.ASKED or record.who is None or record.due_at > scope.now:
        return Done(None)
    people = await forgetting.mine(tx, [record.who], record.community_id)
    try:
        await check_possible(tx, people, record.community_id)
    except Refused as refused:
        await forgetting.put_off(tx, number, refused.code, scope.now + TRY_AGAIN)
        return Done(None)
    if await forgetting.outsiders(tx, numbers(people), record.community_id):
        return Done(None)
    struck = [await as_struck(tx, one, f"{OPAQUE_PREFIX}{fresh()}") for one in people]
    await forgetting.begin(tx, number, struck, striking.PLACES[0], await striking.newest(tx, striking.PLACES[0]))
    await striking.delete_keyed(tx, struck, record.community_id)
    await striking.empty_written(tx, struck, record.community_id)
    if record.community_id:
        await depart(tx, scope, struck)
    else:
        await striking.strike_accounts(tx, struck)
        await forgotten.remember(tx, [one.identity for one in people], scope.now)
    line = Audited(action="privacy.forget", target=(AUDITED, number), after={"accounts": len(people)})
    return Done(await forgetting.locked(tx, number), audit=[line])


async def depart(tx: Tx, scope: Scope, people: Sequence[Struck]) -> None:
    """Let opaque accounts take the place of a person's in one community, with all that was counted there.

    What he wrote in its channels is theirs from now on. Where another community follows the same channel they stand
    beside his account, as the same viewer, so that nothing is counted differently there.
    """
    community_id = scope.community_id
    known = [one for one in people if one.account_id is not None]
    others = await departing.sharing(tx, community_id, [one.account_id for one in known if one.account_id is not None])
    for number in sorted([community_id, *others]):
        await communities.lock(tx, number)
    for one in known:
        account = one.account_id or 0
        ghost = await departing.make_ghost(tx, account, one.opaque)
        await departing.hand_over(tx, community_id, account, ghost)
        for other in others:
            await stand_beside(tx, replace(scope, community_id=other), account, ghost)
            await departing.hand_over_tallies(tx, community_id, other, account, ghost)
        await departing.hand_over_evidence(tx, community_id, account, ghost)
        for number in [community_id, *others]:
            await departing.exclude_as_well(tx, number, account, ghost)


async def stand_beside(tx: Tx, scope: Scope, account: int, ghost: int) -> None:
    """Make an opaque account the same viewer as the one that it came from."""
    viewers = await linking.viewers_of(tx, scope.community_id, [account, ghost])
    household = await linking.household(tx, scope.community_id, viewers[account])
    own = await linking.household(tx, scope.community_id, viewers[ghost])
    await linking.move_accounts(tx, scope.community_id, [ghost], viewers[account])
    newly: Household = [*own, *household] if len(household) == 1 else own
    await linking.add_links(tx, scope.community_id, newly, Cause.VIEWER, SERVER.name, scope.now)


def numbers(people: Iterable[Mine]) -> list[int]:
    """Our numbers of accounts that we know."""
    return [one.account_id for one in people if one.account_id is not None]


async def as_struck(reader: Reader, one: Mine, opaque: str) -> Struck:
    """An account to strike, with every name that it had here."""
    names = {*one.names, *await forgetting.names_told(reader, one.identity)}
    return Struck(one.identity.platform, one.identity.external_id, tuple(sorted(names)), opaque, one.account_id)


async def strike(tx: Tx, scope: Scope, *, record: ForgettingRecord, ids: Sequence[int], after: int) -> Done[int]:
    """Strike some rows of the place that a striking is at; how far it is: up to `after`, or to what has to wait."""
    del scope
    place = record.place or ""
    if place == striking.BODIES:
        after = min([after, *(one - 1 for one in await striking.empty_bodies(tx, ids))])
    else:
        await striking.strike_rows(tx, place, record.people, ids)
    await forgetting.advance(tx, record.id, place, after, record.upto)
    return Done(after)


async def turn_to(tx: Tx, scope: Scope, *, record: ForgettingRecord, place: str) -> Done[ForgettingRecord]:
    """Go on with another place, up to what it holds now; the striking from there."""
    del scope
    upto = await striking.newest(tx, place)
    await forgetting.advance(tx, record.id, place, 0, upto)
    return Done(replace(record, place=place, after=0, upto=upto))


async def finish(tx: Tx, scope: Scope, *, number: int) -> Done[None]:
    """End a striking and let go of whom it was about."""
    await forgetting.finish(tx, number, scope.now)
    return Done(None)


async def note_read(tx: Tx, scope: Scope, *, account_id: int, what: str) -> Done[None]:
    """Note that whoever this runs for looks at what is held about an account, or with 0 about many at once."""
    await reads.note(tx, scope.community_id, account_id, what, scope.by.kind, scope.by.name, scope.now)
    return Done(None)
