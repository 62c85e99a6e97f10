"""Panels on the played Discord: posted, edited on change alone, healed, moved, and quiet where nothing can be done."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from clients.discord.app import Bot, Outside
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.world import EPHEMERAL, Channel, Guild, Json, Message, User
from server.actions.slotcalls import call
from server.domain.slotcalls.rules import CallSource
from server.publish import topics
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, press, pressed, staff, text, words
from tests.clients.discord.bot.working import embed, until, written_to
from tests.clients.discord.library.connecting import least
from tests.resolvers.proving import guild_bound
from tests.resolvers.slot_cases import opened

CHANNEL = 7
HELD = Refusal(400, 30046, "Maximum number of edits to messages older than 1 hour reached.")


def where(channel: Channel) -> Json:
    return {"name": "channel", "type": CHANNEL, "value": channel.id}


def panels_in(place: Place, channel: Channel | None = None) -> list[Message]:
    """What the bot posted in a channel for everybody."""
    return [
        one
        for one in place.discord.world.messages.values()
        if one.channel is (channel or place.channel) and not one.of_interaction and not one.flags & EPHEMERAL
    ]


async def rows(place: Place, community: int | None = None) -> list[Any]:
    found = await place.graph.server.database.reader().fetch(
        "SELECT id, state, problem, message_id, is_waiting, looked_at, held_back FROM panel "
        "WHERE community_id = $1 ORDER BY id",
        community or place.community,
    )
    return list(found)


async def settled(place: Place, is_so: Callable[[Any], bool], community: int | None = None) -> Any:
    """The first panel as the server knows it, once it is so and no look is due."""
    async with asyncio.timeout(30):
        while True:
            place.graph.server.services.bus.poke(topics.jobs())
            found = await rows(place, community)
            if found and is_so(found[0]):
                return found[0]
            await asyncio.sleep(0.05)


def posted(row: Any) -> bool:
    return row["state"] == "posted" and row["message_id"] is not None


async def created(place: Place, boss: User, kind: str, *options: Json) -> Message:
    """A panel that is there."""
    told = await place.told(boss, "panel create", text("kind", kind), *options)
    assert "on its way" in told["title"], told
    await settled(place, posted)
    return panels_in(place)[-1]


async def panel_id(place: Place, boss: User) -> str:
    asked = await place.discord.people.type(
        boss, place.channel, "panel refresh", [{"name": "panel", "type": 3, "value": "", "focused": True}]
    )
    return (await asked.answered())["data"]["choices"][0]["value"]


async def refreshed(place: Place, boss: User, is_so: Callable[[Any], bool]) -> Any:
    """The panel after a look at it."""
    before = (await rows(place))[0]["looked_at"]
    place.graph.live.clock.pass_time(seconds=1)
    assert "looked at" in (await place.told(boss, "panel refresh", text("panel", await panel_id(place, boss))))["title"]
    return await settled(place, lambda row: row["looked_at"] != before and is_so(row))


async def called(place: Place, title: str) -> None:
    wish = call.Wish(account=("kick", "1"), text=title, source=CallSource.CLIENT, source_key=title)
    await place.graph.server.units.run(place.community, partial(call.call, wish=wish))


def edits(place: Place) -> int:
    return sum(one.method == "PATCH" and one.path.startswith("/channels/") for one in place.discord.stage.calls)


async def test_a_panel_is_posted_pinned_and_edited_only_where_it_changed(place: Place) -> None:
    boss = await staff(place)
    await opened(place.graph.server, place.community)
    message = await created(place, boss, "SLOTS")
    assert embed(message)["title"] == "Slot calls"
    assert "No call waits" in embed(message)["description"]
    assert message.id in place.channel.pins
    await refreshed(place, boss, posted)
    assert edits(place) == 0
    place.graph.live.clock.pass_time(seconds=60)
    await called(place, "Gates of Olympus")
    place.graph.live.clock.pass_time(seconds=5)
    place.graph.server.services.bus.poke(topics.jobs())
    await until(lambda: "Gates of Olympus" in embed(message)["description"])
    await until(lambda: edits(place) == 1)
    assert panels_in(place) == [message]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("LINK", "Link your account"),
        ("LEADERBOARD", "Watch time of House"),
        ("RAFFLE", "No raffle"),
        ("GIVEAWAY", "No giveaway"),
    ],
)
async def test_every_kind_of_panel_is_shown(place: Place, kind: str, title: str) -> None:
    message = await created(place, await staff(place), kind)
    assert embed(message)["title"] == title
    assert "viewer3" not in str(message.shown), "names are masked in public"


async def test_a_message_that_was_deleted_by_hand_is_posted_anew(place: Place) -> None:
    boss = await staff(place)
    message = await created(place, boss, "LINK")
    await place.discord.people.delete(message)
    row = await refreshed(place, boss, lambda row: posted(row) and row["message_id"] != message.id)
    [again] = panels_in(place)
    assert again.id == row["message_id"]
    assert again.id in place.channel.pins


async def test_a_panel_moves_to_another_channel(place: Place) -> None:
    boss = await staff(place)
    message = await created(place, boss, "LINK")
    other = place.discord.world.channel(place.guild, "links")
    told = await place.told(boss, "panel move", text("panel", await panel_id(place, boss)), where(other))
    assert f"<#{other.id}>" in words(told)
    await settled(place, lambda row: posted(row) and row["message_id"] != message.id)
    assert len(panels_in(place, other)) == 1
    await until(lambda: panels_in(place) == [])


async def test_a_panel_is_deleted_after_a_question(place: Place) -> None:
    boss = await staff(place)
    await created(place, boss, "LINK")
    asked = await place.use(boss, "panel delete", text("panel", await panel_id(place, boss)))
    assert "Delete this panel?" in words(card(await asked.settled()))
    assert len(panels_in(place)) == 1
    assert "gone" in (await pressed(place, boss, asked))["title"]
    await until(lambda: panels_in(place) == [])
    assert await rows(place) == []
    assert "no panel yet" in words(await place.told(boss, "panel list"))


async def test_a_lost_permission_pauses_the_panel_and_says_what_to_mend(place: Place) -> None:
    boss = await staff(place)
    message = await created(place, boss, "LINK")
    await place.discord.people.delete(message)
    own = next(role for role in place.guild.roles.values() if role.is_managed)
    allowed, own.permissions = own.permissions, 0
    row = await refreshed(place, boss, lambda row: row["state"] == "paused")
    assert row["problem"] == "forbidden"
    assert "send messages" in words(await place.told(boss, "panel list"))
    own.permissions = allowed
    await refreshed(place, boss, posted)
    assert len(panels_in(place)) == 1


async def test_a_deleted_channel_pauses_the_panel(place: Place) -> None:
    boss = await staff(place)
    other = place.discord.world.channel(place.guild, "gone-soon")
    await place.told(boss, "panel create", text("kind", "LINK"), where(other))
    await settled(place, posted)
    del place.discord.world.channels[other.id], place.guild.channels[other.id]
    row = await refreshed(place, boss, lambda row: row["state"] == "paused")
    assert row["problem"] == "no_channel"


async def test_a_panel_that_may_not_be_pinned_is_shown_all_the_same(place: Place) -> None:
    boss = await staff(place)
    place.discord.stage.faults.stumble("PUT", ".*/pins/.*", Refusal(403, 50013, "Missing Permissions"))
    message = await created(place, boss, "LINK")
    assert (await rows(place))[0]["problem"] == "pin_forbidden"
    assert message.id not in place.channel.pins
    row = await refreshed(place, boss, posted)
    assert row["problem"] is None
    assert message.id in place.channel.pins


async def test_an_old_message_that_discord_lets_nobody_edit_is_replaced_after_three_refusals(place: Place) -> None:
    boss = await staff(place)
    await opened(place.graph.server, place.community)
    message = await created(place, boss, "SLOTS")
    place.graph.live.clock.pass_time(seconds=60)
    await called(place, "Wanted")
    place.discord.stage.faults.stumble("PATCH", "/channels/.*/messages/.*", HELD, times=3)
    place.graph.live.clock.pass_time(seconds=30)
    for refused in (1, 2):
        await settled(place, lambda row, refused=refused: row["held_back"] == refused)
        assert panels_in(place) == [message]
        place.graph.live.clock.pass_time(seconds=600)
    await settled(place, lambda row: posted(row) and row["message_id"] != message.id)
    [fresh] = panels_in(place)
    assert "Wanted" in embed(fresh)["description"]
    assert fresh.id in place.channel.pins


async def test_a_bot_that_was_killed_posts_no_second_panel(place: Place) -> None:
    boss = await staff(place)
    place.discord.stage.faults.stumble("PUT", ".*/pins/.*", Refusal(500, 0, "Internal Server Error"), times=9)
    await place.told(boss, "panel create", text("kind", "LINK"))
    await until(lambda: len(panels_in(place)) == 1)
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    place.discord.stage.faults.stumbles.clear()
    place.graph.live.clock.pass_time(seconds=2000)
    clock = place.graph.server.clock
    bot = Bot(place.settings, Outside(lambda: clock.now().timestamp(), least))
    running = asyncio.create_task(bot.run())
    await settled(place, posted)
    running.cancel()
    await asyncio.wait({running}, timeout=10)
    [message] = panels_in(place)
    assert message.id in place.channel.pins


async def test_panels_of_two_communities_never_touch(place: Place) -> None:
    boss = await staff(place)
    other = await place.graph.live.community("den", "100002")
    guild: Guild = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(guild, "general")
    await guild_bound(place.graph.server, other, guild.id)
    await created(place, boss, "LINK")
    place.discord.world.join(guild, boss)
    asked = await place.discord.people.use(place.discord.world.owner, channel, "panel create", [text("kind", "LINK")])
    assert "Not possible" in card(await asked.settled())["title"], "the server says who may"
    await place.graph.grant(other, ("discord", place.discord.world.owner.id), "OWNER")
    asked = await place.discord.people.use(place.discord.world.owner, channel, "panel create", [text("kind", "LINK")])
    assert "on its way" in card(await asked.settled())["title"]
    await settled(place, posted, other)
    assert [len(panels_in(place, one)) for one in (place.channel, channel)] == [1, 1]


async def test_no_panel_gets_into_a_channel_of_another_server(place: Place) -> None:
    boss = await staff(place)
    guild: Guild = place.discord.world.guild("Elsewhere")
    channel = place.discord.world.channel(guild, "general")
    await place.told(boss, "panel create", text("kind", "LINK"), where(channel))
    row = await settled(place, lambda row: row["state"] == "paused")
    assert row["problem"] == "no_channel"
    assert panels_in(place, channel) == []


async def test_who_may_not_edit_settings_makes_no_panel(place: Place) -> None:
    moderator = await staff(place, "mod", "MODERATOR")
    told = await place.told(moderator, "panel create", text("kind", "LINK"))
    assert "Not possible" in told["title"]
    assert await rows(place) == []


async def click(place: Place, user: User, message: Message, verb: str) -> Any:
    return await place.discord.people.click(user, message, f"rg1:panel:{verb}")


async def test_the_buttons_of_a_panel_answer_the_clicker_alone(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    before = (await created(place, boss, "LINK")).shown
    [message] = panels_in(place)
    asked = await click(place, ada, message, "link")
    shown = await asked.settled()
    assert asked.answer["data"]["flags"] == EPHEMERAL
    assert shown["components"][0]["components"][0]["url"].startswith("http")
    assert "Nothing is linked" in words(card(await (await click(place, ada, message, "links")).settled()))
    assert message.shown == before, "the panel stays as it is"
    assert panels_in(place) == [message]


async def test_a_board_of_a_panel_tells_ones_own_place_and_the_rest(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    message = await created(place, boss, "LEADERBOARD")
    assert "have not linked" in words(card(await (await click(place, ada, message, "place")).settled()))
    assert "Watch time of House" in words(card(await (await click(place, ada, message, "board")).settled()))


async def test_a_slot_is_called_by_a_form_and_staff_picks_and_clears(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    await opened(place.graph.server, place.community, cooldown_s=0)
    message = await created(place, boss, "SLOTS")
    form = await click(place, ada, message, "call")
    await form.answered()
    sent = await place.discord.people.fill_in(ada, form, {"slot": "Gates of *Olympus*"})
    assert "waits at place 1" in words(card(await sent.settled()))
    assert "Not possible" in card(await (await click(place, ada, message, "pick")).settled())["title"]
    assert r"Gates of \*Olympus\*" in words(card(await (await click(place, boss, message, "pick")).settled()))
    await called(place, "Wanted")
    assert "1 call was dropped" in words(await pressed(place, boss, await click(place, boss, message, "clear")))
    assert "closed" in words(card(await (await click(place, boss, message, "shut")).settled()))
    place.graph.live.clock.pass_time(seconds=60)
    place.graph.server.services.bus.poke(topics.jobs())
    await until(lambda: "are closed" in embed(message)["description"])


async def test_who_reacts_on_a_panel_gets_his_link_alone(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    message = await created(place, boss, "LINK")
    await until(lambda: bool(message.reactions))
    [emoji] = message.reactions
    await place.discord.people.react(ada, message, "\N{THUMBS UP SIGN}")
    await place.discord.people.react(ada, message, emoji)
    await until(lambda: len(written_to(place, ada)) == 1)
    await place.discord.people.react(ada, message, emoji, is_on=False)
    await place.discord.people.react(ada, message, emoji)
    closed = place.person("bea")
    closed.is_closed = True
    await place.discord.people.react(closed, message, emoji)
    await until(lambda: closed.id not in message.reactions[emoji])
    assert len(written_to(place, ada)) == 1, "once in a minute"
    assert panels_in(place) == [message], "never in public"


async def test_a_reaction_to_another_message_of_the_bot_is_nothing(place: Place) -> None:
    boss, ada, bea = await staff(place), place.person("ada"), place.person("bea")
    other = place.discord.world.post(place.channel, place.discord.world.bot, {"content": "Something else."})
    panel = await created(place, boss, "LINK")
    await until(lambda: bool(panel.reactions))
    [emoji] = panel.reactions
    await place.discord.people.react(ada, other, emoji)
    await place.discord.people.react(bea, panel, emoji)
    await until(lambda: len(written_to(place, bea)) == 1)
    assert written_to(place, ada) == []


async def test_a_server_that_was_away_misses_no_change(place: Place) -> None:
    boss = await staff(place)
    await opened(place.graph.server, place.community)
    message = await created(place, boss, "SLOTS")
    place.graph.live.clock.pass_time(seconds=60)
    transport = place.bot.graph._transport
    there, transport.url = transport.url, "http://127.0.0.1:9/graphql"
    await called(place, "Gates of Olympus")
    place.graph.live.clock.pass_time(seconds=30)
    place.bot.executor.look()
    await asyncio.sleep(0.5)
    assert edits(place) == 0
    transport.url = there
    place.bot.executor.look()
    await until(lambda: "Gates of Olympus" in embed(message)["description"])
    assert panels_in(place) == [message]


async def test_confirming_belongs_to_whoever_asked(place: Place) -> None:
    boss, other = await staff(place), await staff(place, "second")
    await created(place, boss, "LINK")
    asked = await place.use(boss, "panel delete", text("panel", await panel_id(place, boss)))
    assert "Not possible" in card(await (await press(place, other, asked)).settled())["title"]
    assert len(await rows(place)) == 1
