"""What is older than the settings say is forgotten, piece by piece; what may yet be needed stays."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.domain.audit import Audited, Author
from server.domain.instants import micros
from server.effects import retention
from server.effects.doctor import examine
from server.effects.promises import Kept
from server.effects.retention import forget
from server.events.happening import Person
from server.jobs.queue import SERVER
from server.jobs.unit import Action, Done, Scope, Units
from server.ports import Tx
from server.store import audit, channels, communities, feed, idempotency, inbox, job_records, jobs
from server.store.database import Database
from server.store.inbox import Fault, Received
from server.store.jobs import NewJob
from tests.database import START, FrozenClock

DAY = timedelta(days=1)
NONE = dict.fromkeys(("bodies", "results", "jobs", "unclaimed", "heard", "audit", "alerts", "people", "feed"), 0)
KEPT = Kept(bodies=14 * DAY, feed=7 * DAY, results=7 * DAY, audit=365 * DAY)


@pytest.fixture
async def units(database: Database, clock: FrozenClock) -> AsyncGenerator[Units, None]:
    made = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock)
    yield made
    await made.close()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    monkeypatch.setattr(feed, "TRIM_MAX", 2)


async def community(units: Units, slug: str, broadcaster: str) -> int:
    async def make(tx: Tx, scope: Scope) -> Done[int]:
        made = await communities.create(tx, slug, slug, "UTC", scope.now)
        assert made is not None
        channel = await channels.learn(tx, "kick", Person(id=broadcaster, name="Streamer", slug=None))
        await channels.attach(tx, made, channel, scope.now)
        return Done(made)

    return await units.run(0, make)


def received(name: str, age: timedelta, broadcaster: str = "1") -> Received:
    at = START - age
    return Received(
        source="kick",
        message_id=name,
        kind="chat.message.sent",
        kind_key="chat.message.sent",
        subscription_id="s",
        broadcaster_id=broadcaster,
        told_at=at,
        received_at=at,
        body=b"{}",
    )


async def names(database: Database, sql: str) -> list[Any]:
    return [row[0] for row in await database.reader().fetch(sql)]


async def test_applied_bodies_go_first_what_may_be_replayed_later_what_waits_never(
    units: Units, database: Database
) -> None:
    await community(units, "house", "1")
    ages = {"new": 13 * DAY, "old": 15 * DAY, "ancient": 91 * DAY}
    told = [received(f"{state} {age}", span) for state in ("applied", "bad", "waiting") for age, span in ages.items()]
    told += [received(f"applied {n}", 20 * DAY) for n in range(5)]
    told += [received(f"orphan {age}", span, broadcaster="2") for age, span in ages.items()]

    await inbox.record(database, told)

    async def arrange(tx: Tx, scope: Scope) -> Done[None]:
        rows = await tx.fetch("SELECT d.id, i.message_id FROM delivery d JOIN inbox i ON i.id = d.inbox_id")
        by_state = {state: [r["id"] for r in rows if r["message_id"].startswith(state)] for state in ("applied", "bad")}
        await inbox.settle_applied(tx, by_state["applied"], scope.now)
        await inbox.settle_quarantined(tx, [Fault(one, "wrong_shape", "no") for one in by_state["bad"]], scope.now)
        return Done(None)

    await units.run(0, arrange)
    forgotten = await forget(units, database, kept=KEPT)
    assert forgotten == {
        "bodies": 9,
        "results": 0,
        "jobs": 0,
        "unclaimed": 0,
        "heard": 0,
        "people": 0,
        "audit": 0,
        "alerts": 0,
        "feed": 0,
    }
    assert sorted(await names(database, "SELECT message_id FROM inbox")) == [
        "applied new",
        "bad new",
        "bad old",
        "orphan new",
        "orphan old",
        "waiting ancient",
        "waiting new",
        "waiting old",
    ]
    strays = "SELECT count(*) FROM delivery WHERE inbox_id NOT IN (SELECT id FROM inbox)"
    assert await names(database, strays) == [0]


async def test_each_feed_forgets_its_old_changes_and_knows_how_far(units: Units, database: Database) -> None:
    house, guests = await community(units, "house", "1"), await community(units, "guests", "1")

    async def arrange(tx: Tx, _: Scope) -> Done[None]:
        for one, old in ((house, 5), (guests, 3)):
            for n in range(old):
                await feed.append(tx, one, [("changed", {"n": n})], START - 8 * DAY)
            await feed.append(tx, one, [("changed", {"n": "new"})], START - 6 * DAY)
        return Done(None)

    await units.run(0, arrange)
    assert (await forget(units, database, kept=KEPT))["feed"] == 8
    page = await feed.read(database.reader(), house, 0, 10)
    assert ([item.cursor for item in page.items], page.head, page.gap) == ([6], 6, True)
    assert not (await feed.read(database.reader(), guests, 3, 10)).gap


async def test_old_results_and_done_jobs_go_and_those_that_gave_up_stay(units: Units, database: Database) -> None:
    def at(instant: datetime, action: Action[None]) -> Action[None]:
        async def then(tx: Tx, scope: Scope) -> Done[None]:
            return await action(tx, replace(scope, now=instant))

        return then

    async def arrange(tx: Tx, scope: Scope) -> Done[None]:
        for n in range(5):
            await idempotency.claim(tx, "house", f"{scope.now} {n}", "digest", scope.now + n * timedelta(seconds=1))
        made = [NewJob(kind="tidy", key=f"{scope.now} {n}", payload={}, run_at=scope.now) for n in range(5)]
        await jobs.add(tx, made, scope.now)
        taken = await jobs.lease_due(tx, SERVER, scope.now, DAY, 4)
        for job in taken[:3]:
            await jobs.finish(tx, job, scope.now)
        await jobs.bury(tx, taken[3], "no luck", scope.now)
        return Done(None)

    await units.run(0, at(START - 6 * DAY, arrange))
    await units.run(0, at(START - 8 * DAY, arrange))
    assert await forget(units, database, kept=KEPT) == {
        "bodies": 0,
        "results": 5,
        "jobs": 3,
        "unclaimed": 0,
        "heard": 0,
        "people": 0,
        "audit": 0,
        "alerts": 0,
        "feed": 0,
    }
    assert await job_records.counts(database.reader()) == {"done": 3, "dead": 2, "ready": 2}
    assert await names(database, "SELECT count(*) FROM idempotency") == [5]
    assert set((await forget(units, database, kept=KEPT)).values()) == {0}


async def test_jobs_that_no_client_comes_for_go_after_a_week_and_those_behind_them_go_on(
    units: Units, database: Database
) -> None:
    async def arrange(tx: Tx, _: Scope) -> Done[None]:
        for age in (9, 8, 6, 5):
            at = START - age * DAY
            alike: dict[str, Any] = {"kind": "tell", "payload": {}, "run_at": at}
            told = NewJob(key=f"discord {age}", audience="discord", order_key="one", **alike)
            await jobs.add(tx, [told, NewJob(key=f"server {age}", **alike)], at)
        return Done(None)

    await units.run(0, arrange)
    assert (await forget(units, database, kept=KEPT))["unclaimed"] == 2
    assert await names(database, "SELECT key FROM job WHERE state = 'ready' AND audience = 'discord'") == ["discord 6"]
    assert await names(database, "SELECT count(*) FROM job WHERE audience = 'server'") == [4]

    async def strike(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute("DELETE FROM job WHERE key = 'discord 6'"))

    await units.run(0, strike)
    await forget(units, database, kept=KEPT)
    assert await names(database, "SELECT key FROM job WHERE state = 'ready' AND audience = 'discord'") == ["discord 5"]


async def test_lines_of_every_audit_log_go_after_a_year_and_what_went_is_told(units: Units, database: Database) -> None:
    house = await community(units, "house", "1")
    someone = Author(kind="owner", name="owner:someone")

    async def arrange(tx: Tx, _: Scope) -> Done[None]:
        for one in (house, audit.INSTALLATION):
            for age in (363, 364, 366, 367, 368):
                line = Audited(action="watchtime.adjust", target=("viewer", age))
                await audit.append(tx, one, someone, [line], START - age * DAY)
        for n in range(3):
            await feed.append(tx, house, [("changed", {"n": n})], START - 8 * DAY)
        return Done(None)

    await units.run(0, arrange)
    assert await forget(units, database, kept=KEPT) == {
        "bodies": 0,
        "results": 0,
        "jobs": 0,
        "unclaimed": 0,
        "heard": 0,
        "people": 0,
        "audit": 6,
        "alerts": 0,
        "feed": 3,
    }
    told = "SELECT community_id, actor, target_kind, target_id, after FROM audit_event ORDER BY id"
    rows = [tuple(row) for row in await database.reader().fetch(told)]
    kept = [(one, "owner:someone", "viewer", age, None) for one in (house, 0) for age in ("363", "364")]
    by = ("system:retention", "retention")
    pieces = [(0, *by, "audit", '{"count":2}')] * 3
    assert rows == [*kept, *pieces, (house, *by, "feed", '{"count":2}'), (house, *by, "feed", '{"count":1}')]


OLD = START - 400 * DAY
ABOUT_PEOPLE = (
    (
        "INSERT INTO web_session (token_digest, platform, external_id, name, created_at, expires_at) "
        "VALUES ({n}, 'kick', '1', 'x', 0, {at})"
    ),
    (
        "INSERT INTO sign_in_attempt (state_digest, browser_digest, flow, provider, subject, scopes, expires_at) "
        "VALUES ({n}, 'b', 'session', 'kick', '', '', {at})"
    ),
    ("INSERT INTO guild_code (community_id, salt, made_by, made_at, expires_at) VALUES (1, {n}, 'x', 0, {at})"),
    (
        "INSERT INTO invitation (kind, salt, made_by, made_at, expires_at, used_at) "
        "VALUES ('community', {n}, 'x', 0, 4000000000000000, {at})"
    ),
    (
        "INSERT INTO account_proof (community_id, discord_id, discord_name, guild_name, created_at, expires_at, state, "
        "tries, settled_at) VALUES (1, '1', 'x', 'x', 0, 0, 'failed', 0, {at})"
    ),
    (
        "INSERT INTO personal_read (community_id, account_id, what, reader_kind, reader, hour) "
        "VALUES (1, {n}, 'viewer', 'person', 'x', {at})"
    ),
    "INSERT INTO forgotten (digest, until) VALUES ({n}, {at})",
    (
        "INSERT INTO forgetting (community_id, state, asked_at, due_at, settled_at, after, upto) "
        "VALUES (0, 'done', 0, 0, {at}, 0, 0)"
    ),
)


async def test_what_is_over_about_people_goes_and_the_doctor_sees_where_it_does_not(
    units: Units, database: Database, clock: FrozenClock
) -> None:
    await community(units, "house", "1")

    async def arrange(tx: Tx, scope: Scope) -> Done[None]:
        for statement in ABOUT_PEOPLE:
            for n, at in enumerate([OLD] * 3 + [scope.now - DAY], 1):
                digest = "account_id" not in statement and "{n}" in statement
                await tx.execute(statement.format(n=f"'{n}'" if digest else n, at=micros(at)))
        return Done(None)

    await units.run(0, arrange)
    [bad] = [one for one in await examine(database, clock, None, KEPT) if one.check == "promises"]
    assert not bad.ok
    assert bad.detail.endswith(f"and {len(ABOUT_PEOPLE) - 5} more")
    assert (await forget(units, database, kept=KEPT))["people"] == 3 * len(ABOUT_PEOPLE)
    for statement in ABOUT_PEOPLE:
        assert await names(database, f"SELECT count(*) FROM {statement.split()[2]}") == [1]
    [fine] = [one for one in await examine(database, clock, None, KEPT) if one.check == "promises"]
    assert fine.ok, fine


async def test_the_doctor_sees_who_should_have_been_forgotten(database: Database, clock: FrozenClock) -> None:
    due = micros(START - 3 * DAY)
    await database.writer().execute(
        "INSERT INTO forgetting (community_id, platform, external_id, state, asked_at, due_at, after, upto) "
        f"VALUES (0, 'kick', '1', 'asked', 0, {due}, 0, 0)"
    )
    [bad] = [one for one in await examine(database, clock, None, KEPT) if one.check == "promises"]
    assert (bad.ok, bad.detail) == (False, "1 should have been forgotten")
