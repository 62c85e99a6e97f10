"""A raffle from its first minute to history, told late, twice and in disorder, equals what brute force makes of it."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from server.actions import linking
from server.actions.raffle import give
from server.domain.instants import HOUR, MINUTE, SECOND, instant_of, micros
from server.domain.linking import Cause
from server.domain.raffle.periods import ARCHIVED_AFTER
from server.domain.raffle.rules import TicketSource
from server.store import linking as stored
from tests.actions.pipeline import began, ended, line, person, pipeline_on, written
from tests.actions.test_wagers import Den
from tests.database import FrozenClock, Migrated, fresh_url
from tests.effects.drawing import COMES, Draws, Relay, keeper_on
from tests.simulation.raffle_model import Fact, Key, Model, Terms, by_source, drawn_from, entry_of

CHANNEL = 900001
SETTLEMENT_H = 6
ENDS = micros(COMES) - 30 * MINUTE - SETTLEMENT_H * HOUR
STARTS = ENDS - 48 * HOUR
OPENED = STARTS + 5 * HOUR
STEP = 3 * HOUR
TERMS = Terms(15, 3, 10, 7, 20, 10, 60, 2, 3)
CHATTERS = [("kick", str(number)) for number in range(1, 9)]
OTHERS = [("twitch", "21"), ("twitch", "22"), ("discord", "31"), ("discord", "32")]
CASINO = {("shuffle", "alfa"): CHATTERS[2], ("shuffle", "beta"): CHATTERS[3]}
GAINED = {"alfa": 2_777, "beta": 1_100}
SEEDS = range(3)


class Month:
    """The world and its model; what is to be told waits for its time."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.chance = Random(seed)
        self.clock = FrozenClock(instant_of(STARTS))
        self.model = Model(TERMS, STARTS, ENDS, groups=[frozenset({one}) for one in (*CHATTERS, *OTHERS)])
        self.waiting: list[tuple[int, tuple[str, dict[str, Any]]]] = []
        self.numbers = itertools.count(1)
        self.community = self.period = 0
        self.draws: Draws

    @asynccontextmanager
    async def life(self) -> AsyncGenerator[Den, None]:
        """A server from its start to its end."""
        async with pipeline_on(self.url, self.clock) as pipeline:
            pipeline.numbers = self.numbers
            den = Den(pipeline, self.community)
            self.draws = Draws(den, Relay(), keeper_on(pipeline.server, Relay()), self.period)
            yield den

    def happen(self, kind: str, who: Key, amount: int, at: int) -> None:
        """Note a fact, and have it told: late or at once, once or more often."""
        self.model.facts.append(Fact(kind, who, amount, at))
        telling = self.told(kind, int(who[1]), amount, at)
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            self.waiting.append((at + self.chance.choice((0, 0, 1, 4)) * self.chance.randint(1, HOUR), telling))

    def told(self, kind: str, who: int, amount: int, at: int) -> tuple[str, dict[str, Any]]:
        if kind == "line":
            return line(CHANNEL, who, f"line {amount}", at)
        times = {"broadcaster": person(CHANNEL), "created_at": written(at)}
        until = {"expires_at": written(at + 30 * 24 * HOUR)}
        if kind == "gift":
            giftees = [person(1_000 + 10 * amount + nth) for nth in range(amount)]
            return "channel.subscription.gifts", times | until | {"gifter": person(who), "giftees": giftees}
        if kind == "sub":
            return "channel.subscription.new", times | until | {"subscriber": person(who), "duration": 1}
        gift = {"amount": amount, "name": "Foghorn", "type": "BASIC", "tier": "MID", "message": ""}
        return "kicks.gifted", times | {"sender": person(who), "gift": gift}

    def plan(self) -> None:
        """Two evenings of a live channel, and what people do from before the raffle to after its end."""
        for starts in (STARTS + 2 * HOUR + 7 * SECOND, ENDS - 4 * HOUR):
            ends = starts + 5 * HOUR
            self.model.lives.append((starts, ends))
            self.waiting += [(starts, began(CHANNEL, starts)), (ends + HOUR, ended(CHANNEL, starts, ends))]
            for who in CHATTERS:
                for _ in range(self.chance.randint(0, 40)):
                    at = self.chance.randrange(starts - 10 * MINUTE, ends + 10 * MINUTE, SECOND)
                    self.happen("line", who, next(self.numbers), at)
        borders = [STARTS - SECOND, STARTS, ENDS - 1, ENDS, ENDS - SECOND // 2]
        for kind, most, many in (("gift", 4, 16), ("kicks", 400, 16), ("sub", 1, len(CHATTERS))):
            for nth in range(many):
                at = borders[nth] if nth < len(borders) else self.chance.randrange(STARTS, ENDS, 1_000)
                # An instant of its own for each, as Kick tells no id by which they differ.
                self.happen(kind, CHATTERS[nth % 8], self.chance.randint(1, most), at // 1_000 * 1_000)

    async def begin(self) -> None:
        async with self.life() as den:
            self.community = den.community = await den.pipeline.community("Europe/Stockholm")
            await den.pipeline.channel(CHANNEL)
            await den.pipeline.attach(self.community, CHANNEL)
            for platform in ("kick", "twitch", "discord"):
                numbers = [int(one) for its, one in (*CHATTERS, *OTHERS) if its == platform]
                await den.pipeline.accounts(numbers, platform)
            await den.rules(
                own_sub=3, kicks=7, wager=20, settlement_h=SETTLEMENT_H, winners=2, alternates=3,
                caps={TicketSource.GIFTED_SUB: 60},
            )  # fmt: skip
            await den.set_feed("house")

    async def pass_by(self, until: int) -> None:
        """Let what waits be told and done step by step, with people who come and go between."""
        while micros(self.clock.at) < until:
            now = min(micros(self.clock.at) + STEP, until)
            self.clock.at = instant_of(now)
            ready = [telling for at, telling in self.waiting if at <= now]
            self.waiting = [one for one in self.waiting if one[0] > now]
            self.chance.shuffle(ready)
            async with self.life() as den:
                await den.pipeline.tell(*ready)
                await den.pipeline.server.settle()
                if self.period and now < ENDS:
                    await self.meddle(den)
                await self.draws.look()
                if self.period == 0 and now >= OPENED:
                    self.period = await den.start(starts=STARTS, ends=ENDS)

    async def meddle(self, den: Den) -> None:
        """Somebody is linked or unlinked, gets tickets, loses some, or takes the free entry."""
        one, other = self.chance.sample([*CHATTERS, *OTHERS], 2)
        both = self.model.group(one) | self.model.group(other)
        platforms = [key[0] for key in both]
        why = {"cause": Cause.STAFF, "actor": "tester", "reason": "A test."}
        if one not in self.model.group(other) and len(set(platforms)) == len(platforms):
            await den.do(linking.link, one=one, other=other, **why)
            self.model.join(one, other)
        alone = self.chance.choice(OTHERS)
        if len(self.model.group(alone)) > 1 and self.chance.random() < 0.4:
            await den.do(linking.unlink, account=alone, **why)
            self.model.part(alone)
        await self.free(den, self.chance.choice([*CHATTERS, *OTHERS]))
        await self.staff(den, self.chance.choice([*CHATTERS, *OTHERS]))

    async def free(self, den: Den, who: Key) -> None:
        taken = {fact.who for fact in self.model.facts if fact.kind == "free"}
        if not taken & self.model.group(who):
            await den.do(give.claim_free, platform=who[0], external_id=who[1], actor="tester")
            self.model.facts.append(Fact("free", who, 1, STARTS))

    async def staff(self, den: Den, who: Key) -> None:
        """Give to those who stand alone, so that it is certain whose it is; take some of that again."""
        if len(self.model.group(who)) > 1:
            return
        gave = sum(fact.amount for fact in self.model.facts if fact.kind == "staff" and fact.who == who)
        tickets = -self.chance.randint(1, gave) if gave > 1 else self.chance.randint(1, 40)
        reader = den.pipeline.server.database.reader()
        account = await stored.find_account(reader, *who)
        viewer = await stored.viewer_of(reader, self.community, account or 0)
        if viewer is not None:
            why = {"reason": "A test.", "actor": "tester", "source_key": f"key-{next(self.numbers)}"}
            await den.do(give.grant, viewer_id=viewer, tickets=tickets, **why)
            self.model.facts.append(Fact("staff", who, tickets, STARTS))

    async def wager(self, *polls: tuple[int, int]) -> None:
        """Poll the feed: what both names have wagered in all, in dollars."""
        async with self.life() as den:
            for alfa, beta in polls:
                await den.poll(("alfa", alfa), ("beta", beta), ("x", 1), ("y", 1))

    async def verify(self) -> None:
        async with self.life() as den:
            for (_, name), claimant in CASINO.items():
                await den.verify(name, int(claimant[1]))
                self.model.groups.append(frozenset({("shuffle", name)}))
                self.model.join(("shuffle", name), claimant)

    def overdue(self) -> list[tuple[str, dict[str, Any]]]:
        """What is told only now, once the list is closed: KICKs and gifts of before are for the next raffle.

        For the model, which knows nothing of closed lists, they are as if they had happened in its first instant.
        """
        late = ("gift", CHATTERS[0], 2), ("kicks", CHATTERS[1], 350)
        self.model.facts += [Fact(kind, who, amount, ENDS) for kind, who, amount in late]
        watched = self.told("line", 8, next(self.numbers), ENDS - HOUR)
        told = [self.told(kind, int(who[1]), amount, ENDS - HOUR) for kind, who, amount in late]
        return [watched, *told, *told, *(telling for _, telling in self.waiting)]

    async def by_source(self, den: Den, period: int) -> dict[frozenset[Key], dict[str, int]]:
        await den.assert_sound()
        rows = await den.pipeline.read(
            "SELECT a.platform, a.external_id, t.source, t.amount FROM ticket_tally t "
            "JOIN account a ON a.id = t.account_id WHERE t.period_id = $1",
            period,
        )
        return by_source([tuple(row) for row in rows], self.model.group)

    async def listed(self, den: Den) -> dict[str, str]:
        """Who is in the closed list by which entry; with the tickets that the model says, and nobody else."""
        rows = await den.pipeline.read("SELECT entry_id, salt, weight, excluded FROM draw_entrant")
        weights, left_out = self.model.weights()
        assert sum(row["excluded"] == "unlinked" for row in rows) == left_out
        mine = [row for row in rows if row["excluded"] is None]
        names = {
            row["entry_id"]: name for row in mine for name in weights if entry_of(row["salt"], name) == row["entry_id"]
        }
        assert {names[row["entry_id"]]: row["weight"] for row in mine} == weights
        return names

    async def drawn(self, den: Den, names: dict[str, str]) -> None:
        """Those who were drawn are those who follow from the file."""
        bundle = orjson.loads(orjson.dumps(await self.draws.bundle()))
        places = await den.pipeline.read(
            "SELECT p.position, p.state, a.platform, a.external_id FROM draw_place p "
            "JOIN account a ON a.id = p.account_id ORDER BY p.position"
        )
        expected = [(position, names[entry]) for position, entry in drawn_from(bundle)]
        assert [(row["position"], f"{row['platform']}:{row['external_id']}") for row in places] == expected
        assert [row["state"] for row in places] == ["won"] * 2 + ["alternate"] * 3

    async def followed(self, den: Den) -> None:
        """What came too late is in the next raffle, and says from where."""
        [following] = await den.pipeline.read("SELECT id FROM raffle_period WHERE id <> $1", self.period)
        assert await self.by_source(den, following["id"]) == self.model.tickets_after()
        late = await den.pipeline.read("SELECT late_from FROM ticket_entry WHERE late_from IS NOT NULL")
        assert [row["late_from"] for row in late] == [self.period] * 2


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_raffle_from_its_first_minute_to_history_equals_brute_force(
    migrated: Migrated, tmp_path: Path, seed: int
) -> None:
    async with fresh_url(migrated, tmp_path) as url:
        month = Month(url, seed)
        await month.begin()
        month.plan()
        await month.pass_by(OPENED + STEP)
        await month.wager((5_000, 40), (5_400, 90))
        await month.verify()
        await month.wager((6_049, 90), (6_020, 90), (7_777, 1_140))
        month.model.facts += [Fact("wager", ("shuffle", name), won, STARTS) for name, won in GAINED.items()]
        await month.pass_by(micros(COMES) - 40 * MINUTE)
        await month.wager((7_777, 1_140))  # the list is closed only once the feed was heard after the end
        month.clock.at = COMES - timedelta(minutes=29)
        async with month.life() as den:
            await month.draws.look()
            assert await month.by_source(den, month.period) == month.model.tickets()
            names = await month.listed(den)
        month.clock.at = COMES
        history = month.model.tickets()
        async with month.life() as den:
            await den.pipeline.tell(*month.overdue())
            await den.pipeline.settle(month.community)
            await month.draws.look()
            await month.drawn(den, names)
            await month.followed(den)
        month.clock.at += ARCHIVED_AFTER
        async with month.life() as den:
            await month.draws.look()
            assert await month.by_source(den, month.period) == history
            [state] = await den.pipeline.read("SELECT state FROM raffle_period WHERE id = $1", month.period)
            assert state["state"] == "archived"
