"""A list is not closed over what was heard and is not counted, nor while nobody hears; nor put off in vain."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from server.actions import alerts as alert_actions
from server.actions import gaps as gap_actions
from server.actions.draws import freeze, settle
from server.domain.alerts import Thresholds
from server.domain.draws.plan import DrawState
from server.domain.draws.rounds import instant_of as time_of
from server.domain.gaps import NewGap
from server.domain.instants import MINUTE, instant_of, micros
from server.effects.alerts import Watch
from server.system import SystemChance
from tests.actions.pipeline import began, line, person, pipeline_on, written
from tests.actions.test_raffle import gift
from tests.database import FrozenClock
from tests.effects.drawing import COMES, ENDS, EVE, KEYS, ROUND, Draws, draws_on

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


def unfit(kind: str = GIFTS) -> tuple[str, dict[str, Any]]:
    """A delivery that no parser understands."""
    return kind, {"broadcaster": person(900001)}


async def begin_with_unfit(drawn: Draws, kind: str = GIFTS) -> None:
    """Open a raffle of which something was told that could not be applied."""
    await drawn.begin()
    await drawn.pipeline.tell(unfit(kind))
    await drawn.pipeline.server.worker.drain()
    [row] = await drawn.pipeline.read("SELECT count(*) AS many FROM delivery WHERE state = 'quarantined'")
    assert row["many"] == 1


async def test_what_could_not_be_applied_puts_a_planned_draw_off_until_staff_took_its_alert(drawn: Draws) -> None:
    await begin_with_unfit(drawn)
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED, "there may be tickets in it"
    drawn.at(COMES - timedelta(minutes=10))
    await drawn.look()
    server, clock = drawn.pipeline.server, drawn.pipeline.clock
    watch = Watch(server.database, server.units, thresholds=THRESHOLDS, clock=clock)
    await watch.look()
    [alert] = await drawn.pipeline.read("SELECT id FROM alert WHERE kind = 'quarantine_grows'")
    await drawn.look()
    assert await state(drawn) is DrawState.PLANNED, "an alert that nobody took changes nothing"
    await drawn.house.do(alert_actions.acknowledge, alert_id=alert["id"], actor="tester")
    await drawn.look()
    assert (await state(drawn), await reasons(drawn)) == (DrawState.COMMITTED, ["deliveries_quarantined"])


async def test_what_comes_into_quarantine_after_staff_took_the_alert_counts_anew(drawn: Draws) -> None:
    await begin_with_unfit(drawn)
    drawn.at(instant_of(ENDS))
    await drawn.house.look()
    server, clock = drawn.pipeline.server, drawn.pipeline.clock
    await Watch(server.database, server.units, thresholds=THRESHOLDS, clock=clock).look()
    [alert] = await drawn.pipeline.read("SELECT id FROM alert WHERE kind = 'quarantine_grows'")
    await drawn.house.do(alert_actions.acknowledge, alert_id=alert["id"], actor="tester")
    drawn.at(EVE)
    await drawn.pipeline.tell(unfit())
    await drawn.close()
    await drawn.pipeline.server.worker.drain()
    await drawn.look()
    assert await state(drawn) is DrawState.PLANNED
    await drawn.ask("nothing is in them")
    await drawn.look()
    assert await state(drawn) is DrawState.COMMITTED, "staff decides"


@pytest.mark.parametrize("kind", ["channel.followed", "channel.of.tomorrow"])
async def test_what_could_not_be_applied_and_gives_no_tickets_holds_nobody_up(drawn: Draws, kind: str) -> None:
    await begin_with_unfit(drawn, kind)
    await drawn.close()
    assert await state(drawn) is DrawState.COMMITTED


async def test_what_could_not_be_applied_in_an_earlier_raffle_holds_nobody_up(drawn: Draws) -> None:
    drawn.at(EVE - timedelta(minutes=1))
    await drawn.pipeline.tell(unfit())
    await drawn.pipeline.server.worker.drain()
    drawn.at(EVE)
    await drawn.begin()
    await drawn.close()
    assert await state(drawn) is DrawState.COMMITTED


async def test_a_list_that_no_record_could_hold_is_not_closed_and_staff_leaves_people_out(
    drawn: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "ENTRIES_MAX", 3)
    await drawn.begin()
    await drawn.close()
    assert await state(drawn) is DrawState.PLANNED
    assert not await drawn.pipeline.read("SELECT 1 FROM draw_entrant")
    [alert] = await drawn.pipeline.read("SELECT community_id, detail, remedy FROM alert WHERE kind = 'draw_stuck'")
    assert (alert["community_id"], "would be in the list" in alert["detail"]) == (drawn.house.community, True)
    await drawn.look()
    assert len(await drawn.pipeline.read("SELECT 1 FROM alert WHERE kind = 'draw_stuck'")) == 1, "told once"
    [one, *_] = await drawn.pipeline.read("SELECT viewer_id FROM ticket_standing WHERE period_id = $1", drawn.period)
    out = {"viewer_id": one["viewer_id"], "code": "on_request", "reason": "He asked.", "actor": "tester"}
    await drawn.house.do(settle.exclude, period_id=drawn.period, **out)
    await drawn.look()
    assert (await state(drawn), (await drawn.only()).entries_count) == (DrawState.COMMITTED, 3)


async def test_a_chat_that_goes_on_in_the_next_raffle_holds_nobody_up(drawn: Draws) -> None:
    await drawn.house.rules(settlement_h=0, renews=True)
    drawn.period = await drawn.house.start(ends=ENDS)
    await drawn.house.happen(*(gift(one, one, micros(EVE), one) for one in (1, 2, 3)))
    await drawn.pipeline.tell(began(900001, micros(EVE)), line(900001, 1, "early", ENDS - 30 * MINUTE))
    await drawn.pipeline.server.worker.drain()
    await drawn.look()
    drawn.at(COMES - timedelta(minutes=25))
    await drawn.house.look()
    await drawn.pipeline.tell(line(900001, 1, "and on", micros(drawn.pipeline.clock.now())))
    await drawn.pipeline.server.worker.drain()
    [waits] = await drawn.pipeline.read("SELECT first_period FROM ticket_due")
    assert waits["first_period"] > drawn.period, "what is watched now is of the next raffle alone"
    assert await drawn.house.do(freeze.freeze, draw_id=(await drawn.only()).id, chance=SystemChance(), keys=KEYS)


async def test_what_is_owed_in_the_raffle_is_shared_out_before_its_list_is_closed(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.pipeline.tell(began(900001, micros(EVE)), line(900001, 1, "early", ENDS - 30 * MINUTE))
    drawn.at(COMES - timedelta(minutes=25))
    await drawn.house.look()
    await drawn.pipeline.server.worker.drain()
    [waits] = await drawn.pipeline.read("SELECT first_period FROM ticket_due")
    assert waits["first_period"] == drawn.period
    given = {"draw_id": (await drawn.only()).id, "chance": SystemChance(), "keys": KEYS}
    assert not await drawn.house.do(freeze.freeze, **given)
    await drawn.house.look()
    assert await drawn.house.do(freeze.freeze, **given)


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
