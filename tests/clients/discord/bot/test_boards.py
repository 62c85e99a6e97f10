"""/leaderboard with its boards and periods, one's own place, and what staff is told of others' tickets."""

import asyncio

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, linked, member, press, staff, started, text, whole, words
from tests.clients.discord.bot.working import another_life

GRANT = "mutation ($input: GrantTicketsInput!) { grantTickets(input: $input) { __typename } }"
RESTART = "mutation ($input: RestartRaffleInput!) { restartRaffle(input: $input) { __typename } }"
TICKETS = text("board", "TICKETS")


async def granted(place: Place, kick: str, tickets: int) -> None:
    where = {"communityId": id_of("community", place.community), "idempotencyKey": f"grant-{kick}-{tickets}"}
    viewer = (await place.graph.accounts(place.community))[kick]
    given = {"viewerId": viewer, "tickets": tickets, "reason": "For helping."}
    assert (await place.graph.data(GRANT, input=where | given))["grantTickets"]["__typename"] == "TicketsGranted"


async def restarted(place: Place) -> None:
    place.graph.live.clock.pass_time(seconds=1)
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "again", "reason": "Next."}
    told = await place.graph.data(RESTART, input=where | {"title": "Hoodie"})
    assert told["restartRaffle"]["__typename"] == "RaffleRestarted"


async def two_raffles(place: Place) -> None:
    """A raffle that is over, in which the first viewer has most, and one that runs, in which the second has most."""
    await started(place, title="Mug")
    await granted(place, "1", 500)
    await granted(place, "2", 300)
    await restarted(place)
    await granted(place, "2", 40)
    await granted(place, "1", 20)


def lines(found: Json) -> list[str]:
    return found["description"].splitlines()


async def periods(place: Place, user: User, typed: str, *given: Json) -> list[Json]:
    options = [*given, text("period", typed) | {"focused": True}]
    asked = await place.discord.people.type(user, place.channel, "leaderboard", options)
    return (await asked.answered())["data"]["choices"]


def is_private(asked: Asked) -> bool:
    return bool((asked.answer or {})["data"].get("flags", 0) & EPHEMERAL)


async def test_tickets_of_the_raffle_that_runs_and_of_one_that_is_over_have_their_board(place: Place) -> None:
    ada = place.person("ada")
    assert (await place.told(ada, "leaderboard", TICKETS))["title"] == "No raffle"
    await two_raffles(place)
    now = await place.told(ada, "leaderboard", TICKETS)
    assert now["title"] == "Most tickets: Hoodie"
    assert lines(now)[0].endswith(": 40 tickets")
    [past] = await periods(place, ada, "mug", TICKETS)
    assert past["name"].startswith("Raffle 1 · Mug · ")
    then = await place.told(ada, "leaderboard", TICKETS, text("period", past["value"]))
    assert then["title"] == "Most tickets: Mug"
    assert lines(then)[0].endswith(": 500 tickets")


async def test_watch_time_has_one_period_and_an_unknown_one_is_refused_in_words(place: Place) -> None:
    ada = place.person("ada")
    await two_raffles(place)
    [all_time] = await periods(place, ada, "")
    assert (await place.told(ada, "leaderboard", text("period", all_time["value"])))["title"] == "Watch time of House"
    [_, running] = [one["value"] for one in reversed(await periods(place, ada, "", TICKETS))]
    assert "one board, of all time" in words(await place.told(ada, "leaderboard", text("period", running)))
    unknown = words(await place.told(ada, "leaderboard", TICKETS, text("period", "last month")))
    assert "no such raffle here" in unknown
    assert "Choose one from the list" in unknown


async def test_pages_of_a_raffle_stay_its_pages_when_another_runs_and_the_bot_is_another(place: Place) -> None:
    ada = place.person("ada")
    await started(place, title="Mug")
    await granted(place, "1", 500)
    await granted(place, "2", 300)
    asked = await place.use(ada, "leaderboard", TICKETS, whole("top", 1))
    await asked.settled()
    await restarted(place)
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    async with another_life(place):
        turned = card(await (await press(place, ada, asked)).settled())
        assert turned["title"] == "Most tickets: Mug"
        assert lines(turned)[0].startswith("2. ")
        assert lines(turned)[0].endswith(": 300 tickets")
        assert asked.message is not None
        back = asked.message.shown["components"][0]["components"][0]
        assert back["label"] == "First page"
        first = await place.discord.people.click(ada, asked.message, back["custom_id"])
        assert lines(card(await first.settled()))[0].endswith(": 500 tickets")


async def test_ones_own_place_is_told_to_whoever_clicks_alone(place: Place) -> None:
    new, regular = place.person("ada"), await linked(place, "bob", "2")
    await two_raffles(place)
    asked = await place.use(new, "leaderboard")
    before = await asked.settled()
    told = await press(place, regular, asked, -1)
    assert words(card(await told.settled())).startswith("Your place\n**Watch time of House**\nPlace ")
    assert is_private(told)
    assert asked.message is not None
    assert asked.message.shown == before
    assert "have not linked" in words(card(await (await press(place, new, asked, -1)).settled()))
    asked = await place.use(new, "leaderboard", TICKETS)
    told = await press(place, regular, asked, -1)
    assert words(card(await told.settled())) == "Your place\n**Most tickets: Hoodie**\nPlace 1: 40 tickets"
    assert "Link your Kick account" in words(card(await (await press(place, new, asked, -1)).settled()))


async def test_who_stands_on_no_board_is_told_so(place: Place) -> None:
    regular = await linked(place, "bob", "2")
    await started(place, title="Mug")
    await granted(place, "1", 500)
    asked = await place.use(regular, "leaderboard", TICKETS)
    told = words(card(await (await press(place, regular, asked, -1)).settled()))
    assert told.endswith("You are not on this board yet.")


async def test_staff_is_told_what_a_member_has_and_a_viewer_only_his_own(place: Place) -> None:
    boss, bob = await staff(place, role="MODERATOR"), await linked(place, "bob", "2")
    await two_raffles(place)
    told = await place.told(boss, "raffle tickets", member(bob))
    assert told["title"] == "Tickets of bob"
    assert "**40 tickets**" in told["description"]
    assert "From staff: 40" in told["description"]
    ada = place.person("ada")
    refused = words(await place.told(ada, "raffle tickets", member(bob)))
    assert "only staff is told" in refused
    assert "Leave member out" in refused
    assert "40" not in refused
    assert (await place.told(bob, "raffle tickets", member(bob)))["title"] == "Your tickets: Hoodie"


async def test_staff_is_told_why_there_is_nothing_to_tell_of_a_member(place: Place) -> None:
    boss, bob, ada = await staff(place), await linked(place, "bob", "2"), place.person("ada")
    assert "no linked Kick or Twitch account" in words(await place.told(boss, "raffle tickets", member(ada)))
    assert "No raffle runs" in words(await place.told(boss, "raffle tickets", member(bob)))


@pytest.mark.parametrize("given", [(TICKETS,), ()])
async def test_a_guild_without_a_community_has_no_board(place: Place, given: tuple[Json, ...]) -> None:
    other = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(other, "general")
    ada = place.person("ada")
    place.discord.world.join(other, ada)
    asked = await place.discord.people.use(ada, channel, "leaderboard", given)
    assert "does not belong to a community" in words(card(await asked.settled()))
