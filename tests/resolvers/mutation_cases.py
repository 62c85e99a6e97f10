"""Every mutation with an input that works, and what each refuses."""

from typing import Any

from tests.resolvers import (
    chat_cases,
    community_cases,
    draw_cases,
    giveaway_cases,
    happening_cases,
    linking_cases,
    panel_cases,
    raffle_cases,
    reward_cases,
    role_cases,
    scene_cases,
    slot_cases,
    staff_cases,
    streamalert_cases,
    wager_cases,
    watchtime_cases,
)
from tests.resolvers.case import Case

CASES = [
    *community_cases.CASES,
    *watchtime_cases.CASES,
    *linking_cases.CASES,
    *staff_cases.CASES,
    *(Case(*one) for one in slot_cases.CASES),
    *(Case(*one) for one in chat_cases.CASES),
    *(Case(*one) for one in reward_cases.CASES),
    *(Case(*one) for one in happening_cases.CASES),
    *(Case(*one) for one in raffle_cases.CASES),
    *(Case(*one) for one in draw_cases.CASES),
    *(Case(*one) for one in giveaway_cases.CASES),
    *(Case(*one) for one in wager_cases.CASES),
    *(Case(*one) for one in panel_cases.CASES),
    *(Case(*one) for one in role_cases.CASES),
    *(Case(*one) for one in streamalert_cases.CASES),
    *(Case(*one) for one in scene_cases.CASES),
]
OF_CLIENTS = {"leaseJobs", "acknowledgeJob", "acknowledgeJobs", "reportPanel", "takeStreamAlert"}
"""What clients do that carry jobs out, and nobody else may: test_jobs.py and test_panels.py ask the same of them."""
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    *community_cases.REFUSED,
    *watchtime_cases.REFUSED,
    *linking_cases.REFUSED,
    *staff_cases.REFUSED,
    *slot_cases.REFUSED,
    *chat_cases.REFUSED,
    *reward_cases.REFUSED,
    *happening_cases.REFUSED,
    *raffle_cases.REFUSED,
    *draw_cases.REFUSED,
    *giveaway_cases.REFUSED,
    *wager_cases.REFUSED,
    *panel_cases.REFUSED,
    *role_cases.REFUSED,
    *streamalert_cases.REFUSED,
    *scene_cases.REFUSED,
]
