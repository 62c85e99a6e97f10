"""Panels of a raffle that runs and of a giveaway that is open: what they show, and that they change only with it."""

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import Message, User
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, let_manage, linked, staff, started, words
from tests.clients.discord.bot.test_giveaway_entering import opened
from tests.clients.discord.bot.test_panels import created, edits, posted, refreshed
from tests.clients.discord.bot.working import embed


def labels(message: Message) -> dict[str, str]:
    """The buttons of a message: their ids by what stands on them."""
    found = [one for row in message.shown["components"] for one in row["components"]]
    return {one["label"]: one["custom_id"] for one in found if "custom_id" in one}


async def clicked(place: Place, user: User, message: Message, label: str) -> str:
    asked: Asked = await place.discord.people.click(user, message, labels(message)[label])
    return words(card(await asked.settled(20)))


async def test_a_raffle_that_runs_is_shown_and_edited_only_where_it_changed(place: Place) -> None:
    boss = await staff(place)
    await started(place, title="Mugs")
    message = await created(place, boss, "RAFFLE")
    assert "Mugs" in embed(message)["title"]
    assert {"My tickets", "Rules"} <= labels(message).keys()
    before = embed(message)
    await refreshed(place, boss, posted)
    assert (edits(place), embed(message)) == (0, before), "nothing happened to it"
    await place.told(await linked(place, "ada", "1"), "raffle claim")
    await refreshed(place, boss, posted)
    assert edits(place) == 1
    assert embed(message) != before


async def test_an_open_giveaway_is_shown_and_edited_only_where_it_changed(place: Place) -> None:
    boss = await staff(place)
    await opened(place)
    message = await created(place, boss, "GIVEAWAY")
    assert "0 accounts are in" in embed(message)["description"]
    await refreshed(place, boss, posted)
    assert edits(place) == 0
    ada = await linked(place, "ada", "1")
    assert "You are in" in await clicked(place, ada, message, "Enter or leave")
    await refreshed(place, boss, posted)
    assert edits(place) == 1
    assert "1 account is in" in embed(message)["description"]


async def test_staff_sees_who_is_in_by_a_button_and_nobody_else_does(place: Place) -> None:
    boss = await staff(place)
    await opened(place)
    message = await created(place, boss, "GIVEAWAY")
    ada = await linked(place, "ada", "1")
    await clicked(place, ada, message, "Enter or leave")
    before = message.shown
    told = await clicked(place, boss, message, "Entrants")
    assert "viewer1 · Kick" in told
    eve = place.person("eve")
    let_manage(place, eve)
    refused = await clicked(place, eve, message, "Entrants")
    assert "Not possible" in refused
    assert "community's staff" in refused
    assert "viewer1" not in refused
    assert message.shown == before, "the panel stays as it is"
