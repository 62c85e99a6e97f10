"""Staff has everything brought up to date, and takes data along; the server judges each part."""

import csv
import io
import itertools
from dataclasses import replace
from typing import Any

import pytest

from clients.discord.commands import export
from clients.discord.render.card import EPHEMERAL
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.world import Json, User
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import let_manage, linked, staff, started, text, whole, words
from tests.clients.discord.bot.test_posts import posted
from tests.clients.discord.bot.working import until


async def table(place: Place, user: User, what: str, *options: Json) -> list[list[str]]:
    """The rows of the file beside the answer, which the asker alone sees."""
    asked = await place.use(user, "regulars export", text("what", what), *options)
    await asked.settled()
    assert asked.message is not None
    assert asked.message.flags & EPHEMERAL
    [found] = asked.message.attachments
    assert found.content_type.startswith("text/csv")
    assert found.filename == f"{what.lower().replace('_', '-')}.csv"
    return list(csv.reader(io.StringIO(found.content.decode())))


async def test_everything_is_brought_up_to_date_and_what_was_done_is_said(place: Place) -> None:
    boss = await staff(place)
    await place.told(boss, "panel create", text("kind", "LEADERBOARD"))
    await until(lambda: bool(posted(place)))
    [panel] = posted(place)
    del place.discord.world.messages[panel.id]
    told = words(await place.told(boss, "regulars sync"))
    assert "Brought up to date" in told
    assert "1 panel is looked at" in told
    assert "Discord knows them all" in told
    await until(lambda: bool(posted(place)))
    assert posted(place)[0].id != panel.id, "the panel that somebody deleted is there again"


async def test_discord_is_told_of_commands_that_changed(place: Place) -> None:
    boss = await staff(place)
    place.bot.features.commands.families[:] = [
        one for one in place.bot.features.commands.families if one.name != "privacy"
    ]
    assert "Discord was told of the new ones" in words(await place.told(boss, "regulars sync"))
    assert "privacy" not in {one["name"] for one in place.discord.world.commands[""]}


async def test_what_one_part_refuses_holds_up_no_other(place: Place) -> None:
    boss = await staff(place)
    place.bot.features.commands.families.pop()
    place.discord.stage.faults.stumble("PUT", "/applications/.*/commands", Refusal(400, 50035, "Invalid Form Body"))
    told = words(await place.told(boss, "regulars sync"))
    assert "Brought up to date in part" in told
    assert "Discord does not take it now" in told
    assert "0 panels are looked at" in told


async def test_whoever_is_no_staff_syncs_and_exports_nothing(place: Place) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    told = words(await place.told(eve, "regulars sync"))
    assert "looked at" not in told
    assert "Commands" not in told, "Discord is told nothing in his name"
    assert "Not possible" in (await place.told(eve, "regulars export", text("what", "AUDIT")))["title"]


async def test_the_log_is_taken_along_whole_and_harmless(place: Place) -> None:
    boss = await staff(place)
    viewer = text("viewer", (await place.graph.accounts(place.community))["1"])
    reason = text("reason", "=1+1")
    await place.told(boss, "tracking adjust", whole("minutes", 5), reason, viewer)
    head, *rows = await table(place, boss, "AUDIT")
    assert head == list(export.AUDIT)
    [line] = [dict(zip(head, row, strict=True)) for row in rows if "watchtime.adjust" in row]
    assert line["actor"].endswith(boss.id)
    assert line["reason"] == "'=1+1", "a spreadsheet takes it for no formula"
    assert '"seconds"' in line["after"] or line["after"].startswith("{")
    place.graph.server.clock.pass_time(seconds=1)
    assert len(await table(place, boss, "AUDIT", whole("days", 1))) == len(rows) + 1


async def test_watch_times_and_tickets_are_taken_along_under_their_names(place: Place) -> None:
    boss = await staff(place)
    head, *rows = await table(place, boss, "WATCH_TIME")
    assert head == ["rank", "seconds", *export.WHO]
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=int)
    assert len(rows) == 3
    assert {row[3] for row in rows} == {"KICK"}
    nothing = await place.told(boss, "regulars export", text("what", "TICKETS"))
    assert "nothing of that kind" in words(nothing)
    await started(place)
    ada = await linked(place, "ada", "1")
    await place.told(ada, "raffle claim")
    _, *rows = await table(place, boss, "TICKETS")
    assert [row[1] for row in rows] == ["10"], "what the free entry gives"


async def test_more_than_fits_is_cut_and_that_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = await staff(place)
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr(export, "PAGES_MAX", 2)
    asked = await place.use(boss, "regulars export", text("what", "WATCH_TIME"))
    shown: Any = (await asked.settled())["embeds"][0]
    assert "more than fits" in shown["description"]
    assert asked.message is not None
    assert len(asked.message.attachments[0].content.decode().splitlines()) == 3


async def test_a_table_goes_through_all_pages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = await staff(place)
    whole_table = await table(place, boss, "WATCH_TIME")
    monkeypatch.setattr(export, "AT_ONCE", 1)
    assert await table(place, boss, "WATCH_TIME") == whole_table


async def test_tickets_of_two_raffles_are_never_in_one_table(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = await staff(place)
    await started(place)
    for name, account in (("ada", "1"), ("bob", "2")):
        await place.told(await linked(place, name, account), "raffle claim")
    monkeypatch.setattr(export, "AT_ONCE", 1)
    raffles = itertools.count(1)
    tickets = export.TABLES["TICKETS"]
    another = replace(tickets, about=lambda _: str(next(raffles)))
    monkeypatch.setattr(export, "TABLES", {**export.TABLES, "TICKETS": another})
    asked = await place.use(boss, "regulars export", text("what", "TICKETS"))
    shown: Any = (await asked.settled())["embeds"][0]
    assert "ended meanwhile" in shown["description"], "it is not told to be whole"
    assert asked.message is not None
    assert len(asked.message.attachments[0].content.decode().splitlines()) == 2
