"""Entries in the menus of members and messages: Viewer profile, Give raffle tickets, Refresh panel."""

import re

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, Json, Message, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import (
    card,
    let_manage,
    linked,
    member,
    press,
    staff,
    started,
    tickets,
    words,
)
from tests.clients.discord.bot.test_boards import granted
from tests.clients.discord.bot.test_panels import created, rows, settled
from tests.clients.discord.bot.test_staff_elsewhere import elsewhere

NAMES = "mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) { __typename } }"
PROFILE, GIVE, REFRESH = "Viewer profile", "Give raffle tickets", "Refresh panel"


async def opened(place: Place, user: User, entry: str, target: User | Message) -> Asked:
    return await place.discord.people.open_menu(user, place.channel, entry, target)


async def profile(place: Place, user: User, target: User) -> Json:
    asked = await opened(place, user, PROFILE, target)
    shown = card(await asked.settled())
    assert (asked.answer or {})["data"]["flags"] & EPHEMERAL
    return shown


async def filled_in(place: Place, user: User, target: User, amount: str, reason: str = "The quiz.") -> Asked:
    form = await opened(place, user, GIVE, target)
    await form.answered()
    return await place.discord.people.fill_in(user, form, {"amount": amount, "reason": reason})


def fields(found: Json) -> dict[str, str]:
    return {one["name"]: one["value"] for one in found.get("fields", [])}


async def test_entries_are_registered_in_both_languages_and_no_more_than_discord_takes(place: Place) -> None:
    told = {one["name"]: one for one in place.discord.world.commands[""] if one["type"] != 1}
    assert {name: one["type"] for name, one in told.items()} == {PROFILE: 2, GIVE: 2, REFRESH: 3}
    assert told[GIVE]["name_localizations"] == {"de": "Lose geben"}
    assert not any("description" in one for one in told.values())


async def test_everybody_is_told_of_himself(place: Place) -> None:
    ada, bob = place.person("ada"), await linked(place, "bob", "2")
    await started(place)
    await granted(place, "2", 40)
    found = await profile(place, bob, bob)
    assert found["title"] == "Profile of bob"
    assert "**Kick: viewer2**, linked since" in found["description"]
    assert "noted" not in found["description"]
    assert fields(found)["Raffle tickets"] == "40 tickets · Place 1"
    assert " · Place " in fields(found)["Watch time"]
    assert "have not linked" in words(await profile(place, ada, ada))


async def test_staff_is_told_of_anybody_and_that_it_is_noted(place: Place) -> None:
    boss, ada, bob = await staff(place, role="MODERATOR"), place.person("ada"), await linked(place, "bob", "2")
    found = await profile(place, boss, bob)
    assert "**Kick: viewer2**" in found["description"]
    assert "is noted" in found["description"]
    assert "Raffle tickets" not in fields(found), "no raffle runs"
    reads = await place.graph.server.database.reader().fetch("SELECT count(*) AS many FROM personal_read")
    assert reads[0]["many"] == 1
    assert "ada has not linked" in words(await profile(place, boss, ada))


async def test_others_are_told_only_where_names_are_not_masked_and_never_of_tickets(place: Place) -> None:
    ada, bob = place.person("ada"), await linked(place, "bob", "2")
    await started(place)
    await granted(place, "2", 40)
    refused = words(await profile(place, ada, bob))
    assert "masks names" in refused
    assert "viewer2" not in refused
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "names"}
    told = await place.graph.data(NAMES, input=where | {"masks": False})
    assert told["updateNameSettings"]["__typename"] == "NameSettingsUpdated"
    found = await profile(place, ada, bob)
    assert "**Kick: viewer2**" in found["description"]
    assert "Raffle tickets" not in fields(found)


async def test_watch_time_of_others_is_told_by_the_same_rule(place: Place) -> None:
    ada, bob, boss = place.person("ada"), await linked(place, "bob", "2"), await staff(place, role="MODERATOR")
    refused = words(await place.told(ada, "watchtime", member(bob)))
    assert "masks names" in refused
    assert "viewer2" not in words(await place.told(ada, "watchtime"))
    assert (await place.told(boss, "watchtime", member(bob)))["title"] == "Watch time of bob"
    assert (await place.told(bob, "watchtime", member(bob)))["title"] == "Watch time of bob"
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "names"}
    await place.graph.data(NAMES, input=where | {"masks": False})
    assert (await place.told(ada, "watchtime", member(bob)))["title"] == "Watch time of bob"


async def test_staff_of_one_community_is_told_nothing_in_another(place: Place) -> None:
    boss, bob = await staff(place), await linked(place, "bob", "2")
    _, channel = await elsewhere(place, boss)
    place.discord.world.join(place.discord.world.guilds[channel.guild or ""], bob)
    asked = await place.discord.people.open_menu(boss, channel, PROFILE, bob)
    assert "masks names" in words(card(await asked.settled()))
    form = await place.discord.people.open_menu(boss, channel, GIVE, bob)
    await form.answered()
    sent = await place.discord.people.fill_in(boss, form, {"amount": "5", "reason": "x"})
    assert card(await sent.settled())["title"].endswith("Not possible")


async def test_a_guild_without_a_community_has_no_profiles(place: Place) -> None:
    other = place.discord.world.guild("Nowhere")
    channel = place.discord.world.channel(other, "general")
    ada = place.person("ada")
    place.discord.world.join(other, ada)
    asked = await place.discord.people.open_menu(ada, channel, PROFILE, ada)
    assert "does not belong to a community" in words(card(await asked.settled()))


async def test_tickets_are_given_by_a_form_once_they_are_confirmed(place: Place) -> None:
    boss, bob = await staff(place), await linked(place, "bob", "2")
    await started(place)
    await granted(place, "2", 40)
    sent = await filled_in(place, boss, bob, "1,500", "The *quiz*.")
    shown = await sent.settled()
    told = words(card(shown))
    assert f"<@{bob.id}> gets 1,500 tickets." in told
    assert "Now 40 tickets" in told
    assert r"The \*quiz\*." in told
    assert await tickets(place, "2") == 40, "nothing is given before it is confirmed"
    done = words(card(await (await press(place, boss, sent)).settled()))
    assert "Now 1,540 tickets" in done
    assert await tickets(place, "2") == 1_540


@pytest.mark.parametrize(
    "amount", ["", "0", "-5", "1.5.x", "1.5", "2,5", "1.50", "a lot", "9999999999999", "\N{SUPERSCRIPT TWO}"]
)
async def test_what_is_no_number_of_tickets_is_refused_and_gives_nothing(place: Place, amount: str) -> None:
    boss, bob = await staff(place), await linked(place, "bob", "2")
    await started(place)
    sent = await filled_in(place, boss, bob, amount)
    assert "no number of tickets" in words(card(await sent.settled()))
    assert await tickets(place, "2") == 0


async def test_a_gift_is_refused_where_nobody_could_have_it(place: Place) -> None:
    boss, ada, bob = await staff(place), place.person("ada"), await linked(place, "bob", "2")
    assert "No raffle runs" in words(card(await (await filled_in(place, boss, bob, "5")).settled()))
    await started(place)
    assert "no linked Kick or Twitch account" in words(card(await (await filled_in(place, boss, ada, "5")).settled()))


async def test_whoever_discord_lets_through_is_refused_by_the_server(place: Place) -> None:
    eve = await linked(place, "eve", "2")
    await started(place)
    with pytest.raises(LookupError, match="may not use"):
        await opened(place, eve, GIVE, eve)
    let_manage(place, eve)
    sent = await filled_in(place, eve, eve, "5")
    assert card(await sent.settled())["title"].endswith("Not possible")
    # A moderator may look, and may not give: the server says so at the last step, too.
    mod = await staff(place, "mod", "MODERATOR")
    sent = await filled_in(place, mod, eve, "5")
    await sent.settled()
    assert card(await (await press(place, mod, sent)).settled())["title"].endswith("Not possible")
    assert await tickets(place, "2") == 0


async def test_a_panel_is_looked_at_from_its_own_menu(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    panel = await created(place, boss, "LEADERBOARD")
    before = (await rows(place))[0]["looked_at"]
    place.graph.live.clock.pass_time(seconds=1)
    asked = await opened(place, boss, REFRESH, panel)
    assert card(await asked.settled())["title"].endswith("The panel is looked at")
    await settled(place, lambda row: row["looked_at"] != before)
    other = place.discord.world.post(place.channel, boss, {"content": "hello"})
    refused = await opened(place, boss, REFRESH, other)
    assert "This message is no panel" in words(card(await refused.settled()))
    with pytest.raises(LookupError, match="may not use"):
        await opened(place, ada, REFRESH, panel)


async def test_help_names_the_entries_that_one_may_use(place: Place) -> None:
    told = words(await place.told(place.person("ada"), "help"))
    assert PROFILE in told
    assert GIVE not in told
    assert {PROFILE, GIVE, REFRESH} <= set(
        re.findall(r"^- (.+)$", words(await place.told(await staff(place), "help")), re.MULTILINE)
    )
