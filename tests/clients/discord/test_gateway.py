"""Discord's gateway as it is played: sessions, what is replayed, and every way in which one ends."""

import zlib
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from clients.simulator.discord.gateway import SENDS_MAX
from clients.simulator.discord.played import DiscordPlayed

GUILDS, MEMBERS, REACTIONS = 1 << 0, 1 << 1, 1 << 10


class Visitor:
    """Whoever connects; he closes at the end what he opened."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self._sockets: list[ClientWebSocketResponse] = []

    async def connect(self, url: str) -> ClientWebSocketResponse:
        self._sockets.append(await self.session.ws_connect(url))
        return self._sockets[-1]

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()


@pytest.fixture
async def client() -> AsyncGenerator[Visitor, None]:
    async with ClientSession() as session:
        visitor = Visitor(session)
        yield visitor
        await visitor.close()


async def heard(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return orjson.loads(await socket.receive_str(timeout=5))


async def ended(socket: ClientWebSocketResponse) -> int | None:
    """The code with which the connection ends, after whatever else was said."""
    while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    return message.data if message.type is WSMsgType.CLOSE else None


async def connected(discord: DiscordPlayed, client: Visitor) -> ClientWebSocketResponse:
    socket = await client.connect(f"{discord.gateway_url}?v=10&encoding=json")
    hello = await heard(socket)
    assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41_250)
    return socket


async def identify(discord: DiscordPlayed, socket: ClientWebSocketResponse, **changes: object) -> None:
    asked = {"token": discord.stage.token, "intents": GUILDS | REACTIONS, "properties": dict[str, str](), **changes}
    await socket.send_str(orjson.dumps({"op": 2, "d": asked}).decode())


async def resume(discord: DiscordPlayed, socket: ClientWebSocketResponse, session: str, seq: int) -> None:
    asked = {"token": discord.stage.token, "session_id": session, "seq": seq}
    await socket.send_str(orjson.dumps({"op": 6, "d": asked}).decode())


async def ready(discord: DiscordPlayed, client: Visitor) -> tuple[ClientWebSocketResponse, str]:
    """An identified connection and its session."""
    socket = await connected(discord, client)
    await identify(discord, socket)
    told = await heard(socket)
    assert (told["t"], told["s"], told["d"]["resume_gateway_url"]) == ("READY", 1, discord.gateway_url)
    return socket, told["d"]["session_id"]


async def test_a_session_hears_of_its_guilds_and_lives_by_heartbeats(discord: DiscordPlayed, client: Visitor) -> None:
    guild = discord.world.guild("Cardroom")
    socket, _ = await ready(discord, client)
    told = await heard(socket)
    assert (told["t"], told["s"], told["d"]["id"]) == ("GUILD_CREATE", 2, guild.id)
    assert [member["user"]["username"] for member in told["d"]["members"]] == ["Regulars", "owner"]
    await socket.send_str('{"op": 1, "d": 2}')
    assert (await heard(socket))["op"] == 11


async def test_what_happens_during_an_outage_is_replayed_once_and_in_order(
    discord: DiscordPlayed, client: Visitor
) -> None:
    channel = discord.world.channel(discord.world.guild("Cardroom"), "general")
    message = discord.world.post(channel, discord.world.bot, {"content": "React"})
    socket, session = await ready(discord, client)
    await heard(socket)
    discord.gateway.drop()
    assert (await socket.receive()).type in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE}
    for emoji in ("1", "2"):
        await discord.people.react(discord.world.owner, message, emoji)
    socket = await connected(discord, client)
    await resume(discord, socket, session, 2)
    told = [await heard(socket) for _ in range(3)]
    assert [(one["s"], one["t"]) for one in told] == [
        (3, "MESSAGE_REACTION_ADD"),
        (4, "MESSAGE_REACTION_ADD"),
        (5, "RESUMED"),
    ]
    assert [one["d"]["emoji"]["name"] for one in told[:2]] == ["1", "2"]


async def test_a_session_that_is_gone_is_invalid(discord: DiscordPlayed, client: Visitor) -> None:
    socket, session = await ready(discord, client)
    await discord.gateway.invalidate()
    assert (await heard(socket)) == {"op": 9, "d": False, "s": None, "t": None}
    await socket.close()
    socket = await connected(discord, client)
    await resume(discord, socket, session, 1)
    assert (await heard(socket))["op"] == 9


async def test_a_killed_gateway_forgets_sessions_lets_nobody_in_and_comes_back(
    discord: DiscordPlayed, client: Visitor, bot: ClientSession
) -> None:
    guild = discord.world.guild("Cardroom")
    message = discord.world.post(discord.world.channel(guild, "general"), discord.world.bot, {"content": "Stays"})
    socket, session = await ready(discord, client)
    discord.gateway.die()
    while (last := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    assert last.type in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE}
    assert last.data != 1000
    with pytest.raises(ClientError):
        await client.connect(discord.gateway_url)
    path = f"{discord.api}/channels/{message.channel.id}/messages/{message.id}"
    async with bot.get(path) as answer:
        assert (await answer.json())["content"] == "Stays"
    discord.gateway.come_back()
    socket = await connected(discord, client)
    await resume(discord, socket, session, 1)
    assert await heard(socket) == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_reconnect_is_asked_for(discord: DiscordPlayed, client: Visitor) -> None:
    socket, _ = await ready(discord, client)
    await discord.gateway.reconnect()
    assert (await heard(socket))["op"] == 7
    await discord.gateway.close(4009)
    assert await ended(socket) == 4009


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("not json", 4002),
        ("[]", 4002),
        ('{"op": 99}', 4001),
        ('{"op": 2, "d": {}}', 4002),
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 2, "d": {"token": "wrong", "intents": 1}}', 4004),
        (f'{{"op": 1, "d": "{"x" * 4096}"}}', 4002),
    ],
)
async def test_what_is_forbidden_ends_the_connection(
    discord: DiscordPlayed, client: Visitor, said: str, code: int
) -> None:
    socket = await connected(discord, client)
    await socket.send_str(said)
    assert await ended(socket) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"shard": [1, 1]}, 4010), ({"intents": -1}, 4013), ({"intents": GUILDS | MEMBERS}, 4014)],
)
async def test_what_is_identified_wrongly_ends_the_connection(
    discord: DiscordPlayed, client: Visitor, changes: dict[str, object], code: int
) -> None:
    socket = await connected(discord, client)
    await identify(discord, socket, **changes)
    assert await ended(socket) == code


async def test_who_identifies_twice_or_too_often_is_sent_away(discord: DiscordPlayed, client: Visitor) -> None:
    socket, _ = await ready(discord, client)
    await identify(discord, socket)
    assert await ended(socket) == 4005
    socket = await connected(discord, client)
    await identify(discord, socket)
    assert (await heard(socket))["op"] == 9, "one identify in five seconds"
    discord.world.clock.skip(5)
    await ready(discord, client)
    discord.gateway.identifies_left = 0
    socket = await connected(discord, client)
    await identify(discord, socket)
    assert await ended(socket) == 4004, "the day's last one is used up, and the token with it"


async def test_who_speaks_without_end_is_sent_away(discord: DiscordPlayed, client: Visitor) -> None:
    socket = await connected(discord, client)
    for _ in range(SENDS_MAX + 1):
        await socket.send_str('{"op": 1, "d": null}')
    assert await ended(socket) == 4008


async def test_a_shard_hears_of_its_guilds_only(discord: DiscordPlayed, client: Visitor) -> None:
    guilds = [discord.world.guild(str(number)) for number in range(4)]
    seen: list[str] = []
    for shard in range(2):
        socket = await connected(discord, client)
        await identify(discord, socket, shard=[shard, 2])
        own = (await heard(socket))["d"]["guilds"]
        assert all((int(guild["id"]) >> 22) % 2 == shard for guild in own)
        seen += [guild["id"] for guild in own]
        discord.world.clock.skip(5)
    assert sorted(seen) == sorted(guild.id for guild in guilds)


async def test_a_compressed_stream_says_the_same(discord: DiscordPlayed, client: Visitor) -> None:
    socket = await client.connect(f"{discord.gateway_url}?v=10&compress=zlib-stream")
    stream = zlib.decompressobj()
    assert orjson.loads(stream.decompress(await socket.receive_bytes(timeout=5)))["op"] == 10
    await identify(discord, socket)
    assert orjson.loads(stream.decompress(await socket.receive_bytes(timeout=5)))["t"] == "READY"


async def test_another_version_is_refused(discord: DiscordPlayed, client: Visitor) -> None:
    assert await ended(await client.connect(f"{discord.gateway_url}?v=9")) == 4012


async def test_nobody_answers_while_discord_is_away(discord: DiscordPlayed, client: Visitor) -> None:
    socket, session = await ready(discord, client)
    await discord.go_away()
    assert (await socket.receive()).type in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE}
    with pytest.raises(OSError, match="Cannot connect"):
        await client.session.get(f"{discord.api}/gateway")
    await discord.come_back()
    socket = await connected(discord, client)
    await resume(discord, socket, session, 1)
    assert (await heard(socket))["t"] == "RESUMED"
