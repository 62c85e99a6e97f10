"""What people are told when something does not work, and that nothing of it harms the next question."""

import asyncio

import pytest

from clients.discord.graph import asking
from clients.simulator.discord.refusals import Refusal
from tests.clients.discord.bot.conftest import Place


async def test_a_server_that_is_away_is_named_and_the_next_question_is_answered(place: Place) -> None:
    ada = place.person("ada")
    where, place.bot.graph._transport.url = place.bot.graph._transport.url, "http://127.0.0.1:9/graphql"
    card = await place.told(ada, "leaderboard")
    assert "does not answer right now" in card["description"]
    place.bot.graph._transport.url = where
    assert (await place.told(ada, "leaderboard"))["title"] == "Watch time of House"


async def test_a_server_that_does_not_finish_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(asking.Graph.ask, "__kwdefaults__", {"timeout_s": 0.3})
    async with await asyncio.start_server(never, "127.0.0.1", 0) as silent:
        place.bot.graph._transport.url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/graphql"
        card = await place.told(place.person("ada"), "leaderboard")
    assert "does not answer right now" in card["description"]


async def test_a_guild_without_a_community_is_told_what_to_do(place: Place) -> None:
    other = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(other, "general")
    asked = await place.discord.people.use(place.discord.world.owner, channel, "leaderboard")
    card = (await asked.settled())["embeds"][0]
    assert card["title"] == "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} Not possible"
    assert card["description"].endswith("can mend that with /setup.")
    assert "Elsewhere" not in str(card)


async def test_a_button_of_another_version_says_what_to_do(place: Place) -> None:
    ada = place.person("ada")
    button = {"type": 2, "style": 1, "label": "Old", "custom_id": "rg0:leaderboard:page:1"}
    shown = {"content": "old", "components": [{"type": 1, "components": [button]}]}
    message = place.discord.world.post(place.channel, place.discord.world.bot, shown)
    asked = await place.discord.people.click(ada, message, "rg0:leaderboard:page:1")
    settled = await asked.settled()
    assert "another version of the bot" in settled["embeds"][0]["description"]
    assert asked.answer is not None
    assert asked.answer["data"]["flags"] == 64, "for nobody else"


async def test_an_answer_that_discord_refuses_ends_nothing(place: Place) -> None:
    ada = place.person("ada")
    place.discord.stage.faults.stumble("POST", "/interactions/.*", Refusal(404, 10062, "Unknown interaction"))
    await place.use(ada, "leaderboard")
    assert (await place.told(ada, "leaderboard"))["title"] == "Watch time of House"


async def test_an_unexpected_fault_shows_a_code_and_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a secret of ours")

    monkeypatch.setattr(place.bot.graph, "ask", broken)
    asked = await place.use(place.person("ada"), "leaderboard")
    description = (await asked.settled())["embeds"][0]["description"]
    assert asked.id in description
    assert "secret" not in description
