"""Somebody is forgotten: nothing names him any more, everybody's totals stay, old news do not bring him back."""

import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from server.actions import linking, privacy, proofs
from server.actions.watchtime.request import recount_asked
from server.domain.audit import Audited, Author
from server.domain.instants import MINUTE, SECOND, micros
from server.domain.linking import Cause
from server.domain.privacy import Identity
from server.domain.staff import Grant, StaffRole
from server.effects.doctor import examine
from server.effects.privacy import Forgetter
from server.events.happening import Person
from server.events.rewards import RedemptionState, RewardRedeemed
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import feed, idempotency, jobs, signin, staff, watchtime
from server.store import linking as accounts
from server.store.jobs import NewJob
from tests.actions.pipeline import Pipeline, began, line
from tests.canaries import database_dump
from tests.database import START, FrozenClock
from tests.engine import engine_on

CHANNEL, OTTER, HERON = 5_550_001, 7_200_101, 7_200_102
VIOLET = "900000000000000001"
GRACE = timedelta(days=7)
LIVE = micros(START) - 60 * MINUTE
NAMED = re.compile(rb"(?<![0-9])7200101(?![0-9])|viewer7200101|900000000000000001|violet|whispers", re.IGNORECASE)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Blade:
    """Kills whoever runs the next statement but so many."""

    left: int | None = None

    def __call__(self, _: str) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise Killed


@pytest.fixture
def blade() -> Blade:
    return Blade()


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock, blade: Blade) -> AsyncGenerator[Pipeline, None]:
    async with engine_on(database_url, clock, hook=blade) as engine:
        yield Pipeline(engine, clock)


def forgetter(pipeline: Pipeline) -> Forgetter:
    numbers = count(1)
    return Forgetter(pipeline.server.database, pipeline.server.units, lambda: f"opaque{next(numbers)}")


async def run(pipeline: Pipeline, community: int, action: Any, **given: Any) -> Any:
    by = Author(kind="person", name=f"person:kick:{OTTER}")
    return await pipeline.server.units.run(community, partial(action, **given), by=by)


async def watched(pipeline: Pipeline, *communities: int) -> None:
    """A stream in which two people wrote now and then."""
    for community in communities:
        await pipeline.attach(community, CHANNEL)
    told = [began(CHANNEL, LIVE)]
    told += [line(CHANNEL, OTTER, f"line {minute}", LIVE + minute * MINUTE) for minute in range(1, 20, 3)]
    told += [line(CHANNEL, HERON, f"word {minute}", LIVE + minute * MINUTE) for minute in range(1, 30, 4)]
    await pipeline.tell(*told)
    await pipeline.settle(*communities)


async def traces(pipeline: Pipeline) -> list[bytes]:
    database = pipeline.server.database
    return NAMED.findall(await database_dump(database.reader(), database.url))


async def known_as(pipeline: Pipeline, community: int) -> None:
    """Everything that can name somebody: a link he proved, a session, grants, lines of logs, jobs, results, texts."""
    kick, discord = ("kick", str(OTTER)), ("discord", VIOLET)
    number, _ = await run(
        pipeline, community, proofs.offer, discord_id=VIOLET, discord_name="violet", guild_name="Hall"
    )
    proved = {"platform": "kick", "external_id": str(OTTER), "name": "viewer7200101", "browser_digest": "b" * 64}
    await run(pipeline, community, proofs.prove, proof_id=number, **proved)
    link = {"one": discord, "other": kick, "cause": Cause.VIEWER, "actor": f"discord:{VIOLET}", "reason": "as violet"}
    await run(pipeline, community, linking.link, **link)

    async def more(tx: Tx, scope: Scope) -> Done[None]:
        await accounts.accounts_of(tx, "discord", [(Person(id=VIOLET, name="Violet"), scope.now)])
        await signin.open_session(tx, "d" * 64, *kick, "viewer7200101", scope.now, scope.now + GRACE)
        await staff.put(tx, community, kick, Grant(StaffRole.MODERATOR), f"person:kick:{OTTER}", scope.now)
        await staff.put(tx, community, ("kick", "1"), Grant(StaffRole.OWNER), f"person:kick:{OTTER}", scope.now)
        await feed.append(tx, community, [("staff.granted", {"kind": "kick", "holder": str(OTTER)})], scope.now)
        told = {"discordId": VIOLET, "name": "violet"}
        job = NewJob(kind="told", key="1", payload=told, run_at=scope.now, community_id=community, audience="discord")
        await jobs.add(tx, [job], scope.now)
        await idempotency.claim(tx, f"{community}:person:discord:{VIOLET}:createLink", "k", "h", scope.now)
        viewer = await accounts.viewer_of(tx, community, 2)
        reason = f"Violet (viewer7200101, {OTTER}) was here."
        line = Audited(action="watchtime.adjust", target=("viewer", viewer or 0), after={"who": ["kick:7200101"]})
        await watchtime.add_adjustment(tx, community, 2, 60 * SECOND, reason, f"person:kick:{OTTER}", "key", scope.now)
        await watchtime.move_balances(tx, {viewer or 0: 60 * SECOND})
        redeemed = RewardRedeemed(
            platform="kick",
            broadcaster=Person(id=str(CHANNEL), name="streamer"),
            redemption_id="R1",
            state=RedemptionState.PENDING,
            redeemer=Person(id=str(OTTER), name="viewer7200101"),
            reward_id="ours",
            reward_title="A wish",
            cost=5,
            user_input="Whispers of somebody who names nobody.",
            at=scope.now,
        )
        return Done(None, [redeemed], audit=[replace(line, reason=reason)])

    await run(pipeline, community, more)


async def world(pipeline: Pipeline) -> int:
    community = await pipeline.community()
    await watched(pipeline, community)
    await known_as(pipeline, community)
    return community


async def ask(pipeline: Pipeline, community: int = 0) -> None:
    own = [Identity("kick", str(OTTER))]
    await run(pipeline, community, privacy.ask, own=own, is_confirmed=True, grace=GRACE)


async def sums(pipeline: Pipeline, community: int) -> tuple[int, list[int]]:
    """The balance of the other person, and all balances, whoever has them."""
    seconds = await pipeline.seconds(community)
    return seconds[str(HERON)], sorted(seconds.values())


async def test_nothing_names_somebody_who_was_forgotten_and_all_totals_stay(pipeline: Pipeline) -> None:
    community = await world(pipeline)
    before = await sums(pipeline, community)
    await ask(pipeline)
    assert len(await traces(pipeline)) > 20
    pipeline.clock.pass_time(days=6, hours=23)
    assert await forgetter(pipeline).sweep() == 0
    pipeline.clock.pass_time(hours=2)
    assert await forgetter(pipeline).sweep() == 1
    assert await traces(pipeline) == []
    assert await sums(pipeline, community) == before
    await pipeline.assert_sound(community)
    assert await forgetter(pipeline).sweep() == 0


async def test_news_from_before_do_not_bring_the_name_back_and_later_ones_make_somebody_new(pipeline: Pipeline) -> None:
    community = await world(pipeline)
    await ask(pipeline)
    pipeline.clock.pass_time(days=8)
    assert await forgetter(pipeline).sweep() == 1
    before = await pipeline.seconds(community)
    await pipeline.tell(line(CHANNEL, OTTER, "late news", LIVE + 25 * MINUTE))
    await pipeline.settle(community)
    assert await pipeline.seconds(community) == before
    assert await pipeline.read("SELECT id FROM account WHERE name = 'viewer7200101'") == []
    pipeline.clock.pass_time(hours=1)
    starts = micros(pipeline.clock.now())
    await pipeline.tell(began(CHANNEL, starts), line(CHANNEL, OTTER, "hello", starts + MINUTE))
    pipeline.clock.pass_time(hours=1)
    await pipeline.settle(community)
    assert await pipeline.seconds(community) == {**before, str(OTTER): 300}
    await pipeline.assert_sound(community)


async def test_an_interruption_at_any_statement_is_gone_on_from(pipeline: Pipeline, blade: Blade) -> None:
    community = await world(pipeline)
    before = await sums(pipeline, community)
    await ask(pipeline)
    pipeline.clock.pass_time(days=8)
    done = crashes = 0
    while not done:
        crashes += 1
        blade.left = crashes
        with suppress(Killed):
            done = await forgetter(pipeline).sweep()
    blade.left = None
    assert crashes > 10
    assert await traces(pipeline) == []
    assert await sums(pipeline, community) == before
    await pipeline.assert_sound(community)


async def test_who_leaves_one_community_is_forgotten_there_and_stays_elsewhere(pipeline: Pipeline) -> None:
    one, other, apart = [await pipeline.community() for _ in range(3)]
    await watched(pipeline, one, other)
    await known_as(pipeline, one)
    await pipeline.attach(apart, CHANNEL + 1)
    starts = micros(pipeline.clock.now()) - 10 * MINUTE
    await pipeline.tell(began(CHANNEL + 1, starts), line(CHANNEL + 1, OTTER, "elsewhere", starts + MINUTE))
    await pipeline.settle()
    before = {community: await pipeline.seconds(community) for community in (one, other, apart)}
    await ask(pipeline, one)
    pipeline.clock.pass_time(days=8)
    assert await forgetter(pipeline).sweep() == 1
    after = {community: await pipeline.seconds(community) for community in (one, other, apart)}
    assert (after[other], after[apart]) == (before[other], before[apart])
    assert sorted(after[one].values()) == sorted(before[one].values())
    assert after[one][str(HERON)] == before[one][str(HERON)]
    assert not {str(OTTER), VIOLET} & after[one].keys()
    named = "SELECT id FROM audit_event WHERE community_id = $1 AND (actor LIKE '%7200101%' OR reason LIKE '%violet%')"
    assert await pipeline.read(named, one) == []
    for community in (one, other, apart):
        await pipeline.assert_sound(community)
        await run(pipeline, community, recount_asked, cause="looked", stream_id=None)
    await pipeline.settle(one, other, apart)
    assert {community: await pipeline.seconds(community) for community in (one, other, apart)} == after
    for finding in await examine(pipeline.server.database, pipeline.clock):
        assert finding.ok or finding.check in {"clock", "silence"}, finding
    starts = micros(pipeline.clock.now())
    await pipeline.tell(began(CHANNEL, starts), line(CHANNEL, OTTER, "back", starts + MINUTE))
    pipeline.clock.pass_time(hours=1)
    await pipeline.settle(one, other)
    assert await pipeline.seconds(one) == {**after[one], str(OTTER): 300}
    assert (await pipeline.seconds(other))[str(OTTER)] == after[other][str(OTTER)] + 300
    await pipeline.assert_sound(other)
