"""Happenings: list them, decide what nobody else can, and choose whom to listen to."""

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Annotated

import strawberry

from server.actions.happenings import decide
from server.actions.happenings.note import sources_in_force
from server.domain.happenings.sources import Heard
from server.domain.happenings.sources import IngestSources as Sources
from server.domain.happenings.values import Kind, name_key
from server.domain.instants import instant_of
from server.domain.linking import account_key
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.loaders import channel_noun
from server.schema.channels import Channel
from server.schema.happenings import (
    MANAGE,
    ChannelListening,
    Happening,
    HappeningCopy,
    HappeningFilter,
    HappeningIdentified,
    HappeningKind,
    HappeningReview,
    HappeningsMerged,
    HappeningSource,
    HappeningsSeparated,
    HappeningState,
    HeardSources,
    IdentifyHappeningInput,
    IdentifyHappeningResult,
    IngestSources,
    IngestSourcesUpdated,
    ListeningState,
    MergeHappeningsInput,
    MergeHappeningsResult,
    ReviewState,
    SeparateHappeningsInput,
    SeparateHappeningsResult,
    UpdateIngestSourcesInput,
    UpdateIngestSourcesResult,
)
from server.schema.ids import id_of, number_of
from server.schema.linking import Account
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import printable
from server.store import channels, listening, reviews
from server.store.channels import ChannelRecord
from server.store.happenings import copies, happenings
from server.store.happenings.happenings import HappeningRecord, State
from server.store.listening import ListeningRecord
from server.store.reviews import ReviewRecord

NEWEST = Order("happening", int)
NEWEST_REVIEW = Order("happening_review", int)
STATES: dict[HappeningState, State] = {
    HappeningState.TOLD: "told",
    HappeningState.HELD: "held",
    HappeningState.VOID: "void",
}
REVIEW_STATES: dict[ReviewState, reviews.ReviewState] = {
    ReviewState.OPEN: "open",
    ReviewState.SAME: "same",
    ReviewState.DIFFERENT: "different",
    ReviewState.SETTLED: "settled",
}
REMEDIES = {
    ListeningState.UNKNOWN: "Sync the channel from Kick, or enter the numbers of its channel and its chat room.",
    ListeningState.STOPPED: "Nothing, if all news comes by webhooks; else look whether a server runs that listens.",
    ListeningState.WAITING: "Nothing: a server tries again within a minute. If it lasts, look at the log.",
    ListeningState.REFUSED: "Check REGULARS_KICK_PUSHER_URL, and restart the server.",
}


@dataclass(frozen=True, slots=True)
class HappeningReads:
    """What a community is asked about its happenings."""

    context: Context
    community_id: int

    async def page(self, wanted: HappeningFilter | None, first: int, after: str | None) -> Connection[Happening]:
        """The happenings, newest first."""
        await self.context.admit_in(self.community_id, Capability.CHANNELS_MANAGE)
        key = NEWEST.key(after)
        state = STATES[wanted.state] if wanted and wanted.state else None
        pending = wanted.is_pending if wanted else None
        reader, limit = self.context.reader, checked_first(first) + 1
        before_id = None if key is None else key[0]
        rows = await happenings.page(reader, self.community_id, before_id, limit, state=state, pending=pending)
        return page_of(
            rows,
            first,
            node=partial(happening_noun, self.context, self.community_id),
            cursor=lambda row: NEWEST.cursor(row.id),
            count=lambda: happenings.count(reader, self.community_id, state=state, pending=pending),
        )

    async def reviews(self, state: ReviewState | None, first: int, after: str | None) -> Connection[HappeningReview]:
        """The questions, newest first."""
        await self.context.admit_in(self.community_id, Capability.CHANNELS_MANAGE)
        key = NEWEST_REVIEW.key(after)
        wanted = REVIEW_STATES[state] if state else None
        reader, limit = self.context.reader, checked_first(first) + 1
        rows = await reviews.page(reader, self.community_id, wanted, None if key is None else key[0], limit)
        named = {one for row in rows for one in (row.one_id, row.other_id)}
        found = await happenings.by_ids(reader, self.community_id, named)
        return page_of(
            rows,
            first,
            node=lambda row: review_noun(self.context, self.community_id, row, found),
            cursor=lambda row: NEWEST_REVIEW.cursor(row.id),
            count=lambda: reviews.count(reader, self.community_id, wanted),
        )

    async def sources(self) -> IngestSources:
        """Whom the community listens to."""
        return sources_noun(await sources_in_force(self.context.reader, self.community_id))

    async def listening(self) -> list[ChannelListening]:
        """How the attached channels' websockets are doing."""
        attached = await channels.attached(self.context.reader, self.community_id)
        kick = [record for record in attached if record.platform == "kick"]
        known = {rooms.channel_id for rooms in await listening.rooms(self.context.reader, "kick")}
        found = await listening.of_channels(self.context.reader, [record.id for record in kick])
        return [listening_noun(record, found.get(record.id), is_known=record.id in known) for record in kick]


def listening_noun(channel: ChannelRecord, record: ListeningRecord | None, *, is_known: bool) -> ChannelListening:
    """A channel's listener as the graph shows it."""
    state = ListeningState.STOPPED if record is None else ListeningState(record.state)
    state = state if is_known else ListeningState.UNKNOWN
    return ChannelListening(
        channel=channel_noun(channel),
        state=state,
        since=None if record is None else record.since,
        transport=None if record is None else record.transport or None,
        last_frame_at=None if record is None else record.last_frame_at,
        is_late=record is not None and is_known and record.is_late,
        code=None if record is None else record.code,
        detail=None if record is None else record.detail,
        remedy=REMEDIES.get(state),
    )


def sources_noun(found: Sources) -> IngestSources:
    """The sources as the graph shows them."""
    return IngestSources(**{one.name: HeardSources(getattr(found, one.name).value) for one in fields(found)})


def happening_noun(context: Context, community_id: int, record: HappeningRecord) -> Happening:
    """A happening as the graph shows it."""
    facts, kind = record.facts, record.group.kind

    async def attached() -> list[HappeningCopy]:
        return [
            HappeningCopy(source=HappeningSource(copy.source.value), at=instant_of(copy.at))
            for copy in await copies.of_happening(context.reader, community_id, record.id)
        ]

    async def suggestion() -> Account | None:
        if not record.is_pending:
            return None
        channel = await channel_of()
        named = await happenings.accounts_named(context.reader, channel.platform.key, name_key(facts.who))
        return await context.accounts.load(named[0]) if len(named) == 1 else None

    async def channel_of() -> Channel:
        return await context.channels.load(record.group.channel_id)

    given = {Kind.GIFT: facts.total, Kind.KICKS: facts.number}.get(kind)
    return Happening(
        id=id_of("happening", record.id),
        kind=HappeningKind(kind.value),
        state=HappeningState(record.state),
        at=instant_of(facts.at),
        person_name=facts.who.name,
        person_platform_id=facts.who.id,
        is_pending=record.is_pending,
        count=1 if given is None else given,
        receivers=[person.name for person in facts.others if person.name] if kind is Kind.GIFT else [],
        merged_into_id=None if record.merged_into is None else id_of("happening", record.merged_into),
        find_channel=channel_of,
        find_copies=attached,
        find_suggestion=suggestion,
    )


def review_noun(
    context: Context, community_id: int, record: ReviewRecord, found: dict[int, HappeningRecord]
) -> HappeningReview:
    """A question as the graph shows it."""
    return HappeningReview(
        id=id_of("happening_review", record.id),
        state=ReviewState(record.state),
        one=happening_noun(context, community_id, found[record.one_id]),
        other=happening_noun(context, community_id, found[record.other_id]),
        created_at=record.created_at,
        decided_at=record.decided_at,
        actor=record.actor,
        reason=record.reason,
    )


async def noun_of(context: Context, community_id: int, happening_id: int) -> Happening:
    """The happening of a row."""
    found = await happenings.by_ids(context.reader, community_id, [happening_id])
    return happening_noun(context, community_id, found[happening_id])


async def merge_happenings(
    info: Info,
    given: Annotated[MergeHappeningsInput, strawberry.argument(name="input", description="Which, and why.")],
) -> MergeHappeningsResult:
    """Make two happenings one."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    review_id = number_of("happening_review", given.review_id)

    async def merge(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await decide.merge(
            tx, scope, review_id=review_id, actor=context.actor_name, reason=printable(given.reason)
        )
        return done.giving({"happening": done.result})

    kept = await once(context, "mergeHappenings", place, given, merge)
    return HappeningsMerged(happening=await noun_of(context, place.community_id, kept["happening"]))


async def separate_happenings(
    info: Info,
    given: Annotated[SeparateHappeningsInput, strawberry.argument(name="input", description="Which, and why.")],
) -> SeparateHappeningsResult:
    """Have two happenings be two."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    review_id = number_of("happening_review", given.review_id)

    async def separate(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await decide.separate(
            tx, scope, review_id=review_id, actor=context.actor_name, reason=printable(given.reason)
        )
        return done.giving({"review": review_id})

    kept = await once(context, "separateHappenings", place, given, separate)
    review = await reviews.by_id(context.reader, place.community_id, kept["review"])
    if review is None:
        raise LookupError(f"The review {kept['review']} is gone.")
    found = await happenings.by_ids(context.reader, place.community_id, (review.one_id, review.other_id))
    return HappeningsSeparated(review=review_noun(context, place.community_id, review, found))


async def identify_happening(
    info: Info,
    given: Annotated[IdentifyHappeningInput, strawberry.argument(name="input", description="Who it was, and why.")],
) -> IdentifyHappeningResult:
    """Say which account a person is of whom only the name is known."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    happening_id = number_of("happening", given.happening_id)
    _, external_id = account_key("kick", given.platform_id)

    async def identify(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await decide.identify(
            tx, scope, happening_id=happening_id, external_id=external_id, reason=printable(given.reason)
        )
        return done.giving({"happening": happening_id})

    kept = await once(context, "identifyHappening", place, given, identify)
    return HappeningIdentified(happening=await noun_of(context, place.community_id, kept["happening"]))


async def update_ingest_sources(
    info: Info,
    given: Annotated[UpdateIngestSourcesInput, strawberry.argument(name="input", description="Whom to listen to.")],
) -> UpdateIngestSourcesResult:
    """Choose whom to listen to."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    asked: dict[str, HeardSources | None] = {one.name: getattr(given, one.name) for one in fields(Sources)}
    chosen = {name: Heard(heard.value) for name, heard in asked.items() if heard is not None}

    async def update(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await decide.change_sources(
            tx, scope, revised=lambda current: replace(current, **chosen), actor=context.actor_name
        )
        return done.giving(done.result.stored())

    kept = await once(context, "updateIngestSources", place, given, update)
    return IngestSourcesUpdated(sources=sources_noun(Sources.restored(kept)))


@strawberry.type
class HappeningMutations:
    """What can be changed about happenings."""

    merge_happenings: MergeHappeningsResult = strawberry.field(
        resolver=merge_happenings,
        description="Say that two happenings are one that was told badly.",
        metadata=MANAGE,
    )
    separate_happenings: SeparateHappeningsResult = strawberry.field(
        resolver=separate_happenings, description="Say that two happenings are two.", metadata=MANAGE
    )
    identify_happening: IdentifyHappeningResult = strawberry.field(
        resolver=identify_happening,
        description="Say which account a person is of whom only the name is known.",
        metadata=MANAGE,
    )
    update_ingest_sources: UpdateIngestSourcesResult = strawberry.field(
        resolver=update_ingest_sources,
        description="Choose, kind by kind, whether webhooks, websockets or both are believed.",
        metadata=MANAGE,
    )
