"""Staff sets up role rewards on Discord, and the bot gives and takes the roles."""

import asyncio
from functools import partial

import pytest

from clients.discord.library.hierarchy import MANAGE_ROLES, Obstacle, obstacle
from clients.simulator.discord.world import Json, Role, User
from server.actions.watchtime.adjust import adjust
from server.schema.ids import number_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import buttons, card, linked, pressed, text, whole, words
from tests.clients.discord.bot.working import until

ROLE = 8
ROLES = "query ($guild: String!) { communityOfGuild(guildId: $guild) { roleRewards { all { id name minutes isOn } } } }"


def role_option(role: Role) -> Json:
    return {"name": "role", "type": ROLE, "value": role.id}


def yes_no(name: str, *, value: bool) -> Json:
    return {"name": name, "type": 5, "value": value}


async def boss_of(place: Place, name: str = "boss", grant: str = "MANAGER") -> User:
    """Somebody who may manage roles on Discord, and settings on the server where `grant` says so."""
    user = place.person(name)
    role = place.discord.world.role(place.guild, f"of {name}", 5, permissions=MANAGE_ROLES)
    place.guild.member(user.id).roles.append(role.id)
    if grant:
        await place.graph.grant(place.community, ("discord", user.id), grant)
    return user


async def rewards(place: Place) -> list[Json]:
    told = await place.graph.data(ROLES, guild=place.guild.id)
    return told["communityOfGuild"]["roleRewards"]["all"]


async def watch(place: Place, kick: str, minutes: int) -> None:
    viewer = number_of("viewer", (await place.graph.accounts(place.community))[kick])
    run = partial(adjust, viewer_id=viewer, seconds=60 * minutes, reason="A test.", actor="tester")
    await place.graph.server.units.run(place.community, partial(run, source_key=f"test:{kick}:{minutes}"))
    place.bot.executor.look()


def has(place: Place, user: User, role: Role) -> bool:
    return user.id in place.guild.members and role.id in place.guild.members[user.id].roles


async def known(place: Place, state: str, seconds: float = 30) -> None:
    """Wait until the server has heard what became of the only role."""
    async with asyncio.timeout(seconds):
        while True:
            rows = await place.graph.server.database.reader().fetch("SELECT state FROM role_given")
            if [row["state"] for row in rows] == [state]:
                return
            await asyncio.sleep(0.05)


async def test_a_role_is_set_up_and_given_to_whoever_reaches_it(place: Place) -> None:
    boss, ada = await boss_of(place), await linked(place, "ada", "1")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    told = words(await place.told(boss, "rewards add", role_option(fan), whole("minutes", 60)))
    assert "**Fan**: for 60 minutes watched" in told
    assert [(one["name"], one["minutes"]) for one in await rewards(place)] == [("Fan", 60)]
    await watch(place, "1", 54)
    assert "given it to nobody yet" in words(await place.told(boss, "rewards members", text("role", "Fan")))
    await watch(place, "1", 1)
    await until(lambda: has(place, ada, fan))
    shown = await place.told(boss, "rewards members", text("role", "Fan"))
    assert f"<@{ada.id}>" in words(shown)
    assert shown["footer"]["text"] == "1 member, by what the bot did · 1 member has the role"


async def test_the_lower_role_goes_when_the_higher_one_came_and_never_one_of_somebody_else(place: Place) -> None:
    boss, ada, bob = await boss_of(place), await linked(place, "ada", "1"), await linked(place, "bob", "2")
    fan, legend = place.discord.world.role(place.guild, "Fan", 2), place.discord.world.role(place.guild, "Legend", 3)
    place.guild.member(bob.id).roles.append(fan.id)
    assert "only the highest" in words(await place.told(boss, "rewards mode", text("mode", "HIGHEST")))
    for role, minutes in ((fan, 30), (legend, 60)):
        await place.told(boss, "rewards add", role_option(role), whole("minutes", minutes))
    for kick in ("1", "2"):
        await watch(place, kick, 31)
    await until(lambda: has(place, ada, fan))
    for kick in ("1", "2"):
        await watch(place, kick, 30)
    await until(lambda: has(place, ada, legend) and has(place, bob, legend) and not has(place, ada, fan))
    assert has(place, bob, fan), "staff gave it"
    members = words(await place.told(boss, "rewards members", text("role", "Fan")))
    assert f"<@{bob.id}> (had it already; it is never taken)" in members


@pytest.mark.parametrize(
    ("position", "is_managed", "said"),
    [
        (10, False, "as high as the bot's own highest role"),
        (11, False, "drag the bot's role above it"),
        (2, True, "nobody can give it"),
    ],
)
async def test_a_role_that_the_bot_cannot_give_is_refused_before_anybody_misses_it(
    place: Place, position: int, is_managed: object, said: str
) -> None:
    boss = await boss_of(place)
    role = place.discord.world.role(place.guild, "Fan", position, is_managed=bool(is_managed))
    told = await place.told(boss, "rewards add", role_option(role), whole("minutes", 60))
    assert said in words(told)
    assert await rewards(place) == []


async def test_everyone_and_a_bot_that_may_not_manage_roles_are_refused_and_told_by_check(place: Place) -> None:
    boss = await boss_of(place)
    fan = place.discord.world.role(place.guild, "Fan", 2)
    everyone = place.guild.roles[place.guild.id]
    assert "Everybody has" in words(await place.told(boss, "rewards linking", role_option(everyone)))
    assert "for linking an account" in words(await place.told(boss, "rewards linking", role_option(fan)))
    assert "can give the one role" in words(await place.told(boss, "rewards check"))
    [own] = [one for one in place.guild.roles.values() if one.is_managed]
    own.permissions &= ~MANAGE_ROLES
    assert "the permission Manage Roles" in words(await place.told(boss, "rewards check"))
    own.permissions |= MANAGE_ROLES
    own.position = 1
    assert "drag the bot's role above it" in words(await place.told(boss, "rewards check"))
    del place.guild.roles[fan.id]
    assert "not there any more" in words(await place.told(boss, "rewards check"))


async def test_a_dry_run_names_who_would_get_it_and_a_sync_gives_it(place: Place) -> None:
    boss, ada = await boss_of(place), await linked(place, "ada", "1")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 1))
    dry = words(await place.told(boss, "rewards sync"))
    assert "1 roles given and 0 taken, of 1 member" in dry
    assert f"<@{ada.id}>: +Fan" in dry
    assert not has(place, ada, fan)
    assert "being looked at" in words(await place.told(boss, "rewards sync", yes_no("dry_run", value=False)))
    await place.graph.live.settle()
    place.bot.executor.look()
    await until(lambda: has(place, ada, fan))
    assert "A sync would change nothing" in words(await place.told(boss, "rewards sync"))


async def test_who_comes_back_is_given_his_role_when_the_bot_sees_him(place: Place) -> None:
    boss, ada = await boss_of(place), await linked(place, "ada", "1")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 1))
    await place.discord.people.leave(ada, place.guild)
    await watch(place, "1", 5)
    await known(place, "gone")
    await place.discord.people.join(ada, place.guild)
    assert not has(place, ada, fan)
    await place.told(ada, "watchtime")
    await until(lambda: has(place, ada, fan))
    await known(place, "done")
    await place.discord.people.leave(ada, place.guild)
    await place.discord.people.join(ada, place.guild)
    place.graph.live.clock.pass_time(seconds=601)
    await place.told(ada, "watchtime")
    await until(lambda: has(place, ada, fan))


async def test_a_role_is_edited_switched_off_and_removed_after_a_confirmation(place: Place) -> None:
    boss = await boss_of(place)
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 60))
    [one] = await rewards(place)
    chosen = text("role", one["id"])
    assert "for 90 minutes" in words(await place.told(boss, "rewards edit", chosen, whole("minutes", 90)))
    assert "(off)" in words(await place.told(boss, "rewards disable", chosen))
    assert "**Fan**: for 90 minutes watched (off)" in words(await place.told(boss, "rewards list"))
    assert "(off)" not in words(await place.told(boss, "rewards enable", chosen))
    asked = await place.use(boss, "rewards remove", chosen)
    assert "0 members have it" in words(card(await asked.settled()))
    assert await rewards(place)
    assert "not given any more" in words(await pressed(place, boss, asked))
    assert await rewards(place) == []
    assert "There is no such role reward" in words(await place.told(boss, "rewards remove", chosen))


async def test_members_are_shown_page_by_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.discord.commands.rewards.MEMBERS_AT_ONCE", 1)
    boss, ada, bob = await boss_of(place), await linked(place, "ada", "1"), await linked(place, "bob", "2")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 60))
    for kick in ("1", "2"):
        await watch(place, kick, 60)
    await until(lambda: has(place, ada, fan) and has(place, bob, fan))
    asked = await place.use(boss, "rewards members", text("role", "Fan"))
    first = await asked.settled()
    assert len(buttons(first)) == 1
    assert card(first)["footer"]["text"].endswith("2 members have the role")
    second = await pressed(place, boss, asked)
    assert {words(card(first)).split("<@")[1].split(">")[0], words(second).split("<@")[1].split(">")[0]} == {
        ada.id,
        bob.id,
    }


@pytest.mark.parametrize("command", ["add", "members", "sync", "mode"])
async def test_whoever_discord_lets_through_is_refused_by_the_server(place: Place, command: str) -> None:
    boss, eve = await boss_of(place), await boss_of(place, "eve", "")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 60))
    legend = place.discord.world.role(place.guild, "Legend", 3)
    options = {
        "add": (role_option(legend), whole("minutes", 5)),
        "members": (text("role", "Fan"),),
        "sync": (),
        "mode": (text("mode", "HIGHEST"),),
    }
    told = await place.told(eve, f"rewards {command}", *options[command])
    assert told["title"].endswith("Not possible")
    assert [one["name"] for one in await rewards(place)] == ["Fan"]


async def test_discord_shows_the_commands_to_nobody_else(place: Place) -> None:
    with pytest.raises(LookupError, match="may not use"):
        await place.use(place.person("eve"), "rewards list")


def role(number: str, position: int, permissions: int = 0, *, managed: bool = False) -> Json:
    return {"id": number, "position": position, "permissions": str(permissions), "managed": managed}


@pytest.mark.parametrize(
    ("wanted", "permissions", "found"),
    [
        ("2", MANAGE_ROLES, None),
        ("2", 1 << 3, None),
        ("3", MANAGE_ROLES, Obstacle.ABOVE),
        ("4", MANAGE_ROLES, Obstacle.MANAGED),
        ("2", 0, Obstacle.FORBIDDEN),
        ("9", MANAGE_ROLES, Obstacle.DELETED),
        ("1", MANAGE_ROLES, Obstacle.EVERYONE),
    ],
)
def test_what_stands_in_the_way_of_a_role(wanted: str, permissions: int, found: Obstacle | None) -> None:
    roles = [role("1", 0), role("2", 1), role("3", 5), role("4", 2, managed=True), role("5", 5, permissions)]
    assert obstacle("1", roles, {"roles": ["5"]}, wanted) is found
