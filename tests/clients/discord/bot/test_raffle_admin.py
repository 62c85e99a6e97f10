"""Staff runs raffles on Discord, from the start to another winner, and the server judges each step."""

import pytest

from clients.simulator.discord.world import Json
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import (
    card,
    let_manage,
    linked,
    member,
    pressed,
    staff,
    started,
    text,
    tickets,
    whole,
    words,
)
from tests.effects.drawing import EVE
from tests.resolvers.drawing import Eve


async def test_a_raffle_is_begun_dated_told_and_ended(place: Place) -> None:
    boss = await staff(place)
    prize = text("prize", "A hoodie")
    begun = words(
        await place.told(boss, "raffle-admin start", text("title", "Mug *one*"), text("end", "2026-08-31"), prize)
    )
    assert r"**Mug \*one\***" in begun
    assert "until <t:1788220800:F>" in begun, "the last midnight of that day"
    dated = words(await place.told(boss, "raffle-admin dates", text("end", "3d")))
    assert "The raffle has other dates" in dated
    assert "The raffle's dates" in words(await place.told(boss, "raffle-admin dates"))
    rules = words(await place.told(boss, "raffle-admin rules"))
    assert "A hoodie" in rules
    assert "1 winner; 5 more may step in" in rules
    place.graph.live.clock.pass_time(seconds=1)
    asked = await place.use(boss, "raffle-admin end", text("reason", "The summer is over."))
    assert "It ends now instead of <t:" in words(card(await asked.settled()))
    assert "The raffle is over" in words(await pressed(place, boss, asked))
    assert "No raffle runs" in words(await place.told(boss, "raffle-admin rules"))


async def test_the_next_raffle_begins_where_the_open_one_ends(place: Place) -> None:
    boss = await staff(place)
    await started(place)
    place.graph.live.clock.pass_time(seconds=1)
    asked = await place.use(boss, "raffle-admin restart", text("title", "Second"))
    assert "raffle 2 begins at the same instant" in words(card(await asked.settled()))
    assert "**Second**" in words(await pressed(place, boss, asked))


async def test_tickets_are_given_and_counted(place: Place) -> None:
    boss, ada = await staff(place), await linked(place, "ada", "1")
    await started(place)
    given = await place.told(boss, "raffle-admin give", member(ada), whole("amount", 15), text("reason", "The quiz."))
    assert "15 tickets given to ada\nNow 15 tickets" in words(given)
    assert await tickets(place, "1") == 15
    await place.graph.live.settle()
    mine = words(await place.told(boss, "raffle-admin stats", member(ada)))
    assert "**15 tickets**" in mine
    assert "From staff: 15" in mine
    everybody = words(await place.told(boss, "raffle-admin stats"))
    assert "15 tickets, held by 1 viewer" in everybody
    assert "From staff: 15, of 1 viewer" in everybody


async def test_whoever_has_linked_nothing_is_named_as_such(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    await started(place)
    for command in ("give", "remove"):
        options = member(ada), whole("amount", 1), text("reason", "x")
        said = words(await place.told(boss, f"raffle-admin {command}", *options))
        assert "ada has no linked Kick or Twitch account here" in said


GIVE = (whole("amount", 5), text("reason", "x"))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("start", (text("title", "Mine"),)),
        ("dates", (text("end", "3d"),)),
        ("end", ()),
        ("restart", ()),
        ("give", GIVE),
        ("stats", ()),
    ],
)
async def test_whoever_discord_lets_through_is_refused_by_the_server(
    place: Place, command: str, options: tuple[Json, ...]
) -> None:
    eve = await linked(place, "eve", "1")
    let_manage(place, eve)
    if command != "start":
        await started(place)
    person = (member(eve),) if command == "give" else ()
    asked = await place.use(eve, f"raffle-admin {command}", *person, *options)
    assert card(await asked.settled())["title"].endswith("Not possible")
    current = "query ($guild: String!) { communityOfGuild(guildId: $guild) { raffles { current { number } } } }"
    found = (await place.graph.data(current, guild=place.guild.id))["communityOfGuild"]["raffles"]["current"]
    assert (found is None) == (command == "start")


async def test_discord_shows_staffs_commands_to_nobody_else(place: Place) -> None:
    with pytest.raises(LookupError, match="may not use"):
        await place.use(place.person("eve"), "raffle-admin end")


@pytest.mark.parametrize("end", ["soon", "2026-13-01", "-2h", "*"])
async def test_what_is_no_date_is_refused_with_examples(place: Place, end: str) -> None:
    said = words(await place.told(await staff(place), "raffle-admin start", text("end", end)))
    assert "no duration and no date" in said
    assert "next monday" in said


async def test_nothing_is_drawn_before_a_raffle_is_over(place: Place) -> None:
    boss = await staff(place)
    await started(place)
    assert "No raffle is over yet" in words(await place.told(boss, "raffle-admin draw"))
    options = whole("place", 1), text("why", "DECLINED"), text("reason", "x")
    assert "No raffle is over yet" in words(await place.told(boss, "raffle-admin redraw", *options))


async def test_a_raffle_is_drawn_on_request_and_once(place: Place) -> None:
    boss, ada = await staff(place), await linked(place, "ada", "1")
    await started(place)
    await place.told(boss, "raffle-admin give", member(ada), whole("amount", 15), text("reason", "The quiz."))
    place.graph.live.clock.pass_time(seconds=1)
    await pressed(place, boss, await place.use(boss, "raffle-admin end"))
    asked = await place.use(boss, "raffle-admin draw", text("reason", "Live on stream."))
    said = words(card(await asked.settled()))
    assert "**Mug**\n15 tickets, held by 1 viewer\n0 accounts are left out by staff" in said
    assert "1 winner is drawn from it" in said
    told = words(await pressed(place, boss, asked))
    assert "The draw is on its way" in told
    assert "<t:" in told


async def test_a_winner_is_passed_over_for_the_next_who_was_drawn(place: Place) -> None:
    place.graph.live.clock.at = EVE
    place.graph.operator = place.graph.server.tokens.mint("admin")
    boss = await staff(place)
    eve = Eve(place.graph, place.community)
    await eve.begin(winners=1, alternates=3)
    await eve.close()
    await eve.come()
    options = text("why", "DECLINED"), text("reason", "He gives it on.")
    missing = await place.told(boss, "raffle-admin redraw", whole("place", 9), *options)
    assert "Nobody has won place 9" in words(missing)
    asked = await place.use(boss, "raffle-admin redraw", whole("place", 1), *options)
    said = words(card(await asked.settled()))
    assert "place 1, loses the prize (does not want the prize)" in said
    first = said.split(", place 1")[0].splitlines()[-1]
    passed = words(await pressed(place, boss, asked))
    assert "Passed over; the prizes go to\n2. " in passed
    assert first not in passed


async def test_somebody_whom_only_kick_knows_is_suggested_and_given_tickets(place: Place) -> None:
    boss = await staff(place)
    await started(place)
    typed = {"name": "viewer", "type": 3, "value": "VIEWER2", "focused": True}
    asked = await place.discord.people.type(boss, place.channel, "raffle-admin give", [typed])
    [choice] = (await asked.answered())["data"]["choices"]
    assert choice["name"] == "viewer2 · Kick"
    whom = text("viewer", choice["value"])
    given = await place.told(boss, "raffle-admin give", whom, whole("amount", 15), text("reason", "The quiz."))
    assert "15 tickets given to viewer2\nNow 15 tickets" in words(given)
    assert "From staff: 15" in words(await place.told(boss, "raffle-admin stats", whom))
    asked = await place.use(boss, "raffle-admin remove", whom, whole("amount", 5), text("reason", "Too many."))
    assert "viewer2" in words(card(await asked.settled()))
    await pressed(place, boss, asked)
    assert await tickets(place, "2") == 10
    assert "Name one viewer" in words(await place.told(boss, "raffle-admin give", *GIVE))
    both = member(boss), whom
    assert "Name one viewer" in words(await place.told(boss, "raffle-admin give", *both, *GIVE))
