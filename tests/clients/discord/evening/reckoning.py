"""What must be true after an evening, however often somebody was killed in it."""

from collections import Counter
from typing import Any

import orjson

from clients.simulator.discord.world import Message
from server.domain.draws.verify import verify
from server.effects.doctor import examine
from server.platforms.drand.bls import signature_fault
from tests.clients.discord.evening.scenes import FREE_ENTRY, GIFTED_SUB, SLOTS, posted, written_to
from tests.clients.discord.evening.stage import Stage

WINNERS = {"raffle": "won", "giveaway": "confirmed"}
POSTS = {"stream_live", "slot_called", "link_logged", "draw_committed", "draw_done", "link_told"}


async def reckoned(stage: Stage) -> None:
    """Every effect is there once, nothing is open, and the sums are right."""
    was_posted(stage)
    roles_came_and_went(stage)
    await jobs_are_over(stage)
    await links_are_known(stage)
    await sums_are_right(stage)
    await draws_can_be_checked(stage)
    assert not stage.discord.stage.problems


def title(message: Message) -> str:
    return str(message.shown["embeds"][0]["title"])


def was_posted(stage: Stage) -> None:
    """Each message is there once, in its channel, and no other."""
    [panel] = posted(stage, "links")
    assert stage.channels["links"].pins == [panel.id]
    [live] = posted(stage, "live")
    assert "HarbourLights is live" in title(live)
    assert sorted(map(title, posted(stage, "slots"))) == sorted(SLOTS)
    told = [str(one.shown) for one in posted(stage, "log")]
    assert sorted(who for who in ("ada", "bob") for one in told if stage.person(who).id in one) == ["ada", "bob"]
    assert len(told) == 2
    for channel in ("raffle", "giveaways"):
        promise, reveal = posted(stage, channel)
        assert promise.at < reveal.at
        assert title(promise) != title(reveal)
    for who in ("ada", "bob"):
        assert len(written_to(stage, stage.person(who))) == 1
    assert posted(stage, "general") == []
    [known] = stage.discord.world.commands.values()
    assert max(Counter(one["name"] for one in known).values()) == 1


def roles_came_and_went(stage: Stage) -> None:
    """Each role was given once, and taken once where it is not reached any more."""
    lines = Counter(line.partition("  ")[2] for line in stage.discord.stage.transcript.lines if "Harbour: " in line)
    given = {f"Harbour: {who} is now {role}": 1 for who, role in (("ada", "Linked"), ("bob", "Linked"), ("ada", "Fan"))}
    taken = {f"Harbour: ada is no longer {role}": 1 for role in ("Linked", "Fan")}
    assert lines == given | taken, lines
    assert stage.guild.member(stage.person("ada").id).roles == []
    assert stage.guild.member(stage.person("bob").id).roles == [stage.roles["Linked"].id]


async def jobs_are_over(stage: Stage) -> None:
    """No job is open, dead or gone, and each post is known by the message that it became."""
    rows = await stage.fetch("SELECT kind, audience, state, outcome, reference FROM job ORDER BY id")
    assert [one for one in rows if one["state"] != "done"] == []
    # Time that passes at once looks to the server as if it had been away, which it tells staff.
    of_the_bot = [one for one in rows if one["audience"] == "discord" and one["kind"] != "staff_alert"]
    assert {one["outcome"] for one in of_the_bot} == {"done"}, rows
    references = [one["reference"] for one in of_the_bot if one["kind"] in POSTS]
    assert len(set(references)) == len(references) == 2 * 2 + 1 + len(SLOTS) + 2 * 2, rows
    assert set(references) <= stage.discord.world.messages.keys()
    waiting = await stage.fetch("SELECT state FROM delivery WHERE state <> 'applied'")
    assert waiting == []


async def links_are_known(stage: Stage) -> None:
    """Two people were linked, once each, and one of them is not any more; both of his accounts say so each time."""
    rows = await stage.fetch("SELECT kind FROM link_event")
    assert Counter(one["kind"] for one in rows) == {"linked": 4, "unlinked": 2}, rows
    states = await stage.fetch("SELECT discord_id FROM account_proof WHERE state = 'linked'")
    assert sorted(one["discord_id"] for one in states) == sorted(stage.person(who).id for who in ("ada", "bob"))


async def sums_are_right(stage: Stage) -> None:
    """Everybody has what he got, the ledgers add up, and the doctor finds nothing."""
    entries = await stage.fetch("SELECT source, amount FROM ticket_entry ORDER BY id")
    counted = Counter((one["source"], one["amount"]) for one in entries)
    assert counted == {("free_entry", FREE_ENTRY): 2, ("gifted_sub", 2 * GIFTED_SUB): 1}
    [tallied] = await stage.fetch("SELECT sum(amount) AS amount FROM ticket_tally")
    [standing] = await stage.fetch("SELECT sum(tickets) AS tickets FROM ticket_standing")
    assert tallied["amount"] == standing["tickets"] == 2 * FREE_ENTRY + 2 * GIFTED_SUB
    assert len(await stage.fetch("SELECT id FROM slot_call")) == len(SLOTS)
    assert len(await stage.fetch("SELECT id FROM giveaway_entry")) == 3
    troubles = [one for one in await examine(stage.database, stage.clock) if not one.ok]
    assert troubles == [], troubles


async def draws_can_be_checked(stage: Stage) -> None:
    """There is one draw of each, promised and made once; what it promised was seen on Discord, and all follows."""
    rows = await stage.fetch("SELECT id, subject, state, commit_hash FROM draw")
    assert sorted((one["subject"], one["state"]) for one in rows) == [("giveaway", "drawn"), ("raffle", "drawn")]
    for one in rows:
        kinds = await stage.fetch("SELECT kind, body FROM draw_record WHERE draw_id = $1", one["id"])
        assert Counter(found["kind"] for found in kinds if found["kind"] != "postponed") == {"commit": 1, "result": 1}
        places = await stage.fetch("SELECT state FROM draw_place WHERE draw_id = $1 ORDER BY position", one["id"])
        assert [found["state"] for found in places[:2]] == [WINNERS[one["subject"]], "alternate"], places
        told = await file_of(stage, one["subject"], one["id"])
        report = verify(told, signature_fault)
        assert [check.name for check in report.checks if check.fault] == ["chain"], report
        [result] = [orjson.loads(found["body"]) for found in kinds if found["kind"] == "result"]
        channel = {"raffle": "raffle", "giveaway": "giveaways"}[one["subject"]]
        seen = [place["reference"] for place in result["evidence"]]
        assert posted(stage, channel)[0].id in seen


async def file_of(stage: Stage, subject: str, number: int) -> Any:
    """The draw's file, as anybody has it."""
    rows = await stage.fetch("SELECT subject_id, number FROM draw WHERE id = $1", number)
    name = f"{subject}-{rows[0]['subject_id']}-{rows[0]['number']}"
    async with stage.session.get(f"{stage.url}/draws/{name}") as answer:
        assert answer.status == 200
        return await answer.json()
