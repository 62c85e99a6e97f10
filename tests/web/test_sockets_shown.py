"""How channels' websockets are doing, wherever that is shown: listening, late, down; two communities apart."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import listening
from server.store.listening import ListeningRecord, State
from tests.database import FrozenClock
from tests.effects.connecting import OWNER, Connected, connected_to
from tests.graph import Graph

ASK = """query { health { sockets { name count } } community(slug: "house") { health { sockets { name count } }
  listening { state since lastFrameAt isLate } kickSetup { checks { name state detail remedy } } } }"""


async def shown(connected: Connected) -> dict[str, Any]:
    """What staff sees, and whoever asks whether the server is ready."""
    told = await Graph(connected.live, connected.server.tokens.mint("admin")).data(ASK)
    house = told["community"]
    [check] = [one for one in house["kickSetup"]["checks"] if one["name"] == "SOCKET"]
    async with connected.live.http.get("/readyz") as answer:
        ready = await answer.json()
    counts = [{one["name"]: one["count"] for one in place["health"]["sockets"]} for place in (told, house)]
    assert ready["ready"] == all(one["ok"] for one in ready["checks"])
    return {"check": check, "listening": house["listening"][0], "all": counts[0], "house": counts[1], "ready": ready}


async def note(connected: Connected, state: State, heard_ago: timedelta | None, since_ago: timedelta) -> None:
    """Write down how the channel's socket is doing, as whoever listens does."""
    now = connected.clock.now()
    [channel] = await connected.read("SELECT id FROM channel WHERE external_id = $1", str(OWNER))

    async def write(tx: Tx, _: Scope) -> Done[None]:
        await tx.execute("UPDATE attachment SET channel_ref = '71', chatroom_ref = '72' WHERE community_id = 1")
        record = ListeningRecord(
            channel_id=channel["id"],
            state=state,
            transport="pusher",
            holder="one",
            since=now - since_ago,
            last_frame_at=None if heard_ago is None else now - heard_ago,
            code=None,
            detail="Kick closed the connection." if state == "waiting" else None,
        )
        await listening.note(tx, [record])
        return Done(None)

    await connected.server.units.run(0, write)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.health.Glance.__init__.__defaults__", (0.0,))


async def test_a_socket_that_hears_less_than_webhooks_tell_is_late(
    database_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    async with connected_to(database_url, clock, tmp_path) as connected:
        found = await shown(connected)
        assert (found["check"]["state"], found["all"], found["house"]) == ("UNKNOWN", {"unknown": 1}, {"unknown": 1})
        await connected.look("subscriptions")
        await note(connected, "listening", timedelta(minutes=5), timedelta(hours=1))
        await connected.chat(1, "hello")
        await connected.look("gaps")
        found = await shown(connected)
        assert (found["check"]["state"], found["house"], found["listening"]["isLate"]) == (
            "OK",
            {"listening": 1},
            False,
        )
        assert found["ready"]["websockets"] == {"listening": 1}

        clock.pass_time(minutes=20)
        await connected.chat(1, "anybody there?")
        await connected.look("gaps")
        found = await shown(connected)
        assert (found["check"]["state"], found["all"], found["house"]) == ("WARNING", {"late": 1}, {"late": 1})
        assert found["listening"]["isLate"]
        assert "late" in found["check"]["detail"]
        assert found["ready"]["websockets"] == {"late": 1}


async def test_a_socket_that_is_down_is_shown_with_since_when_and_what_to_do(
    database_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    async with connected_to(database_url, clock, tmp_path) as connected:
        await connected.live.community("mews", broadcaster="7200199")
        await note(connected, "waiting", timedelta(minutes=5), timedelta(minutes=2))
        found = await shown(connected)
        assert found["check"]["state"] == "WARNING"
        assert "since 2026-08-01 17:58 UTC. Kick closed the connection." in found["check"]["detail"]
        assert "by itself" in found["check"]["remedy"]
        assert found["house"] == {"waiting": 1}
        assert found["all"] == {"unknown": 1, "waiting": 1}, "another community's channel, for the operator alone"
