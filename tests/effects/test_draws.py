"""Draws from the end of a raffle to its winners, checked as a viewer would who trusts nobody."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from server.actions import linking, privacy
from server.actions.draws import draw as drawing
from server.actions.draws import plan, settle
from server.actions.raffle import periods as raffle
from server.auth.addresses import Addresses
from server.domain.draws.entries import entry_id
from server.domain.draws.plan import COMMIT_LEAD, NO_BEACON_AFTER, REVEAL_AFTER, DrawState
from server.domain.draws.records import short_code
from server.domain.draws.typed import Viewer
from server.domain.instants import MINUTE, micros
from server.domain.linking import Cause
from server.domain.privacy import Identity
from server.domain.raffle.periods import ARCHIVED_AFTER
from server.domain.raffle.rules import TicketSource
from server.domain.refusals import Refused
from server.effects.privacy import Forgetter
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.store.draws import entrants, published
from server.store.raffle import periods
from server.web.limited import LIMITS, Limits
from server.web.pages.draws import add_draws
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import gift, link
from tests.database import FrozenClock
from tests.effects.drawing import COMES, ENDS, EVE, KEYS, ROUND, Draws, Relay, draws_on, keeper_on, known_round

SALTS = "SELECT a.external_id, e.salt FROM draw_entrant e JOIN account a ON a.id = e.account_id"


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


async def test_a_raffle_draws_itself_and_anybody_can_check_it(drawn: Draws) -> None:
    await drawn.begin(caps={TicketSource.GIFTED_SUB: 40}, winners=1, alternates=2)
    planned = await drawn.only()
    assert (planned.state, planned.beacon_round) == (DrawState.PLANNED, ROUND), "public from the first day"
    await drawn.close()
    committed = await drawn.only()
    assert (committed.state, committed.entries_count, committed.tickets_total) == (DrawState.COMMITTED, 4, 125)
    assert (await drawn.report()).verdict == "not_drawn_yet"
    [line] = await drawn.pipeline.read("SELECT text FROM chat_line")
    assert short_code(bytes.fromhex(committed.commit_hash or "")) in line["text"]
    await drawn.say_all()
    await drawn.look()
    assert drawn.relay.asked == [], "nobody asks for a round that has not come"
    drawn.at(COMES)
    await drawn.look()
    report = await drawn.report()
    assert (report.verdict, [one.wins for one in report.winners]) == ("verified", [True, False, False])
    done = await drawn.only()
    assert (done.state, done.reveal_at) == (DrawState.DRAWN, COMES + timedelta(seconds=10))
    period = await periods.by_id(drawn.pipeline.server.database.reader(), drawn.house.community, drawn.period)
    assert period is not None
    assert period.state == "drawn"


async def test_the_file_of_a_draw_is_public_once_its_list_is_closed(drawn: Draws, clock: FrozenClock) -> None:
    app = web.Application()
    app[LIMITS] = Limits(RateLimits(MemoryLimiter(clock), clock), Addresses(()))
    add_draws(app, drawn.pipeline.server.database)
    await drawn.begin()
    name = (await drawn.only()).name
    async with TestClient(TestServer(app)) as client:
        assert (await client.get(f"/draws/{name}")).status == 404
        await drawn.close()
        drawn.at(COMES)
        await drawn.look()
        answer = await client.get(f"/draws/{name}")
        assert await answer.json() == await drawn.bundle()
        assert int(answer.headers["Content-Length"]) == len(await answer.read())
        for unknown in ("raffle-1-99", "raffle-0-1", "x" * 200, "raffle-99999999999999999999-1"):
            assert (await client.get(f"/draws/{unknown}")).status == 404


async def test_a_file_that_somebody_has_is_not_sent_again_until_it_says_more(drawn: Draws, clock: FrozenClock) -> None:
    app = web.Application()
    app[LIMITS] = Limits(RateLimits(MemoryLimiter(clock), clock), Addresses(()))
    add_draws(app, drawn.pipeline.server.database)
    await drawn.begin()
    await drawn.close()
    path = f"/draws/{(await drawn.only()).name}"
    async with TestClient(TestServer(app)) as client:
        promised = (await client.get(path)).headers["ETag"]
        known = {"If-None-Match": promised}
        again = await client.get(path, headers=known)
        assert (again.status, again.headers["ETag"], await again.read()) == (304, promised, b"")
        drawn.at(COMES)
        await drawn.look()
        grown = await client.get(path, headers=known)
        assert (grown.status, grown.headers["ETag"] != promised) == (200, True)
        head = await client.head(path)
        assert (head.headers["Content-Length"], await head.read()) == (grown.headers["Content-Length"], b"")


async def test_a_list_of_many_pages_is_the_same_list(drawn: Draws, monkeypatch: pytest.MonkeyPatch) -> None:
    await drawn.begin(alternates=2)
    await drawn.close()
    whole = await drawn.bundle()
    monkeypatch.setattr(published, "ROWS_AT_ONCE", 1)
    assert await drawn.bundle() == whole
    drawn.at(COMES)
    await drawn.look()
    assert (await drawn.report()).verdict == "not_independently_verifiable"


async def test_a_viewer_finds_himself_in_the_list_with_his_salt_alone(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    reader, draw = drawn.pipeline.server.database.reader(), await drawn.only()
    [row] = await drawn.pipeline.read(
        "SELECT e.viewer_id FROM draw_entrant e JOIN account a ON a.id = e.account_id WHERE a.external_id = '3'"
    )
    own = await entrants.of_viewer(reader, draw.id, row["viewer_id"])
    assert own is not None
    assert own.weight == 45
    report = await drawn.report(Viewer(subject="kick:3", salt=own.salt.hex()))
    assert [check.fault for check in report.checks if check.name == "own"] == [None]
    report = await drawn.report(Viewer(subject="kick:3", salt=sha256(b"another").hexdigest()))
    assert [check.fault for check in report.typed] == ["own_missing"]


async def test_who_is_forgotten_stays_in_the_list_and_nobody_but_he_can_tell_which_line_was_his(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.at(COMES)
    await drawn.look()
    salts = {row["external_id"]: row["salt"] for row in await drawn.pipeline.read(SALTS)}
    before, server = await drawn.bundle(), drawn.pipeline.server
    asking = partial(privacy.ask, own=[Identity("kick", "3")], is_confirmed=True, grace=timedelta(days=7))
    await server.units.run(0, asking)
    drawn.at(COMES + timedelta(days=8))
    assert await Forgetter(server.database, server.units, lambda: "opaque").sweep() == 1
    kept = [row["salt"] for row in await drawn.pipeline.read(SALTS)]
    assert sorted(kept) == sorted(["", *(salt for who, salt in salts.items() if who != "3")])
    assert await drawn.bundle() == before, "what was promised and drawn can still be checked, line by line"
    his = entry_id(bytes.fromhex(salts["3"]), "kick:3").hex()
    assert his in before["entries"]
    assert his not in {entry_id(bytes.fromhex(salt), "kick:3").hex() for salt in kept if salt}
    own = await drawn.report(Viewer(subject="kick:3", salt=salts["3"]))
    assert [check.fault for check in own.checks if check.name == "own"] == [None], "who kept his salt can"


async def test_whoever_has_no_account_of_kick_or_twitch_is_left_out(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.pipeline.write("UPDATE account SET platform = 'shuffle' WHERE external_id IN ('2', '4') RETURNING id")
    await drawn.close()
    found = await drawn.pipeline.read("SELECT excluded, count(*) AS many FROM draw_entrant GROUP BY excluded")
    assert {one["excluded"]: one["many"] for one in found} == {None: 2, "unlinked": 2}
    drawn.at(COMES)
    await drawn.look()
    places = await drawn.pipeline.read(
        "SELECT a.platform FROM draw_place w JOIN account a ON a.id = w.account_id ORDER BY w.position"
    )
    assert {one["platform"] for one in places} == {"kick"}, "however many are drawn"


async def test_whoever_is_left_out_is_told_why_and_has_no_ticket(drawn: Draws) -> None:
    await drawn.begin()
    [row] = await drawn.pipeline.read(
        "SELECT v.viewer_id, v.account_id FROM viewer_account v JOIN account a ON a.id = v.account_id "
        "WHERE a.external_id = '1'"
    )
    await drawn.pipeline.write("UPDATE account SET platform = 'discord' WHERE external_id = '2' RETURNING id")
    excluding = {"period_id": drawn.period, "viewer_id": row["viewer_id"], "reason": "lives here"}
    await drawn.house.do(settle.exclude, **excluding, code="ineligible_rules", actor="tester")
    await drawn.close()
    found = await drawn.pipeline.read("SELECT excluded FROM draw_entrant ORDER BY excluded")
    assert {one["excluded"] for one in found} == {None, "ineligible_rules", "unlinked"}
    bundle = await drawn.bundle()
    assert (bundle["entries"].count("\n"), bundle["excluded"].count("\n")) == (2, 2)
    assert (await drawn.report()).verdict == "not_drawn_yet"
    with pytest.raises(Refused, match="closed"):
        await drawn.house.do(settle.include, period_id=drawn.period, viewer_id=row["viewer_id"], reason="back")


async def test_a_ticket_added_after_the_list_was_closed_is_found_out(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    await drawn.house.happen(gift(1, 9, micros(EVE), 99))
    assert (await drawn.report()).verdict == "not_drawn_yet", "what comes late changes nothing"
    await drawn.pipeline.write("UPDATE draw_entrant SET weight = weight + 1 WHERE weight = 15 RETURNING id")
    report = await drawn.report()
    assert (report.verdict, "tickets_changed" in {one.fault for one in report.checks}) == ("failed", True)


async def test_a_ticket_added_after_the_seed_is_known_is_found_out(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    await drawn.say_all()
    drawn.at(COMES)
    await drawn.look()
    assert (await drawn.report()).verdict == "verified"
    await drawn.pipeline.write("UPDATE draw_entrant SET weight = weight + 1 WHERE weight = 15 RETURNING id")
    report = await drawn.report()
    assert (report.verdict, "tickets_changed" in {one.fault for one in report.checks}) == ("failed", True)


async def test_a_list_that_is_closed_too_late_gets_another_round_on_record(drawn: Draws) -> None:
    await drawn.begin()
    drawn.at(COMES - timedelta(minutes=9))
    await drawn.look()
    await drawn.look()
    draw = await drawn.only()
    assert draw.state is DrawState.COMMITTED
    assert draw.beacon_round == ROUND + (21 * 60) // 3
    kinds = await drawn.pipeline.read("SELECT kind FROM draw_record ORDER BY seq")
    assert [one["kind"] for one in kinds] == ["postponed", "commit"]
    assert (await drawn.report()).verdict == "not_drawn_yet"


async def test_another_end_moves_the_draw_on_record(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.house.do(raffle.set_dates, starts=None, ends=ENDS + 60 * MINUTE, reason="more time")
    await drawn.look()
    await drawn.look()
    assert (await drawn.only()).beacon_round == ROUND + 1200
    [one] = await drawn.pipeline.read("SELECT body FROM draw_record")
    assert '"reason":"end_changed"' in one["body"]


async def test_staff_draws_at_once_and_however_many_ask_it_is_one_draw(drawn: Draws) -> None:
    await drawn.begin()
    drawn.at(COMES - timedelta(seconds=120))
    await drawn.house.look()
    asked = await asyncio.gather(*(drawn.ask() for _ in range(8)))
    assert {one.id for one in asked} == {asked[0].id}
    drawn.at(COMES - COMMIT_LEAD)
    await asyncio.gather(*(drawn.keeper.look() for _ in range(8)))
    assert (await drawn.only()).beacon_round == ROUND
    drawn.at(COMES)
    await asyncio.gather(*(drawn.keeper.look() for _ in range(8)))
    counted = await drawn.pipeline.read("SELECT kind, count(*) AS many FROM draw_record GROUP BY kind")
    assert {one["kind"]: one["many"] for one in counted} == {"commit": 1, "result": 1}
    assert (await drawn.report()).verdict == "not_independently_verifiable", "its code was posted nowhere"
    with pytest.raises(Refused, match="every prize has a winner"):
        await drawn.ask()


async def test_two_keepers_that_look_at_once_make_one_draw(drawn: Draws) -> None:
    await drawn.begin()
    second = keeper_on(drawn.pipeline.server, Relay())
    for instant in (COMES - timedelta(minutes=29), COMES):
        drawn.at(instant)
        await drawn.house.look()
        await asyncio.gather(*(one.look() for one in [drawn.keeper, second] * 4))
    counted = await drawn.pipeline.read("SELECT kind, count(*) AS many FROM draw_record GROUP BY kind")
    assert {one["kind"]: one["many"] for one in counted} == {"commit": 1, "result": 1}


async def test_a_beacon_that_is_away_is_waited_for_or_pasted_in(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.relay.is_away = True
    drawn.at(COMES + timedelta(hours=1))
    await drawn.look()
    draw = await drawn.only()
    assert draw.state is DrawState.COMMITTED
    with pytest.raises(Refused, match=f"waits for round {ROUND}"):
        await drawn.house.do(drawing.supply, draw_id=draw.id, beacon=known_round(1001))
    await drawn.house.do(drawing.supply, draw_id=draw.id, beacon=known_round(ROUND))
    await drawn.look()
    assert (await drawn.only()).state is DrawState.DRAWN


async def test_a_draw_that_fails_is_told_of_and_goes_on_later(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.relay.is_broken = True
    drawn.at(COMES)
    with capture_logs() as said:
        await drawn.look()
    assert [(one["event"], one["code"]) for one in said if "code" in one] == [("draw.failed", "RuntimeError")]
    drawn.relay.is_broken = False
    await drawn.look()
    assert (await drawn.only()).state is DrawState.DRAWN


async def test_a_beacon_that_is_away_is_complained_of_less_and_less_often(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.relay.is_away = True
    with capture_logs() as lines:
        for second in range(0, 3600, 60):
            drawn.at(COMES + timedelta(seconds=second))
            await drawn.keeper.look()
    told = [line["again_in_s"] for line in lines if line["event"] == "draw.no_beacon"]
    assert told == [300, 600, 1200, 2400], "at once, after 5 minutes, 15 and 35"
    assert len(drawn.relay.asked) == 60, "the relays are asked all the same"


async def test_who_does_not_claim_makes_room_for_the_next_and_the_record_says_why(drawn: Draws) -> None:
    await drawn.begin(alternates=2)
    await drawn.close()
    drawn.at(COMES)
    await drawn.look()
    draw = await drawn.only()
    passing = {"draw_id": draw.id, "position": 1, "code": "unclaimed", "reason": "no word", "actor": "tester"}
    drawn.at(COMES + REVEAL_AFTER)
    with pytest.raises(Refused, match="may claim until"):
        await drawn.house.do(settle.pass_on, **passing, keys=KEYS)
    drawn.at(COMES + timedelta(days=3))
    await drawn.house.do(settle.pass_on, **passing, keys=KEYS)
    with pytest.raises(Refused, match="has won"):
        await drawn.house.do(settle.pass_on, **passing, keys=KEYS)
    report = await drawn.report()
    assert [(one.passed, one.wins) for one in report.winners] == [("unclaimed", False), (None, True), (None, False)]
    await drawn.house.do(settle.confirm, draw_id=draw.id, position=2, actor="tester")
    with pytest.raises(Refused, match="has won"):
        await drawn.house.do(settle.pass_on, **{**passing, "position": 2, "code": "declined"}, keys=KEYS)


async def test_a_draw_that_was_given_up_stays_in_the_log_and_the_next_has_another_number(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    first = await drawn.only()
    await drawn.house.do(settle.void, draw_id=first.id, reason="wrong prize", keys=KEYS)
    assert (await drawn.report()).verdict == "void"
    second = await drawn.ask()
    assert (second.number, second.state) == (2, DrawState.ASKED)
    drawn.at(COMES - COMMIT_LEAD)
    await drawn.look()
    drawn.at(COMES)
    await drawn.look()
    assert (await drawn.only()).state is DrawState.DRAWN
    assert (await drawn.report()).verdict == "not_independently_verifiable"


async def test_a_draw_after_one_that_was_given_up_is_over_the_same_list_whoever_parts_meanwhile(drawn: Draws) -> None:
    await drawn.house.rules(settlement_h=0, renews=False)
    drawn.period = await drawn.house.start(ends=ENDS)
    await drawn.pipeline.accounts([4], "twitch")
    await drawn.house.happen(*(gift(one, one, micros(EVE), one) for one in (1, 2, 3)))
    await link(drawn.house, ("kick", "3"), ("twitch", "4"))
    await drawn.house.happen(replace(gift(4, 4, micros(EVE), 9), platform="twitch"))
    await drawn.look()
    await drawn.close()
    first = await drawn.only()
    await drawn.house.do(settle.void, draw_id=first.id, reason="wrong prize", keys=KEYS)
    parting = {"account": ("twitch", "4"), "cause": Cause.STAFF, "actor": "tester", "reason": "A test."}
    await drawn.house.do(linking.unlink, **parting)
    await drawn.ask()
    await drawn.look()
    second = await drawn.only()
    assert (second.number, second.entries_count, second.tickets_total) == (2, 3, 150)
    assert (first.entries_count, first.tickets_total) == (3, 150)
    salts = "SELECT viewer_id, count(DISTINCT salt) AS many FROM draw_entrant GROUP BY viewer_id"
    assert {one["many"] for one in await drawn.pipeline.read(salts)} == {2}, "others cannot be told apart by old ones"


async def test_nobody_gives_a_draw_up_whose_round_is_out_unless_the_round_is_missing_for_a_week(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    draw = await drawn.only()
    drawn.relay.is_away = True
    giving_up = partial(settle.void, draw_id=draw.id, reason="another winner, please", keys=KEYS)
    for instant in (COMES, COMES + NO_BEACON_AFTER - timedelta(seconds=1)):
        drawn.at(instant)
        await drawn.look()
        with pytest.raises(Refused, match="round of this draw is out"):
            await drawn.house.do(giving_up)
    drawn.at(COMES + NO_BEACON_AFTER)
    await drawn.house.do(giving_up)
    assert (await drawn.only()).state is DrawState.VOID


async def test_a_raffle_is_history_a_month_after_its_draw_and_not_drawn_again(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    await drawn.house.do(settle.void, draw_id=(await drawn.only()).id, reason="wrong prize", keys=KEYS)
    drawn.at(COMES + ARCHIVED_AFTER)
    await drawn.look()
    await drawn.ask("it still owes a winner")
    for instant in (COMES, COMES + ARCHIVED_AFTER - timedelta(seconds=1), COMES + ARCHIVED_AFTER):
        drawn.at(COMES - COMMIT_LEAD)
        await drawn.look()
        drawn.at(instant)
        await drawn.look()
        [row] = await drawn.pipeline.read("SELECT state FROM raffle_period")
        assert (row["state"] == "archived") is (instant == COMES + ARCHIVED_AFTER), instant
    with pytest.raises(Refused, match="history"):
        await drawn.ask()
    [told] = await drawn.pipeline.read("SELECT actor FROM audit_event WHERE action = 'raffle.archive'")
    assert told["actor"] == "system:raffle"


async def test_nothing_is_drawn_unasked_where_staff_wants_it_so(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.house.do(plan.set_automatic, automatic=False, actor="tester")
    await drawn.close()
    assert (await drawn.only()).state is DrawState.PLANNED
    await drawn.ask()
    await drawn.look()
    assert (await drawn.only()).state is DrawState.COMMITTED


async def test_the_log_of_draws_cannot_be_changed(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    for change in ("UPDATE draw_record SET hash = ''", "DELETE FROM draw_record"):
        with pytest.raises(Exception, match="append-only"):
            await drawn.pipeline.write(f"{change} RETURNING id")
