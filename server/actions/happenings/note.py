"""Copies come in: what counts, what is the same, and what has really happened."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.actions.happenings.tell import Touched, retell
from server.domain.happenings.sources import Heard, IngestSources
from server.domain.happenings.values import Copy, Facts, Keyed, Kind, copy_of, group_of, keyed, name_key
from server.domain.instants import HOUR, micros
from server.events.chat import ChatSpoken
from server.events.follows import Followed
from server.events.happening import Happening
from server.events.rewards import RewardRedeemed
from server.events.streams import StreamDescribed, StreamEnded, StreamStarted, StreamStopped
from server.events.tellings import Corrected, Named, Told
from server.jobs.unit import Scope
from server.ports import Reader, Tx
from server.store import channels, communities
from server.store.happenings import copies, happenings
from server.store.happenings.copies import Borne, Group
from server.store.happenings.happenings import Span

SOURCES = "happenings"
NAMED_WITHIN = HOUR

Passed = ChatSpoken | Followed | RewardRedeemed | StreamStarted | StreamEnded | StreamDescribed | StreamStopped | Keyed
"""What may come of a copy."""


@dataclass(slots=True)
class _Found:
    """What a batch brought."""

    passed: list[Passed] = field(default_factory=list[Passed])
    spoken: list[ChatSpoken] = field(default_factory=list[ChatSpoken])
    keyed: list[tuple[Told, Kind, Facts]] = field(default_factory=list[tuple[Told, Kind, Facts]])


async def note_told(tx: Tx, scope: Scope, told: Sequence[Told]) -> list[Passed | Corrected]:
    """Let through what happened and was not known; copies of what was known are kept beside it."""
    sources = await sources_in_force(tx, scope.community_id)
    found = _sorted(one for one in told if sources.take(one.of, one.source))
    heard = await _heard(tx, scope, found.spoken, sources)
    if not found.keyed:
        return [*found.passed, *heard]
    await communities.lock(tx, scope.community_id)
    ids = await _channel_ids(tx, [one for one, _, _ in found.keyed])
    tellers: dict[Group, Told] = {}
    keyed_copies: list[tuple[Group, Copy]] = []
    for one, kind, facts in found.keyed:
        group = Group(ids[one.platform, one.broadcaster.id], kind, group_of(kind, facts))
        tellers.setdefault(group, one)
        keyed_copies.append((group, copy_of(one, facts)))
    new = await copies.new(tx, scope.community_id, keyed_copies)
    touched: dict[Group, Touched] = {}
    for one in new:
        touched.setdefault(one.group, Touched(tellers[one.group])).reach(one.copy.at)
    return [*found.passed, *heard, *await retell(tx, scope, touched, new)]


async def note_named(tx: Tx, scope: Scope, named: Sequence[Named]) -> list[Corrected]:
    """Keep whose name is whose, and tell what waited for it."""
    await communities.lock(tx, scope.community_id)
    ids = await _channel_ids(tx, named)
    tellers: dict[Borne, Named] = {}
    for one in named:
        channel_id = ids[one.platform, one.broadcaster.id]
        tellers.setdefault(Borne(channel_id, name_key(one.person), one.person, one.source, micros(one.at)), one)
    by_span: defaultdict[Span, dict[str, Named]] = defaultdict(dict)
    for borne in await copies.add_names(tx, scope.community_id, list(tellers), scope.now):
        span = Span(borne.channel_id, borne.at - NAMED_WITHIN, borne.at + NAMED_WITHIN)
        by_span[span].setdefault(borne.key, tellers[borne])
    touched: dict[Group, Touched] = {}
    async for span, waits in happenings.pending_within(tx, scope.community_id, list(by_span)):
        teller = by_span[span].get(name_key(waits.facts.who))
        if teller is not None:
            touched.setdefault(waits.group, Touched(teller)).reach(waits.at)
    return [event for event in await retell(tx, scope, touched) if isinstance(event, Corrected)]


async def sources_in_force(reader: Reader, community_id: int) -> IngestSources:
    """Whom a community listens to about what."""
    versions = await communities.setting_versions(reader, community_id, SOURCES)
    return IngestSources.restored(versions[-1].data) if versions else IngestSources()


def _sorted(told: Iterable[Told]) -> _Found:
    found = _Found()
    for one in told:
        if isinstance(one.of, ChatSpoken):
            found.spoken.append(one.of)
        elif (sort := keyed(one.of)) is not None:
            found.keyed.append((one, *sort))
        else:
            found.passed.append(one.of)  # pyright: ignore[reportArgumentType] - what parsers tell and is not keyed
    return found


async def _heard(tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken], sources: IngestSources) -> Sequence[ChatSpoken]:
    """The messages not heard before; where one source tells chat, a repeat is harmless and nothing is noted."""
    if sources.chat is not Heard.BOTH or not spoken:
        return spoken
    by_key: defaultdict[str, list[ChatSpoken]] = defaultdict(list)
    for one in spoken:
        by_key[f"{one.platform}:{one.broadcaster.id}:{one.message_id}"].append(one)
    fresh = await happenings.hear(tx, scope.community_id, list(by_key), scope.now)
    return [by_key[key][0] for key in by_key if key in fresh]


async def _channel_ids(tx: Tx, told: Sequence[Happening]) -> dict[tuple[str, str | None], int]:
    """The channels that are spoken of, by (platform, platform id); one never heard of is made."""
    wanted = {(one.platform, one.broadcaster.id): one.broadcaster for one in told}
    found = await channels.ids_of(tx, [(platform, str(external_id)) for platform, external_id in wanted])
    ids: dict[tuple[str, str | None], int] = {}
    for (platform, external_id), broadcaster in sorted(wanted.items(), key=lambda item: str(item[0])):
        known = found.get((platform, str(external_id)))
        ids[platform, external_id] = await channels.learn(tx, platform, broadcaster) if known is None else known
    return ids
