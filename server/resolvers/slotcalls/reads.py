"""What can be asked about slot calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from server.actions.slotcalls.call import settings_in_force
from server.domain.slotcalls.rules import TITLE_LENGTH_MAX, CallState, SlotSettings, slot_key
from server.domain.staff import Capability
from server.resolvers.context import Context
from server.resolvers.names import Naming, naming
from server.schema.ids import id_of
from server.schema.linking import Account
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import BigInt, Duration, printable
from server.schema.slotcalls.nouns import (
    Slot,
    SlotBlock,
    SlotBlockKind,
    SlotCall,
    SlotCallSettings,
    SlotCallSource,
    SlotCallState,
    SlotPick,
    SlotPickMethod,
    SlotResult,
)
from server.store.slotcalls import calls, catalogue, picks
from server.store.slotcalls.calls import CallRecord
from server.store.slotcalls.catalogue import SlotRecord
from server.store.slotcalls.picks import BlockRecord, PickRecord

SUGGESTIONS_MAX = 25
OLDEST_CALL, NEWEST_CALL = Order("slot_queue", int), Order("slot_call", int)
NEWEST_PICK, NEWEST_BLOCK = Order("slot_pick", int), Order("slot_block", int)
BY_TITLE = Order("slot", int)


@dataclass(frozen=True, slots=True)
class SlotCallReads:
    """What a community is asked about slot calls."""

    context: Context
    community_id: int

    async def settings(self) -> SlotCallSettings:
        """The rules in force."""
        return settings_noun(await settings_in_force(self.context.reader, self.community_id))

    async def waiting(self) -> int:
        """How many calls wait."""
        return await calls.waiting_count(self.context.reader, self.community_id)

    async def queue(self, first: int, after: str | None) -> Connection[SlotCall]:
        """The calls that wait, oldest first."""
        key = OLDEST_CALL.key(after)
        rows = await calls.queue_page(
            self.context.reader, self.community_id, 0 if key is None else key[0], checked_first(first) + 1
        )
        accounts, names = await accounts_of(self.context, rows), await naming(self.context, self.community_id)
        return page_of(
            rows,
            first,
            node=lambda row: call_noun(row, accounts, names),
            cursor=lambda row: OLDEST_CALL.cursor(row.id),
            count=self.waiting,
        )

    async def history(self, state: SlotCallState | None, first: int, after: str | None) -> Connection[SlotCall]:
        """All calls, newest first."""
        key = NEWEST_CALL.key(after)
        reader, wanted = self.context.reader, None if state is None else CallState(state.value)
        before_id = None if key is None else key[0]
        rows = await calls.history_page(reader, self.community_id, wanted, before_id, checked_first(first) + 1)
        accounts, names = await accounts_of(self.context, rows), await naming(self.context, self.community_id)
        return page_of(
            rows,
            first,
            node=lambda row: call_noun(row, accounts, names),
            cursor=lambda row: NEWEST_CALL.cursor(row.id),
            count=partial(calls.history_count, reader, self.community_id, wanted),
        )

    async def picks(self, first: int, after: str | None) -> Connection[SlotPick]:
        """How calls were picked, newest first."""
        key = NEWEST_PICK.key(after)
        reader, before_id = self.context.reader, None if key is None else key[0]
        return page_of(
            await picks.picks_page(reader, self.community_id, before_id, checked_first(first) + 1),
            first,
            node=pick_noun,
            cursor=lambda row: NEWEST_PICK.cursor(row.id),
            count=partial(picks.picks_count, reader, self.community_id),
        )

    async def blocks(self, first: int, after: str | None) -> Connection[SlotBlock]:
        """What is blocked, newest first."""
        await self.context.admit_in(self.community_id, Capability.SLOTCALLS_MANAGE)
        key = NEWEST_BLOCK.key(after)
        reader, before_id = self.context.reader, None if key is None else key[0]
        return page_of(
            await picks.blocks_page(reader, self.community_id, before_id, checked_first(first) + 1),
            first,
            node=block_noun,
            cursor=lambda row: NEWEST_BLOCK.cursor(row.id),
            count=partial(picks.block_count, reader, self.community_id),
        )

    async def catalogue(self, first: int, after: str | None) -> Connection[Slot]:
        """The catalogue."""
        key = BY_TITLE.key(after)
        reader = self.context.reader
        return page_of(
            await catalogue.page(reader, self.community_id, 0 if key is None else key[0], checked_first(first) + 1),
            first,
            node=slot_noun,
            cursor=lambda row: BY_TITLE.cursor(row.id),
            count=partial(catalogue.count, reader, self.community_id),
        )

    async def suggestions(self, text: str, first: int) -> list[Slot]:
        """The slots of the catalogue whose titles are most like a text."""
        key = slot_key(printable(text)[:TITLE_LENGTH_MAX])
        limit = checked_first(first, SUGGESTIONS_MAX)
        return [slot_noun(one) for one in await catalogue.alike(self.context.reader, self.community_id, key, limit)]


async def accounts_of(context: Context, records: Sequence[CallRecord]) -> Mapping[int, Account]:
    """The accounts that made some calls, by id."""
    wanted = sorted({record.account_id for record in records})
    return dict(zip(wanted, await context.accounts.load_many(wanted), strict=True))


async def call_by_id(context: Context, community_id: int, call_id: int) -> SlotCall:
    """A call that is there."""
    record = await calls.by_id(context.reader, community_id, call_id)
    if record is None:
        raise LookupError(f"The slot call {call_id} is gone.")
    return call_noun(record, await accounts_of(context, [record]), await naming(context, community_id))


async def pick_by_id(context: Context, community_id: int, pick_id: int) -> SlotPick:
    """A pick that is there."""
    record = await picks.pick_by_id(context.reader, community_id, pick_id)
    if record is None:
        raise LookupError(f"The pick {pick_id} is gone.")
    return pick_noun(record)


def call_noun(record: CallRecord, accounts: Mapping[int, Account], names: Naming) -> SlotCall:
    """A call as the graph shows it."""
    account = accounts[record.account_id]
    return SlotCall(
        id=id_of("slot_call", record.id),
        title=record.title,
        provider=record.provider,
        account=account,
        public_name=names.of(str(account.platform.value), account.platform_id, account.name),
        source=SlotCallSource(record.source.value),
        state=SlotCallState(record.state.value),
        called_at=record.called_at,
        picked_at=record.picked_at,
        settled_at=record.settled_at,
        result=SlotResult(
            cost_minor=big(record.result.cost),
            payout_minor=big(record.result.payout),
            multiplier_hundredths=big(record.result.multiplier),
            currency=record.result.currency,
        ),
    )


def big(value: int | None) -> BigInt | None:
    """A large number, where there is one."""
    return None if value is None else BigInt(value)


def pick_noun(record: PickRecord) -> SlotPick:
    """A pick as the graph shows it."""
    return SlotPick(
        id=id_of("slot_pick", record.id),
        call_id=id_of("slot_call", record.call_id),
        method=SlotPickMethod(record.method.value),
        candidates=[id_of("slot_call", number) for number in record.candidates],
        roll=record.roll,
        actor=record.actor,
        at=record.at,
    )


def block_noun(record: BlockRecord) -> SlotBlock:
    """A block as the graph shows it."""
    return SlotBlock(
        id=id_of("slot_block", record.id),
        kind=SlotBlockKind(record.kind.value),
        key=record.key,
        label=record.label,
        reason=record.reason,
        actor=record.actor,
        at=record.at,
    )


def slot_noun(record: SlotRecord) -> Slot:
    """A slot as the graph shows it."""
    return Slot(id=id_of("slot", record.id), title=record.title, provider=record.provider or None)


def settings_noun(found: SlotSettings) -> SlotCallSettings:
    """The rules as the graph shows them."""
    return SlotCallSettings(
        is_open=found.is_open,
        per_viewer=found.per_viewer,
        cooldown=Duration(found.cooldown_s),
        queue_max=found.queue_max,
        allows_duplicates=found.allows_duplicates,
        catalogue_only=found.catalogue_only,
        tells_discord=found.tells_discord,
    )
