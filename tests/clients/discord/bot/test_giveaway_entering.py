"""The button of a giveaway: it enters, and leaves when it is pressed again; the presser alone is told."""

from typing import Any

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import buttons, card, linked, press, staff, text, words
from tests.clients.discord.bot.test_panels import created, embed

OPEN = """mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) {
  ... on GiveawayOpened { giveaway { id } } } }"""
CLOSE = "mutation ($input: CloseGiveawayInput!) { closeGiveaway(input: $input) { __typename } }"
SHOWN = '{ community(slug: "house") { giveaways(first: 5) { nodes { entries rules { byDiscord } } } } }'


async def opened(place: Place, keyword: str = "!mug", **given: Any) -> str:
    where = {"communityId": id_of("community", place.community), "idempotencyKey": keyword, "title": f"A {keyword}"}
    told = await place.graph.data(OPEN, input=where | {"keyword": keyword} | given)
    return told["openGiveaway"]["giveaway"]["id"]


async def entries(place: Place) -> list[int]:
    found = (await place.graph.data(SHOWN))["community"]["giveaways"]["nodes"]
    return [one["entries"] for one in reversed(found)]


async def told(place: Place, user: User, asked: Asked, which: int = 0) -> str:
    """What somebody is told after a press, for himself alone."""
    pressed = await press(place, user, asked, which)
    shown = words(card(await pressed.settled()))
    assert bool((pressed.answer or {})["data"]["flags"] & EPHEMERAL)
    return shown


async def test_a_press_enters_and_another_one_leaves(place: Place) -> None:
    await opened(place)
    ada, bob = await linked(place, "ada", "3"), await linked(place, "bob", "4")
    asked = await place.use(ada, "giveaways")
    assert "press the button here" in words(card(await asked.settled()))
    said = await told(place, ada, asked)
    assert "You are in the giveaway **A !mug**" in said
    assert "as it stands: 100.0%" in said
    assert "Press the button again to leave" in said
    other = await place.use(bob, "giveaways")
    assert "as it stands: 50.0%" in await told(place, bob, other)
    assert await entries(place) == [2]
    assert "no longer in the giveaway **A !mug**" in await told(place, ada, asked)
    assert await entries(place) == [1]
    assert "You are in" in await told(place, ada, asked)
    assert await entries(place) == [2]


async def test_whoever_is_not_linked_is_told_what_to_do(place: Place) -> None:
    await opened(place)
    eve = place.person("eve")
    said = await told(place, eve, await place.use(eve, "giveaways"))
    assert "/link kick" in said
    assert "!mug" in said
    assert await entries(place) == [0]


async def test_several_giveaways_have_a_button_each_and_those_by_chat_alone_have_none(place: Place) -> None:
    await opened(place, "!mug")
    await opened(place, "!cap")
    await opened(place, "!hat", byDiscord=False)
    ada = await linked(place, "ada", "3")
    asked = await place.use(ada, "giveaways")
    assert len(buttons(await asked.settled())) == 2
    assert "You are in the giveaway **A !cap**" in await told(place, ada, asked)
    assert await entries(place) == [0, 1, 0]
    assert "You are in the giveaway **A !mug**" in await told(place, ada, asked, 1)
    assert await entries(place) == [1, 1, 0]


async def test_what_would_leave_somebody_out_is_said_with_what_to_do(place: Place) -> None:
    await opened(place, subscribersOnly=True)
    ada = await linked(place, "ada", "3")
    said = await told(place, ada, await place.use(ada, "giveaways"))
    assert "You are in" in said
    assert "Only subscribers are in it. If you are one: Type !mug in chat" in said


async def test_the_panel_has_the_button_until_entering_is_over(place: Place) -> None:
    giveaway, boss, ada = await opened(place), await staff(place), await linked(place, "ada", "3")
    message = await created(place, boss, "GIVEAWAY")
    assert "press the button here" in embed(message)["description"]
    button, who = buttons(message.shown)
    assert "entrants" in who
    pressed = await place.discord.people.click(ada, message, button)
    assert "You are in" in words(card(await pressed.settled()))
    given = {"communityId": id_of("community", place.community), "giveawayId": giveaway, "idempotencyKey": "close"}
    assert (await place.graph.data(CLOSE, input=given))["closeGiveaway"]["__typename"] == "GiveawayClosed"
    late = await place.discord.people.click(boss, message, button)
    assert "Entering this giveaway is over" in words(card(await late.settled()))
    assert await entries(place) == [1]


async def test_staff_opens_one_that_is_entered_in_chat_alone(place: Place) -> None:
    boss = await staff(place)
    no = {"name": "discord", "type": 5, "value": False}
    await place.told(boss, "giveaway start", text("title", "A mug"), text("keyword", "!mug"), no)
    await place.told(boss, "giveaway start", text("title", "A cap"), text("keyword", "!cap"))
    found = (await place.graph.data(SHOWN))["community"]["giveaways"]["nodes"]
    assert [one["rules"]["byDiscord"] for one in found] == [True, False]
