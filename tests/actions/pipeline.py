"""The way from recorded deliveries to watch time, on a real database, with facts that arrive as the test likes."""

import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from server.actions import channels as channel_actions
from server.domain.instants import SECOND, instant_of
from server.domain.watchtime.settings import WatchSettings
from server.domain.watchtime.values import Rules
from server.events.happening import Person
from server.events.watchtime import WatchRulesChanged
from server.jobs.unit import Done, Scope
from server.jobs.worker import Parser
from server.ports import Tx
from server.store import channels, communities, inbox, linking
from server.store.inbox import Received
from server.store.statements import StatementHook
from tests.database import START, FrozenClock
from tests.engine import PARSERS, Engine, engine_on

Totals = dict[tuple[int, int], int]
"""Microseconds by (account, stream)."""


def written(at: int) -> str:
    """An instant as Kick writes it."""
    return instant_of(at).isoformat().replace("+00:00", "Z")


def person(user_id: int) -> dict[str, Any]:
    name = f"viewer{user_id}"
    return {"is_anonymous": False, "user_id": user_id, "username": name, "channel_slug": name, "identity": None}


def line(channel: int, account: int, text: str, at: int) -> tuple[str, dict[str, Any]]:
    told = {"message_id": f"{account}-{at}", "broadcaster": person(channel), "sender": person(account)}
    return "chat.message.sent", told | {"content": text, "created_at": written(at)}


def began(channel: int, starts: int) -> tuple[str, dict[str, Any]]:
    told = {"broadcaster": person(channel), "is_live": True, "title": "A title"}
    return "livestream.status.updated", told | {"started_at": written(starts), "ended_at": None}


def ended(channel: int, starts: int, ends: int) -> tuple[str, dict[str, Any]]:
    told = {"broadcaster": person(channel), "is_live": False, "title": "A title"}
    return "livestream.status.updated", told | {"started_at": written(starts), "ended_at": written(ends)}


@dataclass
class Pipeline:
    """Deliveries are recorded, applied and followed by jobs when the test says so."""

    server: Engine
    clock: FrozenClock
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def write(self, sql: str, *values: Any) -> Sequence[Any]:
        async def run(tx: Tx, _: Scope) -> Done[Sequence[Any]]:
            return Done(await tx.fetch(sql, *values))

        return await self.server.units.run(0, run)

    async def read(self, sql: str, *values: Any) -> Sequence[Any]:
        return await self.server.database.reader().fetch(sql, *values)

    async def community(self, timezone: str = "UTC") -> int:
        async def make(tx: Tx, scope: Scope) -> Done[int]:
            slug = f"community-{next(self.numbers)}"
            made = await communities.create(tx, slug, slug, timezone, scope.now)
            assert made is not None
            return Done(made)

        return await self.server.units.run(0, make)

    async def channel(self, external_id: int, platform: str = "kick") -> int:
        async def learn(tx: Tx, _: Scope) -> Done[int]:
            return Done(await channels.learn(tx, platform, Person(id=str(external_id), name=f"viewer{external_id}")))

        return await self.server.units.run(0, learn)

    async def attach(self, community: int, external_id: int, platform: str = "kick") -> None:
        async def attach(tx: Tx, scope: Scope) -> Done[int]:
            name = f"viewer{external_id}"
            return await channel_actions.attach(
                tx, scope, platform=platform, external_id=str(external_id), name=name, slug=name
            )

        await self.server.units.run(community, attach)

    async def accounts(self, external_ids: Iterable[int], platform: str = "kick") -> dict[int, int]:
        """Accounts known beforehand, numbered in the order given."""
        found: dict[int, int] = {}
        for external_id in external_ids:

            async def know(tx: Tx, _: Scope, one: str = str(external_id)) -> Done[int]:
                known = await linking.accounts_of(tx, platform, [(Person(id=one, name=f"viewer{one}"), START)])
                return Done(known[one])

            found[external_id] = await self.server.units.run(0, know)
        return found

    async def link(self, community: int, accounts: Sequence[int]) -> int:
        """Make accounts one viewer."""
        made = await self.write(
            "INSERT INTO viewer (community_id, face, watch_us) VALUES ($1, $2, 0) RETURNING id", community, accounts[0]
        )
        for account in accounts:
            await self.write(
                "INSERT INTO viewer_account (community_id, account_id, viewer_id) VALUES ($1, $2, $3) RETURNING id",
                community,
                account,
                made[0]["id"],
            )
        return made[0]["id"]

    async def rule(self, community: int, effective_from: int, rules: Rules) -> None:
        """Append a version of the watch time settings, any values, and have streams counted anew."""
        settings = WatchSettings(
            window_s=rules.window // SECOND,
            repeats=rules.repeats,
            quorum=rules.quorum,
            daily_cap_s=None if rules.daily_cap is None else rules.daily_cap // SECOND,
            tracking=rules.tracking,
            excluded=rules.excluded,
        )

        async def change(tx: Tx, scope: Scope) -> Done[None]:
            await communities.lock(tx, community)
            version = await communities.add_setting_version(
                tx, community, "watchtime", effective_from, settings.stored(), "tester", scope.now
            )
            return Done(None, [WatchRulesChanged(version_id=version, effective_from=effective_from)])

        await self.server.units.run(community, change)

    async def tell(self, *told: tuple[str, Mapping[str, Any]], source: str = "kick") -> None:
        """Record deliveries, each under a message id of its own."""
        received = [
            Received(
                source=source,
                message_id=f"message-{next(self.numbers)}",
                kind=kind,
                kind_key=kind,
                subscription_id="",
                broadcaster_id=str(body["broadcaster"]["user_id"]),
                told_at=self.clock.now(),
                received_at=self.clock.now(),
                body=orjson.dumps(body),
            )
            for kind, body in told
        ]
        await inbox.record(self.server.database, received)

    async def apply_some(self, community: int, limit: int) -> None:
        """Apply one batch of at most `limit` deliveries, as a worker that is stopped after it."""
        reader = self.server.database.reader()
        if batch := await inbox.waiting(reader, community, limit):
            await self.server.worker.apply(community, batch)

    async def run_jobs(self) -> None:
        await self.server.queue.drain()

    async def settle(self, *communities: int) -> None:
        """Apply all and run every job, also after a quorum has settled; nothing of `communities` is left."""
        for _ in range(3):
            await self.server.settle()
            self.clock.pass_time(seconds=60)
        for community in communities:
            left = "SELECT code, error FROM delivery WHERE state <> 'applied' AND community_id = $1"
            assert not [tuple(row) for row in await self.read(left, community)]
            left = (
                "SELECT kind, key, error FROM job WHERE state <> 'done' AND community_id = $1 AND audience = 'server'"
            )
            assert not [tuple(row) for row in await self.read(left, community)]

    async def totals(self, community: int) -> Totals:
        rows = await self.read(
            "SELECT account_id, stream_id, total_us FROM watch_tally WHERE community_id = $1", community
        )
        return {(row["account_id"], row["stream_id"]): row["total_us"] for row in rows if row["total_us"]}

    async def seconds(self, community: int) -> dict[str, int]:
        """Whole balances by the platform id of the viewer's first account."""
        rows = await self.read(
            "SELECT a.external_id, v.watch_us FROM viewer v JOIN account a ON a.id = v.face WHERE v.community_id = $1",
            community,
        )
        return {row["external_id"]: row["watch_us"] // SECOND for row in rows if row["watch_us"]}

    async def assert_sound(self, community: int) -> None:
        """Balances are the sums of their tallies and adjustments; feed cursors have no gap."""
        tallied: defaultdict[int, int] = defaultdict(int)
        for table, column in (("watch_tally", "total_us"), ("watch_adjustment", "amount_us")):
            rows = await self.read(
                f"SELECT v.viewer_id, t.{column} AS amount FROM {table} t JOIN viewer_account v "
                "ON v.community_id = t.community_id AND v.account_id = t.account_id WHERE t.community_id = $1",
                community,
            )
            for row in rows:
                tallied[row["viewer_id"]] += row["amount"]
        viewers = await self.read("SELECT id, watch_us FROM viewer WHERE community_id = $1", community)
        assert {row["id"]: row["watch_us"] for row in viewers if row["watch_us"]} == {
            k: v for k, v in tallied.items() if v
        }
        entries = await self.read("SELECT cursor FROM feed_entry WHERE community_id = $1 ORDER BY cursor", community)
        [head] = await self.read("SELECT head FROM feed_head WHERE community_id = $1", community)
        assert [row["cursor"] for row in entries] == list(range(1, head["head"] + 1))


@asynccontextmanager
async def pipeline_on(
    url: str, clock: FrozenClock, *, parsers: Mapping[str, Parser] = PARSERS, hook: StatementHook | None = None
) -> AsyncGenerator[Pipeline, None]:
    """A pipeline on the database at `url`."""
    async with engine_on(url, clock, parsers=parsers, hook=hook) as engine:
        yield Pipeline(engine, clock)
