"""A whole evening with server, Discord's gateway and bot killed in turn: each effect once, and nothing forgotten."""

from pathlib import Path
from random import Random

import pytest

from tests.clients.discord.evening.building import staged
from tests.clients.discord.evening.reckoning import reckoned
from tests.clients.discord.evening.scenes import EVENING, Scene, acknowledged
from tests.clients.discord.evening.stage import Stage
from tests.clients.discord.evening.traps import Trap
from tests.clients.discord.evening.victims import Victim, until_up


def traps_for(stage: Stage, seed: int) -> list[Trap]:
    """Who is killed when, in each scene of the evening: everybody in turn, at moments by chance."""
    chance, victims = Random(seed), list[Victim]()
    traps: list[Trap] = []
    for scene in EVENING:
        if not victims:
            victims = chance.sample([stage.server, stage.gateway, stage.bot], 3)
        moment = chance.choice(scene.moments)
        request = chance.choice(scene.requests) if scene.requests else ""
        traps.append(Trap(victims.pop(), moment, request))
    return traps


async def played(stage: Stage, scene: Scene, trap: Trap) -> None:
    """Play a scene, in which somebody is killed."""
    stage.traps.set = trap
    trap.spring("before")
    await scene.act(stage)
    assert trap.is_sprung, f"{trap} was not sprung in {scene.act.__name__}"


@pytest.mark.crash
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_an_evening_survives_everybody_being_killed_in_turn(database_url: str, tmp_path: Path, seed: int) -> None:
    async with staged(database_url, tmp_path) as stage, stage.server.kept(), stage.bot.kept():
        for scene, trap in zip(EVENING, traps_for(stage, seed), strict=True):
            await played(stage, scene, trap)
            await until_up(stage.server, stage.gateway, stage.bot)
        await acknowledged(stage)
        await reckoned(stage)
        assert min(stage.server.killed, stage.gateway.killed, stage.bot.killed) >= len(EVENING) // 3
