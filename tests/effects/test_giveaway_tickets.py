"""Giveaways by tickets have all tickets in their lists that were earned before they are drawn."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from server.actions.draws import wait
from server.actions.giveaways import run
from server.actions.giveaways.freeze import freeze
from server.domain.giveaways import APPLIED_WITHIN, GiveawayKind
from server.domain.instants import micros
from server.system import SystemChance
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import gift, kicks
from tests.database import FrozenClock
from tests.effects.drawing import KEYS, Relay, keeper_on
from tests.effects.giving import ASKED, OPENS, Giving
from tests.effects.test_giveaways import housed


@pytest.fixture
async def giving(database_url: str) -> AsyncGenerator[Giving, None]:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        relay = Relay()
        yield Giving(await housed(pipeline), relay, keeper_on(pipeline.server, relay))


async def with_kicks(giving: Giving) -> int:
    """A giveaway by tickets that is to be drawn, right after somebody gave 1,000 KICKs that count."""
    await giving.house.rules(kicks=10)
    await giving.house.start()
    await giving.house.happen(gift(7, 1, micros(OPENS), 1))
    giveaway = await giving.opened(kind=GiveawayKind.TICKETS, keyword="")
    giving.at(ASKED)
    await giving.house.happen(kicks(77, 1000, micros(ASKED) - 1, 2))
    await giving.do(run.draw, giveaway_id=giveaway, actor="tester")
    return giveaway


async def test_tickets_that_are_not_shared_out_yet_are_in_the_list_of_a_giveaway(giving: Giving) -> None:
    giveaway = await with_kicks(giving)
    await giving.look()
    assert await giving.listed() == {"7": (15, None), "77": (100, None)}
    assert [one["kind"] for one in (await giving.bundle(giveaway))["log"]] == ["commit"]


async def test_a_giveaway_waits_half_a_minute_for_tickets_that_are_not_shared_out(giving: Giving) -> None:
    giveaway = await with_kicks(giving)
    draw, chance = await giving.draw(giveaway), SystemChance()
    assert await giving.do(freeze, draw_id=draw.id, chance=chance) is False
    giving.at(ASKED + APPLIED_WITHIN - timedelta(microseconds=1))
    assert await giving.do(wait.go_on_without, draw_id=draw.id, keys=KEYS) is False
    assert await giving.do(freeze, draw_id=draw.id, chance=chance) is False
    giving.at(ASKED + APPLIED_WITHIN)
    assert await giving.do(wait.go_on_without, draw_id=draw.id, keys=KEYS) is True
    assert await giving.do(freeze, draw_id=draw.id, chance=chance) is True
    assert await giving.listed() == {"7": (15, None)}
    await giving.look()
    told = [(one["kind"], one.get("reason")) for one in (await giving.bundle(giveaway))["log"]]
    assert told == [("postponed", "deliveries_waiting"), ("commit", None)], "the log says that it was not waited for"
