"""What cannot be taken back is confirmed by whoever asked for it, in time, and done once."""

import asyncio

from clients.discord.asked.commands import Asked as Question
from clients.discord.asked.confirming import WAITING_MAX, Confirming
from clients.discord.asked.interaction import Interaction, Kind
from clients.discord.render.card import Card
from clients.discord.words.language import Words
from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import User
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import (
    buttons,
    card,
    let_manage,
    linked,
    member,
    press,
    pressed,
    staff,
    started,
    text,
    tickets,
    whole,
    words,
)


async def begun(place: Place, amount: int = 5) -> tuple[User, Asked]:
    """Staff that asked to take tickets from somebody who has twenty, and has not confirmed it."""
    boss, ada = await staff(place), await linked(place, "ada", "1")
    await started(place)
    await place.told(boss, "raffle-admin give", member(ada), whole("amount", 20), text("reason", "A gift."))
    await place.graph.live.settle()
    options = member(ada), whole("amount", amount), text("reason", "A *mistake*.")
    asked = await place.use(boss, "raffle-admin remove", *options)
    await asked.settled()
    return boss, asked


async def test_the_effect_is_said_in_words_and_numbers_and_nothing_happens_before_it_is_confirmed(place: Place) -> None:
    boss, asked = await begun(place)
    shown = await asked.settled()
    said = words(card(shown))
    assert "ada loses 5 tickets." in said
    assert r"Reason: A \*mistake\*." in said
    assert "<t:" in said
    assert ":R>" in said
    assert (asked.answer or {})["data"]["flags"] == 64, "for nobody else"
    assert await tickets(place, "1") == 20
    done = await pressed(place, boss, asked)
    assert "5 tickets taken from ada" in words(done)
    assert "Now 15 tickets" in words(done)
    assert await tickets(place, "1") == 15


async def test_a_doubled_click_does_it_once_and_both_say_what_was_done(place: Place) -> None:
    boss, asked = await begun(place)
    first = await asked.settled()
    assert asked.message is not None
    clicks = [await place.discord.people.click(boss, asked.message, buttons(first)[0]) for _ in range(2)]
    told = await asyncio.gather(*(one.settled(20) for one in clicks))
    assert ["Now 15 tickets" in words(card(one)) for one in told] == [True, True]
    assert await tickets(place, "1") == 15
    assert not buttons(told[0]), "there is nothing left to click"


async def test_another_person_neither_confirms_nor_cancels(place: Place) -> None:
    boss, asked = await begun(place)
    other = await staff(place, "deputy")
    for which in (0, 1):
        refused = await press(place, other, asked, which)
        assert "Only whoever asked" in words(card(await refused.settled()))
        assert (refused.answer or {})["data"]["flags"] == 64
    assert await tickets(place, "1") == 20
    assert "Now 15" in words(await pressed(place, boss, asked)), "whoever asked still may"


async def test_what_was_asked_in_one_server_is_not_confirmed_in_another(place: Place) -> None:
    boss, asked = await begun(place)
    other = place.discord.world.guild("Elsewhere")
    place.discord.world.join(other, boss)
    let_manage(place, boss, other)
    shown = await asked.settled()
    there = place.discord.world.channel(other, "general")
    copy = place.discord.world.post(there, place.discord.world.bot, shown)
    refused = await place.discord.people.click(boss, copy, buttons(shown)[0])
    assert "Only whoever asked" in words(card(await refused.settled()))
    assert await tickets(place, "1") == 20


async def test_after_two_minutes_nothing_happens(place: Place) -> None:
    boss, asked = await begun(place)
    place.graph.live.clock.pass_time(seconds=121)
    assert "too late" in words(await pressed(place, boss, asked))
    assert await tickets(place, "1") == 20


async def test_what_was_canceled_is_not_confirmed_afterwards(place: Place) -> None:
    boss, asked = await begun(place)
    shown = await asked.settled()
    assert asked.message is not None
    yes, no = buttons(shown)
    clicks = [await place.discord.people.click(boss, asked.message, one) for one in (no, yes)]
    for one in clicks:
        assert "Nothing was changed" in words(card(await one.settled(20)))
    assert await tickets(place, "1") == 20


async def test_what_a_restart_forgot_is_said_plainly(place: Place) -> None:
    boss = await staff(place)
    button = {"type": 2, "style": 4, "label": "Take tickets", "custom_id": "rg1:confirm:yes:123"}
    shown = {"content": "old", "components": [{"type": 1, "components": [button]}]}
    message = place.discord.world.post(place.channel, place.discord.world.bot, shown)
    asked = await place.discord.people.click(boss, message, "rg1:confirm:yes:123")
    assert "Use the command again" in words(card(await asked.settled()))


async def test_a_server_that_is_away_is_tried_again_and_does_it_once(place: Place) -> None:
    boss, asked = await begun(place)
    transport = place.bot.graph._transport
    where, transport.url = transport.url, "http://127.0.0.1:9/graphql"
    clicked = await press(place, boss, asked)
    shown = await clicked.settled(20)
    assert "nobody knows yet" in words(card(shown))
    transport.url = where
    assert asked.message is not None
    again = await place.discord.people.click(boss, asked.message, buttons(shown)[0])
    assert "Now 15 tickets" in words(card(await again.settled(20)))
    assert await tickets(place, "1") == 15


async def test_what_the_server_refuses_is_told_and_needs_to_be_asked_again(place: Place) -> None:
    boss, asked = await begun(place, amount=50)
    refused = await press(place, boss, asked)
    shown = await refused.settled(20)
    assert card(shown)["title"].endswith("Not possible")
    assert not buttons(shown)
    assert await tickets(place, "1") == 20


async def test_of_too_much_that_waits_the_oldest_is_forgotten() -> None:
    async def run(_: Question) -> Card:
        return Card(title="Done")

    confirming = Confirming(lambda: 0.0)
    questions = [question(str(one)) for one in range(WAITING_MAX + 1)]
    for one in questions:
        confirming.card(one, title="Sure?", lines=["It is gone then."], label="Do it", run=run)
    confirm = confirming.clicks["confirm:yes"].run
    assert (await confirm(questions[0], "0")).title == "Ask again"
    assert (await confirm(questions[1], "1")).title == "Done"
    assert (await confirm(questions[-1], str(WAITING_MAX))).title == "Done"


def question(id_: str) -> Question:
    """Something that somebody asked."""
    asked = Interaction(
        id=id_, token="t", kind=Kind.COMMAND, application="1", user="2", user_name="Ada", locale="de", guild="3"
    )
    return Question(interaction=asked, words=Words.of("en"))
