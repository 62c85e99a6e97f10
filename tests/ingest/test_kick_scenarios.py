"""Recorded evenings, told in any order and more than once, always end with the same totals."""

import random
from pathlib import Path

import orjson
import pytest

from tests.actions.pipeline import Pipeline, pipeline_on
from tests.database import FrozenClock

SCENARIOS = Path(__file__).parents[1] / "payloads/kick/scenarios"
ORDERS = 8
BROADCASTER = 7310042
OTTER, LYNX, WREN, NEWCOMER = "8800021", "8800022", "8800023", "8800024"
SECONDS = {
    "evening_with_a_late_copy": {OTTER: 480, LYNX: 300, WREN: 104},
    # The line between two streams counts from the start of the second; the repeated hello counts once.
    "told_two_hours_late": {OTTER: 600, LYNX: 480},
    "renamed_on_the_way": {OTTER: 600, NEWCOMER: 120},
}


def read(scenario: str, broadcaster: int) -> list[tuple[str, dict[str, object]]]:
    """The deliveries of a scenario, as if they had happened in another channel."""
    told = [orjson.loads(row) for row in (SCENARIOS / f"{scenario}.jsonl").read_bytes().splitlines()]
    for one in told:
        one["body"]["broadcaster"]["user_id"] = broadcaster
    return [(one["kind"], one["body"]) for one in told]


def test_every_scenario_has_its_totals() -> None:
    assert {path.stem for path in SCENARIOS.glob("*.jsonl")} == set(SECONDS)


async def totals(pipeline: Pipeline, scenario: str, broadcaster: int, chance: random.Random | None) -> dict[str, int]:
    community = await pipeline.community()
    await pipeline.attach(community, broadcaster)
    told = read(scenario, broadcaster)
    if chance is not None:
        told += chance.choices(told, k=len(told))
        chance.shuffle(told)
    for one in told:
        await pipeline.tell(one)
        if chance is not None and chance.random() < 0.3:
            await pipeline.apply_some(community, chance.randint(1, 5))
            await pipeline.run_jobs()
    await pipeline.settle(community)
    await pipeline.assert_sound(community)
    return await pipeline.seconds(community)


@pytest.mark.parametrize("scenario", sorted(SECONDS))
async def test_a_scenario_in_any_order_and_repeated_gives_the_same_totals(
    database_url: str, clock: FrozenClock, scenario: str
) -> None:
    chance = random.Random(scenario)
    async with pipeline_on(database_url, clock) as pipeline:
        assert await totals(pipeline, scenario, BROADCASTER, None) == SECONDS[scenario]
        for order in range(1, ORDERS + 1):
            assert await totals(pipeline, scenario, BROADCASTER + order, chance) == SECONDS[scenario]
