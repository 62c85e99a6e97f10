"""A Discord server is bound and set up from inside it, step by step."""

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import MANAGE_ROLES, PIN_MESSAGES, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import buttons, card, let_manage, staff, text, words
from tests.clients.discord.bot.test_panels import panels_in
from tests.clients.discord.bot.working import until

MAKE = """mutation ($input: CreateGuildBindingInput!) {
  createGuildBinding(input: $input) { ... on GuildBindingCreated { code } }
}"""
PLACES = '{ communityOfGuild(guildId: "%s") { discordChannels { purpose platformId } } }'


async def code_of(place: Place, community: int) -> str:
    """A code as an owner's page shows it."""
    given = {"communityId": id_of("community", community), "idempotencyKey": f"code-{community}"}
    return (await place.graph.data(MAKE, input=given))["createGuildBinding"]["code"]


async def elsewhere(place: Place, name: str) -> User:
    """Somebody who manages another Discord server, which belongs to no community; he is in its only channel."""
    guild = place.discord.world.guild("Lodge")
    place.guild, place.channel = guild, place.discord.world.channel(guild, "hall")
    user = place.person(name)
    let_manage(place, user, guild)
    return user


async def clicked(place: Place, user: User, asked: Asked, verb: str) -> Json:
    """The card after a click on one of the buttons below an answer."""
    shown = await asked.settled()
    assert asked.message is not None
    assert f"rg1:setup:{verb}" in buttons(shown), buttons(shown)
    return await (await place.discord.people.click(user, asked.message, f"rg1:setup:{verb}")).settled(20)


async def test_a_server_is_bound_with_the_code_of_the_communitys_page(place: Place) -> None:
    community = await place.graph.live.community("lodge", "100002")
    boss = await elsewhere(place, "boss")
    await place.graph.grant(community, ("discord", boss.id), "OWNER")
    told = words(await place.told(boss, "setup"))
    assert "does not belong to a community yet" in told
    assert "/setup code:" in told
    told = words(await place.told(boss, "setup", text("code", await code_of(place, community))))
    assert "This Discord server belongs to **Lodge** from now on." in told
    assert "**Channels** Posted nowhere yet: Streams that go live" in told
    assert "**Community** Lodge" in words(await place.told(boss, "setup"))


async def test_a_wrong_code_and_whoever_may_not_manage_the_server_are_refused(place: Place) -> None:
    community = await place.graph.live.community("lodge", "100002")
    code = await code_of(place, community)
    boss = await elsewhere(place, "boss")
    assert "Not possible" in (await place.told(boss, "setup", text("code", "WRONG-CODE")))["title"]
    with pytest.raises(LookupError, match="may not use /setup"):
        await place.told(place.person("eve"), "setup", text("code", code))
    assert "does not belong to a community yet" in words(await place.told(boss, "setup"))


async def test_whoever_binds_without_being_known_is_told_to_link_his_account(place: Place) -> None:
    community = await place.graph.live.community("lodge", "100002")
    boss = await elsewhere(place, "boss")
    told = words(await place.told(boss, "setup", text("code", await code_of(place, community))))
    assert "This Discord server belongs to **Lodge** from now on." in told
    assert "`/link kick`" in told
    assert "**Channels**" not in told, "he runs nothing here yet, as far as the server knows"


async def test_what_has_no_channel_is_posted_where_the_button_is_clicked(place: Place) -> None:
    boss = await staff(place)
    await place.told(boss, "settings channel", text("purpose", "RAFFLE"), _channel(place))
    side = place.discord.world.channel(place.guild, "news")
    chosen, place.channel = place.channel, side
    asked = await place.use(boss, "setup")
    shown = await clicked(place, boss, asked, "viewers")
    assert f"posted in <#{side.id}> from now on" in words(card(shown))
    assert "rg1:setup:viewers" not in buttons(shown), "there is nothing left for it to do"
    told = await place.graph.data(PLACES % place.guild.id)
    found = {one["purpose"]: one["platformId"] for one in told["communityOfGuild"]["discordChannels"]}
    expected = dict.fromkeys(("ANNOUNCEMENTS", "GIVEAWAYS", "SLOT_CALLS"), side.id)
    assert found == {**expected, "RAFFLE": chosen.id}, "what was chosen before stays"
    shown = await clicked(place, boss, asked, "staff")
    assert "**Channels** Everything has its channel." in words(card(shown))


async def test_help_names_the_command_once(place: Place) -> None:
    assert "`/setup`: Bind this Discord server" in words(await place.told(await staff(place), "help"))


async def test_the_panel_for_linking_comes_with_a_click(place: Place) -> None:
    boss = await staff(place)
    asked = await place.use(boss, "setup")
    assert "**Panel for linking** None yet" in words(card(await asked.settled()))
    shown = await clicked(place, boss, asked, "panel")
    assert "**Panel for linking** It is there." in words(card(shown))
    await until(lambda: len(panels_in(place, place.channel)) == 1)


async def test_what_the_bot_lacks_is_named_until_it_has_it(place: Place) -> None:
    boss = await staff(place)
    [own] = [role for role in place.guild.roles.values() if role.is_managed]
    had = own.permissions
    own.permissions &= ~(MANAGE_ROLES | PIN_MESSAGES)
    asked = await place.use(boss, "setup")
    assert "I lack Manage Roles, Pin Messages in this server" in words(card(await asked.settled()))
    own.permissions = had
    assert "I may do everything that I was invited for" in words(card(await clicked(place, boss, asked, "look")))


async def test_whoever_runs_nothing_here_is_shown_nothing_of_it(place: Place) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    shown = await (await place.use(eve, "setup")).settled()
    assert "Community" not in words(card(shown))
    assert not shown["components"]


def _channel(place: Place) -> Json:
    return {"name": "channel", "type": 7, "value": place.channel.id}
