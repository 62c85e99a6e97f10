"""Units of work: all or nothing, whatever else happens at the same time and whoever stops waiting."""

import asyncio
from functools import partial

import asyncpg
import pytest

from server.actions.watchtime import adjust
from server.domain.instants import MINUTE, micros
from server.domain.watchtime.values import Rules
from server.events.watchtime import WatchRulesChanged, WatchTimeChanged
from server.jobs import unit
from server.jobs.unit import Busy, Done, KeyReused, Scope, Units
from server.ports import Tx
from server.store import audit
from tests.actions.pipeline import Pipeline, began, line
from tests.database import POSTGRES_URL, START, FrozenClock
from tests.engine import engine_on

CHANNEL = 800
OPENING = micros(START) - 60 * MINUTE
CANCELLED = 1_500


async def stage(pipeline: Pipeline) -> tuple[int, int]:
    """A community with one viewer of five minutes: their ids."""
    community = await pipeline.community()
    await pipeline.attach(community, CHANNEL)
    await pipeline.tell(began(CHANNEL, OPENING), line(CHANNEL, 1, "hello", OPENING + MINUTE))
    await pipeline.settle(community)
    [viewer] = await pipeline.read("SELECT id, watch_us FROM viewer WHERE community_id = $1", community)
    assert viewer["watch_us"] == 5 * MINUTE
    return community, viewer["id"]


def adjusting(viewer: int, number: int, seconds: int = 1) -> unit.Action[int]:
    return partial(
        adjust.adjust, viewer_id=viewer, seconds=seconds, reason="test", actor="tester", source_key=f"grant-{number}"
    )


async def test_cancelled_callers_leave_the_database_working_and_nothing_half_done(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "WAITING_MAX", CANCELLED + 1)
    community, viewer = await stage(pipeline)
    units = pipeline.server.units
    calls = [asyncio.create_task(units.run(community, adjusting(viewer, n))) for n in range(CANCELLED)]
    for turn, call in enumerate(calls):
        if turn % 50 == 0:
            await asyncio.sleep(0.001)
        call.cancel()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(end, asyncio.CancelledError) for end in ended) > CANCELLED // 2
    await units.close()
    [given] = await pipeline.read("SELECT count(*) AS many FROM watch_adjustment")
    [kept] = await pipeline.read("SELECT watch_us FROM viewer WHERE id = $1", viewer)
    assert kept["watch_us"] == 5 * MINUTE + given["many"] * 1_000_000
    await units.run(community, adjusting(viewer, CANCELLED))
    await pipeline.assert_sound(community)


async def test_a_unit_that_raises_changes_nothing(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)

    async def fail(tx: Tx, scope: Scope) -> Done[int]:
        await adjusting(viewer, 1)(tx, scope)
        raise ValueError("after the work was done")

    with pytest.raises(ValueError, match="after the work"):
        await pipeline.server.units.run(community, fail)
    assert await pipeline.read("SELECT id FROM watch_adjustment") == []
    await pipeline.assert_sound(community)


async def test_a_change_whose_line_cannot_be_written_does_not_happen(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    community, viewer = await stage(pipeline)
    attached = await pipeline.read("SELECT action FROM audit_event")

    async def fail(*_: object) -> None:
        raise ValueError("no line")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "append", fail)
        with pytest.raises(ValueError, match="no line"):
            await pipeline.server.units.run(community, adjusting(viewer, 1))
    assert await pipeline.read("SELECT id FROM watch_adjustment") == []
    await pipeline.server.units.run(community, adjusting(viewer, 1))
    lines = await pipeline.read("SELECT action FROM audit_event ORDER BY id")
    assert [row["action"] for row in lines[len(attached) :]] == ["watchtime.adjust"]


async def test_a_line_goes_with_the_change_when_a_reaction_fails(database_url: str, clock: FrozenClock) -> None:
    async def break_down(*_: object) -> list[object]:
        raise ValueError("a reaction broke")

    async with engine_on(
        database_url, clock, reactions=lambda wired: {**wired, WatchRulesChanged: (break_down,)}
    ) as engine:
        community = await Pipeline(engine, clock).community()
        change = partial(adjust.change_settings, changes={"window_s": 60}, effective_from=None, actor="tester")
        with pytest.raises(ValueError, match="a reaction broke"):
            await engine.units.run(community, change)
        assert await engine.read("SELECT id FROM setting_version") == []
        assert await engine.read("SELECT id FROM audit_event") == []


async def test_a_reaction_that_raises_takes_the_cause_with_it(database_url: str, clock: FrozenClock) -> None:
    async def break_down(*_: object) -> list[object]:
        raise ValueError("a reaction broke")

    async with engine_on(
        database_url, clock, reactions=lambda wired: {**wired, WatchTimeChanged: (break_down,)}
    ) as engine:
        pipeline = Pipeline(engine, clock)
        community = await pipeline.community()
        await pipeline.attach(community, CHANNEL)
        await pipeline.tell(began(CHANNEL, OPENING))
        await pipeline.settle(community)
        await pipeline.tell(line(CHANNEL, 1, "hello", OPENING + MINUTE))
        await engine.worker.drain()
        assert await pipeline.seconds(community) == {}
        assert await pipeline.read("SELECT id FROM chat_evidence") == []


async def test_too_many_waiting_units_are_turned_away(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "WAITING_MAX", 3)
    community, viewer = await stage(pipeline)
    calls = [pipeline.server.units.run(community, adjusting(viewer, n)) for n in range(10)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(end, Busy) for end in ended) == 7
    assert await pipeline.server.units.run(community, adjusting(viewer, 11)) > 5 * MINUTE


if POSTGRES_URL is not None:  # SQLite has one writer, so that two units never meet

    async def test_a_deadlock_is_resolved_and_both_units_happen(pipeline: Pipeline) -> None:
        community, viewer = await stage(pipeline)
        met = asyncio.Barrier(2)
        tries: list[int] = []

        async def crossing(tx: Tx, scope: Scope, tables: tuple[str, str], number: int) -> Done[int]:
            tries.append(number)
            await tx.fetch(f"SELECT 1 FROM {tables[0]} FOR UPDATE")
            if tries.count(number) == 1:
                await met.wait()
            await tx.fetch(f"SELECT 1 FROM {tables[1]} FOR UPDATE")
            return await adjusting(viewer, number)(tx, scope)

        await asyncio.gather(
            pipeline.server.units.run(community, partial(crossing, tables=("channel", "stream"), number=1)),
            pipeline.server.units.run(community, partial(crossing, tables=("stream", "channel"), number=2)),
        )
        assert len(tries) == 3, "one of them had to start again"
        [given] = await pipeline.read("SELECT count(*) AS many FROM watch_adjustment")
        assert given["many"] == 2
        await pipeline.assert_sound(community)


async def test_contention_is_tried_again_and_then_told(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)
    tries: list[int] = []

    async def unlucky(tx: Tx, scope: Scope, until: int) -> Done[int]:
        tries.append(len(tries))
        if len(tries) < until:
            raise asyncpg.SerializationError("could not serialize access")
        return await adjusting(viewer, 1)(tx, scope)

    await pipeline.server.units.run(community, partial(unlucky, until=3))
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(asyncpg.SerializationError):
        await pipeline.server.units.run(community, partial(unlucky, until=100))
    assert len(tries) == unit.ATTEMPTS_MAX
    await pipeline.assert_sound(community)


async def granting(units: Units, community: int, viewer: int, key: str, digest: str) -> str:
    async def give(tx: Tx, scope: Scope) -> Done[str]:
        done = await adjusting(viewer, scope.now.microsecond)(tx, scope)
        await tx.fetch("SELECT 1")
        return done.giving(str(done.result))

    return await units.once(community, "owner:adjustWatchTime", key, digest, give)


async def test_the_same_key_twenty_times_at_once_has_one_effect_and_one_result(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)
    units = pipeline.server.units
    results = await asyncio.gather(*(granting(units, community, viewer, "key", "same") for _ in range(20)))
    assert set(results) == {str(5 * MINUTE + 1_000_000)}
    assert len(await pipeline.read("SELECT id FROM watch_adjustment")) == 1
    with pytest.raises(KeyReused):
        await granting(units, community, viewer, "key", "other input")
    assert len(await pipeline.read("SELECT id FROM watch_adjustment")) == 1


async def test_a_key_whose_unit_failed_can_be_used_again(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)
    units = pipeline.server.units

    async def fail(*_: object) -> Done[str]:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        await units.once(community, "owner:adjustWatchTime", "key", "same", fail)
    assert await granting(units, community, viewer, "key", "same") == str(5 * MINUTE + 1_000_000)


async def test_the_same_key_in_another_community_is_another_key(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)
    other = await pipeline.community()

    async def nothing(*_: object) -> Done[str]:
        return Done("nothing")

    units = pipeline.server.units
    assert await units.once(other, "owner:adjustWatchTime", "key", "digest", nothing) == "nothing"
    assert await granting(units, community, viewer, "key", "same") == str(5 * MINUTE + 1_000_000)


async def test_worker_recounts_and_adjustments_at_once_lose_no_update(pipeline: Pipeline) -> None:
    community, viewer = await stage(pipeline)
    for n in range(60):
        await pipeline.tell(line(CHANNEL, 1 + n % 5, f"line {n}", OPENING + (50 - n % 50) * MINUTE))

    async def work() -> None:
        for _ in range(12):
            await pipeline.apply_some(community, 5)

    async def recount() -> None:
        for n in range(8):
            await pipeline.rule(community, OPENING + n, Rules(window=(3 + n) * MINUTE))
            await pipeline.run_jobs()

    async def grant() -> None:
        for n in range(30):
            await pipeline.server.units.run(community, adjusting(viewer, n, seconds=1 if n % 3 else -1))

    await asyncio.gather(work(), work(), recount(), grant(), return_exceptions=False)
    await pipeline.settle(community)
    await pipeline.assert_sound(community)
    [kept] = await pipeline.read("SELECT watch_us FROM viewer WHERE id = $1", viewer)
    tallied = sum((await pipeline.totals(community)).values())
    assert tallied > kept["watch_us"] > 0
