"""What each kind of job does on Discord: once, where it was chosen, and calling nobody who is not named."""

from typing import Any

import pytest

from clients.simulator.discord.world import Json, Message, Role
from server.domain.guilds import Purpose
from server.store import guilds
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.working import LINKED, ask, chosen, embed, ended

HOSTILE = "@everyone [free](http://bad) **x**\N{RIGHT-TO-LEFT OVERRIDE}"
LIVE: Json = {
    "platform": "kick",
    "platformId": "100001",
    "name": HOSTILE,
    "slug": "house",
    "title": "Evening " + "!" * 600,
    "category": None,
    "startedAt": "2026-08-01T18:00:00+00:00",
}
CALLED: Json = {
    "call": 1,
    "title": HOSTILE,
    "provider": "Someone",
    "platform": "kick",
    "name": HOSTILE,
    "waiting": 3,
    "masks": False,
}
ALERT: Json = {
    "alert": 1,
    "kind": "source_dead",
    "over": False,
    "title": "Nothing is heard",
    "detail": "Kick has told nothing for an hour.",
    "remedy": "Look at the keys.",
    "since": "2026-08-01T17:00:00+00:00",
}
PROMISED: Json = {
    "draw": 1,
    "raffle": 1,
    "title": "August",
    "test": False,
    "code": "ABCD-EFGH",
    "round": 4_000_000,
    "draws_at": "2026-08-01T18:05:00+00:00",
    "entrants": 12,
    "tickets": 3_000_000_000,
    "url": "http://127.0.0.1:8080/draws/house-1",
}
WINNER: Json = {"position": 1, "ticket": 1_234_567, "platform": "kick", "platformId": "1", "name": HOSTILE}
DRAWN: Json = {
    "draw": 1,
    "raffle": 1,
    "title": "August",
    "test": False,
    "reveal_at": "2026-08-01T18:00:00+00:00",
    "speaks_within_s": 600,
    "winners": [WINNER],
    "masks": False,
    "won": 3,
    "url": "http://127.0.0.1:8080/draws/house-1",
}
POSTED: dict[str, tuple[Purpose, Json]] = {
    "stream_live": (Purpose.ANNOUNCEMENTS, LIVE),
    "slot_called": (Purpose.SLOT_CALLS, CALLED),
    "staff_alert": (Purpose.STAFF, ALERT),
    "link_logged": (Purpose.LINK_LOG, LINKED | {"discordId": "77"}),
    "draw_committed": (Purpose.RAFFLE, PROMISED),
    "draw_done": (Purpose.RAFFLE, DRAWN),
}


def posted(place: Place) -> list[Message]:
    """What the bot posted of itself, answers apart."""
    found = place.discord.world.messages.values()
    return [one for one in found if one.channel is place.channel and not one.of_interaction]


def body(place: Place) -> Any:
    [call] = [one for one in place.discord.stage.calls if one.path == f"/channels/{place.channel.id}/messages"]
    return call.body


@pytest.mark.parametrize("kind", POSTED)
async def test_it_is_posted_once_where_it_was_chosen_and_calls_nobody(place: Place, kind: str) -> None:
    purpose, payload = POSTED[kind]
    await chosen(place, purpose, place.channel.id)
    await ask(place, kind, payload)
    [(state, outcome, note, reference)] = await ended(place)
    [message] = posted(place)
    assert (state, outcome, note, reference) == ("done", "done", None, message.id)
    sent = body(place)
    assert sent["allowed_mentions"] == {"parse": []}
    assert sent["enforce_nonce"] is True
    told = str(embed(message))
    assert "[free](" not in told
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in told


@pytest.mark.parametrize("kind", POSTED)
async def test_what_nobody_chose_a_channel_for_is_gone(place: Place, kind: str) -> None:
    await ask(place, kind, POSTED[kind][1])
    [(_, outcome, note, _)] = await ended(place)
    assert (outcome, note) == ("gone", "No channel is chosen for this; choose one with /settings channel.")
    assert not posted(place)


async def test_a_channel_of_another_server_is_never_written_to(place: Place) -> None:
    elsewhere = place.discord.world.channel(place.discord.world.guild("Elsewhere"), "general")
    await chosen(place, Purpose.STAFF, elsewhere.id)
    await ask(place, "staff_alert", ALERT)
    [(_, outcome, note, _)] = await ended(place)
    assert outcome == "gone"
    assert "not in the community's Discord server" in (note or "")
    assert not [one for one in place.discord.world.messages.values() if one.channel is elsewhere]


async def test_a_channel_that_was_deleted_ends_the_job(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    del place.discord.world.channels[place.channel.id]
    await ask(place, "staff_alert", ALERT)
    [(_, outcome, note, _)] = await ended(place)
    assert (outcome, note) == ("gone", "The Discord channel is not there any more; choose another.")


async def test_a_server_is_written_to_in_its_own_language(place: Place) -> None:
    place.guild.locale = "de"
    await place.discord.gateway.tell("GUILD_UPDATE", {"id": place.guild.id, "preferred_locale": "de"}, place.guild.id)
    await chosen(place, Purpose.SLOT_CALLS, place.channel.id)
    await ask(place, "slot_called", CALLED)
    await ended(place)
    assert "3 Slots warten" in embed(posted(place)[0])["description"]


async def test_an_alert_and_its_end_are_told_in_order(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    await ask(place, "staff_alert", ALERT, ALERT | {"over": True})
    await ended(place, 2)
    titles = [embed(one)["title"] for one in posted(place)]
    assert [("Over" in one, "Nothing is heard" in one) for one in titles] == [(False, True), (True, True)]


async def test_the_code_of_a_draw_is_told_with_the_time_of_its_round(place: Place) -> None:
    await chosen(place, Purpose.RAFFLE, place.channel.id)
    await ask(place, "draw_committed", PROMISED | {"test": True})
    await ended(place)
    told = embed(posted(place)[0])["description"]
    assert "`ABCD-EFGH`" in told
    assert "<t:1785607500:F>" in told
    assert "3,000,000,000 tickets" in told
    assert "This is a test" in told


async def test_a_code_whose_round_is_over_is_not_posted_any_more(place: Place) -> None:
    await chosen(place, Purpose.RAFFLE, place.channel.id)
    await ask(place, "draw_committed", PROMISED | {"draws_at": "2026-08-01T17:59:00+00:00"})
    [(_, outcome, _, _)] = await ended(place)
    assert outcome == "gone"
    assert not posted(place)


async def test_a_draw_of_a_giveaway_is_told_where_giveaways_are(place: Place) -> None:
    await chosen(place, Purpose.GIVEAWAYS, place.channel.id)
    await ask(place, "draw_done", {**DRAWN, "giveaway": 1})
    await ended(place)
    assert len(posted(place)) == 1


async def test_winners_are_called_only_where_their_discord_account_is_known(place: Place) -> None:
    ada = place.person("ada")
    await chosen(place, Purpose.RAFFLE, place.channel.id)
    known = WINNER | {"platform": "discord", "platformId": ada.id, "name": "ada", "position": 2}
    await ask(place, "draw_done", DRAWN | {"winners": [WINNER, known]})
    await ended(place)
    sent = body(place)
    assert sent["allowed_mentions"] == {"users": [ada.id]}
    assert sent["content"] == f"<@{ada.id}>"
    told = embed(posted(place)[0])["description"]
    assert "and 1 more" in told
    assert "10 min" in told


@pytest.mark.parametrize(("rule", "named"), [({"masks": True}, "vi***"), ({"masks": False}, "viewer9"), ({}, "vi***")])
async def test_winners_are_named_as_the_community_names_people_in_public(place: Place, rule: Json, named: str) -> None:
    await chosen(place, Purpose.RAFFLE, place.channel.id)
    drawn = {name: value for name, value in DRAWN.items() if name != "masks"} | rule
    await ask(place, "draw_done", drawn | {"winners": [WINNER | {"name": "viewer9"}], "won": 1})
    await ended(place)
    told = embed(posted(place)[0])["description"].replace("\\", "")
    assert named in told
    assert ("viewer9" in told) is (named == "viewer9")


@pytest.mark.parametrize(("rule", "named"), [({"masks": True}, "vi***"), ({"masks": False}, "viewer9"), ({}, "vi***")])
async def test_who_called_a_slot_is_named_as_the_community_names_people(place: Place, rule: Json, named: str) -> None:
    await chosen(place, Purpose.SLOT_CALLS, place.channel.id)
    await ask(
        place,
        "slot_called",
        {name: value for name, value in CALLED.items() if name != "masks"} | {"name": "viewer9"} | rule,
    )
    await ended(place)
    told = embed(posted(place)[0])["description"].replace("\\", "")
    assert named in told
    assert ("viewer9" in told) is (named == "viewer9")


async def test_the_role_of_a_wager_account_is_given_and_taken(place: Place) -> None:
    role = Role(id="5005005005005005", name="Shuffle Code User", position=1)
    place.guild.roles[role.id] = role
    for other in place.guild.roles.values():
        if other.is_managed:
            other.position = 5
    ada = place.person("ada")
    wanted = {"discordId": ada.id, "provider": "shuffle", "name": "ada_s", "role": role.name, "given": True}
    await ask(place, "wager.role", wanted)
    assert [row[1] for row in await ended(place)] == ["done"]
    assert role.id in place.guild.members[ada.id].roles
    await ask(place, "wager.role", wanted | {"given": False})
    await ended(place, 2)
    assert role.id not in place.guild.members[ada.id].roles


async def test_a_role_or_a_person_that_is_not_there_ends_the_job(place: Place) -> None:
    wanted = {"discordId": "404", "provider": "shuffle", "name": "ada_s", "role": "Nobody's", "given": True}
    await ask(place, "wager.role", wanted)
    [(_, outcome, note, _)] = await ended(place)
    assert (outcome, note) == ("gone", "The Discord server has no role called Nobody's; make one.")
    place.guild.roles["5005"] = Role(id="5005", name="Nobody's", position=1)
    await ask(place, "wager.role", wanted)
    [_, (_, outcome, note, _)] = await ended(place, 2)
    assert (outcome, note) == ("gone", "The person is not in the Discord server.")


async def test_channels_are_of_their_community_alone(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    assert await guilds.channels(place.graph.server.database.reader(), place.community + 1) == {}
