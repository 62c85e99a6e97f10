"""What people ask of a bot, how it may answer, and what they see."""

import orjson
import pytest
from aiohttp import ClientSession, ClientTimeout

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.world import Channel
from tests.clients.discord.asking import ask

COMMAND = {"name": "board", "description": "The board"}
BUTTON = {"type": 2, "style": 1, "label": "My place", "custom_id": "place"}
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


async def set_up(bot: ClientSession, discord: DiscordPlayed) -> Channel:
    """A channel of a guild in which the command is known."""
    channel = discord.world.channel(discord.world.guild("Cardroom"), "general")
    await ask(bot, discord, "PUT", f"/applications/{discord.world.bot.id}/commands", [COMMAND])
    return channel


def callback(asked: Asked) -> str:
    return f"/interactions/{asked.id}/{asked.token}/callback"


def webhook(discord: DiscordPlayed, asked: Asked) -> str:
    return f"/webhooks/{discord.world.bot.id}/{asked.token}"


async def test_a_command_is_answered_once(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = await set_up(bot, discord)
    asked = await discord.people.use(discord.world.owner, channel, "board")
    said = {"type": MESSAGE, "data": {"content": "Nobody yet", "flags": 64}}
    status, receipt = await ask(bot, discord, "POST", f"{callback(asked)}?with_response=true", said)
    assert (status, receipt["resource"]["message"]["content"]) == (200, "Nobody yet")
    assert receipt["interaction"]["response_message_ephemeral"]
    assert (await asked.settled())["content"] == "Nobody yet"
    again = await ask(bot, discord, "POST", callback(asked), said)
    assert (again[0], again[1]["code"]) == (400, 40060)


async def test_a_deferred_answer_appears_and_followups_come_after_it(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    channel = await set_up(bot, discord)
    asked = await discord.people.use(discord.world.owner, channel, "board")
    early = await ask(bot, discord, "POST", webhook(discord, asked), {"content": "?"})
    assert (early[0], early[1]["code"]) == (404, 10015)
    assert (await ask(bot, discord, "POST", callback(asked), {"type": DEFERRED, "data": {"flags": 64}}))[0] == 204
    assert not asked.is_settled
    original = f"{webhook(discord, asked)}/messages/@original"
    assert (await ask(bot, discord, "GET", original))[1]["flags"] == 64 | 128
    assert (await ask(bot, discord, "PATCH", original, {"content": "1. ada", "flags": 4}))[1]["flags"] == 64 | 4
    assert (await asked.settled())["content"] == "1. ada"
    more = (await ask(bot, discord, "POST", webhook(discord, asked), {"content": "2. bob"}))[1]
    assert [message.id for message in asked.followups] == [more["id"]]
    assert (await ask(bot, discord, "DELETE", f"{webhook(discord, asked)}/messages/{more['id']}"))[0] == 204
    assert (await ask(bot, discord, "GET", f"{webhook(discord, asked)}/messages/{more['id']}"))[1]["code"] == 10008


async def test_an_answer_is_due_within_three_seconds_and_a_token_lives_fifteen_minutes(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    channel, clock = await set_up(bot, discord), discord.world.clock
    late = await discord.people.use(discord.world.owner, channel, "board")
    clock.skip(3)
    assert (await ask(bot, discord, "POST", callback(late), {"type": DEFERRED}))[1]["code"] == 10062
    asked = await discord.people.use(discord.world.owner, channel, "board")
    assert (await ask(bot, discord, "POST", callback(asked), {"type": DEFERRED}))[0] == 204
    original = f"{webhook(discord, asked)}/messages/@original"
    clock.skip(14 * 60)
    assert (await ask(bot, discord, "PATCH", original, {"content": "in time"}))[0] == 200
    clock.skip(60)
    status, told = await ask(bot, discord, "PATCH", original, {"content": "too late"})
    assert (status, told["code"]) == (401, 50027)
    assert (await asked.settled())["content"] == "in time"


async def test_suggestions_forms_and_buttons_have_answers_of_their_own(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    channel, people, user = await set_up(bot, discord), discord.people, discord.world.owner
    typed = await people.type(user, channel, "board", [{"type": 3, "name": "of", "value": "w", "focused": True}])
    assert (await ask(bot, discord, "POST", callback(typed), {"type": DEFERRED}))[1]["code"] == 50035
    choices = {"choices": [{"name": "week", "value": "week"}]}
    assert (await ask(bot, discord, "POST", callback(typed), {"type": CHOICES, "data": choices}))[0] == 204
    assert await typed.settled() == choices

    panel = {"content": "Board", "components": [{"type": 1, "components": [BUTTON]}]}
    posted = (await ask(bot, discord, "POST", f"/channels/{channel.id}/messages", panel))[1]
    message = discord.world.messages[posted["id"]]
    clicked = await people.click(user, message, "place")
    said = {"type": UPDATE, "data": {"content": "Board, 20:00"}}
    assert (await ask(bot, discord, "POST", callback(clicked), said))[0] == 204
    assert (message.shown["content"], message.shown["components"][0]["components"]) == ("Board, 20:00", [BUTTON])

    opening = await people.click(user, message, "place")
    text = {"type": 1, "components": [{"type": 4, "custom_id": "slot", "label": "Slot", "style": 1}]}
    form = {"type": MODAL, "data": {"custom_id": "call", "title": "Call a slot", "components": [text]}}
    assert (await ask(bot, discord, "POST", callback(opening), form))[0] == 204
    assert (await opening.settled())["title"] == "Call a slot"
    sent = await people.fill_in(user, opening, {"slot": "Book of Dead"})
    assert (await ask(bot, discord, "POST", callback(sent), form))[1]["code"] == 50035, "no form answers a form"
    assert (await ask(bot, discord, "POST", callback(sent), {"type": DEFERRED_UPDATE}))[0] == 204


async def test_people_do_only_what_they_see(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel, people, ada = await set_up(bot, discord), discord.people, discord.world.user("ada")
    guild = discord.world.guilds[channel.guild or ""]
    discord.world.join(guild, ada)
    staff = COMMAND | {"name": "setup", "default_member_permissions": str(1 << 5)}
    await ask(bot, discord, "POST", f"/applications/{discord.world.bot.id}/guilds/{guild.id}/commands", staff)
    with pytest.raises(LookupError, match="ada may not use /setup"):
        await people.use(ada, channel, "setup")
    await people.use(discord.world.owner, channel, "setup")
    with pytest.raises(LookupError, match="no command /shout"):
        await people.use(ada, channel, "shout")
    rows = [{"type": 1, "components": [BUTTON | {"disabled": True}]}]
    message = discord.world.post(channel, discord.world.bot, {"components": rows})
    with pytest.raises(LookupError, match="no button place"):
        await people.click(ada, message, "place")


async def test_what_one_person_sees_is_in_no_channel(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = await set_up(bot, discord)
    asked = await discord.people.use(discord.world.owner, channel, "board")
    await ask(bot, discord, "POST", callback(asked), {"type": MESSAGE, "data": {"content": "psst", "flags": 64}})
    assert asked.message is not None
    path = f"/channels/{channel.id}/messages"
    assert (await ask(bot, discord, "GET", path))[1] == []
    assert (await ask(bot, discord, "PATCH", f"{path}/{asked.message.id}", {"content": "?"}))[1]["code"] == 10008


async def test_a_modern_form_is_sent_as_it_was_shown(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel = await set_up(bot, discord)
    asked = await discord.people.use(discord.world.owner, channel, "board")
    field = {"type": 4, "custom_id": "slot", "style": 1}
    choice = {"type": 3, "custom_id": "size", "options": [{"label": "Big", "value": "big"}]}
    labels = [{"type": 18, "label": name, "component": one} for name, one in (("Slot", field), ("Size", choice))]
    form = {"type": MODAL, "data": {"custom_id": "call", "title": "Call", "components": labels}}
    assert (await ask(bot, discord, "POST", callback(asked), form))[0] == 204
    async with ClientSession() as session, session.ws_connect(discord.gateway_url) as socket:
        identify = {"op": 2, "d": {"token": discord.stage.token, "intents": 0, "properties": {}}}
        await socket.send_str(orjson.dumps(identify).decode())
        await discord.gateway.until_ready()
        await discord.people.fill_in(asked.user, asked, {"slot": "Dead or Alive", "size": ["big"]})
        told = [orjson.loads(await socket.receive_str(timeout=5)) for _ in range(3)][-1]
    assert [one["component"] for one in told["d"]["data"]["components"]] == [
        {"type": 4, "id": 1, "custom_id": "slot", "value": "Dead or Alive"},
        {"type": 3, "id": 1, "custom_id": "size", "values": ["big"]},
    ]


async def test_a_person_can_read_what_happened(discord: DiscordPlayed, bot: ClientSession) -> None:
    channel, user = await set_up(bot, discord), discord.world.user("ada")
    discord.world.join(discord.world.guilds[channel.guild or ""], user)
    asked = await discord.people.use(user, channel, "board")
    embed = {"title": "Board", "description": "1. bob\n2. ada", "fields": [{"name": "Ends", "value": "soon"}]}
    link = {"type": 2, "style": 5, "label": "Rules", "url": "https://example.org/rules"}
    rows = [{"type": 1, "components": [BUTTON, link]}]
    said = {"type": MESSAGE, "data": {"embeds": [embed], "components": rows, "flags": 64}}
    assert (await ask(bot, discord, "POST", callback(asked), said))[0] == 204
    assert [line[10:] for line in discord.stage.transcript.lines[1:]] == [
        "#general ada uses /board",
        "#general Regulars (only for the person who asked)",
        "| ** Board **",
        "| 1. bob",
        "| 2. ada",
        "| Ends: soon",
        "[My place]  [Rules -> https://example.org/rules]",
    ]


async def test_requests_stumble_as_often_as_asked_and_change_nothing(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    channel = await set_up(bot, discord)
    path = f"/channels/{channel.id}/messages"
    discord.stage.faults.stumble("POST", r"/channels/\d+/messages", Refusal(503, 0, "Service Unavailable"), times=2)
    statuses = [(await ask(bot, discord, "POST", path, {"content": "Hello"}))[0] for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert len(discord.world.messages) == 1
    assert [call.status for call in discord.stage.calls if call.path == path] == statuses


async def test_a_slow_answer_comes_all_the_same(discord: DiscordPlayed, bot: ClientSession) -> None:
    discord.stage.faults.latency_s = 0.3
    with pytest.raises(TimeoutError):
        await bot.get(f"{discord.api}/users/@me", timeout=ClientTimeout(total=0.05))
    assert (await ask(bot, discord, "GET", "/users/@me"))[0] == 200


async def test_a_menu_has_five_entries_and_names_what_it_was_opened_on(
    discord: DiscordPlayed, bot: ClientSession
) -> None:
    channel, people, ada = await set_up(bot, discord), discord.people, discord.world.user("ada")
    discord.world.join(discord.world.guilds[channel.guild or ""], ada)
    commands = f"/applications/{discord.world.bot.id}/commands"
    entries = [{"name": f"Look {number}", "type": 2} for number in range(6)]
    assert (await ask(bot, discord, "PUT", commands, entries))[1]["code"] == 30032
    assert (await ask(bot, discord, "PUT", commands, [*entries[1:], COMMAND, {"name": "board", "type": 3}]))[0] == 200
    with pytest.raises(LookupError, match="no command /Look 0"):
        await people.open_menu(discord.world.owner, channel, "Look 0", ada)
    message = discord.world.post(channel, ada, {"content": "hello"})
    for entry, target in (("Look 1", ada), ("board", message)):
        asked = await people.open_menu(discord.world.owner, channel, entry, target)
        assert (await ask(bot, discord, "POST", callback(asked), {"type": DEFERRED, "data": {}}))[0] == 204
