"""What can be asked about giveaways."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from server.domain.draws.plan import DrawSubject
from server.domain.giveaways import GiveawayRules as Rules
from server.domain.giveaways import GiveawayState, changes_in
from server.domain.staff import Capability
from server.resolvers.context import Context
from server.resolvers.draws.reads import DrawReads
from server.schema.giveaways.nouns import (
    Giveaway,
    GiveawayEntrant,
    GiveawayEntrants,
    GiveawayProgress,
    GiveawayRules,
)
from server.schema.ids import id_of, number_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import Duration, printable
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.giveaways import entries, exclusions, giveaways
from server.store.giveaways.giveaways import GiveawayRow

NEWEST_GIVEAWAY, IN_ORDER = Order("giveaway", int), Order("giveaway_entry", int)


@dataclass(frozen=True, slots=True)
class GiveawayReads:
    """What a community is asked about its giveaways."""

    context: Context
    community_id: int

    async def page(self, state: GiveawayProgress | None, first: int, after: str | None) -> Connection[Giveaway]:
        """Those in a state, or all of them, newest first."""
        key, reader = NEWEST_GIVEAWAY.key(after), self.context.reader
        before = giveaways.NEWEST if key is None else key[0]
        wanted = None if state is None else GiveawayState(state.value)
        rows = await giveaways.page(reader, self.community_id, wanted, before, checked_first(first) + 1)
        shown = {row.id: noun for row, noun in zip(rows, await self.nouns(rows), strict=True)}
        return page_of(
            rows,
            first,
            node=lambda row: shown[row.id],
            cursor=lambda row: NEWEST_GIVEAWAY.cursor(row.number),
            count=partial(giveaways.count, reader, self.community_id, wanted),
        )

    async def find(self, giveaway_id: str) -> Giveaway | None:
        """The one with an id."""
        row = await giveaways.by_id(self.context.reader, self.community_id, number_of("giveaway", giveaway_id))
        return None if row is None else (await self.nouns([row]))[0]

    async def by_id(self, giveaway_id: int) -> Giveaway:
        """A giveaway that is there."""
        row = await giveaways.by_id(self.context.reader, self.community_id, giveaway_id)
        if row is None:
            raise LookupError(f"The giveaway {giveaway_id} is gone.")
        return (await self.nouns([row]))[0]

    async def nouns(self, rows: Sequence[GiveawayRow]) -> list[Giveaway]:
        """Giveaways as the graph shows them, with what belongs to them by one question for all."""
        ids = [row.id for row in rows]
        counts = await entries.counts(self.context.reader, ids)
        made = await draws.of_subjects(self.context.reader, DrawSubject.GIVEAWAY, ids)
        texts = await giveaways.rules_texts(self.context.reader, ids)
        return [self.noun(row, counts.get(row.id, 0), made.get(row.id), texts.get(row.id)) for row in rows]

    def noun(self, row: GiveawayRow, entered: int, draw: DrawRow | None, rules_text: str | None) -> Giveaway:
        """A giveaway as the graph shows it."""
        changes = changes_in(rules_text)
        return Giveaway(
            id=id_of("giveaway", row.id),
            number=row.number,
            title=row.title,
            state=GiveawayProgress(row.state.value),
            rules=rules_noun(row.rules),
            rules_sha256=row.rules_sha256,
            rules_document=rules_text,
            opened_at=row.opened_at,
            changed_at=datetime.fromisoformat(changes[-1]["at"]) if changes else None,
            ends_at=row.ends_at,
            entries=entered,
            draw=None if draw is None else DrawReads(self.context, self.community_id).noun(draw),
            loader=self,
            row=row.id,
        )

    async def entrants(self, row: int, named: str, first: int, after: str | None) -> Connection[GiveawayEntrant]:
        """The accounts that are in a giveaway, for staff."""
        await self.context.admit_in(self.community_id, Capability.GIVEAWAYS_MANAGE)
        key, reader, typed = IN_ORDER.key(after), self.context.reader, printable(named)
        since = 0 if key is None else key[0]
        rows = await exclusions.entrants(reader, self.community_id, row, typed, since, checked_first(first) + 1)
        ids = [one.account_id for one in rows]
        known = dict(zip(ids, await self.context.accounts.load_many(ids), strict=True))
        return page_of(
            rows,
            first,
            node=lambda one: GiveawayEntrant(
                account=known[one.account_id],
                viewer_id=id_of("viewer", one.viewer_id),
                is_subscriber=one.is_subscriber,
                entered_at=one.at,
                left_out=one.code,
            ),
            cursor=lambda one: IN_ORDER.cursor(one.id),
            count=partial(exclusions.entrants_count, reader, self.community_id, row, typed),
        )


def rules_noun(rules: Rules) -> GiveawayRules:
    """Rules as the graph shows them."""
    return GiveawayRules(
        kind=GiveawayEntrants(rules.kind.value),
        keyword=rules.keyword or None,
        window=Duration(rules.window_s),
        subscribers_only=rules.subscribers_only,
        linked_only=rules.linked_only,
        watch_time=Duration(rules.watch_s),
        subscriber_factor=rules.subscriber_factor,
        rest_days=rules.rest_days,
        winners=rules.winners,
        alternates=rules.alternates,
        claim=Duration(rules.claim_s),
        lead=Duration(rules.lead_s),
        prize=rules.prize,
        by_discord=rules.by_discord,
    )
