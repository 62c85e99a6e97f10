"""Discord is told of every command within its limits, in every language, and only when something changed."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from clients.discord.asked.commands import BUDGET, Command, Family
from clients.discord.words.language import ENGLISH, LANGUAGES, Words, catalogue
from clients.simulator.discord.refusals import Refusal
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.working import another_life

HERE = Path(__file__)
CODE = HERE.parents[4] / "clients" / "discord"


def texts(payload: Any) -> Iterator[str]:
    """Everything of a command that counts for Discord's budget: names, descriptions and choices, longest language."""
    for key in ("name", "description"):
        found: list[str] = [payload.get(key, ""), *(payload.get(f"{key}_localizations") or {}).values()]
        yield max(found, key=len)
    for choice in payload.get("choices", []):
        yield choice["name"] + choice["value"]
    for option in payload.get("options", []):
        yield from texts(option)


async def test_every_command_is_within_discords_limits(place: Place) -> None:
    told = place.bot.features.commands.payload()
    kinds = Counter(one["type"] for one in told)
    assert kinds[1] <= 100
    assert max(kinds[2], kinds[3]) <= 5
    for one in told:
        assert sum(map(len, texts(one))) <= BUDGET, one["name"]
        assert all(len(text) <= 100 for text in texts(one)), one["name"]


async def test_commands_are_told_once_and_again_when_they_change(place: Place) -> None:
    calls = [call for call in place.discord.stage.calls if call.method == "PUT"]
    assert len(calls) == 1
    assert not await place.bot.sync_commands()
    place.bot.features.commands.families.pop()
    assert await place.bot.sync_commands()


async def test_a_bot_that_starts_again_tells_no_commands(place: Place) -> None:
    before = len(place.discord.stage.calls)
    async with another_life(place):
        assert [call for call in place.discord.stage.calls[before:] if call.method == "PUT"] == []


async def test_commands_that_discord_refuses_are_no_reason_not_to_answer(place: Place) -> None:
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    refusal = Refusal(400, 50035, "Invalid Form Body")
    place.discord.stage.faults.stumble("PUT", "/applications/.*/commands", refusal)
    async with another_life(place, data=place.settings.data / "fresh"):
        assert (await place.told(place.person("ada"), "leaderboard"))["title"] == "Watch time of House"
    assert [call.status for call in place.discord.stage.calls if call.method == "PUT"] == [200, 400]


async def test_no_command_asks_for_nothing_where_it_means_nobody(place: Place) -> None:
    told = {one["name"]: one.get("default_member_permissions", "absent") for one in place.discord.world.commands[""]}
    commands = place.bot.features.commands
    asked = {family.name: family.permissions for family in commands.families}
    asked |= {Words("en")(menu.name): menu.permissions for menu in commands.menus}
    assert {name: None if bits is None else str(bits) for name, bits in asked.items()} == told
    sent = place.bot.features.commands.payload()
    assert {one["default_member_permissions"] for one in sent if "default_member_permissions" in one} == {
        str(bits) for bits in asked.values() if bits
    }


def test_zero_permissions_are_refused_because_they_would_mean_everybody() -> None:
    async def run(_: object) -> Any: ...

    with pytest.raises(ValueError, match="None"):
        Family(name="help", commands=[Command(name="help", run=run)], permissions=0).payload()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    assert catalogue(language).keys() == catalogue(ENGLISH).keys()


OF_PANELS = tuple(
    f"panel.{part}." for part in ("button", "giveaway.kind", "giveaway.state", "kind", "problem", "state")
)
OF_HEALTH = ("check.", "check_state.", "earning.", "listening.")


def test_every_sentence_is_used_and_every_key_is_there() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py")).replace("'", '"')
    named = ("command.", "option.", "source.", "raffle_state.", "giveaway_state.", "slot_block.")
    named += ("rewards.cannot.", "rewards.remedy.", "rewards.mode.", "rewards.state.", "knob.name.", "knob.danger.")
    named = (*named, *OF_PANELS, *OF_HEALTH)
    dead = [key for key in catalogue(ENGLISH) if not key.startswith(named) and f'"{key}"' not in code]
    assert not dead


def test_catalogues_are_sorted() -> None:
    for language in LANGUAGES:
        text = (CODE / "words" / f"{language}.json").read_text(encoding="utf-8")
        keys = list(json.loads(text))
        assert keys == sorted(keys)


def test_a_sentence_names_the_same_values_in_every_language() -> None:
    def named(language: str, key: str) -> set[str | None]:
        told = catalogue(language)[key]
        texts = [told] if isinstance(told, str) else list(told.values())
        return {name for one in texts for _, name, _, _ in Formatter().parse(one) if name}

    for language in LANGUAGES:
        assert {key for key in catalogue(ENGLISH) if named(language, key) != named(ENGLISH, key)} == set(), language
