"""Staff runs giveaways on Discord: open, end, draw, give up; the server judges each step."""

import pytest

from clients.simulator.discord.world import Json
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, let_manage, pressed, staff, text, whole, words

MUG = (text("title", "A *mug*"), text("keyword", "!mug"), text("end", "10m"), whole("winners", 2))
SHOWN = "query ($g: String!) { communityOfGuild(guildId: $g) { giveaways(first: 5) { nodes { state } } } }"


async def states(place: Place) -> list[str]:
    found = (await place.graph.data(SHOWN, g=place.guild.id))["communityOfGuild"]["giveaways"]["nodes"]
    return [one["state"] for one in found]


async def test_a_giveaway_is_opened_ended_and_drawn(place: Place) -> None:
    boss = await staff(place, role="MODERATOR")
    begun = words(await place.told(boss, "giveaway start", *MUG))
    assert r"**A \*mug\***" in begun
    assert "Type !mug in chat" in begun
    assert "2 winners" in begun
    assert "Open until <t:" in begun
    asked = await place.use(boss, "giveaway end")
    assert "Draw it afterwards: /giveaway draw" in words(card(await asked.settled()))
    assert await states(place) == ["OPEN"], "nothing happens before it is confirmed"
    assert "0 entries" in words(await pressed(place, boss, asked))
    assert await states(place) == ["CLOSED"]
    asked = await place.use(boss, "giveaway draw")
    assert "2 winners are drawn from it" in words(card(await asked.settled()))
    assert "The draw is on its way" in words(await pressed(place, boss, asked))
    shown = words(await place.told(boss, "giveaway list"))
    assert r"1. A \*mug\* · ended, not drawn yet" in shown
    assert "0 entries" in shown


async def test_a_giveaway_is_given_up_by_name(place: Place) -> None:
    boss = await staff(place)
    await place.told(boss, "giveaway start", *MUG)
    await place.told(boss, "giveaway start", text("title", "A cap"), text("keyword", "!cap"))
    typed = {"name": "giveaway", "type": 3, "value": "mug", "focused": True}
    asked = await place.discord.people.type(boss, place.channel, "giveaway cancel", [typed])
    [choice] = (await asked.answered())["data"]["choices"]
    assert choice["name"] == "1. A *mug* · open"
    asked = await place.use(boss, "giveaway cancel", text("giveaway", choice["value"]))
    assert r"**A \*mug\***" in words(card(await asked.settled()))
    assert "was given up" in words(await pressed(place, boss, asked))
    assert await states(place) == ["OPEN", "VOIDED"]


EDITED = (text("reason", "x"), whole("winners", 5))
PASSED = (whole("place", 1), text("why", "DECLINED"), text("reason", "x"))


@pytest.mark.parametrize(
    ("command", "options"), [("end", ()), ("draw", ()), ("cancel", ()), ("reroll", PASSED), ("edit", EDITED)]
)
async def test_where_there_is_no_such_giveaway_it_is_said(
    place: Place, command: str, options: tuple[Json, ...]
) -> None:
    boss = await staff(place)
    assert "no giveaway with which" in words(await place.told(boss, f"giveaway {command}", *options))
    other = text("giveaway", id_of("giveaway", 999))
    assert "no giveaway with which" in words(await place.told(boss, f"giveaway {command}", *options, other))


async def test_a_place_that_nobody_has_won_is_refused(place: Place) -> None:
    boss = await staff(place)
    await place.told(boss, "giveaway start", *MUG)
    newest = text("giveaway", id_of("giveaway", 1))
    assert "Nobody has won place 1" in words(await place.told(boss, "giveaway reroll", *PASSED, newest))


async def test_whoever_discord_lets_through_is_refused_by_the_server(place: Place) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    assert (await place.told(eve, "giveaway start", *MUG))["title"].endswith("Not possible")
    assert await states(place) == []
    boss = await staff(place)
    await place.told(boss, "giveaway start", *MUG)
    for command in ("end", "draw", "cancel", "edit"):
        asked = await place.use(eve, f"giveaway {command}", *(EDITED if command == "edit" else ()))
        if "components" in (shown := await asked.settled()) and shown["components"]:
            assert (await pressed(place, eve, asked))["title"].endswith("Not possible")
    assert await states(place) == ["OPEN"]


async def test_an_end_that_is_no_time_is_refused(place: Place) -> None:
    boss = await staff(place)
    said = await place.told(boss, "giveaway start", text("title", "A mug"), text("keyword", "!m"), text("end", "soon"))
    assert "no duration and no date" in words(said)
    assert await states(place) == []


RULES = """query ($g: String!) { communityOfGuild(guildId: $g) { giveaways(first: 1) { nodes {
  title endsAt rulesSha256 rulesDocument rules { prize winners } } } } }"""


async def newest(place: Place) -> Json:
    found = await place.graph.data(RULES, g=place.guild.id)
    return found["communityOfGuild"]["giveaways"]["nodes"][0]


async def test_a_giveaway_is_changed_once_that_is_confirmed(place: Place) -> None:
    boss = await staff(place, role="MODERATOR")
    await place.told(boss, "giveaway start", *MUG)
    before = await newest(place)
    why = text("reason", "The mug broke.")
    wanted = (
        why,
        text("title", "A [cup]"),
        text("prize", "A cup *with* an owl"),
        text("end", "20m"),
        whole("winners", 3),
    )
    asked = await place.use(boss, "giveaway edit", *wanted)
    told = words(card(await asked.settled()))
    assert r"**Title**: A \[cup\] (before: A \*mug\*)" in told
    assert r"**Prize**: A cup \*with\* an owl (before: none was said)" in told
    assert "**Winners**: 3 (before: 2)" in told
    assert "Chat is told" in told
    assert "The mug broke" in told
    assert await newest(place) == before, "nothing happens before it is confirmed"
    assert "Changed by staff" not in words(await place.told(place.person("ada"), "giveaways"))
    done = words(await pressed(place, boss, asked))
    after = await newest(place)
    assert (after["title"], after["rules"]) == ("A [cup]", {"prize": "A cup *with* an owl", "winners": 3})
    assert after["endsAt"] > before["endsAt"]
    assert after["rulesSha256"] in done
    assert before["rulesSha256"] in after["rulesDocument"]
    assert "Changed by staff <t:" in words(await place.told(place.person("ada"), "giveaways"))


async def test_a_change_that_is_none_or_takes_something_away_is_refused_in_words(place: Place) -> None:
    boss = await staff(place)
    await place.told(boss, "giveaway start", *MUG)
    why = text("reason", "x")
    before = await newest(place)
    assert "Nothing would be different" in words(await place.told(boss, "giveaway edit", why, whole("winners", 2)))
    assert "no duration and no date" in words(await place.told(boss, "giveaway edit", why, text("end", "soon")))
    asked = await place.use(boss, "giveaway edit", why, whole("winners", 1))
    assert "people are in it for what was said" in words(await pressed(place, boss, asked))
    assert await newest(place) == before
