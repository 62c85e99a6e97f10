"""Staff of one community is nobody in another."""

import pytest

from clients.simulator.discord.world import Channel, Json, User
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, let_manage, member, staff, text, whole, words
from tests.resolvers.proving import guild_bound

GRANTED = text("reason", "x")
CURRENT = "query ($g: String!) { communityOfGuild(guildId: $g) { raffles { current { number } } } }"


async def elsewhere(place: Place, boss: User) -> tuple[int, Channel]:
    """Another community, where Discord lets the staff of the first one use the commands."""
    den = await place.graph.live.community("den", "100002")
    guild = place.discord.world.guild("Den")
    channel = place.discord.world.channel(guild, "general")
    await guild_bound(place.graph.server, den, guild.id)
    place.discord.world.join(guild, boss)
    let_manage(place, boss, guild)
    return den, channel


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("raffle-admin start", (text("title", "Mine"),)),
        ("giveaway start", (text("title", "Mine"), text("keyword", "!m"))),
        ("slots-admin on", ()),
        ("tracking off", ()),
        ("regulars health", ()),
        ("regulars audit", ()),
    ],
)
async def test_staff_of_one_community_is_nobody_in_another(
    place: Place, command: str, options: tuple[Json, ...]
) -> None:
    boss = await staff(place)
    _, channel = await elsewhere(place, boss)
    asked = await place.discord.people.use(boss, channel, command, options)
    assert card(await asked.settled())["title"].endswith("Not possible")


async def test_a_viewer_of_one_community_is_not_named_in_another(place: Place) -> None:
    boss = await staff(place)
    den, channel = await elsewhere(place, boss)
    await place.graph.grant(den, ("discord", boss.id), "OWNER")
    viewer = (await place.graph.accounts(place.community))["1"]
    options = whole("minutes", 5), GRANTED, text("viewer", viewer)
    asked = await place.discord.people.use(boss, channel, "tracking adjust", options)
    assert "no such viewer here" in words(card(await asked.settled()))
    asked = await place.discord.people.use(boss, channel, "tracking lookup", [member(boss)])
    assert card(await asked.settled())["title"].endswith("Not possible")
