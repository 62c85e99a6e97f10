"""Discord's REST API as it is played: what is there, who may what, and what is refused with which code."""

from dataclasses import replace

import orjson
from aiohttp import ClientSession

from clients.simulator.discord.limits import OF_THE_BOT, OLD, POSTS, ROLE_WRITES
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import SEND_MESSAGES, Channel
from tests.clients.discord.asking import ask
from tests.clients.discord.contract import contract


def general(discord: DiscordPlayed) -> Channel:
    return discord.world.channel(discord.world.guild("Cardroom"), "general")


async def test_whoever_has_no_token_is_nobody(discord: DiscordPlayed) -> None:
    async with ClientSession() as stranger:
        assert await ask(stranger, discord, "GET", "/users/@me") == (401, {"message": "401: Unauthorized", "code": 0})
        assert (await ask(stranger, discord, "GET", "/gateway"))[1]["url"] == discord.gateway_url


async def test_the_bot_sees_itself_its_application_and_its_guild(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = general(discord)
    guild = discord.world.guilds[channel.guild or ""]
    assert (await ask(bot, discord, "GET", "/users/@me"))[1]["username"] == "Regulars"
    assert (await ask(bot, discord, "GET", "/oauth2/applications/@me"))[1]["id"] == discord.world.bot.id
    assert (await ask(bot, discord, "GET", f"/guilds/{guild.id}"))[1]["name"] == "Cardroom"
    names = [role["name"] for role in (await ask(bot, discord, "GET", f"/guilds/{guild.id}/roles"))[1]]
    assert names == ["@everyone", "Regulars"]
    for path, code in (("guilds/1", 10004), ("channels/1", 10003), ("users/1", 10013)):
        assert (await ask(bot, discord, "GET", f"/{path}"))[1]["code"] == code


async def test_a_message_is_posted_edited_pinned_and_gone(discord: DiscordPlayed, bot: ClientSession) -> None:
    messages = f"/channels/{general(discord).id}/messages"
    status, posted = await ask(
        bot, discord, "POST", messages, {"content": "Hello", "nonce": "7", "enforce_nonce": True}
    )
    again = await ask(bot, discord, "POST", messages, {"content": "Hello", "nonce": "7", "enforce_nonce": True})
    assert (status, again[1]["id"]) == (200, posted["id"])
    embed = {"title": "Board", "description": "1. ada"}
    assert (await ask(bot, discord, "PATCH", f"{messages}/{posted['id']}", {"embeds": [embed]}))[1][
        "content"
    ] == "Hello"
    assert (await ask(bot, discord, "PUT", f"{messages}/pins/{posted['id']}"))[0] == 204
    pinned = (await ask(bot, discord, "GET", f"{messages}/pins"))[1]["items"]
    assert [item["message"]["embeds"] for item in pinned] == [[embed]]
    assert (await ask(bot, discord, "PUT", f"{messages}/{posted['id']}/reactions/%F0%9F%94%97/@me"))[0] == 204
    [reaction] = (await ask(bot, discord, "GET", f"{messages}/{posted['id']}"))[1]["reactions"]
    assert (reaction["emoji"]["name"], reaction["count"], reaction["me"]) == ("\N{LINK SYMBOL}", 1, True)
    assert (await ask(bot, discord, "DELETE", f"{messages}/{posted['id']}"))[0] == 204
    gone = await ask(bot, discord, "PATCH", f"{messages}/{posted['id']}", {"content": "?"})
    assert gone == (404, {"message": "Unknown Message", "code": 10008})


async def test_a_role_is_given_only_from_above(discord: DiscordPlayed, bot: ClientSession) -> None:
    world = discord.world
    guild, ada = world.guild("Cardroom"), world.user("ada")
    low, same = world.role(guild, "Regular", 9), world.role(guild, "Moderator", 10)
    member = world.join(guild, ada)
    roles = f"/guilds/{guild.id}/members/{ada.id}/roles"
    assert (await ask(bot, discord, "PUT", f"{roles}/{low.id}"))[0] == 204
    assert member.roles == [low.id]
    assert (await ask(bot, discord, "GET", f"/guilds/{guild.id}/roles/member-counts"))[1][low.id] == 1
    assert (await ask(bot, discord, "PUT", f"{roles}/{same.id}"))[1]["code"] == 50013
    assert (await ask(bot, discord, "PUT", f"{roles}/{guild.id}"))[1]["code"] == 50013
    assert (await ask(bot, discord, "PUT", f"{roles}/1"))[1]["code"] == 10011
    await discord.people.leave(ada, guild)
    assert (await ask(bot, discord, "DELETE", f"{roles}/{low.id}"))[1]["code"] == 10007


async def test_what_the_bot_was_not_allowed_it_may_not(discord: DiscordPlayed, bot: ClientSession) -> None:
    world = discord.world
    guild = world.guild("Strict", bot_permissions=SEND_MESSAGES)
    role, channel = world.role(guild, "Regular", 1), world.channel(guild, "general")
    message = world.post(channel, world.bot, {"content": "Hello"})
    forbidden = (403, {"message": "Missing Permissions", "code": 50013})
    given = f"/guilds/{guild.id}/members/{world.owner.id}/roles/{role.id}"
    assert await ask(bot, discord, "PUT", given) == forbidden
    assert await ask(bot, discord, "PUT", f"/channels/{channel.id}/messages/pins/{message.id}") == forbidden


async def test_closed_doors_stay_closed(discord: DiscordPlayed, bot: ClientSession) -> None:
    shy, open_ = discord.world.user("shy", is_closed=True), discord.world.user("ada")
    for user, status in ((shy, 403), (open_, 200)):
        channel = (await ask(bot, discord, "POST", "/users/@me/channels", {"recipient_id": user.id}))[1]["id"]
        code, told = await ask(bot, discord, "POST", f"/channels/{channel}/messages", {"content": "Hello"})
        assert (code, told.get("code")) == (status, 50007 if user is shy else None)


async def test_commands_keep_their_ids_while_they_keep_their_names(discord: DiscordPlayed, bot: ClientSession) -> None:
    path = f"/applications/{discord.world.bot.id}/commands"
    command = {"name": "link", "description": "Link an account"}
    [first] = (await ask(bot, discord, "PUT", path, [command]))[1]
    other = {"name": "board", "description": "The board"}
    second = (await ask(bot, discord, "PUT", path, [other, command | {"description": "Link accounts"}]))[1]
    assert [one["name"] for one in second] == ["board", "link"]
    assert (second[1]["id"], second[1]["description"]) == (first["id"], "Link accounts")
    assert second[1]["version"] != first["version"]
    assert (await ask(bot, discord, "GET", path))[1] == second


async def test_a_window_ends_and_its_headers_say_when(discord: DiscordPlayed, bot: ClientSession) -> None:
    messages = f"/channels/{general(discord).id}/messages"
    for left in reversed(range(POSTS.size)):
        async with bot.post(discord.api + messages, json={"content": "Hello"}) as answer:
            assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, str(left))
    async with bot.post(discord.api + messages, json={"content": "Hello"}) as answer:
        told = orjson.loads(await answer.read())
        assert (answer.status, told["global"]) == (429, False)
        assert 0 < told["retry_after"] <= POSTS.window_s
        assert int(answer.headers["Retry-After"]) >= told["retry_after"]
    discord.world.clock.skip(POSTS.window_s)
    assert (await ask(bot, discord, "POST", messages, {"content": "Hello"}))[0] == 200


async def test_role_writes_are_limited_for_each_guild_of_its_own(discord: DiscordPlayed, bot: ClientSession) -> None:
    world, ada = discord.world, discord.world.user("ada")
    paths: list[str] = []
    for name in ("One", "Two"):
        guild = world.guild(name)
        world.join(guild, ada)
        paths.append(f"/guilds/{guild.id}/members/{ada.id}/roles/{world.role(guild, 'Regular', 1).id}")
    statuses = [(await ask(bot, discord, "PUT", paths[0]))[0] for _ in range(ROLE_WRITES.size + 1)]
    assert statuses == [204] * ROLE_WRITES.size + [429]
    assert (await ask(bot, discord, "PUT", paths[1]))[0] == 204


async def test_all_requests_together_are_limited_except_answers_to_interactions(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    discord.stage.limits.all_requests = replace(OF_THE_BOT, size=10, window_s=600.0)
    statuses = [(await ask(bot, discord, "GET", "/users/@me"))[0] for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    for _ in range(11):
        status, told = await ask(bot, discord, "POST", "/interactions/1/gone/callback", {"type": 5})
        assert (status, told["code"]) == (404, 10062)


async def test_old_messages_can_be_edited_only_a_few_times(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = general(discord)
    message = discord.world.post(channel, discord.world.bot, {"content": "0"})
    discord.world.clock.skip(3_601)
    path = f"/channels/{channel.id}/messages/{message.id}"
    edits = [await ask(bot, discord, "PATCH", path, {"content": str(number)}) for number in range(OLD.size + 1)]
    assert [status for status, _ in edits] == [200] * OLD.size + [429]
    assert edits[-1][1]["code"] == 30046
    assert message.shown["content"] == str(OLD.size - 1)


async def test_what_discord_does_not_describe_is_a_problem() -> None:
    check = contract()
    assert not list(check("POST", "/channels/1/messages", {"content": "Hello"}))
    assert list(check("POST", "/channels/1/messages", {"content": 7}))
    assert list(check("POST", "/channels/1/messages", {"content": "x" * 4001}))
    assert list(check("PUT", "/applications/1/commands", [{"name": "link", "description": "x" * 101}]))
    assert list(check("POST", "/channels/1/shouts", {}))
