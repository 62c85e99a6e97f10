"""Files beside messages, as Discord takes them."""

from io import BytesIO
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, FormData

from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.uploads import FILE_SIZE_MAX
from clients.simulator.discord.world import SEND_MESSAGES, Channel
from tests.clients.discord.contract import contract

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
TOLD = {"id": "0", "filename": "a.png", "description": "Words"}


@pytest.fixture
def channel(discord: DiscordPlayed) -> Channel:
    return discord.world.channel(discord.world.guild("Cardroom"), "general")


async def send(
    bot: ClientSession, discord: DiscordPlayed, method: str, path: str, body: Any, *files: bytes
) -> tuple[int, Any]:
    """A body as one part of a form, and files as others."""
    form = FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("payload_json", orjson.dumps(body).decode())
    for number, content in enumerate(files):
        form.add_field(f"files[{number}]", BytesIO(content), filename=f"{number}.png", content_type="image/png")
    async with bot.request(method, discord.api + path, data=form) as answer:
        return answer.status, orjson.loads(await answer.read())


async def test_files_are_kept_dropped_and_added(discord: DiscordPlayed, bot: ClientSession, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    embed = {"title": "Chart", "image": {"url": "attachment://a.png"}}
    status, posted = await send(bot, discord, "POST", path, {"embeds": [embed], "attachments": [TOLD]}, PNG, PNG)
    assert status == 200
    assert [(one["filename"], one.get("description")) for one in posted["attachments"]] == [
        ("a.png", "Words"),
        ("1.png", None),
    ]
    assert posted["embeds"][0]["image"]["url"] == posted["attachments"][0]["url"]
    _, edited = await send(bot, discord, "PATCH", f"{path}/{posted['id']}", {"content": "Edited"})
    assert len(edited["attachments"]) == 2
    second = {"id": posted["attachments"][1]["id"], "description": "Said later"}
    fresh = {"id": "0", "filename": "b.png"}
    _, edited = await send(bot, discord, "PATCH", f"{path}/{posted['id']}", {"attachments": [second, fresh]}, PNG)
    assert [(one["filename"], one.get("description")) for one in edited["attachments"]] == [
        ("1.png", "Said later"),
        ("b.png", None),
    ]
    _, edited = await send(bot, discord, "PATCH", f"{path}/{posted['id']}", {"attachments": []})
    assert edited["attachments"] == []


async def test_files_that_discord_refuses(discord: DiscordPlayed, bot: ClientSession, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    told = {"content": "Look", "attachments": [TOLD]}
    assert (await send(bot, discord, "POST", path, told, b"x" * (FILE_SIZE_MAX + 1)))[1]["code"] == 40005
    assert (await send(bot, discord, "POST", path, told))[1]["code"] == 50035, "there is no such file"
    assert (await send(bot, discord, "POST", path, {"content": "Look"}, *([PNG] * 11)))[1]["code"] == 50035
    assert not discord.world.messages


async def test_files_take_a_permission(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = discord.world.channel(discord.world.guild("Strict", bot_permissions=SEND_MESSAGES), "general")
    path = f"/channels/{channel.id}/messages"
    assert (await send(bot, discord, "POST", path, {"attachments": [TOLD]}, PNG))[1]["code"] == 50013


def test_what_is_said_of_files_is_held_to_discords_description() -> None:
    check, path = contract(), "/webhooks/1/t/messages/@original"
    assert not list(check("PATCH", path, {"attachments": [TOLD], "files[0]": "a.png"}))
    assert list(check("PATCH", path, {"attachments": [TOLD | {"description": "x" * 1025}], "files[0]": "a.png"}))
    assert list(check("PUT", "/applications/1/commands", {"files[0]": "a.png"}))
