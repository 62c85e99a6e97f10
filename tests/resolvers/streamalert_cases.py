"""What the tests of every mutation need to know of alerts on stream."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.actions.streamalerts import steer
from server.domain.streamalerts import AlertKind
from server.running import Server
from server.schema.ids import id_of
from server.store import streamalerts
from tests.resolvers.proving import OVERLAY

Given = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class StreamAlertThings:
    """An alert that waits, and one that was skipped, of one community."""

    waiting: str
    past: str


async def stream_alert_things(server: Server, community_id: int) -> StreamAlertThings:
    """Two alerts that were tried out, of which one was skipped."""
    for nth in range(2):
        tried = partial(
            steer.try_out, overlay=OVERLAY, kind=AlertKind.SUB, name=f"Test {nth}", amount=1, token=f"before {nth}"
        )
        await server.units.run(community_id, tried)
    numbers = [one.id for one in await streamalerts.open_alerts(server.database.reader(), community_id, OVERLAY)]
    await server.units.run(community_id, partial(steer.skip, overlay=OVERLAY, alert_id=numbers[1]))
    return StreamAlertThings(id_of("job", numbers[0]), id_of("job", numbers[1]))


def here(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), "overlay": OVERLAY, **more}


def of_alert(which: str) -> Given:
    return lambda houses: {
        "communityId": id_of("community", houses.one),
        "overlay": OVERLAY,
        "streamAlertId": getattr(houses.stream_alerts, which),
    }


STAGE = """... on StreamAlertsSteered { stage { overlay isPaused isMuted waiting nextAt rules { kind isOn least mode
    duration volume fresh } history(first: 5) { nodes { ending alert { publicName isTest } } } } }"""
OTHER = {"streamAlertId": id_of("job", 9_999)}
CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    ("pauseStreamAlerts", STAGE, here(), {"overlay": "another"}, ""),
    ("resumeStreamAlerts", STAGE, here(), {"overlay": "another"}, ""),
    ("muteStreamAlerts", STAGE, here(isMuted=True), {"isMuted": False}, ""),
    ("skipStreamAlert", STAGE, of_alert("waiting"), OTHER, ""),
    ("replayStreamAlert", STAGE, of_alert("past"), OTHER, ""),
    ("sendTestStreamAlert", STAGE, here(kind="GIFT", name="Ada", amount=50), {"amount": 51}, ""),
    (
        "updateStreamAlertRules",
        STAGE,
        here(kind="KICKS", least=100, mode="REPLACE", volume=20, duration=4, fresh=60, isOn=False),
        {"volume": 21},
        "",
    ),
]
UNKNOWN = "stream_alert_overlay_unknown"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("pauseStreamAlerts", {"overlay": "another"}, UNKNOWN),
    ("resumeStreamAlerts", {"overlay": "another"}, UNKNOWN),
    ("muteStreamAlerts", {"overlay": "another"}, UNKNOWN),
    ("skipStreamAlert", {"overlay": "another"}, UNKNOWN),
    ("skipStreamAlert", OTHER, "stream_alert_unknown"),
    ("replayStreamAlert", OTHER, "stream_alert_unknown"),
    ("sendTestStreamAlert", {"overlay": "another"}, UNKNOWN),
    ("sendTestStreamAlert", {"name": " "}, "stream_alert_test_name"),
    ("sendTestStreamAlert", {"amount": 0}, "stream_alert_test_amount"),
    ("updateStreamAlertRules", {"overlay": "another"}, UNKNOWN),
    ("updateStreamAlertRules", {"least": 0}, "stream_alert_least"),
    ("updateStreamAlertRules", {"duration": 31}, "stream_alert_duration_s"),
    ("updateStreamAlertRules", {"volume": 101}, "stream_alert_volume"),
    ("updateStreamAlertRules", {"fresh": 29}, "stream_alert_fresh_s"),
]

LINES: dict[str, tuple[Any, ...]] = {
    "pauseStreamAlerts": ("streamalerts.steer", ("overlay", OVERLAY), {"paused": "no"}, {"paused": "yes"}),
    "resumeStreamAlerts": ("streamalerts.steer", ("overlay", OVERLAY), {}, {}),
    "muteStreamAlerts": ("streamalerts.steer", ("overlay", OVERLAY), {"muted": "no"}, {"muted": "yes"}),
    "skipStreamAlert": ("streamalerts.skip", ("job", None), None, None),
    "replayStreamAlert": ("streamalerts.replay", ("job", None), None, None),
    "sendTestStreamAlert": ("streamalerts.test", ("overlay", OVERLAY), None, {"kind": "gift"}),
    "updateStreamAlertRules": (
        "streamalerts.set_rules",
        ("overlay", OVERLAY),
        {"is_on": "yes", "least": 1, "mode": "queue", "duration_s": 6, "volume": 70, "fresh_s": 900},
        {
            "kind": "kicks",
            "is_on": "no",
            "least": 100,
            "mode": "replace",
            "duration_s": 4,
            "volume": 20,
            "fresh_s": 60,
        },
    ),
}
NO_ALERT = {"overlay": "main", "streamAlertId": id_of("job", 1)}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("pauseStreamAlerts", "OVERLAYS_MANAGE", {"overlay": "main"}),
    ("resumeStreamAlerts", "OVERLAYS_MANAGE", {"overlay": "main"}),
    ("muteStreamAlerts", "OVERLAYS_MANAGE", {"overlay": "main"}),
    ("skipStreamAlert", "OVERLAYS_MANAGE", NO_ALERT),
    ("replayStreamAlert", "OVERLAYS_MANAGE", NO_ALERT),
    ("sendTestStreamAlert", "OVERLAYS_MANAGE", {"overlay": "main", "kind": "SUB"}),
    ("updateStreamAlertRules", "OVERLAYS_MANAGE", {"overlay": "main", "kind": "SUB"}),
]
