"""The played Discord as a process of its own, steered from outside."""

import asyncio
import sys
from pathlib import Path

import orjson
import pytest
from aiohttp import ClientError, ClientSession, WSMsgType

from clients.simulator.discord.played import DiscordPlayed


async def told(client: ClientSession, url: str, body: object = None, status: int = 200) -> bytes:
    async with client.request("GET" if body is None else "POST", url, json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.read()


async def test_people_act_and_see_from_outside(discord: DiscordPlayed, bot: ClientSession) -> None:
    strings = f"{discord.url}/simulator"
    guild = discord.world.guild("Cardroom")
    channel = discord.world.channel(guild, "general")
    ada = orjson.loads(await told(bot, f"{strings}/people", {"name": "ada", "guild": guild.id}))["id"]
    use = {"user": ada, "use": "board", "channel": channel.id}
    assert b"no command /board" in await told(bot, f"{strings}/acts", use, 400)
    discord.world.commands[""] = [{"id": "1", "name": "board", "default_member_permissions": None}]
    token = orjson.loads(await told(bot, f"{strings}/acts", use))["token"]
    before = orjson.loads(await told(bot, f"{strings}/acts/{token}"))
    assert before == {"answer": None, "shown": None, "is_settled": False}
    said = {"type": 4, "data": {"content": "Nobody yet"}}
    await told(bot, f"{discord.api}/interactions/{discord.stage.asked[token].id}/{token}/callback", said, 204)
    after = orjson.loads(await told(bot, f"{strings}/acts/{token}"))
    assert (after["is_settled"], after["shown"]["content"]) == (True, "Nobody yet")
    message = orjson.loads(await told(bot, f"{strings}/world"))["messages"][0]["id"]
    await told(bot, f"{strings}/acts", {"user": ada, "react": "\N{LINK SYMBOL}", "message": message}, 204)
    assert discord.world.messages[message].reactions == {"\N{LINK SYMBOL}": [ada]}
    assert b"Nobody yet" in await told(bot, f"{strings}/transcript")
    await told(bot, f"{strings}/acts", {"user": ada}, 400)
    await told(bot, f"{discord.api}/users/1", status=404)
    assert orjson.loads(await told(bot, f"{strings}/statuses")) == {"204": 1, "404": 1}


@pytest.mark.parametrize(
    ("fault", "heard"),
    [({"reconnect": True}, 7), ({"invalidate": True}, 9), ({"close": 4009}, 4009), ({"drop": True}, None)],
)
async def test_what_goes_wrong_is_asked_for_from_outside(
    discord: DiscordPlayed, bot: ClientSession, fault: dict[str, object], heard: int | None
) -> None:
    async with bot.ws_connect(discord.gateway_url) as socket:
        assert orjson.loads(await socket.receive_str(timeout=5))["op"] == 10
        await told(bot, f"{discord.url}/simulator/faults", fault, 204)
        message = await socket.receive(timeout=5)
        if heard is None:
            assert message.type is not WSMsgType.TEXT
        else:
            assert (orjson.loads(message.data)["op"] if message.type is WSMsgType.TEXT else message.data) == heard
    await told(bot, f"{discord.url}/simulator/faults", {"close": 7}, 400)


async def test_the_gateway_is_killed_and_comes_back_from_outside(discord: DiscordPlayed, bot: ClientSession) -> None:
    faults = f"{discord.url}/simulator/faults"
    await told(bot, faults, {"die": True}, 204)
    with pytest.raises(ClientError):
        await bot.ws_connect(discord.gateway_url)
    await told(bot, faults, {"die": False}, 204)
    async with bot.ws_connect(discord.gateway_url) as socket:
        assert orjson.loads(await socket.receive_str(timeout=5))["op"] == 10


async def test_it_plays_in_a_process_of_its_own(tmp_path: Path) -> None:
    place = tmp_path / "discord.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "clients.simulator.discord", "--guild", "Cardroom", "--url-file", str(place)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20), ClientSession() as client:
        assert (await process.stdout.readline()).startswith(b"Playing Discord at http://127.0.0.1:")
        while not place.exists():
            await asyncio.sleep(0.02)
        played = orjson.loads(place.read_bytes())
        async with client.get(f"{played['api']}/users/@me", headers={"Authorization": f"Bot {played['token']}"}) as me:
            assert orjson.loads(await me.read())["username"] == "Regulars"
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
