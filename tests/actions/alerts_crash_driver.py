"""Tells of an evening's gifts and shows the alerts in a child process that kills itself at a given statement."""

from datetime import timedelta
from typing import Any

from tests.actions.alerting import House, gift, kicks, sub
from tests.actions.pipeline import Pipeline
from tests.database import START, FrozenClock
from tests.engine import engine_on
from tests.lives import Places, serve_lives

HOUSE = 1
OVERLAY = "main"
ALERTS_MAX = 10


async def live(url: str, kill_at: int, passed_s: int) -> dict[str, Any]:
    """Tell everything from the start, as its senders do, show what is to be shown, and say what was seen of it."""
    places = Places(kill_at)
    clock = FrozenClock(START + timedelta(seconds=passed_s))
    async with engine_on(url, clock, hook=places) as server:
        house = House(Pipeline(server, clock), HOUSE)
        await house.happen(sub(1, START, 1))
        await house.happen(gift(9, 5, START, 2), kicks(4, 50, START, 4))
        await house.happen(gift(9, 7, START, 3))
        clock.pass_time(seconds=3)
        shown: list[int] = []
        for _ in range(ALERTS_MAX):
            taken = await house.take(OVERLAY)
            if taken is None:
                break
            [one] = [one for one in await house.waiting(OVERLAY) if one.held_until is not None]
            shown.append(one.payload["amount"])
            await house.shown(OVERLAY, taken)
        attempts = await house.pipeline.read("SELECT attempts FROM job ORDER BY id")
        return {
            "places": places.seen,
            "shown": shown,
            "ended": await house.ended(OVERLAY),
            "attempts": [row["attempts"] for row in attempts],
        }


if __name__ == "__main__":
    serve_lives(live)
