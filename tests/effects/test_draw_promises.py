"""What a draw is held to from the day its raffle opens: its rules, the round named by them, and every signed record."""

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from server.actions.draws import settle
from server.actions.raffle import periods as raffle
from server.domain.draws.checks import VERDICTS
from server.domain.draws.plan import COMMIT_LEAD, NO_BEACON_AFTER, DrawState
from server.domain.draws.rounds import round_at_or_after
from server.domain.draws.verify import Report, verify, worth
from server.domain.instants import HOUR, MINUTE, instant_of
from server.domain.raffle.rules import TicketSource
from server.store.draws import log, published
from server.store.raffle import periods
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock
from tests.effects.drawing import COMES, ENDS, EVE, KEYS, ROUND, Draws, Relay, draws_on, fault_of, keeper_on
from tests.effects.giving import OPENS, Giving
from tests.effects.test_giveaways import housed

LATER = ROUND + 1200


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


@pytest.fixture
async def giving(database_url: str) -> AsyncGenerator[Giving, None]:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        relay = Relay()
        yield Giving(await housed(pipeline), relay, keeper_on(pipeline.server, relay))


def said(report: Report, name: str) -> tuple[str | None, str]:
    """What a check found."""
    [found] = [(check.fault, check.sentence) for check in report.checks if check.name == name]
    return found


def records(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in bundle["log"] if one["kind"] == kind]


async def promised_sha256(drawn: Draws) -> str:
    [row] = await drawn.pipeline.read("SELECT rules_sha256 FROM raffle_period")
    return row["rules_sha256"]


async def test_staff_draws_sooner_than_the_rules_said_and_the_record_says_so(drawn: Draws) -> None:
    await drawn.begin(ends=ENDS + HOUR)
    assert (await drawn.only()).beacon_round == LATER
    drawn.at(COMES - timedelta(seconds=120))
    await drawn.house.do(raffle.end, reason="over")
    await drawn.ask()
    drawn.at(COMES - COMMIT_LEAD)
    await drawn.keeper.look()
    await drawn.keeper.look()
    bundle = await drawn.bundle()
    [moved] = records(bundle, "postponed")
    assert (moved["from_round"], moved["beacon_round"], moved["reason"]) == (LATER, ROUND, "drawn_by_staff")
    report = verify(bundle, fault_of)
    assert report.verdict == "not_drawn_yet"
    assert said(report, "named") == (None, f"Round {ROUND} was named in public before, and no other after it.")
    assert bundle["log"][0] == moved
    silent = verify(bundle | {"log": bundle["log"][1:], "signatures": bundle["signatures"][1:]}, fault_of)
    assert said(silent, "named")[0] == "round_unannounced"


async def test_an_end_that_is_changed_before_the_draw_is_planned_is_on_record_too(drawn: Draws) -> None:
    await drawn.house.rules(settlement_h=0, renews=False)
    drawn.period = await drawn.house.start(ends=ENDS + HOUR)
    text = await periods.rules_text(drawn.pipeline.server.database.reader(), drawn.period) or ""
    await drawn.house.do(raffle.set_dates, starts=None, ends=ENDS, reason="sooner")
    await drawn.keeper.look()
    await drawn.keeper.look()
    [row] = await drawn.pipeline.read("SELECT body FROM draw_record")
    moved = json.loads(row["body"])
    assert (moved["from_round"], moved["beacon_round"], moved["reason"]) == (LATER, ROUND, "end_changed")
    assert (await drawn.only()).beacon_round == ROUND
    assert await periods.rules_text(drawn.pipeline.server.database.reader(), drawn.period) == text
    assert await promised_sha256(drawn) == sha256(text.encode()).hexdigest()


async def test_the_rules_of_a_raffle_are_in_the_file_of_its_draw_as_they_were_when_it_opened(drawn: Draws) -> None:
    await drawn.begin(prizes="A mug, <b>blue</b> ☕", caps={TicketSource.WATCH_TIME: 50}, gifted_sub=20, alternates=1)
    await drawn.house.rules(prizes="Nothing")
    await drawn.house.do(raffle.set_dates, starts=None, ends=ENDS - MINUTE, reason="sooner")
    await drawn.close()
    bundle = await drawn.bundle()
    told = json.loads(bundle["rules"])
    assert (told["prizes"], told["caps"], told["gifted_sub"], told["wager"]) == (
        "A mug, <b>blue</b> ☕",
        {"watch_time": 50},
        20,
        0,
    )
    assert (told["winners"], told["alternates"], told["claim_h"], told["settlement_h"]) == (1, 1, 48, 0)
    assert (told["starts_at"], told["ends_at"]) == (EVE.isoformat(), instant_of(ENDS).isoformat())
    assert told["draw_at"] == COMES.isoformat()
    assert told["beacon_round"] == round_at_or_after(COMES) == ROUND
    assert told["free_entry"] == 10
    assert sha256(bundle["rules"].encode()).hexdigest() == records(bundle, "commit")[0]["rules_sha256"]
    report = verify(bundle, fault_of)
    assert (report.verdict, said(report, "rules")[0], said(report, "named")[0]) == ("not_drawn_yet", None, None)
    other = verify(bundle | {"rules": bundle["rules"].replace("blue", "red")}, fault_of)
    assert said(other, "rules")[0] == "rules_differ"


async def test_a_raffle_from_before_texts_were_kept_has_its_hash_and_no_text(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.pipeline.write("UPDATE raffle_period SET rules_text = NULL RETURNING id")
    await drawn.close()
    bundle = await drawn.bundle()
    assert "rules" not in bundle
    assert records(bundle, "commit")[0]["rules_sha256"] == await promised_sha256(drawn)
    assert verify(bundle, fault_of).verdict == "not_drawn_yet"


async def test_every_record_is_signed_and_what_is_not_is_found(drawn: Draws) -> None:
    await drawn.begin(ends=ENDS - 10 * MINUTE)
    await drawn.house.do(raffle.set_dates, starts=None, ends=ENDS, reason="more time")
    await drawn.close()
    drawn.at(COMES)
    await drawn.keeper.look()
    bundle = await drawn.bundle()
    key = KEYS.public_of(drawn.house.community)
    assert [one["kind"] for one in bundle["log"]] == ["postponed", "commit", "result"]
    signed = f"All 3 records of the log are signed, with the key {key}."
    assert said(verify(bundle, fault_of), "signature") == (None, signed)
    for place in range(3):
        forged = list(bundle["signatures"])
        forged[place] = forged[place - 1]
        report = verify(bundle | {"signatures": forged}, fault_of)
        assert said(report, "signature")[0] == "operator_signature_wrong"


async def test_a_draw_given_up_after_a_silent_week_leaves_the_next_one_without_proof(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    await drawn.say_all()
    drawn.relay.is_away = True
    drawn.at(COMES + NO_BEACON_AFTER)
    first = await drawn.only()
    await drawn.house.do(settle.void, draw_id=first.id, reason="silent", keys=KEYS)
    reader = drawn.pipeline.server.database.reader()
    assert worth(first.name, await log.about(reader, first)) == "given_up_late"
    await drawn.ask()
    await drawn.keeper.look()
    second = await drawn.only()
    assert (second.number, second.state) == (2, DrawState.COMMITTED)
    report = await drawn.report()
    assert (report.verdict, report.sentence) == ("drawn_again", VERDICTS["drawn_again"])
    week_s = int(NO_BEACON_AFTER.total_seconds())
    assert f"{first.name} (round {ROUND}, given up {week_s} seconds after it)" in said(report, "again")[1]
    assert worth(second.name, await log.about(reader, second)) == "drawn_again"


async def test_a_giveaway_names_no_round_before_its_promise_and_its_rules_are_in_its_file(giving: Giving) -> None:
    giveaway = await giving.opened(ends=COMES, winners=2, prize="A mug")
    await giving.says(1)
    await giving.drawn(giveaway)
    bundle = await giving.bundle(giveaway)
    told = json.loads(bundle["rules"])
    assert (told["title"], told["prize"], told["winners"], told["ends_at"]) == ("A mug", "A mug", 2, COMES.isoformat())
    assert (told["subject"], told["kind"], told["opens_at"]) == ("giveaway", "keyword", OPENS.isoformat())
    assert [one["kind"] for one in bundle["log"]] == ["commit", "result"]
    report = verify(bundle, fault_of)
    assert (report.verdict, said(report, "rules")[0]) == ("verified", None)
    assert "named" not in [check.name for check in report.checks]


async def test_a_file_ends_with_what_is_said_of_its_own_and_stays_as_it_is_while_others_are_drawn(
    giving: Giving,
) -> None:
    first = await giving.opened(claim_s=0)
    await giving.says(1)
    await giving.drawn(first)
    reader = giving.house.pipeline.server.database.reader()
    before = await published.published(reader, await giving.draw(first))
    bundle = await giving.bundle(first)
    giving.at(OPENS)
    second = await giving.opened(keyword="!other", claim_s=0)
    await giving.says(2, "!other")
    await giving.drawn(second)
    assert await published.published(reader, await giving.draw(first)) == before
    assert await giving.bundle(first) == bundle
    later = await giving.bundle(second)
    assert (len(bundle["log"]), len(later["log"])) == (2, 4)
    assert len(later["signatures"]) == 4
    assert said(verify(later, fault_of), "signature")[0] is None
