"""Whatever order facts arrive in, however often, in whatever batches: watch time is what the law makes of them."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.actions.watchtime import everybody, request
from server.domain.watchtime.values import Live, Message, RuleBook
from tests.actions.pipeline import Pipeline, Totals, began, ended, line
from tests.domain.brute_watchtime import brute_watch
from tests.domain.watchtime_worlds import ACCOUNTS, AN_EVENING, ATTACHED, DAYS, UNATTACHED, World, worlds
from tests.engine import DIGEST

QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
)
LINKED = (1, 2)


class Stage:
    """A drawn world, played on the database: who is who there, and what is told."""

    def __init__(self, pipeline: Pipeline, world: World, base: int, chance: Random) -> None:
        self.pipeline = pipeline
        self.world = world
        self.base = base
        self.chance = chance
        self.accounts: dict[int, int] = {}
        self.channels: dict[int, int] = {}
        self.ends: dict[tuple[int, int], set[int]] = {}

    async def prepare(self) -> None:
        external = [self.base + account for account in ACCOUNTS]
        self.chance.shuffle(external)
        known = await self.pipeline.accounts(external)
        self.accounts = {account: known[self.base + account] for account in ACCOUNTS}
        for channel in (*ATTACHED, UNATTACHED):
            self.channels[channel] = await self.pipeline.channel(self.outside(channel))

    def outside(self, channel: int) -> int:
        return self.base + 90 + channel

    def facts(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything to tell, once, with more than one end for some streams."""
        told = [
            line(self.outside(m.channel), self.base + m.account, f"text {m.digest}", m.at) for m in self.world.messages
        ]
        for live in self.world.lives:
            ends = self.ends.setdefault((live.channel, live.starts), set())
            new = set[int]() if live.ends is None else {live.ends}
            if live.ends is not None and self.chance.random() < 0.3:
                new.add(live.ends - self.chance.randint(1, 10) * self.world.step)
            ends |= new
            told += [ended(self.outside(live.channel), live.starts, end) for end in new]
            if not new or self.chance.random() < 0.8:
                told.append(began(self.outside(live.channel), live.starts))
        return told

    def book(self, world: World) -> RuleBook:
        """The world's rules about the accounts as they are known here; the first version is as old as time."""
        versions = [
            (at if n else 0, replace(rules, excluded=frozenset(self.accounts[one] for one in rules.excluded)))
            for n, (at, rules) in enumerate(world.book.versions)
        ]
        return RuleBook(tuple(versions))

    async def expected(
        self, book: RuleBook, zone: str, channels: tuple[int, ...], viewers: list[tuple[int, ...]]
    ) -> Totals:
        """What the model gives, in the numbers of the database."""
        rows = await self.pipeline.read("SELECT id, channel_id, started_at FROM stream")
        streams = {(row["channel_id"], row["started_at"]): row["id"] for row in rows}
        told = {key: ends for key, ends in self.ends.items() if key[0] in channels}
        lives = tuple(
            Live(streams[self.channels[channel], starts], self.channels[channel], starts, max(ends, default=None))
            for (channel, starts), ends in told.items()
        )
        messages = tuple(
            Message(m.at, self.accounts[m.account], self.channels[m.channel], DIGEST(f"text {m.digest}"))
            for m in self.world.messages
            if m.channel in channels
        )
        world = replace(
            self.world,
            zone=ZoneInfo(zone),
            messages=messages,
            lives=lives,
            book=book,
            accounts=tuple(self.accounts.values()),
        )
        totals: Counter[tuple[int, int]] = Counter()
        for viewer in viewers:
            found = brute_watch(world, [self.accounts[one] for one in viewer])
            totals.update({key: many * world.step for key, many in Counter(found.cells.values()).items()})
        return dict(totals)


async def play(pipeline: Pipeline, world: World, other: World, chance: Random) -> None:
    """Tell a world in any order to two communities, one of them on one channel only, and compare with the model."""
    stage = Stage(pipeline, world, next(pipeline.numbers) * 1_000, chance)
    await stage.prepare()
    zone, zone_of_theirs = world.zone.key, "Asia/Tokyo"
    ours, theirs = await pipeline.community(zone), await pipeline.community(zone_of_theirs)
    await pipeline.attach(ours, stage.outside(1))
    await pipeline.attach(theirs, stage.outside(1))
    await pipeline.link(ours, [stage.accounts[one] for one in LINKED])
    facts = stage.facts()
    deeds: list[tuple[str, Any]] = [("tell", fact) for fact in [*facts, *chance.choices(facts, k=len(facts) // 3)]]
    deeds += [(chance.choice(["apply", "jobs"]), chance.choice([ours, theirs])) for _ in range(len(facts) // 3)]
    deeds.append(("attach", None))
    chance.shuffle(deeds)
    books = {ours: stage.book(world), theirs: stage.book(other)}
    for community, book in books.items():
        places = sorted(chance.randint(0, len(deeds)) for _ in book.versions)
        for place, version in reversed([*zip(places, book.versions, strict=True)]):
            deeds.insert(place, ("rule", (community, version)))
    for deed, detail in deeds:
        if deed == "tell":
            await pipeline.tell(detail)
        elif deed == "apply":
            await pipeline.apply_some(detail, chance.randint(1, 9))
        elif deed == "jobs":
            pipeline.clock.pass_time(seconds=chance.choice([0, 3, 60]))
            await pipeline.run_jobs()
        elif deed == "attach":
            await pipeline.attach(ours, stage.outside(2))
        else:
            community, (effective_from, rules) = detail
            await pipeline.rule(community, effective_from, rules)
    await pipeline.settle(ours, theirs)
    alone = [(one,) for one in ACCOUNTS]
    expected = await stage.expected(books[ours], zone, ATTACHED, [LINKED, (3,), (4,)])
    assert await pipeline.totals(ours) == expected
    assert await pipeline.totals(theirs) == await stage.expected(books[theirs], zone_of_theirs, (1,), alone)
    for community in (ours, theirs):
        await pipeline.assert_sound(community)


@given(worlds(st.just(AN_EVENING)), worlds(st.just(AN_EVENING)), st.randoms(use_true_random=False))
@settings(QUIET, max_examples=30)
async def test_an_evening_told_in_any_order_gives_what_the_law_says(
    pipeline: Pipeline, world: World, other: World, chance: Random
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request, "ACCOUNTS_AT_ONCE", 2)
        patch.setattr(everybody, "MESSAGES_AT_ONCE", 2)
        await play(pipeline, world, other, chance)


@given(worlds(DAYS), worlds(DAYS), st.randoms(use_true_random=False))
@settings(QUIET, max_examples=20)
async def test_days_with_caps_told_in_any_order_give_what_the_law_says(
    pipeline: Pipeline, world: World, other: World, chance: Random
) -> None:
    await play(pipeline, world, other, chance)
