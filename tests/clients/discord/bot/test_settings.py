"""Staff says on Discord what is posted where, and is told whether the bot may write there."""

import pytest

from clients.discord.library.permissions import ADMINISTRATOR, EVERYTHING, in_channel, lacking
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.world import EMBED_LINKS, SEND_MESSAGES, VIEW_CHANNEL, Json
from server.domain.guilds import Purpose
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import let_manage, staff, text, words
from tests.clients.discord.bot.test_posts import CALLED, posted
from tests.clients.discord.bot.working import ask, chosen, ended


def channel(place: Place) -> Json:
    return {"name": "channel", "type": 7, "value": place.channel.id}


async def test_what_is_chosen_is_posted_there(place: Place) -> None:
    boss = await staff(place)
    told = await place.told(boss, "settings channel", text("purpose", "SLOT_CALLS"), channel(place))
    assert f"Slot calls: posted in <#{place.channel.id}> from now on." in words(told)
    assert "I may write there" in words(told)
    await ask(place, "slot_called", CALLED)
    assert [row[1] for row in await ended(place)] == ["done"]
    seen = words(await place.told(boss, "settings view"))
    assert f"**Slot calls** <#{place.channel.id}>" in seen
    assert "**Log of links** nowhere" in seen
    told = await place.told(boss, "settings channel", text("purpose", "SLOT_CALLS"))
    assert "posted nowhere from now on" in words(told)
    await ask(place, "slot_called", CALLED)
    assert [row[1] for row in await ended(place, 2)] == ["done", "gone"]
    assert len(posted(place)) == 1


async def test_what_the_bot_may_not_is_said_before_it_fails(place: Place) -> None:
    boss = await staff(place)
    [own] = [role for role in place.guild.roles.values() if role.is_managed]
    own.permissions &= ~(SEND_MESSAGES | EMBED_LINKS)
    told = await place.told(boss, "settings channel", text("purpose", "STAFF"), channel(place))
    assert "I lack Send Messages, Embed Links" in words(told)
    assert not posted(place), "nothing is posted to find that out"


async def test_a_channel_that_the_bot_cannot_see_is_named(place: Place) -> None:
    boss = await staff(place)
    place.discord.stage.faults.stumble("GET", "/channels/.*", Refusal(403, 50001, "Missing Access"))
    told = await place.told(boss, "settings channel", text("purpose", "STAFF"), channel(place))
    assert "I cannot see this channel (50001)" in words(told)


async def test_a_channel_of_elsewhere_is_seen_through(place: Place) -> None:
    boss = await staff(place)
    elsewhere = place.discord.world.channel(place.discord.world.guild("Elsewhere"), "general")
    await chosen(place, Purpose.STAFF, elsewhere.id)
    assert "in another Discord server" in words(await place.told(boss, "settings view"))


async def test_the_server_judges_whoever_discord_lets_through(place: Place) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    told = await place.told(eve, "settings channel", text("purpose", "STAFF"), channel(place))
    assert "Not possible" in told["title"]
    assert "Not possible" in (await place.told(eve, "settings view"))["title"]


ROLES = [{"id": "1", "permissions": str(VIEW_CHANNEL | SEND_MESSAGES)}, {"id": "2", "permissions": str(EMBED_LINKS)}]
MEMBER = {"user": {"id": "9"}, "roles": ["2"]}


@pytest.mark.parametrize(
    ("overwrites", "missing"),
    [
        ([], []),
        ([("1", 0, VIEW_CHANNEL)], ["View Channel"]),
        ([("1", 0, SEND_MESSAGES), ("2", SEND_MESSAGES, 0)], []),
        ([("2", 0, SEND_MESSAGES), ("9", SEND_MESSAGES, 0)], []),
        ([("9", 0, EMBED_LINKS), ("2", EMBED_LINKS, 0)], ["Embed Links"]),
        ([("3", 0, VIEW_CHANNEL)], []),
    ],
)
def test_permissions_are_computed_as_discord_does(overwrites: list[tuple[str, int, int]], missing: list[str]) -> None:
    told = [{"id": one, "allow": str(allow), "deny": str(deny)} for one, allow, deny in overwrites]
    assert lacking(in_channel("1", ROLES, MEMBER, {"permission_overwrites": told})) == missing


def test_an_administrator_may_everything_whatever_a_channel_says() -> None:
    told = {"permission_overwrites": [{"id": "1", "allow": "0", "deny": str(VIEW_CHANNEL)}]}
    roles = [{"id": "1", "permissions": str(ADMINISTRATOR)}]
    assert in_channel("1", roles, MEMBER, told) == EVERYTHING
