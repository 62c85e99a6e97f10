"""Tickets are what the law makes of what happened, in whatever order, however often and whoever is linked with whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions import linking as linking_actions
from server.actions.raffle import give, periods
from server.domain.instants import DAY, HOUR, MINUTE, SECOND, instant_of, micros
from server.domain.linking import Cause
from server.domain.raffle.periods import PeriodState
from server.domain.raffle.rules import RaffleRules
from server.domain.refusals import Refused
from server.effects import raffle
from server.events.happening import Person
from server.events.subs import KicksGifted, SubsGifted
from server.events.tellings import Corrected
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import linking
from server.store.raffle import periods as stored
from tests.actions.pipeline import Pipeline, began, ended, line, written
from tests.actions.pipeline import person as told_of
from tests.actions.test_watchtime_pipeline import QUIET
from tests.database import POSTGRES_URL, START

STREAMER = Person(id="900001", name="streamer")
NOW = micros(START)
EXAMPLES = 25 if POSTGRES_URL is None else 8


def person(number: int) -> Person:
    return Person(id=str(number), name=f"viewer{number}")


def gift(by: int | None, count: int, at: int, number: int) -> SubsGifted:
    gifter = person(by) if by else Person(id=None, name=None)
    return SubsGifted(
        platform="kick",
        broadcaster=STREAMER,
        gifter=gifter,
        giftees=(),
        at=instant_of(at),
        total=count,
        happening_id=number,
    )


def kicks(by: int, amount: int, at: int, number: int) -> KicksGifted:
    return KicksGifted(
        platform="kick",
        broadcaster=STREAMER,
        sender=person(by),
        amount=amount,
        name="Rocket",
        kind="BASIC",
        tier="BASIC",
        message="",
        at=instant_of(at),
        happening_id=number,
    )


class House:
    """A community with a raffle."""

    def __init__(self, pipeline: Pipeline, community: int) -> None:
        self.pipeline = pipeline
        self.community = community

    async def do(self, action: Any, /, **given: Any) -> Any:
        return await self.pipeline.server.units.run(self.community, partial(action, **given))

    async def happen(self, *events: object) -> None:
        async def tell(tx: Tx, scope: Scope) -> Done[None]:
            del tx, scope
            return Done(None, list(events))

        await self.do(tell)

    async def rules(self, **changes: Any) -> None:
        def revised(rules: RaffleRules) -> RaffleRules:
            return replace(rules, **changes)

        await self.do(periods.change_rules, revised=revised, wagers_confirmed=True, actor="tester")

    async def start(self, starts: int | None = None, ends: int | None = None) -> int:
        return (await self.do(periods.start, title="", starts=starts, ends=ends, actor="tester")).id

    async def look(self) -> None:
        await raffle.look(self.pipeline.server.database, self.pipeline.server.units)

    async def tickets(self, period: int) -> dict[str, int]:
        """By the platform id of each viewer's first account; sums are sound."""
        await self.assert_sound()
        rows = await self.pipeline.read(
            "SELECT a.external_id, s.tickets FROM ticket_standing s JOIN viewer v ON v.id = s.viewer_id "
            "JOIN account a ON a.id = v.face WHERE s.period_id = $1 AND s.tickets <> 0",
            period,
        )
        return {row["external_id"]: row["tickets"] for row in rows}

    async def assert_sound(self) -> None:
        """Every sum is the sum of its entries, and every standing the sum of its accounts."""
        entries = await self.pipeline.read(
            "SELECT e.period_id, e.account_id, e.source, e.amount, e.basis, v.viewer_id FROM ticket_entry e "
            "JOIN viewer_account v ON v.community_id = e.community_id AND v.account_id = e.account_id "
            "WHERE e.community_id = $1",
            self.community,
        )
        sums, bases, standings = Counter[Any](), Counter[Any](), Counter[Any]()
        for row in entries:
            place = row["period_id"], row["account_id"], row["source"]
            sums[place] += row["amount"]
            bases[place] += row["basis"]
            standings[row["period_id"], row["viewer_id"]] += row["amount"]
        tallies = await self.pipeline.read("SELECT * FROM ticket_tally WHERE community_id = $1", self.community)
        assert {(row["period_id"], row["account_id"], row["source"]): row["amount"] for row in tallies} == sums
        assert {(row["period_id"], row["account_id"], row["source"]): row["basis"] for row in tallies} == bases
        stood = await self.pipeline.read("SELECT * FROM ticket_standing WHERE community_id = $1", self.community)
        kept = {(row["period_id"], row["viewer_id"]): row["tickets"] for row in stood if row["tickets"]}
        assert kept == {place: tickets for place, tickets in standings.items() if tickets}


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    community = await pipeline.community()
    await pipeline.channel(900001)
    await pipeline.attach(community, 900001)
    return House(pipeline, community)


async def test_a_gift_gives_tickets_once_and_what_is_known_better_gives_the_difference(house: House) -> None:
    period = await house.start()
    first = gift(1, 5, NOW, 77)
    await house.happen(first)
    await house.happen(first)
    assert await house.tickets(period) == {"1": 75}
    place: dict[str, Any] = {"platform": "kick", "broadcaster": STREAMER, "happening_id": 77}
    await house.happen(Corrected(was=first, now=gift(2, 6, NOW, 77), **place))
    assert await house.tickets(period) == {"2": 90}
    await house.happen(Corrected(was=first, now=None, **place))
    assert await house.tickets(period) == {}


async def test_an_anonymous_gift_gives_nobody_tickets_and_three_real_ones_are_three(house: House) -> None:
    period = await house.start()
    await house.happen(gift(None, 5, NOW, 1))
    await house.happen(gift(1, 1, NOW, 2), gift(1, 1, NOW + 1, 3), gift(1, 1, NOW + DAY, 4))
    assert await house.tickets(period) == {"1": 45}


async def test_what_happened_in_the_last_half_second_counts_for_this_raffle_and_the_next_instant_for_the_next(
    house: House,
) -> None:
    ends = NOW + 2 * HOUR
    first = await house.start(ends=ends)
    house.pipeline.clock.pass_time(hours=2)
    await house.look()
    [second] = [one.id for one in await stored.newest(house.pipeline.server.database.reader(), house.community, 1)]
    assert second != first
    await house.happen(gift(1, 1, ends - SECOND // 2, 1), gift(2, 1, ends, 2))
    assert await house.tickets(first) == {"1": 15}
    assert await house.tickets(second) == {"2": 15}


async def test_what_comes_too_late_for_a_frozen_raffle_goes_into_the_open_one_and_says_so(house: House) -> None:
    first = await house.start(ends=NOW + 2 * HOUR)
    house.pipeline.clock.pass_time(hours=3)
    await house.look()
    [second, _] = await stored.newest(house.pipeline.server.database.reader(), house.community, 2)

    async def freeze(tx: Tx, _: Scope) -> Done[None]:
        return Done(await stored.advance(tx, first, PeriodState.FROZEN))

    await house.do(freeze)
    await house.happen(gift(1, 1, NOW, 1))
    assert await house.tickets(first) == {}
    assert await house.tickets(second.id) == {"1": 15}
    [entry] = await house.pipeline.read("SELECT late_from FROM ticket_entry")
    assert entry["late_from"] == first


@pytest.mark.parametrize(("known_then", "later"), [(2, 15), (1, 0)])
async def test_what_a_frozen_raffle_gave_is_not_given_again_when_more_is_known(
    house: House, known_then: int, later: int
) -> None:
    """One gift, said to be more of them after the raffle was frozen, and then to be one after all."""
    first = await house.start(ends=NOW + 2 * HOUR)
    was = gift(1, 1, NOW, 1)
    await house.happen(was)
    house.pipeline.clock.pass_time(hours=3)
    await house.look()
    [second, _] = await stored.newest(house.pipeline.server.database.reader(), house.community, 2)

    async def freeze(tx: Tx, _: Scope) -> Done[None]:
        return Done(await stored.advance(tx, first, PeriodState.FROZEN))

    await house.do(freeze)
    of: dict[str, Any] = {"platform": "kick", "broadcaster": STREAMER, "happening_id": 1}
    await house.happen(Corrected(was=was, now=gift(1, known_then, NOW, 1), **of))
    given = {"1": later} if later else {}
    assert (await house.tickets(first), await house.tickets(second.id)) == ({"1": 15}, given)
    await house.happen(Corrected(was=gift(1, known_then, NOW, 1), now=was, **of))
    assert await house.tickets(first) == {"1": 15}
    assert not any((await house.tickets(second.id)).values()), "what came late is taken back where it was given"


async def test_a_stream_over_the_border_counts_on_either_side_for_what_was_watched_there(house: House) -> None:
    """Six hours of chat, two before midnight and four after it."""
    midnight = NOW + 2 * HOUR
    first = await house.start(ends=midnight)
    await house.pipeline.tell(began(900001, NOW))
    lines = [line(900001, 5, f"line {nth}", NOW + nth * 4 * MINUTE) for nth in range(90)]
    await house.pipeline.tell(*lines[:45])
    await house.pipeline.settle(house.community)
    await house.look()
    house.pipeline.clock.pass_time(hours=7)
    await house.look()
    await house.pipeline.tell(*lines[30:], ended(900001, NOW, NOW + 6 * HOUR))
    await house.pipeline.settle(house.community)
    await house.look()
    [second, _] = await stored.newest(house.pipeline.server.database.reader(), house.community, 2)
    assert await house.tickets(first) == {"5": 20}
    assert await house.tickets(second.id) == {"5": 40}


async def test_kicks_count_by_their_sum_however_it_is_split(house: House) -> None:
    await house.rules(kicks=3)
    period = await house.start()
    await house.happen(*(kicks(1, 7, NOW + nth, nth + 1) for nth in range(200)))
    await house.happen(kicks(2, 1_400, NOW, 999))
    await house.look()
    assert await house.tickets(period) == {"1": 42, "2": 42}


async def test_a_raffle_that_starts_in_the_past_counts_what_happened_since(house: House) -> None:
    given_by = {"broadcaster": told_of(900001), "gifter": told_of(5), "giftees": [told_of(6), told_of(7)]}
    times = {"created_at": written(NOW + HOUR), "expires_at": written(NOW + 31 * DAY)}
    await house.pipeline.tell(("channel.subscription.gifts", given_by | times), began(900001, NOW))
    lines = [line(900001, 5, f"line {nth}", NOW + nth * 4 * MINUTE) for nth in range(30)]
    await house.pipeline.tell(*lines, ended(900001, NOW, NOW + 2 * HOUR))
    house.pipeline.clock.pass_time(hours=5)
    await house.pipeline.settle(house.community)
    period = await house.start(starts=NOW - HOUR)
    await house.pipeline.settle(house.community)
    await house.look()
    assert await house.tickets(period) == {"5": 30 + 20}


async def test_dates_that_make_no_raffle_are_refused_and_change_nothing(house: House) -> None:
    for starts, ends in ((NOW, NOW), (NOW, NOW + MINUTE), (NOW, NOW + 400 * DAY), (NOW - 3 * HOUR, NOW - HOUR)):
        with pytest.raises(Refused) as refused:
            await house.start(starts, ends)
        assert refused.value.code == "raffle_dates_impossible"
    period = await house.start()
    with pytest.raises(Refused) as refused:
        await house.start()
    assert refused.value.code == "raffle_open"
    later = {"starts": NOW + HOUR, "ends": None, "reason": ""}
    with pytest.raises(Refused) as refused:
        await house.do(periods.set_dates, **later)
    assert refused.value.code == "raffle_begun"
    house.pipeline.clock.pass_time(minutes=1)
    begun = await house.do(periods.restart, title="Second", actor="tester", reason="")
    with pytest.raises(Refused) as refused:
        await house.do(periods.set_dates, **(later | {"starts": NOW}))
    assert refused.value.code == "raffle_dates_overlap"
    states = await house.pipeline.read("SELECT id, state FROM raffle_period ORDER BY id")
    assert [tuple(row) for row in states] == [(period, "settling"), (begun.id, "open")]


async def test_staff_takes_no_more_than_there_is_and_rates_still_owe_what_they_owe(house: House) -> None:
    period = await house.start()
    await house.happen(gift(1, 2, NOW, 1))
    rows = await house.pipeline.read("SELECT id FROM viewer WHERE community_id = $1", house.community)
    change = {"viewer_id": rows[0]["id"], "reason": "A test.", "actor": "tester"}
    with pytest.raises(Refused) as refused:
        await house.do(give.grant, tickets=-31, source_key="a", **change)
    assert refused.value.code == "below_zero"
    assert await house.do(give.grant, tickets=-30, source_key="b", **change) == 0
    assert await house.tickets(period) == {}
    await house.happen(gift(1, 1, NOW, 2))
    assert await house.tickets(period) == {"1": 15}


async def test_the_free_entry_is_taken_once_whatever_the_accounts(house: House) -> None:
    period = await house.start()
    await house.pipeline.accounts([1])
    await house.pipeline.accounts([2], "twitch")
    claims = [("kick", "1"), ("twitch", "2")]
    for platform, external_id in claims:
        name = {"platform": platform, "external_id": external_id, "actor": "tester"}
        assert await house.do(give.claim_free, **name) == 10
        with pytest.raises(Refused) as refused:
            await house.do(give.claim_free, **name)
        assert refused.value.code == "free_entry_taken"
    assert sum((await house.tickets(period)).values()) == 20
    await link(house, claims[0], claims[1])
    await house.look()
    assert list((await house.tickets(period)).values()) == [10]


@pytest.mark.parametrize(("at", "code"), [(NOW + DAY - 1, "raffle_not_begun"), (NOW + 2 * DAY, "raffle_over")])
async def test_who_comes_too_early_or_too_late_for_the_free_entry_is_told_which(
    house: House, at: int, code: str
) -> None:
    await house.start(starts=NOW + DAY, ends=NOW + 2 * DAY)
    await house.pipeline.accounts([1])
    claim = {"platform": "kick", "external_id": "1", "actor": "tester"}
    house.pipeline.clock.at = instant_of(at)
    with pytest.raises(Refused) as refused:
        await house.do(give.claim_free, **claim)
    assert refused.value.code == code
    house.pipeline.clock.at = instant_of(NOW + 2 * DAY - 1)
    assert await house.do(give.claim_free, **claim) == 10


async def link(house: House, one: tuple[str, str], other: tuple[str, str]) -> None:
    await house.do(linking_actions.link, one=one, other=other, cause=Cause.STAFF, actor="tester", reason="A test.")


# The law

PEOPLE = {1: "kick", 2: "twitch", 3: "discord"}
STEPS = st.one_of(
    st.tuples(st.just("gift"), st.sampled_from([1, 2]), st.integers(1, 9)),
    st.tuples(st.just("kicks"), st.sampled_from([1, 2]), st.integers(1, 300)),
    st.tuples(st.just("correct"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("staff"), st.sampled_from([1, 2]), st.integers(-20, 20)),
    st.tuples(st.just("free"), st.sampled_from([1, 2]), st.just(0)),
    st.tuples(st.just("link"), st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3])),
    st.tuples(st.just("unlink"), st.sampled_from([1, 2, 3]), st.just(0)),
    st.tuples(st.just("look"), st.just(0), st.just(0)),
)


class Play:
    """People and what they do, and beside it the law in a few words: what they must have, from all facts at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.base = 10_000 * house.community
        self.groups = [frozenset({one}) for one in PEOPLE]
        self.gifts: dict[int, tuple[int, int]] = {}
        self.sent: Counter[int] = Counter()
        self.staff_gave: Counter[int] = Counter()
        self.claimed: set[int] = set()
        self.number = self.base

    def group(self, one: int) -> frozenset[int]:
        return next(group for group in self.groups if one in group)

    def due(self, group: frozenset[int]) -> int:
        subs = sum(count for giver, count in self.gifts.values() if giver in group)
        paid = sum(self.sent[one] for one in group)
        free = 10 if group & self.claimed else 0
        return 15 * subs + paid * 7 // 100 + free + sum(self.staff_gave[one] for one in group)

    def key(self, one: int) -> tuple[str, str]:
        return PEOPLE[one], str(self.base + one)

    def of(self, one: int, event: Any) -> Any:
        return replace(event, platform=PEOPLE[one], broadcaster=replace(STREAMER, id=str(self.base)))

    def gifted(self, one: int, count: int, number: int) -> Any:
        return self.of(one, gift(self.base + one, count, NOW, number))

    async def step(self, what: str, one: int, count: int) -> None:
        self.number += 1
        await getattr(self, what)(one, count)

    async def gift(self, one: int, count: int) -> None:
        await self.house.happen(self.gifted(one, count, self.number))
        self.gifts[self.number] = (one, count)

    async def kicks(self, one: int, amount: int) -> None:
        await self.house.happen(self.of(one, kicks(self.base + one, amount, NOW, self.number)))
        self.sent[one] += amount

    async def correct(self, which: int, count: int) -> None:
        if not self.gifts:
            return
        number = sorted(self.gifts)[which % len(self.gifts)]
        one, had = self.gifts.pop(number)
        was, now = self.gifted(one, had, number), self.gifted(one, count, number) if count else None
        place: dict[str, Any] = {"platform": was.platform, "broadcaster": was.broadcaster, "happening_id": number}
        await self.house.happen(Corrected(was=was, now=now, **place))
        if count:
            self.gifts[number] = (one, count)

    async def staff(self, one: int, tickets: int) -> None:
        """Which account bears a taking is not the law's concern, as long as it adds up."""
        await self.house.look()
        reader = self.house.pipeline.server.database.reader()
        account = await linking.find_account(reader, *self.key(one))
        viewer = await linking.viewer_of(reader, self.house.community, account or 0)
        has = self.due(self.group(one))
        if viewer is None or not tickets or has + tickets < 0:
            return
        given = {"reason": "A test.", "actor": "tester", "source_key": str(self.number)}
        assert await self.house.do(give.grant, viewer_id=viewer, tickets=tickets, **given) == has + tickets
        rows = await self.house.pipeline.read(
            "SELECT a.external_id, t.amount FROM ticket_tally t JOIN account a ON a.id = t.account_id "
            "WHERE t.community_id = $1 AND t.source = 'staff'",
            self.house.community,
        )
        self.staff_gave = Counter({int(row["external_id"]) - self.base: row["amount"] for row in rows})
        assert self.due(self.group(one)) == has + tickets

    async def free(self, one: int, _: int) -> None:
        if not self.group(one) & self.claimed:
            platform, external_id = self.key(one)
            await self.house.do(give.claim_free, platform=platform, external_id=external_id, actor="tester")
            self.claimed.add(one)

    async def link(self, one: int, other: int) -> None:
        both = self.group(one) | self.group(other)
        if self.group(one) != self.group(other):
            await link(self.house, self.key(one), self.key(other))
            self.groups = [group for group in self.groups if not group & both] + [both]

    async def unlink(self, one: int, _: int) -> None:
        if len(self.group(one)) > 1:
            why = {"cause": Cause.STAFF, "actor": "tester", "reason": "A test."}
            await self.house.do(linking_actions.unlink, account=self.key(one), **why)
            rest = self.group(one) - {one}
            self.groups = [group for group in self.groups if one not in group] + [rest, frozenset({one})]

    async def look(self, _: int, __: int) -> None:
        await self.house.look()


@given(st.lists(STEPS, max_size=25))
@settings(QUIET, max_examples=EXAMPLES)
async def test_tickets_are_what_the_law_says_whatever_happens_in_whatever_order(
    pipeline: Pipeline, steps: Sequence[tuple[str, int, int]]
) -> None:
    play = Play(House(pipeline, await pipeline.community()))
    for one, platform in PEOPLE.items():
        await pipeline.accounts([play.base + one], platform)
    await play.house.rules(kicks=7)
    period = await play.house.start()
    for step in steps:
        await play.step(*step)
    await play.house.look()
    had = await play.house.tickets(period)
    for group in play.groups:
        has = sum(tickets for external_id, tickets in had.items() if int(external_id) - play.base in group)
        assert has == play.due(group), group
