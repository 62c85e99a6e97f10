"""What the tests of every mutation need to know of draws."""

from functools import partial
from typing import Any

import pytest

from server.actions.draws import plan
from server.actions.raffle import periods
from server.auth.signing import OperatorKeys
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server
from server.schema.ids import id_of
from tests.effects.drawing import ROUND, known_round
from tests.resolvers.raffle_cases import asked_in
from tests.resolvers.slot_cases import Given, here
from tests.running import SECRET

KEYS = OperatorKeys(SECRET)
COMMIT = "ab" * 32
STATES = {"postponeDraw": "planned", "voidDraw": "committed", "supplyBeacon": "committed"}
DRAWN = {"passWinner", "confirmWinner"}
SIGNATURE = known_round(ROUND).signature.hex()


async def draws_made(server: Server, request: pytest.FixtureRequest, *communities: int) -> str:
    """What a test of a mutation of draws is about, in each community; the id of the draw in the first."""
    name = asked_in(request)
    made = [await draw_for(server, community, name) for community in communities]
    return id_of("draw", made[0])


async def draw_for(server: Server, community_id: int, name: str) -> int:
    """The draw of a community's raffle in the state that a mutation wants; 1 where it wants none."""
    if name == "drawRaffle":
        await server.units.run(community_id, partial(periods.end, reason="over"))
    if name not in STATES.keys() | DRAWN:
        return 1

    async def make(tx: Tx, scope: Scope) -> Done[int]:
        [period] = await tx.fetch("SELECT id FROM raffle_period WHERE community_id = $1", scope.community_id)
        done = await plan.plan(tx, scope, period_id=period["id"], keys=KEYS)
        assert done.result is not None
        draw_id = done.result.id
        await tx.execute(
            "UPDATE draw SET state = $2, commit_hash = $3, beacon_round = $4, reveal_at = 0 WHERE id = $1",
            draw_id,
            STATES.get(name, "drawn"),
            None if name == "postponeDraw" else COMMIT,
            ROUND if name != "postponeDraw" else done.result.beacon_round,
        )
        if name in DRAWN:
            await place_all(tx, scope.community_id, draw_id)
        return Done(draw_id)

    return await server.units.run(community_id, make)


async def place_all(tx: Tx, community_id: int, draw_id: int) -> None:
    """A winner and an alternate."""
    rows = await tx.fetch(
        "SELECT viewer_id, account_id FROM viewer_account WHERE community_id = $1 ORDER BY account_id LIMIT 2",
        community_id,
    )
    for position, row in enumerate(rows, 1):
        await tx.execute(
            "INSERT INTO draw_place (community_id, draw_id, position, ticket, place, viewer_id, account_id, state) "
            "VALUES ($1, $2, CAST($3 AS INT), CAST($3 AS BIGINT), CAST($3 AS INT), $4, $5, $6)",
            community_id,
            draw_id,
            position,
            row["viewer_id"],
            row["account_id"],
            "won" if position == 1 else "alternate",
        )


def draw_of(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), "drawId": houses.draw, **more}


def viewer_of(**more: Any) -> Given:
    return lambda houses: {
        "communityId": id_of("community", houses.one),
        "raffleId": id_of("raffle", 1),
        "viewerId": houses.viewers["2"],
        "reason": "Lives with the streamer.",
        **more,
    }


DRAW = "draw { id name state round winners { position } places { position state reason } }"
LATER = "2026-08-04T00:00:00Z"
CASES: list[tuple[Any, ...]] = [
    (
        "drawRaffle",
        f"... on RaffleDrawAsked {{ {DRAW} }}",
        here(raffleId=id_of("raffle", 1), reason="Live on stream."),
        {"reason": "x"},
        "",
    ),
    (
        "testDraw",
        f"... on TestDrawAsked {{ {DRAW} }}",
        here(raffleId=id_of("raffle", 1), reason="Before the stream."),
        {"reason": "x"},
        "",
    ),
    (
        "postponeDraw",
        f"... on DrawPostponed {{ {DRAW} }}",
        draw_of(until=LATER, reason="The stream is late."),
        {"reason": "x"},
        "",
    ),
    ("voidDraw", f"... on DrawVoided {{ {DRAW} }}", draw_of(reason="The wrong prize."), {"reason": "x"}, ""),
    (
        "supplyBeacon",
        f"... on BeaconSupplied {{ {DRAW} }}",
        draw_of(round=str(ROUND), signature=SIGNATURE),
        {"signature": SIGNATURE.upper()},
        "",
    ),
    (
        "excludeFromDraw",
        "... on ViewerExcluded { viewerId }",
        viewer_of(code="INELIGIBLE_RULES"),
        {"code": "STAFF"},
        "",
    ),
    ("includeInDraw", "... on ViewerIncluded { viewerId }", viewer_of(), {"reason": "x"}, ""),
    (
        "passWinner",
        f"... on WinnerPassed {{ {DRAW} }}",
        draw_of(position=1, code="UNCLAIMED", reason="No word."),
        {"reason": "x"},
        "",
    ),
    ("confirmWinner", f"... on WinnerConfirmed {{ {DRAW} }}", draw_of(position=1), {"position": 2}, ""),
    (
        "setAutomaticDraws",
        "... on AutomaticDrawsSet { automatic }",
        here(automatic=False),
        {"automatic": True},
        "",
    ),
]
NOBODY, NOTHING, NO_RAFFLE = id_of("viewer", 999_999), id_of("draw", 999_999), id_of("raffle", 999_999)
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("drawRaffle", {"raffleId": NO_RAFFLE}, "raffle_unknown"),
    ("drawRaffle", {"reason": "x" * 301}, "reason_too_long"),
    ("testDraw", {"raffleId": NO_RAFFLE}, "raffle_unknown"),
    ("testDraw", {"reason": "x" * 301}, "reason_too_long"),
    ("postponeDraw", {"until": "2026-08-01T18:00:00Z"}, "draw_not_later"),
    ("postponeDraw", {"reason": " "}, "reason_missing"),
    ("postponeDraw", {"drawId": NOTHING}, "draw_unknown"),
    ("voidDraw", {"reason": " "}, "reason_missing"),
    ("voidDraw", {"drawId": NOTHING}, "draw_unknown"),
    ("supplyBeacon", {"drawId": NOTHING}, "draw_unknown"),
    ("supplyBeacon", {"round": "1001"}, "round_wrong"),
    ("supplyBeacon", {"signature": "00"}, "signature_unfit"),
    ("supplyBeacon", {"signature": known_round(1001).signature.hex()}, "signature_wrong"),
    ("excludeFromDraw", {"viewerId": NOBODY}, "viewer_unknown"),
    ("excludeFromDraw", {"raffleId": NO_RAFFLE}, "raffle_unknown"),
    ("excludeFromDraw", {"reason": ""}, "reason_missing"),
    ("includeInDraw", {"reason": ""}, "reason_missing"),
    ("passWinner", {"position": 2}, "not_a_winner"),
    ("passWinner", {"reason": ""}, "reason_missing"),
    ("confirmWinner", {"position": 3}, "not_a_winner"),
]
NAME = {"draw": "raffle-1-1"}
LINES: dict[str, tuple[Any, ...]] = {
    "drawRaffle": ("draws.ask", ("draw", None), None, {**NAME, "settlement_shortened": True}, "Live on stream."),
    "testDraw": ("draws.test", ("draw", None), None, {**NAME, "test": True}, "Before the stream."),
    "postponeDraw": (
        "draws.postpone",
        ("draw", None),
        None,
        {**NAME, "from_round": 30_992_812, "round": 30_999_412, "code": "by_staff"},
        "The stream is late.",
    ),
    "voidDraw": ("draws.void", ("draw", None), None, NAME, "The wrong prize."),
    "supplyBeacon": ("draws.supply_beacon", ("draw", None), None, {**NAME, "round": ROUND}),
    "excludeFromDraw": (
        "draws.exclude",
        ("viewer", None),
        None,
        {"raffle": 1, "code": "ineligible_rules", "accounts": 1},
        "Lives with the streamer.",
    ),
    "includeInDraw": (
        "draws.include",
        ("viewer", None),
        None,
        {"raffle": 1, "accounts": 0},
        "Lives with the streamer.",
    ),
    "passWinner": (
        "draws.pass_on",
        ("draw", None),
        None,
        {**NAME, "position": 1, "code": "unclaimed", "next": 2},
        "No word.",
    ),
    "confirmWinner": ("draws.confirm", ("draw", None), None, {**NAME, "position": 1}),
    "setAutomaticDraws": ("draws.change_settings", ("settings", "draws"), {"automatic": True}, {"automatic": False}),
}
OF = {"drawId": id_of("draw", 1)}
WHOM = {"raffleId": id_of("raffle", 1), "viewerId": id_of("viewer", 1), "reason": "A test."}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("drawRaffle", "RAFFLE_DRAW", {"raffleId": id_of("raffle", 1)}),
    ("testDraw", "RAFFLE_DRAW", {"raffleId": id_of("raffle", 1)}),
    ("postponeDraw", "RAFFLE_DRAW", {**OF, "until": LATER, "reason": "A test."}),
    ("voidDraw", "RAFFLE_DRAW", {**OF, "reason": "A test."}),
    ("supplyBeacon", "RAFFLE_DRAW", {**OF, "round": "1", "signature": "00"}),
    ("excludeFromDraw", "RAFFLE_DRAW", {**WHOM, "code": "STAFF"}),
    ("includeInDraw", "RAFFLE_DRAW", WHOM),
    ("passWinner", "RAFFLE_DRAW", {**OF, "position": 1, "code": "DECLINED", "reason": "A test."}),
    ("confirmWinner", "RAFFLE_DRAW", {**OF, "position": 1}),
    ("setAutomaticDraws", "RAFFLE_DRAW", {"automatic": True}),
]
