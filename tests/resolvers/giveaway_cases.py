"""What the tests of every mutation need to know of giveaways."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from server.actions.giveaways import enter, run
from server.domain.giveaways import GiveawayKind, GiveawayRules
from server.domain.instants import HOUR, micros
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server
from server.schema.ids import id_of, number_of
from tests.database import START
from tests.resolvers.raffle_cases import asked_in
from tests.resolvers.slot_cases import Given, here

NOW = micros(START)
NAMES = {"openGiveaway", "closeGiveaway", "drawGiveaway", "redrawGiveaway", "confirmGiveaway", "cancelGiveaway"} | {
    "enterGiveaway",
    "leaveGiveaway",
    "excludeFromGiveaway",
    "includeInGiveaway",
    "updateGiveaway",
}
LINKED = "88"
"""Discord's id of somebody who is linked to an account of Kick."""


@dataclass(frozen=True)
class GiveawayThings:
    """A giveaway that is open, and one that is drawn with a winner and an alternate."""

    open: str = id_of("giveaway", 404)
    drawn: str = id_of("giveaway", 404)


async def giveaways_made(server: Server, request: pytest.FixtureRequest, *communities: int) -> GiveawayThings:
    """Giveaways in some communities, where a test is about them; those of the first."""
    if asked_in(request) not in NAMES:
        return GiveawayThings()
    made = [await giveaways_on(server, community) for community in communities]
    if asked_in(request) == "leaveGiveaway":
        for community, things in zip(communities, made, strict=True):
            inside = partial(enter.enter, giveaway_id=number_of("giveaway", things.open), discord_id=LINKED)
            assert await server.units.run(community, inside)
    return made[0]


async def giveaways_on(server: Server, community_id: int) -> GiveawayThings:
    """One that is open, and one that is drawn."""
    rules = GiveawayRules(kind=GiveawayKind.KEYWORD, keyword="drop", by_discord=True)
    begin = partial(run.open_up, title="Mug", rules=rules, ends=None, actor="staff")
    running = await server.units.run(community_id, begin)
    begin = partial(run.open_up, title="Cup", rules=GiveawayRules(kind=GiveawayKind.CHATTERS), ends=None, actor="staff")
    over = await server.units.run(community_id, begin)

    async def draw(tx: Tx, _: Scope) -> Done[None]:
        """As a draw leaves it that named its winner an hour ago."""
        await tx.execute("UPDATE giveaway SET state = 'drawn' WHERE id = $1", over.id)
        [made] = await tx.fetch(
            "INSERT INTO draw (community_id, subject, subject_id, number, env, state, beacon_round, planned_for, "
            "is_manual, actor, made_at, commit_hash, reveal_at, revealed_at) "
            "VALUES ($1, 'giveaway', $2, 1, 'live', 'drawn', 1000, 0, TRUE, 'staff', 0, $3, $4, $4) RETURNING id",
            community_id,
            over.id,
            "ab" * 32,
            NOW - HOUR,
        )
        people = await tx.fetch(
            "SELECT account_id, viewer_id FROM viewer_account WHERE community_id = $1 ORDER BY id LIMIT 2", community_id
        )
        for position, (one, state) in enumerate(zip(people, ("won", "alternate"), strict=True), 1):
            await tx.execute(
                "INSERT INTO draw_place (community_id, draw_id, position, ticket, place, viewer_id, account_id, state) "
                "VALUES ($1, $2, CAST($3 AS INT), CAST($3 AS BIGINT), CAST($3 AS INT), $4, $5, $6)",
                community_id,
                made["id"],
                position,
                one["viewer_id"],
                one["account_id"],
                state,
            )
        return Done(None)

    await server.units.run(community_id, draw)
    return GiveawayThings(id_of("giveaway", running.id), id_of("giveaway", over.id))


def of(which: str, **more: Any) -> Given:
    """About one of the giveaways of the first community."""
    return lambda houses: {
        "communityId": id_of("community", houses.one),
        "giveawayId": getattr(houses.giveaways, which),
        **more,
    }


def whom(**more: Any) -> Given:
    """About a viewer and the open giveaway of the first community."""
    return lambda houses: {**of("open", **more)(houses), "viewerId": houses.viewers["2"]}


GIVEAWAY = "giveaway { id number title state entries endsAt rules { kind keyword winners } draw { name state } }"
OWN = "own { giveawayId state isIn tickets chance leftOut advice }"
OTHER = {"giveawayId": id_of("giveaway", 404)}
CASES: list[tuple[Any, ...]] = [
    (
        "openGiveaway",
        f"... on GiveawayOpened {{ {GIVEAWAY} }}",
        here(title="A hat", keyword="!Hat", endsAt="2026-08-02T18:00:00Z", subscriberFactor=3, prize="A hat."),
        {"title": "x"},
        "",
    ),
    (
        "updateGiveaway",
        f"... on GiveawayUpdated {{ {GIVEAWAY} }}",
        of("open", title="A cup", winners=2, endsAt="2026-08-02T18:00:00Z", reason="It broke."),
        {"winners": 3},
        "",
    ),
    ("closeGiveaway", f"... on GiveawayClosed {{ {GIVEAWAY} }}", of("open"), OTHER, ""),
    ("drawGiveaway", f"... on GiveawayDrawAsked {{ {GIVEAWAY} }}", of("open"), OTHER, ""),
    (
        "redrawGiveaway",
        f"... on GiveawayRedrawn {{ {GIVEAWAY} }}",
        of("drawn", position=1, code="DECLINED", reason="Has one."),
        {"position": 2},
        "",
    ),
    ("confirmGiveaway", f"... on GiveawayConfirmed {{ {GIVEAWAY} }}", of("drawn", position=1), {"position": 2}, ""),
    (
        "cancelGiveaway",
        f"... on GiveawayCanceled {{ {GIVEAWAY} }}",
        of("open", reason="The wrong prize."),
        {"reason": "x"},
        "",
    ),
    (
        "excludeFromGiveaway",
        "... on GiveawayViewerExcluded { viewerId }",
        whom(code="DUPLICATE_PERSON", reason="Two of him."),
        {"reason": "x"},
        "",
    ),
    (
        "includeInGiveaway",
        "... on GiveawayViewerIncluded { viewerId }",
        whom(reason="One of him after all."),
        {"reason": "x"},
        "",
    ),
    ("enterGiveaway", f"... on GiveawayEntered {{ isNew {OWN} }}", of("open"), OTHER, LINKED),
    ("leaveGiveaway", f"... on GiveawayLeft {{ wasIn {OWN} }}", of("open"), OTHER, LINKED),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("openGiveaway", {"keyword": "DROP"}, "giveaway_keyword_taken"),
    ("openGiveaway", {"keyword": "two words"}, "giveaway_keyword"),
    ("openGiveaway", {"keyword": "!enter"}, "giveaway_keyword_command"),
    ("openGiveaway", {"kind": "CHATTERS"}, "giveaway_keyword_unclear"),
    ("openGiveaway", {"kind": "TICKETS", "keyword": ""}, "giveaway_subscriber_factor"),
    ("openGiveaway", {"title": " "}, "giveaway_title"),
    ("openGiveaway", {"endsAt": "2026-08-01T18:00:00Z"}, "giveaway_end"),
    ("openGiveaway", {"winners": 101}, "giveaway_winners"),
    ("openGiveaway", {"claim": 59}, "giveaway_claim"),
    ("openGiveaway", {"lead": 5}, "giveaway_lead"),
    ("openGiveaway", {"prize": "x" * 1_001}, "giveaway_prize"),
    ("updateGiveaway", OTHER, "giveaway_unknown"),
    ("updateGiveaway", {"title": " "}, "giveaway_title"),
    ("updateGiveaway", {"winners": 0}, "giveaway_winners"),
    ("updateGiveaway", {"alternates": 4}, "giveaway_lessened"),
    ("updateGiveaway", {"endsAt": "2026-09-30T18:00:00Z"}, "giveaway_end"),
    ("updateGiveaway", {"prize": "x" * 1_001}, "giveaway_prize"),
    ("updateGiveaway", {"reason": " "}, "reason_missing"),
    ("closeGiveaway", OTHER, "giveaway_unknown"),
    ("drawGiveaway", OTHER, "giveaway_unknown"),
    ("redrawGiveaway", {"position": 2}, "not_a_winner"),
    ("redrawGiveaway", {"reason": " "}, "reason_missing"),
    ("confirmGiveaway", {"position": 2}, "not_a_winner"),
    ("confirmGiveaway", OTHER, "giveaway_unknown"),
    ("cancelGiveaway", {"reason": " "}, "reason_missing"),
    ("cancelGiveaway", OTHER, "giveaway_unknown"),
    (
        "openGiveaway",
        {"kind": "CHATTERS", "keyword": "", "subscriberFactor": 1, "byDiscord": True},
        "giveaway_by_discord",
    ),
    ("excludeFromGiveaway", OTHER, "giveaway_unknown"),
    ("excludeFromGiveaway", {"reason": " "}, "reason_missing"),
    ("excludeFromGiveaway", {"viewerId": id_of("viewer", 999_999)}, "viewer_unknown"),
    ("includeInGiveaway", OTHER, "giveaway_unknown"),
    ("includeInGiveaway", {"reason": " "}, "reason_missing"),
    ("enterGiveaway", OTHER, "giveaway_unknown"),
    ("leaveGiveaway", OTHER, "giveaway_unknown"),
]
LINES: dict[str, tuple[Any, ...]] = {
    "openGiveaway": (
        "giveaways.open",
        ("giveaway", None),
        None,
        {"title": "A hat", "kind": "keyword", "winners": 1, "keyword": "!hat"},
    ),
    "updateGiveaway": (
        "giveaways.update",
        ("giveaway", None),
        {"title": "Mug", "winners": 1, "ends_at": ""},
        {"title": "A cup", "winners": 2, "ends_at": "2026-08-02T18:00:00+00:00"},
        "It broke.",
    ),
    "closeGiveaway": ("giveaways.close", ("giveaway", None), None, {"ends_at": "2026-08-01T18:00:00+00:00"}),
    "drawGiveaway": ("giveaways.draw", ("giveaway", None), None, {"draw": "giveaway-1-1", "was": "open"}),
    "redrawGiveaway": (
        "draws.pass_on",
        ("draw", None),
        None,
        {"draw": "giveaway-2-1", "position": 1, "code": "declined", "next": 2},
        "Has one.",
    ),
    "confirmGiveaway": ("draws.confirm", ("draw", None), None, {"draw": "giveaway-2-1", "position": 1}),
    "cancelGiveaway": ("giveaways.cancel", ("giveaway", None), None, {"state": "voided"}, "The wrong prize."),
    "excludeFromGiveaway": (
        "giveaways.exclude",
        ("viewer", None),
        None,
        {"giveaway": 1, "code": "duplicate_person", "accounts": 1},
        "Two of him.",
    ),
    "includeInGiveaway": (
        "giveaways.include",
        ("viewer", None),
        None,
        {"giveaway": 1, "accounts": 0},
        "One of him after all.",
    ),
    "enterGiveaway": ("giveaways.enter", ("giveaway", None), None, {"is_in": True}),
    "leaveGiveaway": ("giveaways.leave", ("giveaway", None), None, {"is_in": False}),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("openGiveaway", "GIVEAWAYS_MANAGE", {"title": "Mug", "keyword": "drop"}),
    ("updateGiveaway", "GIVEAWAYS_MANAGE", {"giveawayId": id_of("giveaway", 1), "title": "Cup", "reason": "A test."}),
    ("closeGiveaway", "GIVEAWAYS_MANAGE", {"giveawayId": id_of("giveaway", 1)}),
    ("drawGiveaway", "GIVEAWAYS_MANAGE", {"giveawayId": id_of("giveaway", 1)}),
    (
        "redrawGiveaway",
        "GIVEAWAYS_MANAGE",
        {"giveawayId": id_of("giveaway", 1), "position": 1, "code": "DECLINED", "reason": "A test."},
    ),
    ("confirmGiveaway", "GIVEAWAYS_MANAGE", {"giveawayId": id_of("giveaway", 1), "position": 1}),
    ("cancelGiveaway", "GIVEAWAYS_MANAGE", {"giveawayId": id_of("giveaway", 1), "reason": "A test."}),
    (
        "excludeFromGiveaway",
        "GIVEAWAYS_MANAGE",
        {"giveawayId": id_of("giveaway", 1), "viewerId": id_of("viewer", 1), "code": "STAFF", "reason": "A test."},
    ),
    (
        "includeInGiveaway",
        "GIVEAWAYS_MANAGE",
        {"giveawayId": id_of("giveaway", 1), "viewerId": id_of("viewer", 1), "reason": "A test."},
    ),
    ("enterGiveaway", "SIGNED_IN", {"giveawayId": id_of("giveaway", 1)}),
    ("leaveGiveaway", "SIGNED_IN", {"giveawayId": id_of("giveaway", 1)}),
]
