"""What viewers ask besides linking: slots, giveaways, past draws and how to check them, and their data."""

from typing import Any

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place

OPEN = "mutation ($input: UpdateSlotCallSettingsInput!) { updateSlotCallSettings(input: $input) { __typename } }"
START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
TEST_DRAW = "mutation ($input: TestDrawInput!) { testDraw(input: $input) { __typename } }"
IMPORT = "mutation ($input: ImportSlotsInput!) { importSlots(input: $input) { __typename } }"
GIVEAWAY = "mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) { __typename } }"
CURRENT = '{ community(slug: "house") { raffles { current { id } } } }'


def text(name: str, value: str) -> Json:
    return {"name": name, "type": 3, "value": value}


def buttons(shown: Json) -> list[Json]:
    return [one for row in shown["components"] for one in row["components"]]


async def do(place: Place, query: str, key: str, **given: Any) -> str:
    where = {"communityId": id_of("community", place.community), "idempotencyKey": key}
    [result] = (await place.graph.data(query, input=where | given)).values()
    return result["__typename"]


def is_private(asked: Asked) -> bool:
    return bool((asked.answer or {})["data"]["flags"] & EPHEMERAL)


async def test_a_slot_is_called_and_waits_in_the_list(place: Place) -> None:
    ada = place.person("ada")
    assert "closed right now" in (await place.told(ada, "slots list"))["description"]
    refused = await place.told(ada, "slots call", text("game", "Book of Owls"))
    assert refused["title"].endswith("Not possible")
    assert await do(place, OPEN, "open", isOpen=True, perViewer=0, cooldown=0) == "SlotCallSettingsUpdated"
    asked = await place.use(ada, "slots call", text("game", "Book of Owls"))
    told = (await asked.settled())["embeds"][0]
    assert is_private(asked)
    assert "**Book of Owls**" in told["description"]
    assert "place 1" in told["description"]
    asked = await place.use(ada, "slots list")
    shown = await asked.settled()
    assert not is_private(asked)
    assert f"1. **Book of Owls** by <@{ada.id}>" in shown["embeds"][0]["description"]
    assert shown["embeds"][0]["footer"]["text"] == "1 call waits"


async def test_a_long_queue_is_turned_page_by_page(place: Place) -> None:
    ada = place.person("ada")
    await do(place, OPEN, "open", isOpen=True, perViewer=0, cooldown=0)
    for number in range(12):
        await place.told(ada, "slots call", text("game", f"Owl number {number}"))
    asked = await place.use(ada, "slots list")
    [more] = buttons(await asked.settled())
    assert asked.message is not None
    turned = await (await place.discord.people.click(ada, asked.message, more["custom_id"])).settled()
    lines = turned["embeds"][0]["description"].splitlines()
    assert lines[-1].startswith("12. **Owl number 11**")
    assert [one["label"] for one in buttons(turned)] == ["First page"]


async def test_slots_of_the_catalogue_are_suggested(place: Place) -> None:
    ada = place.person("ada")
    given = {"format": "CSV", "content": "title,provider\nBook of Owls,Nest\nGates of Elm,Nest\n"}
    assert await do(place, IMPORT, "import", **given) == "SlotsImported"
    typed = text("game", "bok of owl") | {"focused": True}
    asked = await place.discord.people.type(ada, place.channel, "slots call", [typed])
    choices = (await asked.answered())["data"]["choices"]
    assert choices[0] == {"name": "Book of Owls (Nest)", "value": "Book of Owls"}
    asked = await place.discord.people.type(ada, place.channel, "slots call", [text("game", "b") | {"focused": True}])
    assert (await asked.answered())["data"]["choices"] == []


async def test_a_giveaway_says_how_to_get_in(place: Place) -> None:
    ada = place.person("ada")
    assert "No giveaway runs" in (await place.told(ada, "giveaways"))["description"]
    rules = {"title": "A *mug*", "keyword": "!mug", "prize": "The [mug](https://evil.example)", "watchTime": 3600}
    assert await do(place, GIVEAWAY, "mug", **rules) == "GiveawayOpened"
    asked = await place.use(ada, "giveaways")
    said = (await asked.settled())["embeds"][0]["description"]
    assert is_private(asked)
    assert r"A \*mug\*" in said
    assert "Type **!mug**" in said
    assert "](https" not in said
    assert "who watched 1 h" in said
    assert "0 entries" in said


async def test_past_raffles_and_the_way_to_check_a_draw_are_shown(place: Place) -> None:
    ada = place.person("ada")
    assert "no raffle yet" in (await place.told(ada, "raffle history"))["description"]
    assert "Nothing was drawn" in (await place.told(ada, "raffle verify"))["description"]
    assert await do(place, START, "start", title="Mug") == "RaffleStarted"
    assert "Raffle 1: Mug" in (await place.told(ada, "raffle history"))["description"]
    raffle = (await place.graph.data(CURRENT))["community"]["raffles"]["current"]["id"]
    drawn = await do(place, TEST_DRAW, "test", raffleId=raffle)
    assert drawn != "Refused", drawn
    asked = await place.discord.people.type(ada, place.channel, "raffle verify", [text("draw", "") | {"focused": True}])
    choices = (await asked.answered())["data"]["choices"]
    [test] = choices
    shown = await (await place.use(ada, "raffle verify", text("draw", test["value"]))).settled()
    assert "This was a test" in shown["embeds"][0]["description"]
    unknown = await place.told(ada, "raffle verify", text("draw", "no such draw"))
    assert "no such draw" in unknown["description"]


@pytest.mark.parametrize("command", ["privacy export", "privacy delete"])
async def test_ones_data_are_a_matter_of_ones_own_page(place: Place, command: str) -> None:
    asked = await place.use(place.person("ada"), command)
    shown = await asked.settled()
    assert is_private(asked)
    [button] = buttons(shown)
    assert button["url"].endswith("/me")
    assert "neither the bot nor the staff" in shown["embeds"][0]["description"]


@pytest.mark.parametrize("command", ["slots list", "giveaways", "raffle history", "raffle verify"])
async def test_a_guild_without_a_community_is_told_what_to_do(place: Place, command: str) -> None:
    other = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(other, "general")
    ada: User = place.person("ada")
    place.discord.world.join(other, ada)
    shown = await (await place.discord.people.use(ada, channel, command)).settled()
    assert "does not belong to a community" in shown["embeds"][0]["description"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("slots list", "Slotwünsche bei House"),
        ("giveaways", "Giveaways bei House"),
        ("raffle history", "Verlosungen bei House"),
        ("raffle verify", "Eine Ziehung prüfen"),
        ("privacy delete", "Vergessen werden"),
    ],
)
async def test_german_readers_are_answered_in_german(place: Place, command: str, said: str) -> None:
    ada = place.person("ada")
    ada.locale = "de"
    assert (await place.told(ada, command))["title"] == said
