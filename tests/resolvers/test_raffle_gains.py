"""The news of a raffle: who was given tickets last, as everybody may know it."""

import re
from functools import partial
from typing import Any

import pytest

from server.domain.instants import micros
from server.domain.raffle.rules import TicketSource
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.raffle import entries, gains
from server.store.raffle.entries import Entry
from tests.graph import Graph
from tests.resolvers.test_raffle import GRANT, START, do, house

__all__ = ["house"]

MANY, LATER = 6_000, 4_000_000_000_000_000
GAINS = """query ($slug: String!, $first: Int!) { community(slug: $slug) { raffles { current {
  gains(first: $first) { id source tickets at viewerId publicName } } } } }"""
UNMASK = """mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) {
  __typename ... on Problem { code message } } }"""


async def told(graph: Graph, slug: str = "house", first: int = 10, token: str | None = None) -> list[dict[str, Any]]:
    found = await graph.data(GAINS, token, slug=slug, first=first)
    return found["community"]["raffles"]["current"]["gains"]


async def give(graph: Graph, community: int, source: TicketSource, amount: int, **more: Any) -> None:
    """Append an entry of the first viewer to the open raffle."""
    [period] = await graph.server.database.reader().fetch(
        "SELECT id FROM raffle_period WHERE community_id = $1", community
    )
    [account] = await graph.server.database.reader().fetch("SELECT id FROM account WHERE external_id = '2'")
    entry = Entry(
        period_id=period["id"],
        account_id=account["id"],
        source=source,
        cause=f"test:{source.value}:{amount}",
        nth=1,
        amount=amount,
        at=micros(graph.live.clock.now()),
        reason="",
        actor="tester",
        **more,
    )

    async def append(tx: Tx, scope: Scope, *, entry: Entry) -> Done[None]:
        await entries.append(tx, scope.community_id, [entry], scope.now)
        return Done(None)

    await graph.server.units.run(community, partial(append, entry=entry))


async def test_what_was_given_last_is_told_first(graph: Graph, house: int) -> None:
    found = await told(graph)
    assert [(one["source"], one["tickets"], one["publicName"]) for one in found] == [
        ("STAFF", "7", "vi***"),
        ("GIFTED_SUB", "30", "vi***"),
    ]
    assert [one["viewerId"] for one in found] == [(await graph.accounts(house))[number] for number in "32"]
    assert await told(graph, first=1) == found[:1]
    await do(graph, house, UNMASK, masks=False)
    assert [one["publicName"] for one in await told(graph)] == ["viewer3", "viewer2"]


async def test_who_wagered_is_masked_whatever_the_community_wants(graph: Graph, house: int) -> None:
    await do(graph, house, UNMASK, masks=False)
    await give(graph, house, TicketSource.WAGER, 12)
    assert [one["publicName"] for one in await told(graph)] == ["vi***", "viewer3", "viewer2"]


async def test_what_was_taken_or_came_too_late_is_no_news(graph: Graph, house: int) -> None:
    before = await told(graph)
    await give(graph, house, TicketSource.STAFF, -3)
    await give(graph, house, TicketSource.STAFF, 4, late_from=1)
    assert await told(graph) == before


@pytest.mark.usefixtures("house")
async def test_another_community_has_its_own_news(graph: Graph) -> None:
    other = await graph.live.community("den", "100002")
    await graph.watched("100002")
    await do(graph, other, START, title="Winter", startsAt="2026-08-01T12:00:00Z")
    before = await told(graph)
    await do(graph, other, GRANT, viewerId=(await graph.accounts(other))["3"], tickets=9, reason="Another quiz.")
    assert [one["tickets"] for one in await told(graph, "den")] == ["9"]
    assert await told(graph) == before


@pytest.mark.timeout(120)
async def test_what_others_are_given_and_what_is_no_news_hides_nothing_and_is_not_read(
    graph: Graph, house: int
) -> None:
    other = await graph.live.community("den", "100002")
    await graph.watched("100002")
    await do(graph, other, START, title="Winter", startsAt="2026-08-01T12:00:00Z")
    before = await told(graph)
    reader = graph.server.database.reader()
    periods = await reader.fetch("SELECT community_id, id FROM raffle_period")
    period = {row["community_id"]: row["id"] for row in periods}
    writer = graph.server.database.writer()
    # A burst of the neighbour, and of our own what was taken and what came too late.
    for community, amount, late in ((other, 5, "NULL"), (house, -1, "NULL"), (house, 1, "1")):
        await writer.execute(
            "INSERT INTO ticket_entry (community_id, period_id, account_id, source, cause, nth, amount, basis, at, "
            f"recorded_at, reason, actor, late_from) SELECT $1, $2, 1, 'staff', 'burst:{amount}:{late}:' || n, 1, "
            f"{amount}, 0, 0, {LATER} + n, '', 'test', {late} FROM ({numbers(graph)}) AS made",
            community,
            period[community],
        )
    await writer.execute("ANALYZE")
    assert await told(graph) == before
    explain = "EXPLAIN" if reader.dialect == "postgres" else "EXPLAIN QUERY PLAN"
    plan = "\n".join(str(row[-1]) for row in await writer.fetch(f"{explain} {gains.NEWEST}", house, period[house], 5))
    assert "ticket_entry_news" in plan, plan
    assert not re.search(r"SCAN ticket_entry|Seq Scan on ticket_entry", plan), plan


def numbers(graph: Graph) -> str:
    """A row for each number up to MANY."""
    if graph.server.database.dialect == "postgres":
        return f"SELECT generate_series(1, {MANY}) AS n"
    return f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s"
