"""What only people can say: whether two happenings are one, who somebody was, and whom to listen to."""

from collections.abc import Callable
from typing import Literal

from server.actions.happenings.note import SOURCES, sources_in_force
from server.actions.happenings.tell import Touched, retell
from server.domain.audit import Audited, changed
from server.domain.happenings.sources import IngestSources
from server.domain.happenings.values import Keyed, name_key
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.events.happening import Happening, Person
from server.events.tellings import Corrected
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, reviews
from server.store.happenings import copies, happenings
from server.store.happenings.copies import Borne, Group
from server.store.happenings.happenings import HappeningRecord
from server.store.reviews import ReviewRecord

REASON_LENGTH_MAX = 300


async def merge(tx: Tx, scope: Scope, *, review_id: int, actor: str, reason: str) -> Done[int]:
    """Make two happenings one, as they were told twice; which one is left.

    What followed from the other is corrected by whoever gave it. Refuses a question that is not open any more.
    """
    told = checked_reason(reason)
    await communities.lock(tx, scope.community_id)
    review = await open_review(tx, scope.community_id, review_id)
    pair = (review.one_id, review.other_id)
    found = await happenings.by_ids(tx, scope.community_id, pair)
    first = min(found.values(), key=lambda record: (record.state != "told", record.id))
    await copies.pin(tx, scope.community_id, pair, first.id)
    await decided(tx, scope, review, "same", actor, told)
    events = await retold(tx, scope, first)
    return Done(first.id, events, [line(review, "happenings.merge", "same", told)])


async def separate(tx: Tx, scope: Scope, *, review_id: int, actor: str, reason: str) -> Done[None]:
    """Have two happenings be two; the one that was held is told now. Refuses a question that is not open any more."""
    told = checked_reason(reason)
    await communities.lock(tx, scope.community_id)
    review = await open_review(tx, scope.community_id, review_id)
    await decided(tx, scope, review, "different", actor, told)
    found = await happenings.by_ids(tx, scope.community_id, (review.one_id, review.other_id))
    events = await retold(tx, scope, found[review.one_id], found[review.other_id])
    return Done(None, events, [line(review, "happenings.separate", "different", told)])


async def identify(tx: Tx, scope: Scope, *, happening_id: int, external_id: str, reason: str) -> Done[None]:
    """Say which account a person is of whom only the name was told.

    Refuses a happening whose person is known, or nobody.
    """
    told = checked_reason(reason)
    await communities.lock(tx, scope.community_id)
    record = (await happenings.by_ids(tx, scope.community_id, [happening_id])).get(happening_id)
    if record is None or record.state == "void" or not record.is_pending:
        raise Refused(
            "happening_not_pending", "Nobody has to say who that was.", "Look for happenings that are pending."
        )
    who = record.facts.who
    person = Person(id=external_id, name=who.name)
    group = record.group
    borne = Borne(group.channel_id, name_key(who), person, copies.STAFF, record.at)
    await copies.add_names(tx, scope.community_id, [borne], scope.now)
    events = await retold(tx, scope, record)
    audited = Audited(
        action="happenings.identify",
        target=("happening", happening_id),
        before={"name": who.name},
        after={"name": who.name, "platform_id": external_id},
        reason=told,
    )
    return Done(None, events, [audited])


async def change_sources(
    tx: Tx, scope: Scope, *, revised: Callable[[IngestSources], IngestSources], actor: str
) -> Done[IngestSources]:
    """Append a version of whom the community listens to, in force from now on, and return it."""
    await communities.lock(tx, scope.community_id)
    current = await sources_in_force(tx, scope.community_id)
    sources = revised(current)
    if sources != current:
        await communities.add_setting_version(
            tx, scope.community_id, SOURCES, micros(scope.now), sources.stored(), actor, scope.now
        )
    before, after = changed(current.stored(), sources.stored())
    audited = Audited(action="happenings.change_sources", target=("settings", SOURCES), before=before, after=after)
    return Done(sources, audit=[audited])


async def open_review(tx: Tx, community_id: int, review_id: int) -> ReviewRecord:
    """A question of the community that waits for an answer, or a refusal."""
    review = await reviews.by_id(tx, community_id, review_id)
    if review is None:
        raise Refused("review_unknown", "This community has no such question.", "Take its `id` from the list.")
    if review.state != "open":
        raise Refused("review_decided", "That has been decided.", "Look at the happening as it is now.")
    return review


async def decided(
    tx: Tx, scope: Scope, review: ReviewRecord, state: Literal["same", "different"], actor: str, reason: str
) -> None:
    """Keep what staff says."""
    await reviews.decide(tx, scope.community_id, review.id, state, actor, reason, scope.now)


async def retold(tx: Tx, scope: Scope, *records: HappeningRecord) -> list[Keyed | Corrected]:
    """What is different about the groups of these happenings now."""
    found = await channels.by_ids(tx, sorted({record.group.channel_id for record in records}))
    touched: dict[Group, Touched] = {}
    for record in records:
        channel = found[record.group.channel_id]
        owner = Person(id=channel.external_id, name=channel.name, slug=channel.slug)
        place = Happening(platform=channel.platform, broadcaster=owner)
        touched.setdefault(record.group, Touched(place)).reach(record.at)
    return await retell(tx, scope, touched)


def line(review: ReviewRecord, action: str, state: str, reason: str) -> Audited:
    """The line of the audit log about a decision."""
    return Audited(
        action=action, target=("review", review.id), before={"state": "open"}, after={"state": state}, reason=reason
    )


def checked_reason(reason: str) -> str:
    """The reason to keep, or a refusal where none is given."""
    told = reason.strip()
    if not 1 <= len(told) <= REASON_LENGTH_MAX:
        raise Refused(
            "reason_missing",
            f"Staff gives a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that others understand it later.",
        )
    return told
