"""Staff looks up who is who, decides claims of names, and unlinks; nobody else does."""

from clients.simulator.discord.world import Json
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import let_manage, member, pressed, staff, text
from tests.resolvers.proving import linked_himself


async def test_a_member_is_looked_up_and_unlinked_once_that_is_confirmed(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    refused = await place.told(boss, "link-admin lookup", member(ada))
    assert refused["title"].endswith("Not possible")
    await linked_himself(place.graph.server, place.community, ada.id, "1")
    found = await place.told(boss, "link-admin lookup", member(ada))
    assert "**Kick: viewer1** (id 1)" in found["description"]
    assert "by himself" in found["description"]
    none = await place.told(boss, "link-admin unlink", member(ada), text("platform", "HOWL"))
    assert "no account of Howl" in none["description"]
    asked = await place.use(boss, "link-admin unlink", member(ada), text("platform", "KICK"))
    assert "no more has what it brought" in (await asked.settled())["embeds"][0]["description"]
    assert (await pressed(place, boss, asked))["title"].endswith("Unlinked")
    assert "Nothing is linked" in (await place.told(ada, "link status"))["description"]


async def test_a_claim_is_rejected_with_a_reason(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    where: list[Json] = [member(ada), text("platform", "SHUFFLE")]
    none = await place.told(boss, "link-admin verify", *where)
    assert "no name of Shuffle" in none["description"]
    await place.told(ada, "link shuffle", text("username", "ada_99"))
    unseen = await place.told(boss, "link-admin verify", *where)
    assert "has not told of" in unseen["description"]
    done = await place.told(boss, "link-admin reject", *where, text("reason", "Not in our list."))
    assert done["title"].endswith("Rejected")
    again = await place.told(boss, "link-admin reject", *where, text("reason", "Not in our list."))
    assert "no name of Shuffle" in again["description"]


async def test_names_that_several_claim_are_listed(place: Place) -> None:
    boss = await staff(place)
    assert "Nobody claims" in (await place.told(boss, "link-admin duplicates"))["description"]
    for name in ("ada", "bob"):
        await place.told(place.person(name), "link shuffle", text("username", "Owl_1"))
    told = (await place.told(boss, "link-admin duplicates"))["description"]
    assert told.count(r"Owl\_1") == 2


async def test_whoever_may_not_is_refused_also_when_discord_lets_him_through(place: Place) -> None:
    eve, ada = place.person("eve"), place.person("ada")
    let_manage(place, eve)
    await linked_himself(place.graph.server, place.community, ada.id, "1")
    for command, more in (
        ("link-admin lookup", [member(ada)]),
        ("link-admin unlink", [member(ada), text("platform", "KICK")]),
        ("link-admin duplicates", []),
    ):
        told = await place.told(eve, command, *more)
        assert told["title"].endswith("Not possible"), command
        assert "viewer1" not in str(told)
    assert "viewer1" in (await place.told(ada, "link status"))["description"]


async def test_somebody_is_looked_up_by_his_name_on_kick(place: Place) -> None:
    boss, ada = await staff(place), place.person("ada")
    await linked_himself(place.graph.server, place.community, ada.id, "1")
    whom = [text("viewer", (await place.graph.accounts(place.community))[number]) for number in ("1", "2")]
    found = await place.told(boss, "link-admin lookup", whom[0])
    assert "**Kick: viewer1** (id 1)" in found["description"]
    assert "viewer2" in (await place.told(boss, "link-admin lookup", whom[1]))["title"]
    assert "Name one viewer" in (await place.told(boss, "link-admin lookup"))["description"]
    none = await place.told(boss, "link-admin unlink", whom[1], text("platform", "KICK"))
    assert "no account of Kick" in none["description"]
    await place.told(ada, "link shuffle", text("username", "ada_99"))
    why = text("platform", "SHUFFLE"), text("reason", "Not in our list.")
    assert (await place.told(boss, "link-admin reject", whom[0], *why))["title"].endswith("Rejected")
