"""A list is not closed over what was heard and is not counted, nor while nobody hears; nor put off in vain."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from server.actions import alerts as alert_actions
from server.actions import gaps as gap_actions
from server.domain.alerts import Thresholds
from server.domain.draws.plan import DrawState
from server.domain.draws.rounds import instant_of as time_of
from server.domain.gaps import NewGap
from server.domain.instants import micros
from server.effects.alerts import Watch
from tests.actions.pipeline import person, pipeline_on, written
from tests.database import FrozenClock
from tests.effects.drawing import COMES, ENDS, EVE, ROUND, Draws, draws_on

GIFTS, CHAT = "channel.subscription.gifts", "chat.message.sent"
THRESHOLDS = Thresholds(silence=timedelta(days=9), gap=timedelta(minutes=15), quarantined=99)
POSTPONED = "SELECT body FROM draw_record WHERE kind = 'postponed' ORDER BY seq"


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


async def silence(drawn: Draws, kind: str, *, is_open: bool = True, source: str = "webhook") -> None:
    """Let the platform stop to send events of a kind, or send them again."""
    [channel] = await drawn.pipeline.read("SELECT id FROM channel WHERE external_id = '900001'")
    gap = NewGap(channel_id=channel["id"], source=source, cause="subscription_silent", kinds=(kind,), began_at=EVE)
    now = drawn.pipeline.clock.now()
    note = partial(gap_actions.note_state, gap=gap, is_open=is_open, ended_at=now)
    assert await drawn.pipeline.server.units.run(0, note)


async def reasons(drawn: Draws) -> list[str]:
    """Why a draw was put off, as anybody can read in the log."""
    bundle = await drawn.bundle()
    return [one["reason"] for one in bundle["log"] if one["kind"] == "postponed"]


async def state(drawn: Draws) -> DrawState:
    return (await drawn.only()).state


def gifted(giver: int, giftee: int) -> tuple[str, dict[str, Any]]:
    body = {"broadcaster": person(900001), "gifter": person(giver), "giftees": [person(giftee)]}
    return GIFTS, body | {"created_at": written(micros(EVE)), "expires_at": written(micros(COMES))}


async def begin_with_gifts(drawn: Draws) -> None:
    """Open a raffle in which four people gave a subscription each, and a fifth did who waits in the inbox."""
    await drawn.house.rules(settlement_h=0, renews=False)
    drawn.period = await drawn.house.start(ends=ENDS)
    await drawn.pipeline.tell(*(gifted(giver, giver + 10) for giver in (1, 2, 3, 4)))
    await drawn.pipeline.server.worker.drain()
    await drawn.look()
    await drawn.pipeline.tell(gifted(5, 15))


async def test_what_was_told_and_waits_to_be_applied_is_in_the_list(drawn: Draws) -> None:
    await begin_with_gifts(drawn)
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED, "a gift waits in the inbox"
    await drawn.pipeline.server.worker.drain()
    await drawn.look()
    committed = await drawn.only()
    assert (committed.state, committed.entries_count, committed.tickets_total) == (DrawState.COMMITTED, 5, 75)
    assert committed.beacon_round == ROUND, "it was still in time"


async def test_what_is_told_after_the_settlement_is_not_waited_for(drawn: Draws) -> None:
    await drawn.begin()
    drawn.at(COMES - timedelta(minutes=29))
    await drawn.pipeline.tell(gifted(77, 78))
    await drawn.look()
    assert (await drawn.only()).entries_count == 4


async def test_a_draw_that_staff_asked_for_waits_for_what_was_told_before_the_end(drawn: Draws) -> None:
    await begin_with_gifts(drawn)
    drawn.at(COMES - timedelta(minutes=29))
    await drawn.house.look()
    await drawn.ask()
    await drawn.look()
    assert await state(drawn) is DrawState.ASKED
    await drawn.pipeline.server.worker.drain()
    await drawn.look()
    assert (await drawn.only()).entries_count == 5


async def test_while_nobody_hears_gifts_the_draw_is_put_off_on_record_and_longer_each_time(drawn: Draws) -> None:
    await drawn.begin()
    await silence(drawn, GIFTS)
    await drawn.close()
    assert (await state(drawn), (await drawn.only()).beacon_round) == (DrawState.PLANNED, ROUND), "there is time yet"
    waits: list[int] = []
    for _ in range(10):
        before = time_of((await drawn.only()).beacon_round)
        drawn.at(before - timedelta(minutes=10))
        await drawn.look()
        await drawn.look()
        waits.append(round((time_of((await drawn.only()).beacon_round) - before) / timedelta(minutes=1)))
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (20, 24 * 60 - 10)
    await silence(drawn, GIFTS, is_open=False)
    await drawn.look()
    assert await state(drawn) is DrawState.COMMITTED
    assert await reasons(drawn) == ["source_silent"] * 10
    assert (await drawn.report()).verdict == "not_drawn_yet", "every record follows from the one before"


async def test_staff_says_that_a_gap_does_not_matter_by_acknowledging_its_alert(drawn: Draws) -> None:
    await drawn.begin()
    await silence(drawn, CHAT)
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED
    server, clock = drawn.pipeline.server, drawn.pipeline.clock
    await Watch(server.database, server.units, thresholds=THRESHOLDS, clock=clock).look()
    await drawn.look()
    assert await state(drawn) is DrawState.PLANNED, "an alert that nobody took changes nothing"
    [alert] = await drawn.pipeline.read("SELECT id FROM alert WHERE kind = 'news_missed'")
    await drawn.house.do(alert_actions.acknowledge, alert_id=alert["id"], actor="tester")
    await drawn.look()
    assert ((await drawn.only()).state, await reasons(drawn)) == (DrawState.COMMITTED, [])


async def test_staff_draws_although_nobody_hears(drawn: Draws) -> None:
    await drawn.begin()
    await silence(drawn, GIFTS)
    await drawn.close()
    await drawn.ask("nobody gave any today")
    await drawn.look()
    assert await state(drawn) is DrawState.COMMITTED


@pytest.mark.parametrize(
    ("kind", "source"),
    [("channel.followed", "webhook"), ("livestream.status.updated", "webhook"), (GIFTS, "websocket")],
)
async def test_what_earns_nothing_or_somebody_else_tells_holds_nobody_up(drawn: Draws, kind: str, source: str) -> None:
    await drawn.begin()
    await silence(drawn, kind, source=source)
    await drawn.close()
    assert await state(drawn) is DrawState.COMMITTED


async def test_gifts_that_a_websocket_tells_meanwhile_hold_nobody_up(drawn: Draws) -> None:
    await drawn.begin()
    await silence(drawn, GIFTS)
    await drawn.pipeline.write(
        "INSERT INTO channel_listening (channel_id, state, transport, holder, since) "
        "SELECT id, 'listening', 'pusher', 'tester', 0 FROM channel RETURNING id"
    )
    await drawn.close()
    assert await state(drawn) is DrawState.COMMITTED


async def test_an_affiliate_feed_is_read_once_more_after_the_end(drawn: Draws) -> None:
    await drawn.begin(wager=20)
    [feed] = await drawn.pipeline.write(
        "INSERT INTO wager_feed (community_id, provider, codes, is_on, since, next_at, good_at, failures, doubts, "
        "names, skipped, actor, at) VALUES ($1, 'shuffle', 'CODE', TRUE, 0, 0, $2, 0, 0, 0, 0, 'tester', 0) "
        "RETURNING id",
        drawn.house.community,
        ENDS - 1,
    )
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED
    await drawn.pipeline.write("UPDATE wager_feed SET good_at = $2 WHERE id = $1 RETURNING id", feed["id"], ENDS)
    await drawn.look()
    assert await state(drawn) is DrawState.COMMITTED


async def test_a_past_that_is_still_being_counted_is_waited_for(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.pipeline.write(
        "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at) "
        "VALUES ($1, 'server', 'raffle.backfill', $2, '{}', 'ready', 0, 0, 0, 0) RETURNING id",
        drawn.house.community,
        f"{drawn.period}:1",
    )
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED
    await drawn.pipeline.write("UPDATE job SET state = 'done' WHERE kind = 'raffle.backfill' RETURNING id")
    await drawn.look()
    assert await state(drawn) is DrawState.COMMITTED
