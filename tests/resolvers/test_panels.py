"""Panels: when the bot is sent to look at one, and what becomes of what it reports."""

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest

from server.actions.slotcalls import call
from server.domain.slotcalls.rules import CallSource
from server.effects.panels import look_at_all
from server.jobs.unit import Done
from server.schema.ids import id_of
from server.store import guilds
from tests.graph import Graph
from tests.resolvers.proving import GUILD, guild_bound
from tests.resolvers.slot_cases import opened
from tests.services import Service, service

LEASE = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) { ... on JobsLeased { jobs { id kind lease
    community { id } ... on PanelDueJob { panelId panelKind channelId messageId formerChannelId formerMessageId
    contentHash isPinned locale } ... on PanelRemovedJob { channelId messageId }
    ... on StaffAlertJob { alertKind isOver detail } } } } }"""
ACKNOWLEDGE = """mutation ($input: AcknowledgeJobInput!) { acknowledgeJob(input: $input) { __typename } }"""
REPORT = """mutation ($input: ReportPanelInput!) { reportPanel(input: $input) { __typename
    ... on Problem { code } } }"""
PANELS = """query ($slug: String!) { community(slug: $slug) { panels { id kind channelId messageId state problem
    createdBy shownAt lookedAt } } }"""
KEYS = count(1)
Json = dict[str, Any]


def key() -> str:
    return f"key {next(KEYS)}"


@dataclass
class Bot:
    """The bot as it takes jobs about panels, and staff beside it."""

    graph: Graph
    community: int
    service: Service
    other: int

    async def staff(self, name: str, number: int | None = None, **given: Any) -> Json:
        """What a mutation of staff gives."""
        kind = f"{name[0].upper()}{name[1:]}"
        document = f"""mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ __typename
            ... on Problem {{ code }} }} }}"""
        place = id_of("community", number or self.community)
        return (await self.graph.data(document, input={"communityId": place, "idempotencyKey": key(), **given}))[name]

    async def panels(self, slug: str = "house") -> list[Json]:
        return (await self.graph.data(PANELS, slug=slug))["community"]["panels"]

    async def jobs(self) -> list[Json]:
        """What is to be done now; the jobs are taken, not ended."""
        given = {"limit": 50, "idempotencyKey": key()}
        return (await self.graph.data(LEASE, self.service.token(), input=given))["leaseJobs"]["jobs"]

    async def looks(self) -> list[Json]:
        return [job for job in await self.jobs() if job["kind"] == "panel_due"]

    async def end(self, job: Json) -> None:
        given = {"jobId": job["id"], "lease": job["lease"], "outcome": "DONE", "idempotencyKey": key()}
        await self.graph.data(ACKNOWLEDGE, self.service.token(), input=given)

    async def report(self, job: Json, outcome: str, **more: Any) -> Json:
        """Tell of a look, and end its job."""
        given = {
            "communityId": job["community"]["id"],
            "panelId": job["panelId"],
            "channelId": job["channelId"],
            "outcome": outcome,
            "idempotencyKey": key(),
            **more,
        }
        told = (await self.graph.data(REPORT, self.service.token(), input=given))["reportPanel"]
        await self.end(job)
        return told

    async def shown(self, job: Json, message: str = "7001", content: str = "ab12", **more: Any) -> None:
        told = await self.report(job, "SHOWN", messageId=message, contentHash=content, **more)
        assert told["__typename"] == "PanelReported", told

    async def posted(self, kind: str = "SLOTS", channel: str = "1001", **more: Any) -> str:
        """A panel that is there; its id."""
        assert (await self.staff("createPanel", kind=kind, channelId=channel, **more))["__typename"] == "PanelCreated"
        [job] = await self.looks()
        await self.shown(job)
        return job["panelId"]

    async def call(self, title: str, number: int | None = None) -> None:
        wish = call.Wish(account=("kick", "1"), text=title, source=CallSource.CLIENT, source_key=key())
        await self.graph.server.units.run(number or self.community, partial(call.call, wish=wish))


@pytest.fixture
async def bot(graph: Graph) -> Bot:
    community = await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100002")
    await graph.watched()
    await guild_bound(graph.server, community, GUILD)
    await guild_bound(graph.server, other, "8")
    for number in (community, other):
        await opened(graph.server, number, cooldown_s=0, per_viewer=50)
    return Bot(graph, community, await service(graph), other)


async def test_a_panel_is_posted_and_left_alone_while_nothing_changes(bot: Bot) -> None:
    assert (await bot.staff("createPanel", kind="SLOTS", channelId="1001", locale="de"))["__typename"] == "PanelCreated"
    [job] = await bot.looks()
    assert (job["panelKind"], job["channelId"], job["messageId"], job["contentHash"]) == ("SLOTS", "1001", None, None)
    assert (job["isPinned"], job["locale"]) == (True, "de")
    await bot.shown(job)
    [panel] = await bot.panels()
    assert (panel["state"], panel["messageId"], panel["problem"]) == ("POSTED", "7001", None)
    bot.graph.live.clock.pass_time(seconds=600)
    assert await bot.looks() == []


async def test_many_changes_make_one_look_soon_and_the_next_not_too_soon(bot: Bot) -> None:
    await bot.posted()
    bot.graph.live.clock.pass_time(seconds=60)
    for title in ("Gates of Olympus", "Wanted", "Sugar Rush"):
        await bot.call(title)
    assert await bot.looks() == [], "a burst is waited for"
    bot.graph.live.clock.pass_time(seconds=5)
    [job] = await bot.looks()
    assert (job["messageId"], job["contentHash"]) == ("7001", "ab12")
    await bot.call("Big Bass")
    await bot.shown(job, content="cd34")
    assert await bot.looks() == []
    bot.graph.live.clock.pass_time(seconds=29)
    assert await bot.looks() == []
    bot.graph.live.clock.pass_time(seconds=1)
    [job] = await bot.looks()
    await bot.shown(job, content="ef56")
    bot.graph.live.clock.pass_time(seconds=600)
    assert await bot.looks() == []


async def test_another_community_changes_nothing(bot: Bot) -> None:
    mine = await bot.posted()
    assert (await bot.staff("createPanel", bot.other, kind="SLOTS", channelId="1001"))["__typename"] == "PanelCreated"
    [job] = await bot.looks()
    await bot.shown(job, "7002")
    bot.graph.live.clock.pass_time(seconds=60)
    await bot.call("Wanted")
    bot.graph.live.clock.pass_time(seconds=60)
    [job] = await bot.looks()
    assert job["panelId"] == mine
    for name, more in (("refreshPanel", {}), ("deletePanel", {}), ("movePanel", {"channelId": "1009"})):
        assert (await bot.staff(name, bot.other, panelId=mine, **more))["code"] == "panel_unknown"
    strange = await bot.report({**job, "community": {"id": id_of("community", bot.other)}}, "LOST")
    assert strange["code"] == "panel_unknown"
    assert [one["state"] for one in await bot.panels()] == ["POSTED"]


async def test_whose_message_is_gone_is_posted_anew_or_told_of(bot: Bot) -> None:
    healing = await bot.posted()
    assert (await bot.staff("refreshPanel", panelId=healing))["__typename"] == "PanelRefreshed"
    [job] = await bot.looks()
    await bot.report(job, "LOST")
    [again] = await bot.looks()
    assert (again["panelId"], again["messageId"]) == (healing, None)
    await bot.shown(again, "7002")
    still = await bot.posted("RAFFLE", autoHeal=False)
    await bot.staff("refreshPanel", panelId=still)
    [job] = await bot.looks()
    await bot.report(job, "LOST")
    [alert] = await bot.jobs()
    assert (alert["alertKind"], alert["isOver"]) == ("panel_failed", False)
    assert "deleted" in alert["detail"]
    assert (await bot.panels())[1]["state"] == "LOST"
    await bot.end(alert)
    await bot.staff("refreshPanel", panelId=still)
    [job] = await bot.looks()
    await bot.shown(job, "7003")
    [alert] = await bot.jobs()
    assert (alert["alertKind"], alert["isOver"]) == ("panel_failed", True)


@pytest.mark.parametrize("outcome", ["FORBIDDEN", "NO_CHANNEL"])
async def test_what_trying_does_not_mend_pauses_the_panel_and_staff_is_told_once(bot: Bot, outcome: str) -> None:
    panel = await bot.posted()
    alerts: list[str] = []
    for _ in range(2):
        await bot.staff("refreshPanel", panelId=panel)
        jobs = await bot.jobs()
        await bot.report(next(job for job in jobs if job["kind"] == "panel_due"), outcome)
        alerts += [job["alertKind"] for job in jobs if job["kind"] == "staff_alert"]
    alerts += [job["alertKind"] for job in await bot.jobs()]
    assert alerts == ["panel_failed"]
    assert [(one["state"], one["problem"]) for one in await bot.panels()] == [("PAUSED", outcome)]
    await bot.call("Wanted")
    bot.graph.live.clock.pass_time(seconds=4 * 3600)
    await look_at_all(bot.graph.server.database, bot.graph.server.units)
    assert await bot.looks() == [], "it waits for staff"


async def test_a_panel_that_cannot_be_pinned_stays_and_staff_is_told(bot: Bot) -> None:
    await bot.staff("createPanel", kind="LINK", channelId="1001")
    [job] = await bot.looks()
    await bot.shown(job, problem="PIN_FORBIDDEN")
    [alert] = await bot.jobs()
    assert "pin" in alert["detail"]
    assert [(one["state"], one["problem"]) for one in await bot.panels()] == [("POSTED", "PIN_FORBIDDEN")]


async def test_an_old_message_rests_for_ten_minutes_and_is_replaced_after_three_refusals(bot: Bot) -> None:
    panel = await bot.posted()
    await bot.staff("refreshPanel", panelId=panel)
    for _ in range(2):
        [job] = await bot.looks()
        await bot.report(job, "HELD_BACK")
        bot.graph.live.clock.pass_time(seconds=599)
        assert await bot.looks() == []
        bot.graph.live.clock.pass_time(seconds=1)
    [job] = await bot.looks()
    await bot.report(job, "HELD_BACK")
    [job] = await bot.looks()
    assert (job["messageId"], job["formerChannelId"], job["formerMessageId"]) == (None, "1001", "7001")
    await bot.shown(job, "7002")
    assert [one["messageId"] for one in await bot.panels()] == ["7002"]


async def test_a_panel_that_moves_replaces_its_message(bot: Bot) -> None:
    panel = await bot.posted()
    await bot.staff("refreshPanel", panelId=panel)
    [late] = await bot.looks()
    for channel in ("1002", "1003"):
        assert (await bot.staff("movePanel", panelId=panel, channelId=channel))["__typename"] == "PanelMoved"
    told = await bot.report(late, "SHOWN", messageId="7001", contentHash="ab")
    assert told["code"] == "panel_unknown", "what was done where it was before counts no more"
    [job] = await bot.looks()
    assert (job["channelId"], job["messageId"]) == ("1003", None)
    assert (job["formerChannelId"], job["formerMessageId"]) == ("1001", "7001")
    await bot.shown(job, "7002")
    assert await bot.looks() == []


async def test_a_deleted_panel_has_its_message_deleted(bot: Bot) -> None:
    panel = await bot.posted()
    assert (await bot.staff("deletePanel", panelId=panel))["__typename"] == "PanelDeleted"
    [job] = await bot.jobs()
    assert (job["kind"], job["channelId"], job["messageId"]) == ("panel_removed", "1001", "7001")
    assert await bot.panels() == []
    await bot.posted()
    assert len(await bot.panels()) == 1


async def test_a_panel_that_is_deleted_while_it_is_shown_is_refused_and_handed_out_without_a_channel(bot: Bot) -> None:
    await bot.staff("createPanel", kind="LINK", channelId="1001")
    [job] = await bot.looks()
    await bot.staff("deletePanel", panelId=job["panelId"])
    assert (await bot.report(job, "SHOWN", messageId="7001", contentHash="ab"))["code"] == "panel_unknown"
    await bot.staff("createPanel", kind="LINK", channelId="1001")
    [panel] = await bot.panels()
    await bot.staff("deletePanel", panelId=panel["id"])
    [job] = await bot.looks()
    assert job["channelId"] is None


async def test_a_panel_that_nothing_happens_to_is_looked_at_every_hour(bot: Bot) -> None:
    await bot.posted("LINK")
    server = bot.graph.server
    bot.graph.live.clock.pass_time(seconds=3590)
    assert await look_at_all(server.database, server.units) == 0
    bot.graph.live.clock.pass_time(seconds=20)
    assert await look_at_all(server.database, server.units) == 1
    assert await look_at_all(server.database, server.units) == 0, "one look waits at most"
    [job] = await bot.looks()
    await bot.shown(job)


async def test_a_panel_whose_job_is_no_more_is_looked_at_all_the_same(bot: Bot) -> None:
    await bot.staff("createPanel", kind="LINK", channelId="1001")
    server = bot.graph.server
    assert await look_at_all(server.database, server.units) == 0

    async def forgotten(tx: Any, _: Any) -> Done[None]:
        await tx.execute("DELETE FROM job WHERE kind = 'panel_due'")
        return Done(None)

    await server.units.run(bot.community, forgotten)
    assert await look_at_all(server.database, server.units) == 1
    assert len(await bot.looks()) == 1


async def test_a_panel_of_a_server_that_is_not_bound_any_more_is_not_shown(bot: Bot) -> None:
    await bot.staff("createPanel", kind="LINK", channelId="1001")

    async def elsewhere(tx: Any, scope: Any) -> Done[None]:
        await guilds.unbind(tx, bot.community)
        await guilds.bind(tx, bot.community, "9", "Elsewhere", "staff", scope.now)
        return Done(None)

    await bot.graph.server.units.run(bot.community, elsewhere)
    [job] = await bot.looks()
    assert job["channelId"] is None


async def test_a_community_has_so_many_panels_and_none_without_a_server(bot: Bot) -> None:
    for channel in range(5):
        for kind in ("LINK", "LEADERBOARD", "RAFFLE", "SLOTS", "GIVEAWAY"):
            await bot.staff("createPanel", kind=kind, channelId=str(1000 + channel))
    assert (await bot.staff("createPanel", kind="LINK", channelId="2000"))["code"] == "panels_full"
    nowhere = await bot.graph.live.community("attic", "100003")
    refused = await bot.staff("createPanel", nowhere, kind="LINK", channelId="1001")
    assert refused["code"] == "guild_not_bound"


async def test_an_overlay_and_a_person_report_nothing(bot: Bot) -> None:
    panel = await bot.posted()
    given = {
        "communityId": id_of("community", bot.community),
        "panelId": panel,
        "channelId": "1001",
        "outcome": "LOST",
        "idempotencyKey": key(),
    }
    for token in (bot.graph.operator, bot.service.acting("22", guild=GUILD)):
        answer = await bot.graph.ask(REPORT, token, input=given)
        assert answer["errors"][0]["extensions"]["code"] == "forbidden"
    unfit = {**given, "outcome": "SHOWN", "messageId": "7001", "contentHash": "nothing"}
    told = await bot.graph.data(REPORT, bot.service.token(), input=unfit)
    assert told["reportPanel"]["code"] == "panel_hash_unfit"
    assert [one["state"] for one in await bot.panels()] == ["POSTED"]


async def test_all_panels_are_looked_at_with_one_change_and_those_of_others_are_not(bot: Bot) -> None:
    mine, slots = await bot.posted("LINK"), await bot.posted("SLOTS", "1002")
    assert await bot.looks() == []
    assert await bot.staff("refreshPanels", bot.other) == {"__typename": "PanelsRefreshed"}
    assert await bot.looks() == []
    await bot.staff("refreshPanels", kinds=["SLOTS"])
    [job] = await bot.looks()
    assert job["panelId"] == slots
    await bot.report(job, "LOST")
    await bot.staff("refreshPanels")
    assert {job["panelId"] for job in await bot.looks()} == {mine, slots}
