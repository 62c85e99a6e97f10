"""A connection to Discord outlives what ends the library's own."""

import asyncio
import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest

from clients.discord.library.gateway import FORBIDDEN
from clients.discord.library.refusals import DiscordForbids
from clients.discord.library.sessions import SESSIONS_MAX, SessionBudget, SessionsSpent
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import Channel
from tests.clients.discord.library.connecting import Heard, budget, connected, connection

SLASH = {"name": "watchtime", "description": "Your watch time", "default_member_permissions": None, "id": "1"}


@pytest.fixture
def channel(discord: DiscordPlayed) -> Channel:
    """A channel of a server in which there is a command."""
    discord.world.commands[""] = [SLASH]
    return discord.world.channel(discord.world.guild("Cardroom"), "general")


async def test_a_question_is_heard_as_it_came_and_answered(discord: DiscordPlayed, channel: Channel) -> None:
    async with connected(discord) as (bot, heard):
        asked = await discord.people.use(discord.world.owner, channel, "watchtime")
        told = await heard.soon()
        assert (told["data"]["name"], told["guild_id"]) == ("watchtime", channel.guild)
        await bot.rest.answer(told["id"], told["token"], 4, {"content": "@everyone look"})
        assert (await asked.settled())["content"] == "@everyone look"
        assert bot.application == discord.world.bot.id
    body: Any = discord.stage.calls[-1].body
    assert body["data"]["allowed_mentions"] == {"parse": []}


async def test_whoever_asks_before_the_first_guild_came_is_heard(discord: DiscordPlayed, channel: Channel) -> None:
    heard = Heard()
    bot = connection(discord, heard)
    running = asyncio.create_task(bot.run())
    await discord.gateway.until_ready()
    await discord.people.use(discord.world.owner, channel, "watchtime")
    assert (await heard.soon())["data"]["name"] == "watchtime"
    await bot.stop()
    await running


@pytest.mark.parametrize("way", ["cut", "asked to come again", "closed with 4009", "away for two seconds"])
async def test_what_is_asked_while_the_connection_is_lost_is_heard_once(
    discord: DiscordPlayed, channel: Channel, way: str
) -> None:
    async with connected(discord) as (_, heard):
        match way:
            case "cut":
                discord.gateway.drop()
            case "asked to come again":
                await discord.gateway.reconnect()
            case "closed with 4009":
                await discord.gateway.close(4009)
            case _:
                await discord.go_away()
        for _ in range(3):
            await discord.people.use(discord.world.owner, channel, "watchtime")
        if way.startswith("away"):
            await asyncio.sleep(2)
            await discord.come_back()
        ids = [(await heard.soon())["id"] for _ in range(3)]
        assert len(set(ids)) == 3
        if way != "closed with 4009":  # Discord does not resume a session that timed out
            assert discord.gateway.resumed == 1
            assert len(discord.gateway.identified) == 1


async def test_invalid_sessions_are_begun_anew_one_by_one(discord: DiscordPlayed) -> None:
    discord.gateway.identify_every_s = 1e9  # every session but the first is refused, for ever
    async with connected(discord):
        await discord.gateway.invalidate()
        while len(discord.gateway.identified) < 3:
            await asyncio.sleep(0.1)
    first, second, third = discord.gateway.identified[:3]
    assert min(second - first, third - second) > 4.9


async def test_a_session_that_is_only_paused_is_resumed(discord: DiscordPlayed, channel: Channel) -> None:
    async with connected(discord) as (_, heard):
        await discord.gateway.invalidate(resumable=True)
        await discord.gateway.until_resumed(1)
        await discord.people.use(discord.world.owner, channel, "watchtime")
        await heard.soon()
    assert len(discord.gateway.identified) == 1


async def test_stopping_ends_the_connection(discord: DiscordPlayed) -> None:
    heard = Heard()
    bot = connection(discord, heard)
    running = asyncio.create_task(bot.run())
    await discord.gateway.until_ready()
    await asyncio.wait_for(bot.stop(), 20)
    await asyncio.wait_for(running, 20)
    assert not discord.gateway.connections


async def test_there_is_one_shard_and_it_is_known_when_it_is_gone(discord: DiscordPlayed) -> None:
    async with connected(discord) as (bot, _):
        assert [(one.shard, one.shards) for one in discord.gateway.sessions.values()] == [(0, 1)]
        await discord.go_away()
        async with asyncio.timeout(20):
            while bot.is_up:
                await asyncio.sleep(0.01)
            await discord.come_back()
            while not bot.is_up:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("code", FORBIDDEN)
async def test_what_trying_again_does_not_mend_ends_with_its_reason(discord: DiscordPlayed, code: int) -> None:
    bot = connection(discord, Heard())
    running = asyncio.create_task(bot.run())
    await discord.gateway.until_ready()
    await discord.gateway.close(code)
    with pytest.raises(DiscordForbids, match=re.escape(FORBIDDEN[code])):
        await asyncio.wait_for(running, 20)
    assert len(discord.gateway.identified) == 1
    await bot.stop()


async def test_a_wrong_token_is_named_and_not_tried_again(discord: DiscordPlayed) -> None:
    with pytest.raises(DiscordForbids, match="REGULARS_DISCORD_TOKEN"):
        await connection(discord, Heard(), token="wrong").run()
    asking = connection(discord, Heard(), token="wrong")
    with pytest.raises(DiscordForbids, match="REGULARS_DISCORD_TOKEN"):
        await asking.login()
    await asking.stop()
    assert not discord.gateway.identified


async def test_who_began_too_many_sessions_waits_and_keeps_his_token(discord: DiscordPlayed, tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    budget(file, begun=SESSIONS_MAX, ago_s=3600)
    again = SessionBudget(time.time, file)
    with pytest.raises(SessionsSpent, match=r"23\.0 hours"):
        await connection(discord, Heard(), budget=again).run()
    assert not discord.gateway.identified


async def test_the_library_writes_nothing_of_what_people_say_or_of_tokens(
    discord: DiscordPlayed, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with connected(discord) as (bot, heard):
            await discord.people.use(discord.world.owner, channel, "watchtime")
            told = await heard.soon()
            with pytest.raises(Exception, match="404"):
                await bot.rest.edit_answer(bot.application, told["token"], {"content": "too early"})
    assert told["token"] not in caplog.text
    assert discord.stage.token not in caplog.text


async def test_nothing_that_people_type_is_written_down(
    discord: DiscordPlayed, channel: Channel, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = {"name": "code", "type": 3, "value": "hush-option"}
    field = {"type": 4, "custom_id": "why", "style": 1}
    form = {"custom_id": "rg1:a:b", "title": "Why", "components": [{"type": 18, "label": "Why", "component": field}]}
    with caplog.at_level(logging.DEBUG):
        async with connected(discord) as (bot, heard):
            asked = await discord.people.use(discord.world.owner, channel, "watchtime", [secret])
            told = await heard.soon()
            await bot.rest.answer(told["id"], told["token"], 9, form)
            await discord.people.fill_in(discord.world.owner, asked, {"why": "hush-form"})
            assert (await heard.soon())["type"] == 5
    assert "hush" not in caplog.text + str(capsys.readouterr())


async def test_reactions_of_people_who_left_ask_nothing_and_end_nothing(
    discord: DiscordPlayed, channel: Channel
) -> None:
    ada, guild = discord.world.user("ada"), discord.world.guilds[channel.guild or ""]
    await discord.people.join(ada, guild)
    message = discord.world.post(channel, discord.world.bot, {"content": "React"})
    async with connected(discord) as (_, heard):
        await discord.people.react(ada, message, "\N{LINK SYMBOL}")
        assert (await heard.soon())["user_id"] == ada.id
        await discord.people.leave(ada, guild)
        await discord.people.react(ada, message, "\N{LINK SYMBOL}", is_on=False)
        await discord.people.use(discord.world.owner, channel, "watchtime")
        assert (await heard.soon())["data"]["name"] == "watchtime"
    assert [call.path for call in discord.stage.calls if "/members/" in call.path or "/messages/" in call.path] == []


async def test_twelve_roles_at_once_are_given_without_a_refusal(discord: DiscordPlayed) -> None:
    guild = discord.world.guild("Cardroom")
    role = discord.world.role(guild, "Regular", 1)
    people = [discord.world.join(guild, discord.world.user(f"viewer_{nth}")) for nth in range(12)]
    async with connected(discord) as (bot, _):
        await asyncio.gather(*(bot.rest.give_role(guild.id, one.user.id, role.id, "120 minutes") for one in people))
    assert all(role.id in one.roles for one in people)
    assert [call.status for call in discord.stage.calls if "/roles/" in call.path].count(429) == 0
