"""What tests of staff's commands do: make somebody staff, link him, and click what he is shown."""

from typing import Any

from clients.discord.commands.staffing import MANAGE_GUILD
from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import Guild, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place

LINK = "mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"
TEXT, WHOLE, YES_NO, USER = 3, 4, 5, 6


def text(name: str, value: str) -> Json:
    return {"name": name, "type": TEXT, "value": value}


def whole(name: str, value: int) -> Json:
    return {"name": name, "type": WHOLE, "value": value}


def member(user: User, name: str = "member") -> Json:
    return {"name": name, "type": USER, "value": user.id}


def let_manage(place: Place, user: User, guild: Guild | None = None) -> None:
    """Discord lets somebody use the commands of staff; what he may do is another matter."""
    where = guild or place.guild
    role = place.discord.world.role(where, f"staff-{user.name}", 5, permissions=MANAGE_GUILD)
    where.member(user.id).roles.append(role.id)


async def staff(place: Place, name: str = "boss", role: str = "OWNER") -> User:
    """Somebody who runs the community, for the server and for Discord."""
    user = place.person(name)
    let_manage(place, user)
    await place.graph.grant(place.community, ("discord", user.id), role)
    return user


async def linked(place: Place, name: str, kick: str) -> User:
    """A member whose account on Kick is known."""
    user = place.person(name)
    account = {"one": {"platform": "DISCORD", "platformId": user.id}, "other": {"platform": "KICK", "platformId": kick}}
    given = {"communityId": id_of("community", place.community), "reason": "Told us.", "idempotencyKey": f"link-{name}"}
    told = await place.graph.data(LINK, input={**given, **account})
    assert told["linkAccounts"]["__typename"] == "AccountsLinked"
    return user


def buttons(shown: Json) -> list[str]:
    return [one["custom_id"] for row in shown["components"] for one in row["components"]]


async def press(place: Place, user: User, asked: Asked, which: int = 0) -> Asked:
    """Click a button of the answer to what was asked: the first one confirms."""
    shown = await asked.settled()
    assert asked.message is not None
    return await place.discord.people.click(user, asked.message, buttons(shown)[which])


async def pressed(place: Place, user: User, asked: Asked, which: int = 0) -> Json:
    """The card after a click."""
    return card(await (await press(place, user, asked, which)).settled(20))


def card(shown: Json) -> Json:
    [found] = shown["embeds"]
    return found


def words(found: Json) -> str:
    return f"{found['title']}\n{found.get('description', '')}"


async def started(place: Place, **given: Any) -> None:
    """A raffle that runs."""
    start = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "started"}
    told = await place.graph.data(start, input=where | {"title": "Mug"} | given)
    assert told["startRaffle"]["__typename"] == "RaffleStarted"


async def tickets(place: Place, viewer: str) -> int:
    """What a viewer has, as the server says it."""
    ids = await place.graph.accounts(place.community)
    read = (
        "query ($community: String!, $viewer: ID!) { communityOfGuild(guildId: $community) { raffles { current "
        "{ viewerTickets(viewerId: $viewer) { tickets } } } } }"
    )
    told = await place.graph.data(read, community=place.guild.id, viewer=ids[viewer])
    held = told["communityOfGuild"]["raffles"]["current"]["viewerTickets"]
    return 0 if held is None else int(held["tickets"])
