"""A server that asks a played affiliate feed: what it believes, what it leaves alone, and the tickets that follow."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from clients.simulator.affiliates import Affiliates, Mood
from server.app import assembled
from server.effects import raffle
from server.effects.wagers import WagerWatch
from server.running import running
from server.schema.ids import id_of
from server.settings import Settings
from server.system import SystemChance
from tests.actions.test_wagers import SERIES, SHUFFLE
from tests.database import FrozenClock
from tests.graph import Graph
from tests.keys import kicks_key
from tests.running import SECRET, Running

KEY = "0b7f2f6e-1111-4222-8333-0123456789ab"
FEEDS = """query { community(slug: "house") { wagers {
    feeds { provider codes goodAt ageSeconds problem failures names skipped }
    claims(first: 5) { nodes { id name state } } conflicts { name } } } }"""


@dataclass
class Casino:
    """A server with a raffle, and the feed that it asks."""

    graph: Graph
    feed: Affiliates
    community: int
    watch: WagerWatch
    people: int = 0

    async def do(self, mutation: str, token: str | None = None, /, **given: Any) -> Any:
        given |= {"communityId": id_of("community", self.community), "idempotencyKey": f"{mutation}-{self.graph.told}"}
        self.graph.told += 1
        document = (
            f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!) "
            f"{{ {mutation}(input: $input) {{ __typename ... on Problem {{ code }} "
            f"{'... on WagerAccountClaimed { claimId }' if mutation == 'claimWagerAccount' else ''} }} }}"
        )
        return (await self.graph.data(document, token, input=given))[mutation]

    async def poll(self, mood: Mood = "whole", *, wait_s: int = 150) -> Any:
        """One poll; the feed as it is shown afterwards."""
        if mood != "whole":
            self.feed.moods.append(mood)
        self.graph.live.clock.pass_time(seconds=wait_s)
        assert await self.watch.look() == 1
        [shown] = (await self.graph.data(FEEDS))["community"]["wagers"]["feeds"]
        return shown

    async def verify(self, name: str) -> None:
        """Have somebody claim an account of Shuffle, and staff verify it."""
        self.people += 1
        person = self.graph.person(("kick", str(self.people)))
        claimed = await self.do("claimWagerAccount", person, provider="SHUFFLE", name=name)
        done = await self.do("verifyWagerAccount", claimId=claimed["claimId"], reason="Showed his profile.")
        assert done["__typename"] == "WagerAccountVerified"

    async def counted(self) -> list[tuple[Any, ...]]:
        reader = self.graph.server.database.reader()
        series = await reader.fetch("SELECT key, watermark, lower_polls FROM wager_series ORDER BY key")
        gains = await reader.fetch("SELECT amount FROM wager_gain ORDER BY id")
        return [tuple(row) for row in (*series, *gains)]

    async def tickets(self) -> list[int]:
        await raffle.look(self.graph.server.database, self.graph.server.units)
        rows = await self.graph.server.database.reader().fetch("SELECT tickets FROM ticket_standing WHERE tickets <> 0")
        return sorted(row["tickets"] for row in rows)


@pytest.fixture
async def casino(database_url: str, clock: FrozenClock, tmp_path: Any) -> AsyncGenerator[Casino, None]:
    played = Affiliates(KEY)
    site = web.Application()
    played.add_to(site)
    async with TestServer(site) as origin:
        url = str(origin.make_url(""))
        key = kicks_key()
        pem = tmp_path / "kick.pem"
        pem.write_text(key.public_pem)
        settings = Settings(
            database_url=database_url,
            secret_key=SecretStr(SECRET),
            kick_public_key_file=pem,
            shuffle_url=url,
            howl_url=url,
        )
        async with (
            assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
            running(server),
            TestClient(TestServer(server.site)) as http,
        ):
            live = Running(server, http, key, clock)
            services = server.services
            watch = WagerWatch(
                server.database,
                server.units,
                providers=services.wagers,
                vault=services.vault,
                chance=SystemChance(),
            )
            graph = Graph(live, server.tokens.mint("admin"))
            yield Casino(graph, played, await live.community(), watch)


async def test_from_the_address_of_a_feed_to_tickets(casino: Casino) -> None:
    assert (await casino.do("updateRaffleRules", wager=20, watchTime=0, confirmsWagers=True))["__typename"] != "Refused"
    assert (await casino.do("startRaffle", title="Summer"))["__typename"] == "RaffleStarted"
    casino.feed.wager("Alfa", 5_000_000)
    given = {"provider": "SHUFFLE", "secret": f"https://affiliate.shuffle.com/stats/{KEY}", "codes": ["house"]}
    assert (await casino.do("setWagerFeed", **given))["code"] == "wagers_unconfirmed"
    assert (await casino.do("setWagerFeed", **given, confirmsWagers=True))["__typename"] == "WagerFeedSet"
    shown = await casino.poll(wait_s=0)
    assert (shown["names"], shown["ageSeconds"], shown["problem"]) == (1, 0, None)
    claimed = await casino.do("claimWagerAccount", casino.graph.person(("kick", "7")), provider="SHUFFLE", name="ALFA")
    casino.feed.wager("Alfa", 100_000)
    await casino.poll()
    assert await casino.tickets() == []
    verified = await casino.do("verifyWagerAccount", claimId=claimed["claimId"], reason="Showed his profile.")
    assert verified["__typename"] == "WagerAccountVerified"
    assert await casino.tickets() == [20]
    casino.feed.wager("Alfa", 50_000)
    await casino.poll()
    assert await casino.tickets() == [30]


async def test_nothing_is_counted_of_what_cannot_be_believed_and_the_feed_says_why(casino: Casino) -> None:
    for name in ("alfa", "beta", "gamma", "delta"):
        casino.feed.wager(name, 1_000)
    await casino.do("setWagerFeed", provider="SHUFFLE", secret=KEY, confirmsWagers=True)
    await casino.poll(wait_s=0)
    before = await casino.counted()
    told: list[tuple[Mood, str]] = [
        ("limited", "limited"),
        ("html", "unreadable"),
        ("broken", "unreadable"),
        ("empty", "implausible"),
        ("partial", "implausible"),
    ]
    for mood, problem in told:
        shown = await casino.poll(mood, wait_s=7_200)
        assert (mood, shown["problem"]) == (mood, problem)
        assert await casino.counted() == before
        assert shown["ageSeconds"] >= 7_200
    casino.feed.wager("beta", 500)
    assert (await casino.poll(wait_s=7_200))["problem"] is None
    assert [row for row in await casino.counted() if len(row) == 1] == [(5_000_000,)]
    assert casino.feed.polls == 7


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("rows_unreadable.json", "unreadable"),
        ("nobody.json", "implausible"),
        ("challenge.html", "unreadable"),
        ("too_many_requests.json", "limited"),
    ],
)
async def test_every_error_file_leaves_the_state_of_the_shuffle_series_untouched(
    casino: Casino, file: str, problem: str
) -> None:
    """After each poll of the series the feed errs once; the tickets are those of the series alone."""
    await casino.do("updateRaffleRules", wager=20, watchTime=0, confirmsWagers=True)
    await casino.do("startRaffle", title="Summer")
    await casino.do("setWagerFeed", provider="SHUFFLE", secret=KEY, codes=["house"], confirmsWagers=True)
    tickets: list[int] = []
    for told, name in zip(SERIES, ("alfa", "gamma", None, None, "beta"), strict=True):
        casino.feed.bodies += [told, (SHUFFLE / file).read_bytes()]
        assert (await casino.poll(wait_s=7_200))["problem"] is None
        if name is not None:
            await casino.verify(name)
        before, tickets = await casino.counted(), await casino.tickets()
        assert (await casino.poll(wait_s=7_200))["problem"] == problem
        assert (await casino.counted(), await casino.tickets()) == (before, tickets)
    assert tickets == [20, 21, 23]


async def test_a_dip_of_one_name_gains_nothing_on_its_way_back(casino: Casino) -> None:
    for name in ("alfa", "beta", "gamma"):
        casino.feed.wager(name, 1_000)
    await casino.do("setWagerFeed", provider="HOWL", secret=KEY, confirmsWagers=True)
    await casino.poll(wait_s=0)
    before = await casino.counted()
    assert (await casino.poll("dip"))["problem"] is None
    await casino.poll()
    assert await casino.counted() == before


async def test_a_feed_without_its_secret_is_not_asked_and_no_answer_shows_the_secret(casino: Casino) -> None:
    await casino.do("setWagerFeed", provider="SHUFFLE", secret=KEY, confirmsWagers=True)
    await casino.graph.server.units.run(0, forget_secrets)
    assert (await casino.poll(wait_s=0))["problem"] == "secret_missing"
    assert casino.feed.polls == 0
    rows = await casino.graph.server.database.reader().fetch("SELECT before, after FROM audit_event")
    assert KEY not in str([tuple(row) for row in rows])


async def forget_secrets(tx: Any, scope: Any) -> Any:
    from server.jobs.unit import Done  # noqa: PLC0415 - only here

    del scope
    return Done(await tx.execute("DELETE FROM credential"))
