"""Staff looks after watch time on Discord, and sees how the work goes and who did what."""

import pytest
from graphql import GraphQLEnumType, build_schema

from clients.discord.words.language import ENGLISH, catalogue
from clients.simulator.discord.world import Json
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import let_manage, linked, member, staff, text, whole, words
from tests.clients.discord.bot.test_commands import CODE

TRACKING = "query ($g: String!) { communityOfGuild(guildId: $g) { watchTimeSettings { tracking } } }"
WHY = text("reason", "The stream *broke*.")


async def is_counted(place: Place) -> bool:
    found = await place.graph.data(TRACKING, g=place.guild.id)
    return found["communityOfGuild"]["watchTimeSettings"]["tracking"]


async def test_watch_time_is_switched_off_and_on_and_told(place: Place) -> None:
    boss = await staff(place)
    assert "Watch time is counted" in words(await place.told(boss, "tracking status"))
    assert "Nobody earns any from now on" in words(await place.told(boss, "tracking off"))
    assert not await is_counted(place)
    told = await place.told(boss, "tracking status")
    assert "Watch time is not counted" in words(told)
    assert told["fields"][0]["name"].startswith("Kick: ")
    place.graph.live.clock.pass_time(seconds=1)
    assert "Whoever chats" in words(await place.told(boss, "tracking on"))
    assert await is_counted(place)


async def test_a_viewer_is_looked_up_and_corrected_by_his_name(place: Place) -> None:
    boss = await staff(place, role="MODERATOR")
    typed = {"name": "viewer", "type": 3, "value": "VIEWER3", "focused": True}
    asked = await place.discord.people.type(boss, place.channel, "tracking adjust", [typed])
    [choice] = (await asked.answered())["data"]["choices"]
    assert choice["name"] == "viewer3 · Kick"
    viewer = text("viewer", choice["value"])
    before = (await place.graph.balances(place.community))["3"]
    said = words(await place.told(boss, "tracking adjust", whole("minutes", 90), WHY, viewer))
    assert "viewer3: +1 h 30 min" in said
    assert (await place.graph.balances(place.community))["3"] == before + 5_400
    assert "\N{MINUS SIGN}30 min" in words(
        await place.told(boss, "tracking adjust", whole("minutes", -30), WHY, viewer)
    )
    assert (await place.graph.balances(place.community))["3"] == before + 3_600
    shown = await place.told(boss, "tracking lookup", viewer)
    assert "Place 1" in words(shown)
    assert r"+1 h 30 min (The stream \*broke\*.)" in words(shown)
    assert shown["fields"][0]["value"] == "Kick: viewer3"


async def test_a_viewer_is_looked_up_by_his_discord_account(place: Place) -> None:
    boss, ada = await staff(place), await linked(place, "ada", "1")
    shown = await place.told(boss, "tracking lookup", member(ada))
    assert "Kick: viewer1" in shown["fields"][0]["value"]
    nobody = words(await place.told(boss, "tracking lookup", member(place.person("bob"))))
    assert "bob has no linked Kick or Twitch account here" in nobody


@pytest.mark.parametrize("options", [(), (text("viewer", "Vmlld2VyOjk5OTk="),), (text("viewer", "ada"),)])
async def test_a_viewer_that_is_not_known_is_refused(place: Place, options: tuple[Json, ...]) -> None:
    boss = await staff(place)
    assert (await place.told(boss, "tracking lookup", *options))["title"].endswith("Not possible")


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("tracking on", ()),
        ("tracking off", ()),
        ("regulars health", ()),
        ("regulars check", ()),
        ("regulars audit", ()),
    ],
)
async def test_whoever_discord_lets_through_is_refused_by_the_server(
    place: Place, command: str, options: tuple[Json, ...]
) -> None:
    eve = await linked(place, "eve", "1")
    let_manage(place, eve)
    assert (await place.told(eve, command, *options))["title"].endswith("Not possible")
    assert await is_counted(place)


async def test_whoever_discord_lets_through_corrects_nobody(place: Place) -> None:
    eve = await linked(place, "eve", "1")
    let_manage(place, eve)
    before = await place.graph.balances(place.community)
    refused = await place.told(eve, "tracking adjust", whole("minutes", 90), WHY, member(eve))
    assert refused["title"].endswith("Not possible")
    assert await place.graph.balances(place.community) == before


async def test_how_the_work_goes_is_told_with_what_is_wrong(place: Place) -> None:
    boss = await staff(place)
    told = await place.told(boss, "regulars health")
    assert "0 pieces of news wait to be counted" in words(told)
    fields = {one["name"]: one["value"] for one in told["fields"]}
    assert fields["Jobs given up"] == "0"
    assert "<t:" in fields["Last news"]
    check = words(await place.told(boss, "regulars check"))
    assert "checks went well" in check
    assert "Something is not set up" in check, "nobody has connected a channel"


async def test_the_log_names_who_did_what_and_why(place: Place) -> None:
    boss, other = await staff(place), await staff(place, "deputy")
    viewer = text("viewer", (await place.graph.accounts(place.community))["1"])
    await place.told(boss, "tracking adjust", whole("minutes", 5), WHY, viewer)
    await place.told(other, "tracking off")
    own = words(await place.told(boss, "regulars audit", member(boss)))
    assert rf"**watchtime.adjust** <@{boss.id}>: The stream \*broke\*." in own
    assert "tracking" not in own
    everything = await place.told(boss, "regulars audit", whole("top", 1))
    assert f"<@{other.id}>" in words(everything)
    assert len(everything["description"].splitlines()) == 1
    assert "Nothing of that kind" in words(await place.told(boss, "regulars audit", text("action", "never.done")))


@pytest.mark.parametrize(
    ("kind", "named", "but"),
    [
        ("SetupCheckName", "check", set[str]()),
        ("CheckState", "check_state", {"OK"}),
        ("ListeningState", "listening", set[str]()),
        ("RaffleState", "raffle_state", set[str]()),
        ("GiveawayState", "giveaway_state", set[str]()),
        ("SlotBlockKind", "slot_block", set[str]()),
        ("TicketSource", "source", set[str]()),
        ("PassReason", "option.raffle-admin redraw.why", set[str]()),
        ("GiveawayPassReason", "option.giveaway reroll.why", set[str]()),
        ("ExclusionReason", "option.giveaway remove.why", set[str]()),
        ("GiveawayKind", "option.giveaway start.kind", set[str]()),
    ],
)
def test_whatever_the_server_may_say_has_its_words(kind: str, named: str, but: set[str]) -> None:
    schema = build_schema((CODE.parents[1] / "server" / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    values = schema.type_map[kind]
    assert isinstance(values, GraphQLEnumType)
    said = {key.removeprefix(f"{named}.") for key in catalogue(ENGLISH) if key.startswith(f"{named}.")}
    assert said == values.values.keys() - but
