"""The list of a draw is closed as it is read later, whatever the pages in which it is read, made and written."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.actions.draws import freeze, settle
from server.domain.draws.plan import DrawState
from server.domain.draws.snapshot import Closed
from server.domain.instants import micros
from server.effects.draws import closed_list
from server.system import SystemChance
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import gift, link
from tests.database import FrozenClock
from tests.effects.drawing import COMES, ENDS, EVE, KEYS, Draws, draws_on

WEIGHTS = (
    "SELECT a.external_id, e.weight, e.excluded FROM draw_entrant e JOIN account a ON a.id = e.account_id "
    "WHERE e.draw_id = $1 ORDER BY a.external_id"
)


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


async def over(drawn: Draws) -> None:
    """A raffle at its end: six gave subscriptions, one by two accounts, one by a Discord account, one is left out."""
    await drawn.house.rules(settlement_h=0, renews=False)
    drawn.period = await drawn.house.start(ends=ENDS)
    await drawn.pipeline.accounts([6], "twitch")
    await drawn.house.happen(*(gift(one, one, micros(EVE), one) for one in range(1, 6)))
    await link(drawn.house, ("kick", "3"), ("twitch", "6"))
    await drawn.house.happen(replace(gift(6, 6, micros(EVE), 9), platform="twitch"))
    await drawn.pipeline.write("UPDATE account SET platform = 'discord' WHERE external_id = '2' RETURNING id")
    [out] = await drawn.pipeline.read(
        "SELECT v.viewer_id FROM viewer_account v JOIN account a ON a.id = v.account_id WHERE a.external_id = '1'"
    )
    why = {"code": "on_request", "reason": "He asked.", "actor": "tester"}
    await drawn.house.do(settle.exclude, period_id=drawn.period, viewer_id=out["viewer_id"], **why)
    await drawn.look()
    drawn.at(COMES - timedelta(minutes=25))
    await drawn.house.look()


async def close(drawn: Draws) -> tuple[Closed, Closed | None]:
    """What is told of a list when it is closed, and what is read of it afterwards."""
    draw = await drawn.only()
    told = await drawn.house.do(freeze.freeze, draw_id=draw.id, chance=SystemChance(), keys=KEYS)
    return told, await closed_list(drawn.pipeline.server.database.reader(), draw.id)


@pytest.mark.parametrize("at_once", [1, 2, 3, 300])
async def test_what_is_promised_of_a_list_is_what_is_read_of_it(
    drawn: Draws, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(freeze, "VIEWERS_AT_ONCE", at_once)
    monkeypatch.setattr(freeze, "LINES_AT_ONCE", at_once)
    await over(drawn)
    told, read = await close(drawn)
    assert told == read
    assert (told.list.entries_count, told.list.tickets_total, told.excluded_count) == (3, 15 * (3 + 6 + 4 + 5), 2)
    rows = await drawn.pipeline.read(WEIGHTS, (await drawn.only()).id)
    assert [tuple(row) for row in rows] == [
        ("1", 15, "on_request"),
        ("2", 30, "unlinked"),
        ("3", 135, None),
        ("4", 60, None),
        ("5", 75, None),
    ]


async def test_a_list_over_which_is_drawn_again_is_told_as_it_is_read(drawn: Draws) -> None:
    await over(drawn)
    first, _ = await close(drawn)
    await drawn.look()
    await drawn.house.do(settle.void, draw_id=(await drawn.only()).id, reason="wrong prize", keys=KEYS)
    await drawn.ask()
    told, read = await close(drawn)
    assert told == read
    assert (told.list.entries_count, told.list.tickets_total) == (first.list.entries_count, first.list.tickets_total)
    assert told.list.entries_root != first.list.entries_root, "its salts are others"


async def test_a_list_in_which_nobody_is_promises_nothing(drawn: Draws) -> None:
    await over(drawn)
    await drawn.pipeline.write("UPDATE account SET platform = 'discord' WHERE TRUE RETURNING id")
    assert await close(drawn) == (None, None)
    assert (await drawn.only()).state is DrawState.EMPTY
