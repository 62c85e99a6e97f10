"""Staff runs slot calls on Discord: opens them, picks one, drops them, and blocks whoever spoils it."""

import pytest

from clients.simulator.discord.world import Json, User
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import card, let_manage, linked, member, pressed, staff, text, whole, words
from tests.graph import line


async def called(place: Place, viewer: int, slot: str) -> None:
    """A viewer calls a slot in chat, just now."""
    at = place.graph.live.clock.now().isoformat()
    await place.graph.deliver("chat.message.sent", line("100001", viewer, f"!call {slot}", at), sent_at=at)
    await place.graph.live.settle()


async def choices(place: Place, user: User, command: str, option: str, typed: str) -> list[Json]:
    focused = {"name": option, "type": 3, "value": typed, "focused": True}
    asked = await place.discord.people.type(user, place.channel, command, [focused])
    return (await asked.answered())["data"]["choices"]


async def test_calls_are_opened_limited_picked_and_dropped(place: Place) -> None:
    boss = await staff(place, role="MODERATOR")
    assert "may not call slots" in words(await place.told(boss, "slots-admin status"))
    assert "Slot calls are open" in words(await place.told(boss, "slots-admin on"))
    limited = words(await place.told(boss, "slots-admin limit", whole("per_viewer", 2)))
    assert "2 calls of a viewer may wait at once" in limited
    for viewer, slot in ((1, "Book of Dead"), (2, "Wanted"), (3, "Sweet *Bonanza*")):
        await called(place, viewer, slot)
    status = words(await place.told(boss, "slots-admin status"))
    assert "Viewers may call slots\n3 calls wait\n2 calls of a viewer may wait at once" in status
    assert r"3. Sweet \*Bonanza\*: viewer3" in status
    picked = words(await place.told(boss, "slots-admin pick"))
    assert "**Book of Dead**\nCalled by viewer1" in picked
    assert "3 calls waited" in picked
    [choice] = await choices(place, boss, "slots-admin pick", "call", "bonanza")
    assert choice["name"] == "Sweet *Bonanza* · viewer3"
    chosen = words(await place.told(boss, "slots-admin pick", text("call", choice["value"])))
    assert r"**Sweet \*Bonanza\***" in chosen
    asked = await place.use(boss, "slots-admin clear")
    assert "1 call that waits is dropped, for good." in words(card(await asked.settled()))
    assert "1 call dropped" in words(await pressed(place, boss, asked))
    assert "No call waits" in words(await place.told(boss, "slots-admin clear"))
    assert "Slot calls are closed" in words(await place.told(boss, "slots-admin off"))


async def test_viewers_slots_and_providers_are_blocked_and_let_go(place: Place) -> None:
    boss, ada = await staff(place), await linked(place, "ada", "2")
    await place.told(boss, "slots-admin on")
    await called(place, 1, "Wanted")
    [caller] = await choices(place, boss, "slots-admin block", "viewer", "viewer1")
    assert caller == {"name": "viewer1 · Kick", "value": "KICK:1"}
    rude = text("reason", "Was *rude*.")
    said = words(await place.told(boss, "slots-admin block", rude, text("viewer", caller["value"])))
    assert "Viewer blocked: viewer1\nReason: Was \\*rude\\*." in said
    assert "Viewer blocked" in words(await place.told(boss, "slots-admin block", rude, member(ada)))
    assert "Slot blocked: Wanted" in words(await place.told(boss, "slots-admin block", rude, text("slot", "Wanted")))
    provider = text("provider", "Big Games")
    assert "Provider blocked: Big Games" in words(await place.told(boss, "slots-admin block", rude, provider))
    shown = words(await place.told(boss, "slots-admin blocked"))
    assert "4 blocks" in shown
    assert r"Slot **Wanted**: Was \*rude\*." in shown
    [one] = await choices(place, boss, "slots-admin unblock", "block", "wanted")
    assert "The block is gone" in words(await place.told(boss, "slots-admin unblock", text("block", one["value"])))
    assert "3 blocks" in words(await place.told(boss, "slots-admin blocked"))


@pytest.mark.parametrize(
    "options",
    [(), (text("slot", "Wanted"), text("provider", "Big")), (text("viewer", "ada"),), (text("viewer", "CASINO:1"),)],
)
async def test_a_block_names_one_thing_that_there_is(place: Place, options: tuple[Json, ...]) -> None:
    card_ = await place.told(await staff(place), "slots-admin block", text("reason", "x"), *options)
    assert card_["title"].endswith("Not possible")


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("on", ()),
        ("off", ()),
        ("limit", (whole("per_viewer", 5),)),
        ("pick", ()),
        ("block", (text("reason", "x"), text("slot", "Wanted"))),
        ("unblock", (text("block", "nothing"),)),
    ],
)
async def test_whoever_discord_lets_through_is_refused_by_the_server(
    place: Place, command: str, options: tuple[Json, ...]
) -> None:
    eve = place.person("eve")
    let_manage(place, eve)
    assert (await place.told(eve, f"slots-admin {command}", *options))["title"].endswith("Not possible")
    rules = "query ($g: String!) { communityOfGuild(guildId: $g) { slotCalls { settings { isOpen perViewer } } } }"
    found = (await place.graph.data(rules, g=place.guild.id))["communityOfGuild"]["slotCalls"]["settings"]
    assert found == {"isOpen": False, "perViewer": 1}
