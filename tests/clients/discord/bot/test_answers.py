"""What people are answered, through the played Discord and the real server."""

from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place


async def test_the_leaderboard_names_those_who_watched(place: Place) -> None:
    card = await place.told(place.person("ada"), "leaderboard")
    assert card["title"] == "Watch time of House"
    assert card["description"].splitlines()[0].startswith(r"1. vi\*\*\*: ")
    assert card["footer"]["text"] == "3 viewers"


async def test_whoever_linked_nothing_is_told_so(place: Place) -> None:
    card = await place.told(place.person("ada"), "watchtime")
    assert "have not linked" in card["description"]


LINK = "mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"
START = """mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"""
RULES = """mutation ($input: UpdateRaffleRulesInput!) { updateRaffleRules(input: $input) { __typename } }"""


async def test_a_raffle_is_told_with_its_tickets_and_its_board(place: Place) -> None:
    ada = place.person("ada")
    assert "No raffle runs" in (await place.told(ada, "raffle info"))["description"]
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "start"}
    await place.graph.data(RULES, input=where | {"prizes": "1. A *hoodie*\n\n2. A mug"})
    given = where | {"title": "Mug *for* you"}
    assert (await place.graph.data(START, input=given))["startRaffle"]["__typename"] == "RaffleStarted"
    info = await place.told(ada, "raffle info")
    assert info["title"] == r"Mug \*for\* you"
    assert info["description"].startswith(r"1. A \*hoodie\*" "\n2. A mug\n\n")
    assert "for each hour" in info["description"]
    mine = await place.told(ada, "raffle tickets")
    assert "no tickets yet" in mine["description"]
    await place.graph.live.settle()
    board = await place.told(ada, "raffle board")
    assert board["footer"]["text"].endswith("viewers")


async def test_own_tickets_are_asked_for_without_naming_the_community(place: Place) -> None:
    """The Discord server that somebody asks in says which community he means; nothing is told where nothing does."""
    nowhere = place.graph.person(("discord", place.person("ada").id))
    assert await place.graph.data("{ myRaffle { number } }", nowhere) == {"myRaffle": None}


async def test_the_free_entry_is_taken_once_and_a_second_time_is_refused_in_words(place: Place) -> None:
    ada = place.person("ada")
    given = {"communityId": id_of("community", place.community), "title": "Mug", "idempotencyKey": "start"}
    await place.graph.data(START, input=given)
    account = {"one": {"platform": "DISCORD", "platformId": ada.id}, "other": {"platform": "KICK", "platformId": "1"}}
    linked = {"communityId": given["communityId"], **account, "reason": "Told us.", "idempotencyKey": "link"}
    assert (await place.graph.data(LINK, input=linked))["linkAccounts"]["__typename"] == "AccountsLinked"
    assert "gave you 10 tickets" in (await place.told(ada, "raffle claim"))["description"]
    again = await place.told(ada, "raffle claim")
    assert again["title"].endswith("Not possible")
    mine = (await place.told(ada, "raffle tickets"))["description"]
    assert "**10 tickets**" in mine
    assert "Free entry: 10" in mine
    assert "Linked" not in mine
    card = await place.told(ada, "watchtime")
    assert "Kick: viewer1" in card["fields"][0]["value"]
