"""Link, unlink and relink in any order, while facts arrive in any order: watch time is what the law makes of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions import linking as actions
from server.actions.watchtime import everybody, request
from server.domain.linking import Cause
from server.domain.refusals import Refused
from server.domain.watchtime.values import RuleBook
from tests.actions.pipeline import Pipeline, Totals
from tests.actions.test_watchtime_pipeline import QUIET, Stage
from tests.database import POSTGRES_URL
from tests.domain.watchtime_worlds import AN_EVENING, DAYS, UNATTACHED, World, worlds

PEOPLE = {1: "kick", 2: "twitch", 3: "kick", 4: "twitch", 5: "discord"}
CHANNELS = {1: "kick", 2: "kick", 4: "twitch", UNATTACHED: "kick"}
OURS, THEIRS = (1, 2, 4), (1, 4)
EXAMPLES = 30 if POSTGRES_URL is None else 8


class TwoPlatforms(Stage):
    """A drawn world on two platforms, with somebody on a third who is nowhere to be seen."""

    async def prepare(self) -> None:
        people = list(PEOPLE)
        self.chance.shuffle(people)
        for one in people:
            known = await self.pipeline.accounts([self.base + one], PEOPLE[one])
            self.accounts[one] = known[self.base + one]
        for channel, platform in CHANNELS.items():
            self.channels[channel] = await self.pipeline.channel(self.outside(channel), platform)

    def key(self, one: int) -> tuple[str, str]:
        return PEOPLE[one], str(self.base + one)

    def source(self, fact: tuple[str, Mapping[str, Any]]) -> str:
        return CHANNELS[fact[1]["broadcaster"]["user_id"] - self.outside(0)]

    async def attach(self, community: int, channel: int) -> None:
        await self.pipeline.attach(community, self.outside(channel), CHANNELS[channel])


class People:
    """Who is whom in one community, by the rules in a few words: the model that the server must agree with."""

    def __init__(self, stage: TwoPlatforms, community: int) -> None:
        self.stage = stage
        self.community = community
        self.groups = [frozenset({one}) for one in PEOPLE]

    def group(self, one: int) -> frozenset[int]:
        return next(group for group in self.groups if one in group)

    async def link(self, one: int, other: int) -> None:
        a, b = self.group(one), self.group(other)
        platforms = [PEOPLE[somebody] for somebody in a | b]
        allowed = a != b and min(len(a), len(b)) == 1 and len(platforms) == len(set(platforms))
        keys = {"one": self.stage.key(one), "other": self.stage.key(other)}
        assert await self._done(partial(actions.link, **keys)) == allowed
        if allowed:
            self.groups = [group for group in self.groups if group not in {a, b}] + [a | b]

    async def unlink(self, one: int) -> None:
        group = self.group(one)
        allowed = len(group) > 1
        assert await self._done(partial(actions.unlink, account=self.stage.key(one))) == allowed
        if allowed:
            self.groups = [other for other in self.groups if other != group] + [group - {one}, frozenset({one})]

    async def move(self) -> None:
        """Link or unlink somebody."""
        chance = self.stage.chance
        if chance.random() < 0.6:
            await self.link(*chance.sample(list(PEOPLE), 2))
        else:
            await self.unlink(chance.choice(list(PEOPLE)))

    async def _done(self, action: Any) -> bool:
        run = partial(action, cause=Cause.STAFF, actor="tester", reason="A test.")
        try:
            await self.stage.pipeline.server.units.run(self.community, run)
        except Refused:
            return False
        return True

    @property
    def viewers(self) -> list[tuple[int, ...]]:
        return [tuple(group) for group in self.groups]


class House:
    """A community of the stage: its rules, its people, and what they must have."""

    def __init__(
        self, stage: TwoPlatforms, people: People, book: RuleBook, zone: str, channels: tuple[int, ...]
    ) -> None:
        self.stage = stage
        self.people = people
        self.book = book
        self.zone = zone
        self.channels = channels

    async def due(self) -> Totals:
        return await self.stage.expected(self.book, self.zone, self.channels, self.people.viewers)

    async def assert_lawful(self) -> None:
        assert await self.stage.pipeline.totals(self.people.community) == await self.due()
        await self.stage.pipeline.assert_sound(self.people.community)
        await self.assert_known_by_the_oldest()

    async def assert_nobody_has_too_much(self) -> None:
        """Before the recounts have run, nobody has more than the law gives."""
        numbers = self.stage.accounts
        had, due = Counter[frozenset[int]](), Counter[frozenset[int]]()
        owner = {numbers[one]: group for group in self.people.groups for one in group}
        for totals, sums in ((await self.stage.pipeline.totals(self.people.community), had), (await self.due(), due)):
            for (account, _), total in totals.items():
                sums[owner[account]] += total
        assert all(had[group] <= due[group] for group in had)
        await self.stage.pipeline.assert_sound(self.people.community)

    async def assert_known_by_the_oldest(self) -> None:
        """A viewer is the oldest of those that his accounts once were, and all of their ids lead to him."""
        rows = await self.stage.pipeline.read(
            "SELECT v.id, a.account_id, a.viewer_id FROM viewer v JOIN viewer_account a "
            "ON a.community_id = v.community_id AND a.account_id = v.face WHERE v.community_id = $1",
            self.people.community,
        )
        first = {row["account_id"]: row["id"] for row in rows}
        for group in self.people.groups:
            seen = [self.stage.accounts[one] for one in group if self.stage.accounts[one] in first]
            assert {row["viewer_id"] for row in rows if row["account_id"] in seen} <= {
                min((first[account] for account in seen), default=0)
            }


async def play(pipeline: Pipeline, world: World, other: World, chance: Random) -> None:
    """Tell a world in any order to two communities where people are linked and unlinked meanwhile."""
    stage = TwoPlatforms(pipeline, on_two_platforms(world), next(pipeline.numbers) * 1_000, chance)
    await stage.prepare()
    zone, zone_of_theirs = world.zone.key, "Asia/Tokyo"
    ours, theirs = await pipeline.community(zone), await pipeline.community(zone_of_theirs)
    for community, channel in ((ours, 1), (ours, 4), (theirs, 1)):
        await stage.attach(community, channel)
    houses = {
        ours: House(stage, People(stage, ours), stage.book(world), zone, OURS),
        theirs: House(stage, People(stage, theirs), stage.book(other), zone_of_theirs, THEIRS),
    }
    for deed, detail in deeds(stage, houses, ours, theirs):
        await happen(stage, houses, deed, detail)
    await pipeline.settle(ours, theirs)
    for house in houses.values():
        await house.assert_lawful()
        for _ in range(4):
            await house.people.move()
            await house.assert_nobody_has_too_much()
            if chance.random() < 0.3:
                await pipeline.run_jobs()
    await pipeline.settle(ours, theirs)
    for house in houses.values():
        await house.assert_lawful()


async def happen(stage: TwoPlatforms, houses: Mapping[int, House], deed: str, detail: Any) -> None:
    """Let one of the `deeds` happen."""
    pipeline, chance = stage.pipeline, stage.chance
    if deed == "tell":
        await pipeline.tell(detail, source=stage.source(detail))
    elif deed == "apply":
        await pipeline.apply_some(detail, chance.randint(1, 9))
    elif deed == "jobs":
        pipeline.clock.pass_time(seconds=chance.choice([0, 3, 60]))
        await pipeline.run_jobs()
    elif deed == "attach":
        await stage.attach(*detail)
    elif deed == "rule":
        community, (effective_from, rules) = detail
        await pipeline.rule(community, effective_from, rules)
    else:
        await houses[detail].people.move()


def deeds(stage: TwoPlatforms, houses: Mapping[int, House], ours: int, theirs: int) -> list[tuple[str, Any]]:
    """Everything that happens, in any order; of the versions of the rules the older first."""
    chance, facts = stage.chance, stage.facts()
    found: list[tuple[str, Any]] = [("tell", fact) for fact in [*facts, *chance.choices(facts, k=len(facts) // 3)]]
    found += [(chance.choice(["apply", "jobs"]), chance.choice([ours, theirs])) for _ in range(len(facts) // 2)]
    found += [("move", chance.choice([ours, theirs])) for _ in range(12)]
    found += [("attach", (ours, 2)), ("attach", (theirs, 4))]
    chance.shuffle(found)
    for community, house in houses.items():
        places = sorted(chance.randint(0, len(found)) for _ in house.book.versions)
        for place, version in reversed([*zip(places, house.book.versions, strict=True)]):
            found.insert(place, ("rule", (community, version)))
    return found


def on_two_platforms(world: World) -> World:
    """The world with everybody writing on his own platform only."""

    def placed(account: int, channel: int) -> int:
        if PEOPLE[account] == "twitch":
            return 4
        return 1 if channel == 4 else channel

    messages = [replace(message, channel=placed(message.account, message.channel)) for message in world.messages]
    return replace(world, messages=tuple(messages))


@given(
    worlds(st.just(AN_EVENING), channels=OURS),
    worlds(st.just(AN_EVENING), channels=OURS),
    st.randoms(use_true_random=False),
)
@settings(QUIET, max_examples=EXAMPLES)
async def test_people_linked_and_unlinked_on_an_evening_have_what_the_law_says(
    pipeline: Pipeline, world: World, other: World, chance: Random
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request, "ACCOUNTS_AT_ONCE", 2)
        patch.setattr(everybody, "MESSAGES_AT_ONCE", 2)
        await play(pipeline, world, other, chance)


@given(worlds(DAYS, channels=OURS), worlds(DAYS, channels=OURS), st.randoms(use_true_random=False))
@settings(QUIET, max_examples=EXAMPLES)
async def test_people_linked_and_unlinked_over_days_with_caps_have_what_the_law_says(
    pipeline: Pipeline, world: World, other: World, chance: Random
) -> None:
    await play(pipeline, world, other, chance)
