"""What the tests of every mutation need to know of wagers."""

from functools import partial
from typing import Any

import pytest

from server.actions.wagers import claims, feeds
from server.domain.wagers import Provider, Row, Rows
from server.running import Server
from server.schema.ids import id_of
from server.store.wagers import feeds as stored
from tests.resolvers.raffle_cases import asked_in
from tests.resolvers.slot_cases import here

ADDRESS = "https://affiliate.shuffle.com/stats/0b7f2f6e-1111-4222-8333-0123456789ab"
TELLS_OF = {"removeWagerFeed", "verifyWagerAccount", "rejectWagerAccount", "claimWagerAccount"}


async def wagers_told(server: Server, request: pytest.FixtureRequest, *communities: int) -> list[str]:
    """A feed that told of two names, one of them claimed, where a test is about that; the claims."""
    if asked_in(request) not in TELLS_OF:
        return [id_of("wager_claim", 1)] * len(communities)
    return [await told_in(server, community_id) for community_id in communities]


async def told_in(server: Server, community_id: int) -> str:
    """A feed of a community, and the claim of a name in it."""
    shuffle = Provider.SHUFFLE
    given = {"provider": shuffle, "secret": "kept", "codes": (), "confirmed": True, "vault": server.services.vault}
    await server.units.run(community_id, partial(feeds.set_feed, **given, actor="staff"))
    feed = await stored.of(server.database.reader(), community_id, shuffle)
    assert feed is not None
    rows = Rows(tuple(Row(name, name.title(), None, 5) for name in ("alfa", "beta")), 0)
    await server.units.run(community_id, partial(feeds.note_rows, feed=feed, rows=rows))
    claim = partial(claims.claim, provider=shuffle, name="Alfa", claimant=("kick", "2"))
    return id_of("wager_claim", (await server.units.run(community_id, claim)).id)


def of_claim(**more: Any) -> Any:
    return lambda houses: {"communityId": id_of("community", houses.one), "claimId": houses.wager_claim, **more}


FEED = "feed { provider codes goodAt ageSeconds nextAt problem failures names skipped }"
CLAIM = "claim { id provider name platform platformId state decidedBy reason }"
CASES: list[tuple[Any, ...]] = [
    (
        "setWagerFeed",
        f"... on WagerFeedSet {{ {FEED} }}",
        here(provider="SHUFFLE", secret=ADDRESS, codes=["House"], confirmsWagers=True),
        {"codes": ["other"]},
        "",
    ),
    ("removeWagerFeed", "... on WagerFeedRemoved { provider }", here(provider="SHUFFLE"), {"provider": "HOWL"}, ""),
    (
        "claimWagerAccount",
        "... on WagerAccountClaimed { claimId name state }",
        here(provider="SHUFFLE", name="Beta"),
        {"name": "Gamma"},
        "88",
    ),
    (
        "verifyWagerAccount",
        f"... on WagerAccountVerified {{ {CLAIM} }}",
        of_claim(reason="He showed his profile."),
        {"reason": "x"},
        "",
    ),
    (
        "rejectWagerAccount",
        f"... on WagerAccountRejected {{ {CLAIM} }}",
        of_claim(reason="It is somebody else's."),
        {"reason": "x"},
        "",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("setWagerFeed", {"secret": "https://example.com/stats/1"}, "wager_feed_secret_invalid"),
    ("setWagerFeed", {"secret": None}, "wager_feed_secret_missing"),
    ("setWagerFeed", {"confirmsWagers": False, "secret": "abc"}, "wagers_unconfirmed"),
    ("setWagerFeed", {"codes": ["a,b"]}, "wager_codes_invalid"),
    ("removeWagerFeed", {"provider": "HOWL"}, "wager_feed_unknown"),
    ("claimWagerAccount", {"name": " "}, "wager_name_invalid"),
    ("verifyWagerAccount", {"claimId": id_of("wager_claim", 999)}, "wager_claim_unknown"),
    ("rejectWagerAccount", {"reason": " "}, "reason_missing"),
]
LINES: dict[str, Any] = {
    "setWagerFeed": (
        "wagers.set_feed",
        ("wager_feed", "shuffle"),
        None,
        {"is_on": "True", "codes": ["house"], "address": "new"},
    ),
    "removeWagerFeed": ("wagers.remove_feed", ("wager_feed", "shuffle"), {"codes": []}, None),
    "claimWagerAccount": ("wagers.claim", ("holder", "discord:88"), None, {"provider": "shuffle", "name": "Beta"}),
    "verifyWagerAccount": (
        "wagers.verify",
        ("holder", "kick:2"),
        {"state": "claimed"},
        {"state": "verified", "provider": "shuffle", "name": "Alfa"},
        "He showed his profile.",
    ),
    "rejectWagerAccount": (
        "wagers.reject",
        ("holder", "kick:2"),
        {"state": "claimed"},
        {"state": "rejected", "provider": "shuffle", "name": "Alfa"},
        "It is somebody else's.",
    ),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("setWagerFeed", "SETTINGS_EDIT", {"provider": "HOWL", "secret": "a-key-of-an-affiliate", "confirmsWagers": True}),
    ("removeWagerFeed", "SETTINGS_EDIT", {"provider": "HOWL"}),
    ("claimWagerAccount", "SIGNED_IN", {"provider": "SHUFFLE", "name": "alfa"}),
    ("verifyWagerAccount", "LINKS_MANAGE", {"claimId": id_of("wager_claim", 1)}),
    ("rejectWagerAccount", "LINKS_MANAGE", {"claimId": id_of("wager_claim", 1), "reason": "A test."}),
]
