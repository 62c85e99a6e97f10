"""People link their accounts from Discord, see what is linked, and are refused in words."""

from typing import Any

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.resolvers.proving import guild_bound, linked_himself, waiting_for_code


def text(name: str, value: str) -> Json:
    return {"name": name, "type": 3, "value": value}


def buttons(shown: Json) -> list[Json]:
    return [one for row in shown["components"] for one in row["components"]]


async def settings(place: Place, **wanted: Any) -> None:
    given = {"communityId": id_of("community", place.community), "idempotencyKey": "settings", **wanted}
    query = "mutation ($input: UpdateLinkSettingsInput!) { updateLinkSettings(input: $input) { __typename } }"
    assert (await place.graph.data(query, input=given))["updateLinkSettings"]["__typename"] == "LinkSettingsUpdated"


def is_private(asked: Asked) -> bool:
    return bool((asked.answer or {})["data"]["flags"] & EPHEMERAL)


async def test_a_link_is_shown_to_the_asker_alone_with_all_that_follows(place: Place) -> None:
    asked = await place.use(place.person("ada"), "link kick")
    shown = await asked.settled()
    assert is_private(asked)
    [button] = buttons(shown)
    assert button["style"] == 5
    assert "/link/" in button["url"]
    said = shown["embeds"][0]["description"]
    assert "/link confirm" in said
    assert ":R>" in said
    async with place.graph.live.http.get("/link/" + button["url"].rpartition("/")[2]) as page:
        seen = await page.text()
    assert "ada" in seen
    assert "House" in seen


async def test_the_code_is_not_asked_for_where_the_community_wants_none(place: Place) -> None:
    await settings(place, codeRequired=False)
    assert "/link confirm" not in (await place.told(place.person("ada"), "link kick"))["description"]


async def test_the_code_links_and_the_status_says_so(place: Place) -> None:
    ada = place.person("ada")
    assert "Nothing is linked" in (await place.told(ada, "link status"))["description"]
    code = await waiting_for_code(place.graph.server, place.community, ada.id, "1")
    done = await place.told(ada, "link confirm", text("code", code))
    assert done["title"].endswith("Linked")
    assert "Kick: somebody" in done["description"]
    assert "**Kick: somebody** (since <t:" in (await place.told(ada, "link status"))["description"]
    again = await place.use(ada, "link kick")
    shown = await again.settled()
    assert "Already linked" in shown["embeds"][0]["title"]
    assert not shown["components"]


async def test_a_wrong_code_is_refused_in_words(place: Place) -> None:
    ada = place.person("ada")
    await waiting_for_code(place.graph.server, place.community, ada.id, "1")
    refused = await place.told(ada, "link confirm", text("code", "AAAAAA"))
    assert refused["title"].endswith("Not possible")
    assert "Nothing is linked" in (await place.told(ada, "link status"))["description"]


async def test_somebody_elses_code_links_nothing(place: Place) -> None:
    ada, bob = place.person("ada"), place.person("bob")
    code = await waiting_for_code(place.graph.server, place.community, ada.id, "1")
    assert (await place.told(bob, "link confirm", text("code", code)))["title"].endswith("Not possible")
    assert "Nothing is linked" in (await place.told(bob, "link status"))["description"]


async def test_an_account_proven_elsewhere_is_taken_along_by_a_button(place: Place) -> None:
    ada = place.person("ada")
    other = await place.graph.live.community("mill", "100002")
    await linked_himself(place.graph.server, other, ada.id, "1")
    asked = await place.use(ada, "link status")
    [button] = buttons(await asked.settled())
    assert button["label"].startswith("Link Kick: ")
    assert asked.message is not None
    clicked = await place.discord.people.click(ada, asked.message, button["custom_id"])
    assert (await clicked.settled())["embeds"][0]["title"].endswith("Linked")
    assert "Kick: " in (await place.told(ada, "link status"))["description"]


async def test_a_forged_button_takes_nobodys_account(place: Place) -> None:
    """Whoever makes up the id of a button is refused by the server, which knows who clicks."""
    bob = place.person("bob")
    other = await place.graph.live.community("mill", "100002")
    await linked_himself(place.graph.server, other, place.person("ada").id, "1")
    asked = await place.use(bob, "link status")
    await asked.settled()
    assert asked.message is not None
    forged = {"type": 2, "style": 1, "label": "x", "custom_id": "rg1:link:known:KICK:1"}
    asked.message.shown["components"] = [{"type": 1, "components": [forged]}]
    clicked = await place.discord.people.click(bob, asked.message, "rg1:link:known:KICK:1")
    assert (await clicked.settled())["embeds"][0]["title"].endswith("Not possible")


async def test_a_name_on_shuffle_waits_for_staff(place: Place) -> None:
    card = await place.told(place.person("ada"), "link shuffle", text("username", "a*d*a"))
    assert "Waiting" in card["title"] or card["title"].endswith("Not possible")
    card = await place.told(place.person("ada"), "link shuffle", text("username", "ada_99"))
    assert card["title"] == "Waiting for the staff"
    assert r"Shuffle: ada\_99" in card["description"]


@pytest.mark.parametrize("command", ["link kick", "link status"])
async def test_a_guild_without_a_community_is_told_what_to_do(place: Place, command: str) -> None:
    other = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(other, "general")
    ada: User = place.person("ada")
    place.discord.world.join(other, ada)
    shown = await (await place.discord.people.use(ada, channel, command)).settled()
    assert "does not belong to a community" in shown["embeds"][0]["description"]


async def test_two_communities_know_nothing_of_each_others_links(place: Place) -> None:
    ada = place.person("ada")
    other = await place.graph.live.community("mill", "100002")
    guild = place.discord.world.guild("Mill")
    channel = place.discord.world.channel(guild, "general")
    place.discord.world.join(guild, ada)
    await guild_bound(place.graph.server, other, guild.id)
    code = await waiting_for_code(place.graph.server, place.community, ada.id, "1")
    await place.told(ada, "link confirm", text("code", code))
    shown = await (await place.discord.people.use(ada, channel, "link status")).settled()
    assert "Nothing is linked" in shown["embeds"][0]["description"]
    assert [one["label"] for one in buttons(shown)] == ["Link Kick: somebody"]


async def test_german_readers_are_answered_in_german(place: Place) -> None:
    ada = place.person("ada")
    ada.locale = "de"
    asked = await place.use(ada, "link kick")
    shown = await asked.settled()
    assert shown["embeds"][0]["title"] == "Verbinde dein Kick-Konto"
    assert buttons(shown)[0]["label"] == "Mit Kick anmelden"


async def test_hostile_names_are_shown_as_they_are(place: Place) -> None:
    ada = place.person("**@everyone** [x](https://evil.example)")
    shown = await (await place.use(ada, "link kick")).settled()
    assert len(buttons(shown)) == 1
    assert "evil" not in shown["embeds"][0]["description"]


def choice(platform: str) -> Json:
    return {"name": "platform", "type": 3, "value": platform}


async def test_an_account_is_unlinked_once_that_is_confirmed(place: Place) -> None:
    ada = place.person("ada")
    refused = await place.told(ada, "link remove", choice("KICK"))
    assert "no account of Kick linked" in refused["description"]
    await linked_himself(place.graph.server, place.community, ada.id, "1")
    asked = await place.use(ada, "link remove", choice("KICK"))
    shown = await asked.settled()
    assert is_private(asked)
    assert "Nothing is deleted" in shown["embeds"][0]["description"]
    assert "viewer1" in (await place.told(ada, "link status"))["description"]
    assert asked.message is not None
    yes = next(one for one in buttons(shown) if one["label"] == "Unlink it")
    done = await (await place.discord.people.click(ada, asked.message, yes["custom_id"])).settled()
    assert done["embeds"][0]["title"].endswith("Unlinked")
    assert "Nothing is linked" in (await place.told(ada, "link status"))["description"]
