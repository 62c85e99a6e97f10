"""Staff sets settings by their names; what they were and are is said, and what is dangerous is asked twice."""

from typing import Any

import pytest

from clients.discord.commands.knobs import KNOBS, Kind
from clients.discord.words.language import LANGUAGES, Words, catalogue
from clients.simulator.discord.world import Json
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import YES_NO, let_manage, pressed, staff, text, words

READ = """query ($guild: String!) { communityOfGuild(guildId: $guild) { watchTimeSettings { window dailyCap tracking }
    linkSettings { cooldown codeRequired } nameSettings { masks } slotCalls { settings { perViewer } }
    raffles { nextRules { giftedSub } } } }"""


def on(value: bool) -> Json:  # noqa: FBT001 - an option of Discord
    return {"name": "on", "type": YES_NO, "value": value}


async def kept(place: Place) -> Any:
    """The settings as the server has them."""
    return (await place.graph.data(READ, guild=place.guild.id))["communityOfGuild"]


async def suggested(place: Place, command: str, *options: Json, locale: str = "en-US") -> dict[str, str]:
    boss = await staff(place)
    boss.locale = locale
    asked = await place.discord.people.type(boss, place.channel, command, list(options))
    return {one["value"]: one["name"] for one in (await asked.answered())["data"]["choices"]}


@pytest.mark.parametrize(
    ("name", "value", "path", "change"),
    [
        ("window", "10m", ("watchTimeSettings", "window"), ("5 min", "10 min")),
        ("window", "90s", ("watchTimeSettings", "window"), ("5 min", "1 min 30 s")),
        ("daily-cap", "8h", ("watchTimeSettings", "dailyCap"), ("no limit", "8 h")),
        ("link-pause", "2d", ("linkSettings", "cooldown"), ("", "48 h")),
        ("slots-each", "7", ("slotCalls", "settings", "perViewer"), ("", "7")),
        ("tickets-gifted-sub", "12", ("raffles", "nextRules", "giftedSub"), ("", "12")),
    ],
)
async def test_a_setting_is_set_and_told_as_it_was_and_is(
    place: Place, name: str, value: str, path: tuple[str, ...], change: tuple[str, str]
) -> None:
    boss, (before, after) = await staff(place), change
    told = words(await place.told(boss, "settings set", text("setting", name), text("value", value)))
    assert before in told.partition(" → ")[0]
    assert f" → **{after}**" in told
    found = await kept(place)
    for part in path:
        found = found[part]
    assert KNOBS[name].shown(Words("en"), found) == after
    again = await place.told(boss, "settings set", text("setting", name), text("value", value))
    assert "It is so already" in words(again)


async def test_no_cap_is_set_by_a_word(place: Place) -> None:
    boss = await staff(place)
    for value, cap in (("4h", 14_400), ("off", None)):
        await place.told(boss, "settings set", text("setting", "daily-cap"), text("value", value))
        assert (await kept(place))["watchTimeSettings"]["dailyCap"] == cap


@pytest.mark.parametrize("name", [one.name for one in KNOBS.values() if one.danger is not None])
async def test_what_is_dangerous_is_asked_twice(place: Place, name: str) -> None:
    boss = await staff(place)
    before = await kept(place)
    asked = await place.use(boss, "settings feature", text("feature", name), on(value=False))
    shown = words((await asked.settled())["embeds"][0])
    assert catalogue("en")[f"knob.danger.{name}"] in shown
    assert "on → **off**" in shown
    assert await kept(place) == before
    assert "on → **off**" in words(await pressed(place, boss, asked))
    back = words(await place.told(boss, "settings feature", text("feature", name), on(value=True)))
    assert "off → **on**" in back, "the safe way is not asked twice"
    assert await kept(place) == before


async def test_what_is_not_confirmed_is_not_changed(place: Place) -> None:
    boss = await staff(place)
    asked = await place.use(boss, "settings feature", text("feature", "masked-names"), on(value=False))
    await pressed(place, boss, asked, which=1)
    assert (await kept(place))["nameSettings"]["masks"]


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("settings set", (text("setting", "window"), text("value", "soon")), "is no duration"),
        ("settings set", (text("setting", "slots-each"), text("value", "-1")), "is no whole number"),
        ("settings set", (text("setting", "slots-each"), text("value", "1.5")), "is no whole number"),
        ("settings set", (text("setting", "never"), text("value", "1")), "no such setting"),
        ("settings set", (text("setting", "masked-names"), text("value", "1")), "no such setting"),
        ("settings feature", (text("feature", "window"), on(value=True)), "no such setting"),
        ("settings set", (text("setting", "window"), text("value", "9h")), "3600 seconds"),
        ("settings set", (text("setting", "slots-each"), text("value", "101")), "100"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    place: Place, command: str, options: tuple[Json, ...], said: str
) -> None:
    boss, before = await staff(place), await kept(place)
    told = words(await place.told(boss, command, *options))
    assert "Not possible" in told
    assert said in told
    assert await kept(place) == before


async def test_the_server_judges_whoever_discord_lets_through(place: Place) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    before = await kept(place)
    told = await place.told(eve, "settings set", text("setting", "window"), text("value", "10m"))
    assert "Not possible" in told["title"]
    assert await kept(place) == before


async def test_names_and_values_are_suggested_in_the_language_of_whoever_types(place: Place) -> None:
    found = await suggested(place, "settings set", text("setting", "pause") | {"focused": True}, locale="de")
    assert set(found) == {"link-pause", "slot-pause"}
    assert found["slot-pause"] == "Pause nach einem Slot-Wunsch"
    given = text("setting", "window"), text("value", "") | {"focused": True}
    assert (await suggested(place, "settings set", *given))["5m"] == "5 min (now)"
    switches = await suggested(place, "settings feature", text("feature", "") | {"focused": True})
    assert set(switches) == {one.name for one in KNOBS.values() if one.kind is Kind.SWITCH}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_its_words_and_fits_a_list_of_discord(language: str) -> None:
    said = {key.removeprefix("knob.name.") for key in catalogue(language) if key.startswith("knob.name.")}
    assert said == KNOBS.keys()
    dangers = {key.removeprefix("knob.danger.") for key in catalogue(language) if key.startswith("knob.danger.")}
    assert dangers == {one.name for one in KNOBS.values() if one.danger is not None}
    for is_switch in (True, False):
        assert sum((one.kind is Kind.SWITCH) is is_switch for one in KNOBS.values()) <= 25
