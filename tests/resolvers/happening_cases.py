"""What the tests of every mutation need to know of happenings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.actions.happenings.note import note_told
from server.events.happening import Person
from server.events.subs import SubsGifted
from server.events.tellings import Source, Told
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server
from server.schema.ids import id_of
from tests.database import START

Given = Callable[[Any], dict[str, Any]]
STREAMER = Person(id="100001", name="Streamer100001")


@dataclass(frozen=True)
class HappeningThings:
    """A question whether two gifts are one, and a gift of somebody whose id nobody knows, of one community."""

    review: str
    held: str
    pending: str


def gift(gifter: Person, *names: str) -> Told:
    """A webhook's copy of a gift to people of these names."""
    place: dict[str, Any] = {"platform": "kick", "broadcaster": STREAMER}
    giftees = tuple(Person(id=None, name=name) for name in names)
    of = SubsGifted(**place, gifter=gifter, giftees=giftees, at=START)
    return Told(**place, of=of, source=Source.WEBHOOK)


async def tell(server: Server, community_id: int, *told: Told) -> None:
    """Have a community hear copies, one after the other."""

    async def hear(tx: Tx, scope: Scope, *, one: Told) -> Done[None]:
        return Done(None, await note_told(tx, scope, [one]))

    for one in told:
        await server.units.run(community_id, partial(hear, one=one))


async def happening_things(server: Server, community_id: int) -> HappeningThings:
    """Two gifts of one giver that share a receiver, and one of a giver known by name only."""
    known, unknown = Person(id="505", name="LargeLark"), Person(id=None, name="QuietWren")
    await tell(server, community_id, gift(known, "a", "b"), gift(known, "b", "c"), gift(unknown, "d"))
    [review] = await server.database.reader().fetch(
        "SELECT id, other_id FROM happening_review WHERE community_id = $1", community_id
    )
    [pending] = await server.database.reader().fetch(
        "SELECT id FROM happening WHERE community_id = $1 AND is_pending", community_id
    )
    return HappeningThings(
        id_of("happening_review", review["id"]),
        id_of("happening", review["other_id"]),
        id_of("happening", pending["id"]),
    )


def here(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), **more}


def review(reason: str) -> Given:
    return lambda houses: {
        "communityId": id_of("community", houses.one),
        "reviewId": houses.happenings.review,
        "reason": reason,
    }


CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    (
        "mergeHappenings",
        "... on HappeningsMerged { happening { kind state count receivers personName copies { source at } } }",
        review("Told twice."),
        {"reason": "Another one."},
        "",
    ),
    (
        "separateHappenings",
        "... on HappeningsSeparated { review { state one { state } other { state receivers } reason actor } }",
        review("He gave twice."),
        {"reason": "Another one."},
        "",
    ),
    (
        "identifyHappening",
        "... on HappeningIdentified { happening { personName personPlatformId isPending } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "happeningId": houses.happenings.pending,
            "platformId": "606",
            "reason": "He said so.",
        },
        {"platformId": "607"},
        "",
    ),
    (
        "updateIngestSources",
        "... on IngestSourcesUpdated { sources { chat subs gifts kicks streams bans } }",
        here(chat="BOTH", gifts="WEBHOOK"),
        {"chat": "WEBSOCKET"},
        "",
    ),
]
LINES: Mapping[str, tuple[Any, ...]] = {
    "mergeHappenings": ("happenings.merge", ("review", None), {"state": "open"}, {"state": "same"}, "Told twice."),
    "separateHappenings": (
        "happenings.separate",
        ("review", None),
        {"state": "open"},
        {"state": "different"},
        "He gave twice.",
    ),
    "identifyHappening": (
        "happenings.identify",
        ("happening", None),
        {"name": "QuietWren"},
        {"name": "QuietWren", "platform_id": "606"},
        "He said so.",
    ),
    "updateIngestSources": (
        "happenings.change_sources",
        ("settings", "happenings"),
        {"chat": "webhook", "gifts": "both"},
        {"chat": "both", "gifts": "webhook"},
    ),
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("mergeHappenings", {"reviewId": id_of("happening_review", 999)}, "review_unknown"),
    ("mergeHappenings", {"reason": " "}, "reason_missing"),
    ("separateHappenings", {"reviewId": id_of("happening_review", 999)}, "review_unknown"),
    ("separateHappenings", {"reason": "x" * 301}, "reason_missing"),
    ("identifyHappening", {"happeningId": id_of("happening", 999)}, "happening_not_pending"),
    ("identifyHappening", {"platformId": "name"}, "platform_id_invalid"),
    ("identifyHappening", {"reason": ""}, "reason_missing"),
]
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("mergeHappenings", "CHANNELS_MANAGE", {"reviewId": id_of("happening_review", 1), "reason": "A test."}),
    ("separateHappenings", "CHANNELS_MANAGE", {"reviewId": id_of("happening_review", 1), "reason": "A test."}),
    (
        "identifyHappening",
        "CHANNELS_MANAGE",
        {"happeningId": id_of("happening", 1), "platformId": "1", "reason": "A test."},
    ),
    ("updateIngestSources", "CHANNELS_MANAGE", {"chat": "BOTH"}),
]
