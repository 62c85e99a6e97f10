"""Killed at every statement of a giveaway's way from its keyword to the claimed prize, a server draws it once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from server.domain.giveaways import CLAIM_GRACE
from server.domain.instants import SECOND, micros
from tests.actions.pipeline import line, pipeline_on
from tests.actions.test_raffle import House, link
from tests.database import FrozenClock, Migrated, fresh_url
from tests.effects.draw_driver import giving
from tests.effects.drawing import COMES, draws_on
from tests.effects.giving import ASKED, OPENS, WORD, Giving
from tests.effects.mortal import DRIVER, Mortal
from tests.lives import driver

DEATHS_MIN = 30
CLOSED = ASKED - timedelta(seconds=10)
NAMED = COMES + timedelta(seconds=10)
PASSED = NAMED + timedelta(seconds=60) + CLAIM_GRACE
EXPIRED = PASSED + timedelta(seconds=60) + CLAIM_GRACE


@asynccontextmanager
async def mortal_on(migrated: Migrated, folder: Path) -> AsyncGenerator[Mortal, None]:
    """A mortal server, whose community speaks in its channel's chat."""
    async with fresh_url(migrated, folder) as url:
        async with pipeline_on(url, FrozenClock(OPENS)) as pipeline:
            community = (await draws_on(pipeline)).house.community
        with driver(DRIVER) as process:
            yield Mortal(url, community, process)


@asynccontextmanager
async def survived(mortal: Mortal) -> AsyncGenerator[Giving, None]:
    """What is there after all lives."""
    async with pipeline_on(mortal.url, FrozenClock(ASKED)) as pipeline:
        yield giving(pipeline.server, House(pipeline, mortal.community))


async def write_lines(mortal: Mortal, at: int, *authors: int, text: str = WORD) -> None:
    """Have Kick tell twice what some people write, one second after the other."""
    async with survived(mortal) as found:
        found.house.pipeline.numbers = count(at)
        lines = [line(900001, who, text, at + nth * SECOND) for nth, who in enumerate(authors)]
        await found.house.pipeline.tell(*lines, *lines)


async def rows(found: Giving, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await found.house.pipeline.read(sql)]


async def post_all(mortal: Mortal) -> int:
    """Have what waits to be said in chat be posted before the round; the giveaway's id."""
    async with survived(mortal) as found:
        await found.house.pipeline.write(
            "UPDATE chat_line SET state = 'sent', message_id = 'm-' || id, settled_at = $1 RETURNING id", micros(ASKED)
        )
        [(giveaway,)] = await rows(found, "SELECT id FROM giveaway")
        return giveaway


async def assert_drawn_once(found: Giving, giveaway: int, *kinds: str) -> None:
    """One giveaway, one draw over the three who entered, each record once, and every line of chat once."""
    assert await rows(found, "SELECT count(*) FROM giveaway_entry") == [(3,)]
    assert await rows(found, "SELECT number, state FROM draw") == [(1, "drawn")]
    assert await found.listed() == {"1": (1, None), "2": (1, None), "3": (1, None)}
    assert await rows(found, "SELECT kind FROM draw_record ORDER BY seq") == [(kind,) for kind in kinds]
    assert (await found.report(giveaway)).verdict == "verified"
    assert len(await found.lines()) == len(set(await found.lines()))


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_a_giveaway_is_opened_entered_closed_drawn_and_claimed_once(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path) as mortal:
        await mortal.does("open_giveaway", OPENS)
        giveaway = await post_all(mortal)
        await write_lines(mortal, micros(OPENS), 1, 2, 3)
        await mortal.does("settle_all", OPENS + timedelta(minutes=1))
        await mortal.does("close_giveaway", CLOSED, giveaway)
        await mortal.does("draw_giveaway", ASKED, giveaway)
        await mortal.does("give", ASKED)
        await post_all(mortal)
        await mortal.does("give", COMES)
        await mortal.does("give", NAMED)
        async with survived(mortal) as found:
            winner = await found.who((await found.places(giveaway))[0])
        await write_lines(mortal, micros(NAMED), winner, text="here")
        await mortal.does("settle_all", NAMED + timedelta(seconds=30))
        await mortal.does("give", PASSED)
        assert len(mortal.deaths) > DEATHS_MIN
        async with survived(mortal) as found:
            await assert_drawn_once(found, giveaway, "commit", "result")
            assert await rows(found, "SELECT number, state FROM giveaway") == [(1, "claimed")]
            assert [place.state for place in await found.places(giveaway)] == ["confirmed", "alternate"]


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_a_giveaway_ends_and_passes_over_who_does_not_claim_once(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path) as mortal:
        await mortal.does("open_giveaway", OPENS, int((ASKED - OPENS).total_seconds()))
        giveaway = await post_all(mortal)
        await write_lines(mortal, micros(OPENS), 1, 2, 3)
        await mortal.does("settle_all", OPENS + timedelta(minutes=1))
        for instant in (ASKED, COMES, NAMED, PASSED, EXPIRED):
            await mortal.does("give", instant)
            if instant == ASKED:
                await post_all(mortal)
        assert len(mortal.deaths) > DEATHS_MIN
        async with survived(mortal) as found:
            await assert_drawn_once(found, giveaway, "commit", "result", "pass", "pass")
            assert await rows(found, "SELECT number, state FROM giveaway") == [(1, "expired")]
            assert [place.state for place in await found.places(giveaway)] == ["passed", "passed"]


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_somebody_enters_and_leaves_from_discord_once_each(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path) as mortal:
        await mortal.does("open_giveaway", OPENS)
        giveaway = await post_all(mortal)
        async with survived(mortal) as found:
            await found.house.pipeline.accounts([1])
            await found.house.pipeline.accounts([1_001], "discord")
            await link(found.house, ("kick", "1"), ("discord", "1001"))
        opened = len(mortal.deaths)
        for nth, deed in enumerate(("enter_giveaway", "leave_giveaway", "enter_giveaway")):
            await mortal.does(deed, OPENS + timedelta(seconds=nth), giveaway)
        assert len(mortal.deaths) > opened + 5
        async with survived(mortal) as found:
            steps = "SELECT action FROM audit_event WHERE action IN ('giveaways.enter', 'giveaways.leave') ORDER BY id"
            assert [step for (step,) in await rows(found, steps)] == [
                "giveaways.enter",
                "giveaways.leave",
                "giveaways.enter",
            ]
            inside = "SELECT count(*) FROM giveaway_entry WHERE at > left_at"
            assert await rows(found, inside) == [(1,)]
