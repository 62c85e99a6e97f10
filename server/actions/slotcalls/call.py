"""Call a slot: the rules are asked under the community's lock, so that no two calls at once pass a limit for one."""

from dataclasses import dataclass

from server.domain.audit import Audited
from server.domain.instants import EPOCH
from server.domain.refusals import Refused
from server.domain.slotcalls.rules import (
    Asked,
    BlockKind,
    CallSource,
    CallState,
    SlotSettings,
    Title,
    check_call,
    slot_key,
    slot_title,
)
from server.events.happening import Person
from server.events.slotcalls import SlotCallChanged
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import communities, jobs, linking, names
from server.store.jobs import NewJob
from server.store.linking import AccountRecord
from server.store.slotcalls import calls, catalogue, picks
from server.store.slotcalls.calls import CallRecord, NewCall
from server.store.slotcalls.catalogue import SlotRecord

SETTINGS = "slotcalls"
TOLD = "slot_called"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants what played; `source_key` names what the wish came from, and is unique in the community.

    `account` is (platform, the platform's own id).
    """

    account: tuple[str, str]
    text: str
    source: CallSource
    source_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call that was made, and its place among those that wait, from 1."""

    call_id: int
    title: str
    provider: str | None
    place: int


async def call(tx: Tx, scope: Scope, *, wish: Wish) -> Done[Called]:
    """Have a slot wait to be picked; refuses what the rules do not allow, and changes nothing then."""
    title = slot_title(wish.text)
    await communities.lock(tx, scope.community_id)
    if await calls.was_made_by(tx, scope.community_id, wish.source_key):
        raise Refused("slot_call_repeated", "This made a call already.", "Nothing to do.")
    settings = await settings_in_force(tx, scope.community_id)
    account, household = await caller(tx, scope, wish.account)
    slot = await catalogue.by_key(tx, scope.community_id, title.key)
    waiting = await calls.waiting_count(tx, scope.community_id)
    check_call(await asked(tx, scope, wish, settings, title, slot, household, waiting))
    made = NewCall(
        account_id=account.id,
        slot_id=slot and slot.id,
        title=Title(slot.title, title.key) if slot else title,
        provider=slot.provider if slot and slot.provider else None,
        source=wish.source,
        source_key=wish.source_key,
    )
    number = await calls.add(tx, scope.community_id, made, scope.now)
    if number is None:
        raise Refused("slot_call_repeated", "This made a call already.", "Nothing to do.")
    event = changed(number, CallState.CALLED, made.title.text, made.provider, account, waiting + 1)
    if settings.tells_discord:
        await tell(tx, scope, event)
    line = Audited(
        action="slotcalls.call",
        target=("slot_call", number),
        after={"slot": made.title.text, "account": ":".join(wish.account)},
    )
    done = Called(call_id=number, title=made.title.text, provider=made.provider, place=waiting + 1)
    return Done(done, [event], [line])


async def asked(
    tx: Tx,
    scope: Scope,
    wish: Wish,
    settings: SlotSettings,
    title: Title,
    slot: SlotRecord | None,
    household: list[AccountRecord],
    waiting: int,
) -> Asked:
    """What the rules look at."""
    of_viewer, last_at = await calls.of_accounts(tx, scope.community_id, [one.id for one in household])
    keys = [(BlockKind.SLOT, title.key)]
    keys += [(BlockKind.VIEWER, f"{one.platform}:{one.external_id}") for one in household]
    if slot and slot.provider:
        keys.append((BlockKind.PROVIDER, slot_key(slot.provider)))
    return Asked(
        settings=settings,
        blocked=await picks.reasons(tx, scope.community_id, keys),
        of_viewer=of_viewer,
        waiting=waiting,
        is_waiting=await calls.is_waiting(tx, scope.community_id, title.key),
        is_known=slot is not None,
        last_at=last_at,
        now=scope.now,
        by_staff=wish.source is CallSource.STAFF,
    )


async def caller(tx: Tx, scope: Scope, key: tuple[str, str]) -> tuple[AccountRecord, list[AccountRecord]]:
    """The account that calls, and all accounts of its viewer; one never heard of is made."""
    platform, external_id = key
    # Told at the beginning of time, so that nothing we do not know replaces a name that somebody told.
    ids = await linking.accounts_of(tx, platform, [(Person(id=external_id, name=None), EPOCH)])
    viewers = await linking.viewers_of(tx, scope.community_id, ids.values())
    household = await linking.accounts_of_viewer(tx, scope.community_id, viewers[ids[external_id]])
    [account] = [one for one in household if one.id == ids[external_id]]
    return account, household


def changed(
    call_id: int, state: CallState, title: str, provider: str | None, account: AccountRecord, waiting: int
) -> SlotCallChanged:
    """What happened to a call, for whoever shows it."""
    return SlotCallChanged(
        call_id=call_id,
        state=state.value,
        title=title,
        provider=provider,
        name=account.name,
        platform=account.platform,
        waiting=waiting,
    )


async def changed_call(tx: Tx, scope: Scope, record: CallRecord, state: CallState) -> SlotCallChanged:
    """What happened to a call that was made before."""
    account = (await linking.accounts_by_ids(tx, [record.account_id]))[record.account_id]
    waiting = await calls.waiting_count(tx, scope.community_id)
    return changed(record.id, state, record.title, record.provider, account, waiting)


async def tell(tx: Tx, scope: Scope, event: SlotCallChanged) -> None:
    """Have the Discord client post a new call; once for each."""
    payload = {
        "call": event.call_id,
        "title": event.title,
        "provider": event.provider,
        "name": event.name,
        "platform": event.platform,
        "waiting": event.waiting,
        "masks": (await names.settings_in_force(tx, scope.community_id)).masks,
    }
    job = NewJob(
        kind=TOLD,
        key=f"slot_call:{event.call_id}",
        payload=payload,
        run_at=scope.now,
        community_id=scope.community_id,
        audience="discord",
    )
    await jobs.add(tx, [job], scope.now)


async def settings_in_force(reader: Reader, community_id: int) -> SlotSettings:
    """A community's rules of slot calls."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return SlotSettings.restored(versions[-1].data) if versions else SlotSettings()
