"""The transcript shows texts as Discord's client does: instants by the clock, names instead of numbers."""

from datetime import timedelta

import pytest

from clients.simulator.discord.reading import read
from clients.simulator.discord.world import World

MIDDAY_S = 1_900_000_000


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<t:1900000000>", "17 March 2030 17:46"),
        ("<t:1900000000:f>", "17 March 2030 17:46"),
        ("until <t:1900000000:t>!", "until 17:46!"),
        ("<t:1900000000:D>", "17 March 2030"),
        ("<t:99999999999:d>", "16/11/5138"),
        ("<t:1900000000:x>", "<t:1900000000:x>"),
        (r"br\*\*\*\_1 \\o/", r"br***_1 \o/"),
        ("<@1> <#1> <@&1>", "<@1> <#1> <@&1>"),
        ("1 < 2 > 1", "1 < 2 > 1"),
    ],
)
def test_a_text_reads_as_on_discord(world: World, written: str, shown: str) -> None:
    assert read(written, world) == shown


@pytest.mark.parametrize(
    ("ahead_s", "shown"),
    [
        (5.5, "in 5 seconds"),
        (60.5, "in 1 minute"),
        (599, "in 10 minutes"),
        (-7300, "2 hours ago"),
        (90_000, "in 1 day"),
    ],
)
def test_an_instant_reads_as_how_far_it_is(world: World, ahead_s: float, shown: str) -> None:
    at = world.clock.now() + timedelta(seconds=ahead_s)
    assert read(f"<t:{int(at.timestamp())}:R>", world) == shown


def test_who_and_what_is_named_reads_by_name(world: World) -> None:
    guild = world.guild("Cardroom")
    ada, channel, role = world.user("ada"), world.channel(guild, "general"), world.role(guild, "Regular", 1)
    assert read(f"<@{ada.id}> <@!{ada.id}> <#{channel.id}> <@&{role.id}>", world) == "@ada @ada #general @Regular"
