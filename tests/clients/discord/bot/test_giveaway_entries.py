"""Staff sees who is in a giveaway, leaves people out of it, and lets them in again."""

from clients.simulator.discord.world import User
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import linking
from server.store.giveaways import entries
from server.store.giveaways.entries import NewEntry
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import buttons, card, let_manage, linked, press, staff, text, words
from tests.clients.discord.bot.test_giveaway_entering import opened, told

WHY = (text("why", "DUPLICATE_PERSON"), text("reason", "Two of him."))


async def suggested(place: Place, user: User, command: str, typed: str) -> list[tuple[str, str]]:
    option = {"name": "viewer", "type": 3, "value": typed, "focused": True}
    asked = await place.discord.people.type(user, place.channel, command, [option])
    return [(one["name"], one["value"]) for one in (await asked.answered())["data"]["choices"]]


async def test_staff_leaves_somebody_out_and_lets_him_in_again(place: Place) -> None:
    await opened(place)
    boss, ada, bob = await staff(place), await linked(place, "ada", "3"), await linked(place, "bob", "2")
    assert "Nobody is in yet" in words(await place.told(boss, "giveaway entries"))
    for user in (ada, bob):
        assert "You are in" in await told(place, user, await place.use(user, "giveaways"))
    shown = await place.told(boss, "giveaway entries")
    assert shown["footer"]["text"] == "2 entries"
    assert [line.partition(" · <t:")[0] for line in shown["description"].splitlines()] == [
        "viewer3 · Kick",
        "viewer2 · Kick",
    ]
    assert [name for name, _ in await suggested(place, boss, "giveaway remove", "VIEW")] == [
        "viewer3 · Kick",
        "viewer2 · Kick",
    ]
    [(name, viewer)] = await suggested(place, boss, "giveaway remove", "viewer3")
    assert name == "viewer3 · Kick"
    assert "Left out of the giveaway" in words(await place.told(boss, "giveaway remove", text("viewer", viewer), *WHY))
    assert "left out: the same person twice" in words(await place.told(boss, "giveaway entries"))
    asked = await place.use(ada, "giveaways")
    assert "no longer in" in await told(place, ada, asked), "he may leave"
    assert "Staff leaves you out" in await told(place, ada, asked), "and comes in no more"
    again = await place.told(boss, "giveaway readmit", text("viewer", viewer), text("reason", "One of him."))
    assert "Left out no longer" in words(again)
    assert "You are in" in await told(place, ada, asked)


async def crowded(tx: Tx, scope: Scope) -> Done[None]:
    """Forty people are in the first giveaway."""
    people = [(Person(id=str(70_000 + who), name=f"otter{who}"), scope.now) for who in range(40)]
    accounts = await linking.accounts_of(tx, "kick", people)
    await linking.viewers_of(tx, scope.community_id, accounts.values())
    for account in sorted(accounts.values()):
        one = NewEntry(giveaway_id=1, account_id=account, is_subscriber=False, at=scope.now)
        await entries.add(tx, scope.community_id, [one])
    return Done(None)


async def test_long_lists_are_turned_page_by_page_by_staff_alone(place: Place) -> None:
    giveaway, boss, eve = await opened(place), await staff(place), place.person("eve")
    let_manage(place, eve)
    await place.graph.server.units.run(place.community, crowded)
    assert giveaway == id_of("giveaway", 1)
    asked = await place.use(boss, "giveaway entries")
    seen: list[str] = []
    for last in (False, False, True):
        shown = await asked.settled()
        seen += [line.split(" ")[0] for line in card(shown)["description"].splitlines()]
        assert card(shown)["footer"]["text"] == "40 entries"
        if not last:
            assert all(len(one) <= 100 for one in buttons(shown))
            asked = await press(place, boss, asked, len(buttons(shown)) - 1)
    assert seen == [f"otter{who}" for who in range(40)]
    refused = await place.told(eve, "giveaway entries")
    assert refused["title"].endswith("Not possible")
    assert "community's staff" in words(refused)
    assert await suggested(place, eve, "giveaway remove", "otter") == []
