"""What the tests of every mutation need to know of raffles."""

from functools import partial
from typing import Any

import pytest

from server.actions.raffle import periods
from server.domain.instants import DAY, HOUR, micros
from server.running import Server
from server.schema.ids import id_of
from tests.database import START
from tests.resolvers.slot_cases import here

NOW = micros(START)


def asked_in(request: pytest.FixtureRequest) -> str:
    """The mutation that a test is about, where it is about one."""
    given = getattr(request.node, "callspec", None)
    found = {} if given is None else given.params
    return found.get("name") or getattr(found.get("case"), "name", "")


async def raffles_open(server: Server, request: pytest.FixtureRequest, *communities: int) -> None:
    """Raffles that began an hour ago, unless a test is about starting one."""
    if asked_in(request) not in {"", "startRaffle"}:
        for community_id in communities:
            begin = partial(periods.start, title="Old", starts=NOW - HOUR, ends=NOW + DAY, actor="staff")
            await server.units.run(community_id, begin)


ME = {"platform": "DISCORD", "platformId": "88"}
RAFFLE = "raffle { number title startsAt endsAt state drawAt rules { giftedSub freeEntry } }"
CASES: list[tuple[Any, ...]] = [
    (
        "startRaffle",
        f"... on RaffleStarted {{ {RAFFLE} }}",
        here(title="Summer", startsAt="2026-08-01T12:00:00Z", endsAt="2026-08-20T00:00:00+02:00"),
        {"title": "Winter"},
        "",
    ),
    (
        "setRaffleDates",
        f"... on RaffleDatesSet {{ {RAFFLE} }}",
        here(endsAt="2026-08-25T00:00:00Z", reason="Longer."),
        {"reason": "x"},
        "",
    ),
    (
        "updateRaffleRules",
        "... on RaffleRulesUpdated { rules { giftedSub wager freeEntry caps { source tickets } prizes } }",
        here(giftedSub=20, wager=20, confirmsWagers=True, caps=[{"source": "WAGER", "tickets": 500}], prizes="A mug."),
        {"giftedSub": 21},
        "",
    ),
    (
        "grantTickets",
        "... on TicketsGranted { tickets }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "viewerId": houses.viewers["2"],
            "tickets": 25,
            "reason": "Won the quiz.",
        },
        {"tickets": 26},
        "",
    ),
    ("claimFreeEntry", "... on FreeEntryClaimed { tickets }", here(), {"account": ME}, "88"),
    (
        "endRaffle",
        f"... on RaffleEnded {{ {RAFFLE} }}",
        here(reason="The summer is over."),
        {"reason": "x"},
        "",
    ),
    (
        "restartRaffle",
        f"... on RaffleRestarted {{ {RAFFLE} }}",
        here(title="Autumn", reason="A new season."),
        {"title": "x"},
        "",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("startRaffle", {"endsAt": "2026-08-01T11:00:00Z"}, "raffle_dates_impossible"),
    ("startRaffle", {"title": "x" * 101}, "raffle_title_long"),
    ("setRaffleDates", {"endsAt": "2026-08-01T17:59:59Z"}, "raffle_dates_impossible"),
    ("setRaffleDates", {"startsAt": "2026-08-02T00:00:00Z"}, "raffle_begun"),
    ("updateRaffleRules", {"confirmsWagers": False}, "raffle_wagers_unconfirmed"),
    ("updateRaffleRules", {"freeEntry": 0}, "raffle_rules_free_entry"),
    ("updateRaffleRules", {"giftedSub": -1}, "raffle_rules_gifted_sub"),
    ("updateRaffleRules", {"winners": 0}, "raffle_rules_winners"),
    ("updateRaffleRules", {"settlementHours": 169}, "raffle_rules_settlement"),
    ("updateRaffleRules", {"claimHours": 0}, "raffle_rules_claim"),
    ("updateRaffleRules", {"caps": [{"source": "WAGER", "tickets": 0}]}, "raffle_rules_caps"),
    ("updateRaffleRules", {"prizes": "x" * 4_001}, "raffle_rules_text"),
    ("grantTickets", {"tickets": 0}, "tickets_out_of_range"),
    ("grantTickets", {"tickets": -1}, "below_zero"),
    ("grantTickets", {"reason": " "}, "reason_missing"),
    ("grantTickets", {"viewerId": id_of("viewer", 999_999)}, "viewer_unknown"),
    ("claimFreeEntry", {"account": {"platform": "KICK", "platformId": "1"}}, "account_not_yours"),
    ("endRaffle", {"reason": "x" * 301}, "reason_too_long"),
    ("restartRaffle", {"title": "x" * 101}, "raffle_title_long"),
]
OLD = {"starts_at": "2026-08-01T17:00:00+00:00", "ends_at": "2026-08-02T18:00:00+00:00"}
NOW_TOLD = "2026-08-01T18:00:00+00:00"
LINES: dict[str, tuple[Any, ...]] = {
    "startRaffle": (
        "raffle.start",
        ("raffle", None),
        None,
        {"starts_at": "2026-08-01T12:00:00+00:00", "ends_at": "2026-08-19T22:00:00+00:00"},
    ),
    "setRaffleDates": (
        "raffle.set_dates",
        ("raffle", None),
        OLD,
        {**OLD, "ends_at": "2026-08-25T00:00:00+00:00"},
        "Longer.",
    ),
    "updateRaffleRules": (
        "raffle.change_rules",
        ("settings", "raffle"),
        {"gifted_sub": 15, "wager": 0, "prizes": "", "caps": ""},
        {"gifted_sub": 20, "wager": 20, "prizes": "A mug.", "caps": "wager 500"},
    ),
    "grantTickets": (
        "tickets.grant",
        ("viewer", None),
        {"tickets": 0, "raffle": 1},
        {"tickets": 25, "raffle": 1},
        "Won the quiz.",
    ),
    "claimFreeEntry": ("raffle.claim_free_entry", ("raffle", None), None, {"tickets": 10}),
    "endRaffle": ("raffle.end", ("raffle", None), OLD, {**OLD, "ends_at": NOW_TOLD}, "The summer is over."),
    "restartRaffle": (
        "raffle.restart",
        ("raffle", None),
        OLD,
        {"starts_at": NOW_TOLD, "ends_at": "2026-09-01T00:00:00+00:00"},
        "A new season.",
    ),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("startRaffle", "RAFFLE_MANAGE", {}),
    ("setRaffleDates", "RAFFLE_MANAGE", {}),
    ("updateRaffleRules", "RAFFLE_MANAGE", {"ownSub": 1}),
    ("grantTickets", "TICKETS_GRANT", {"viewerId": id_of("viewer", 1), "tickets": 1, "reason": "A test."}),
    ("claimFreeEntry", "SIGNED_IN", {}),
    ("endRaffle", "RAFFLE_MANAGE", {}),
    ("restartRaffle", "RAFFLE_MANAGE", {}),
]
