# Looks into what it tests, and at what the library says only in part.
"""What the bot sends is what it meant: nobody is called, nothing is added, and any answer is understood."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clients.discord.library import rest
from clients.discord.library.pictures import Picture
from clients.discord.library.refusals import DiscordAway
from clients.discord.library.rest import Rest
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.world import Channel, Message, User
from tests.clients.discord.library.connecting import connected

SAID = {"content": "@everyone look"}
NOBODY = {"parse": []}


@pytest.fixture
def channel(discord: DiscordPlayed) -> Channel:
    return discord.world.channel(discord.world.guild("Cardroom"), "general")


Send = Callable[[Rest, Channel, Message, User], Awaitable[Any]]
SENDS: dict[str, Send] = {
    "post": lambda rest, channel, _, __: rest.post(channel.id, SAID),
    "post once": lambda rest, channel, _, __: rest.post(channel.id, SAID, nonce="7"),
    "edit": lambda rest, channel, message, _: rest.edit(channel.id, message.id, SAID),
    "write to": lambda rest, _, __, user: rest.write_to(user.id, SAID),
}


@pytest.mark.parametrize("way", SENDS)
async def test_what_is_sent_calls_nobody_and_holds_nothing_else(
    discord: DiscordPlayed, channel: Channel, way: str
) -> None:
    message = discord.world.post(channel, discord.world.bot, {"content": "before"})
    async with connected(discord) as (bot, _):
        await SENDS[way](bot.rest, channel, message, discord.world.user("ada"))
    more = {"nonce": "7", "enforce_nonce": True} if way == "post once" else {}
    assert discord.stage.calls[-1].body == SAID | {"allowed_mentions": NOBODY} | more


async def test_who_is_to_be_called_is_called(discord: DiscordPlayed, channel: Channel) -> None:
    called = {"parse": [], "users": ["5"]}
    async with connected(discord) as (bot, _):
        await bot.rest.post(channel.id, {"content": "<@5>", "allowed_mentions": called})
    assert discord.stage.calls[-1].body == {"content": "<@5>", "allowed_mentions": called}


async def test_an_answer_whose_type_names_a_charset_is_read(discord: DiscordPlayed, channel: Channel) -> None:
    async with connected(discord) as (bot, _):
        discord.stage.faults.content_type = "application/json; charset=utf-8"
        assert (await bot.rest.post(channel.id, SAID))["content"] == SAID["content"]
        await bot.rest.react(channel.id, next(iter(discord.world.messages)), "\N{LINK SYMBOL}")


PICTURE = Picture(name="chart.png", content=b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300, alt="Seven of nine.")


@pytest.mark.parametrize("refusals", [0, 1, 2])
async def test_a_picture_arrives_whole_with_its_words_however_often_it_is_sent(
    discord: DiscordPlayed, channel: Channel, refusals: int
) -> None:
    busy = Refusal(429, 0, "You are being rate limited.", {"retry_after": 0.01}, {"Retry-After": "0"})
    discord.stage.faults.stumble("POST", "/channels/.*/messages", busy, times=refusals)
    async with connected(discord) as (bot, _):
        posted = await bot.rest.post(channel.id, {"content": "Look"}, pictures=[PICTURE])
    [kept] = discord.world.messages[posted["id"]].attachments
    assert (kept.filename, kept.content, kept.description) == ("chart.png", PICTURE.content, "Seven of nine.")
    assert kept.content_type == "image/png"
    [told] = posted["attachments"]
    assert (told["description"], told["size"]) == ("Seven of nine.", len(PICTURE.content))
    tries = [call.status for call in discord.stage.calls if call.path.endswith("/messages")]
    assert tries == [429] * refusals + [200]


def test_a_page_in_place_of_an_answer_is_discord_being_away() -> None:
    with pytest.raises(DiscordAway, match="no JSON"):
        rest._read("<html>Bad gateway</html>")
