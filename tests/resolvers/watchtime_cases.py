"""What the tests of every mutation need to know of watch time."""

from typing import Any

from server.schema.ids import id_of
from tests.resolvers.case import Case

RULES = "... on WatchTimeSettingsUpdated { settings { window tracking quorum excluded { platformId name } actor } }"
CASES = [
    Case(
        "updateWatchTimeSettings",
        RULES,
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "window": 60,
            "excluded": [{"platform": "KICK", "platformId": "2"}, {"platform": "KICK", "platformId": "4242"}],
        },
        {"window": 61},
    ),
    Case(
        "setTracking",
        RULES,
        lambda houses: {"communityId": id_of("community", houses.one), "tracking": False},
        {"tracking": True},
    ),
    Case(
        "adjustWatchTime",
        "... on WatchTimeAdjusted { viewerId seconds }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "viewerId": houses.viewers["2"],
            "seconds": 600,
            "reason": "Was here all the time.",
        },
        {"seconds": 601},
    ),
    Case(
        "recountWatchTime",
        "... on WatchTimeRecountStarted { streams }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"streamId": id_of("stream", 1)},
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("updateWatchTimeSettings", {"window": 5}, "watchtime_settings_window"),
    ("updateWatchTimeSettings", {"repeats": 6}, "watchtime_settings_repeats"),
    ("updateWatchTimeSettings", {"quorum": 0}, "watchtime_settings_quorum"),
    ("updateWatchTimeSettings", {"dailyCap": 1}, "watchtime_settings_daily_cap"),
    ("updateWatchTimeSettings", {"effectiveFrom": "2026-08-02T00:00:00Z"}, "effective_from_out_of_range"),
    ("updateWatchTimeSettings", {"excluded": [{"platform": "KICK", "platformId": "x"}]}, "platform_id_invalid"),
    ("setTracking", {"effectiveFrom": "2026-01-01T00:00:00Z"}, "effective_from_out_of_range"),
    ("adjustWatchTime", {"seconds": 0}, "adjustment_out_of_range"),
    ("adjustWatchTime", {"seconds": -100_000}, "below_zero"),
    ("adjustWatchTime", {"reason": " "}, "reason_missing"),
    ("adjustWatchTime", {"viewerId": id_of("viewer", 999_999)}, "viewer_unknown"),
]
