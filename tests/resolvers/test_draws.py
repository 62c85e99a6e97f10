"""Draws as staff and viewers see them: what is promised, who won, and each viewer's own proof."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from server.actions.draws import plan, settle
from server.actions.draws.draw import REVEAL
from server.actions.giveaways import run
from server.actions.tokens import overlay_keys
from server.auth.actors import Actor
from server.domain.draws.entries import entry_id
from server.domain.draws.plan import COMMIT_LEAD, REVEAL_AFTER
from server.domain.draws.verify import verify
from server.domain.giveaways import GiveawayKind, GiveawayRules
from server.domain.instants import micros
from server.domain.jobs import Served
from server.domain.raffle.rules import TicketSource
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of, number_of
from server.store import jobs
from server.store.draws import draws
from server.store.jobs import LeasedJob
from tests.effects.drawing import COMES, KEYS, ROUND, fault_of, file_of
from tests.graph import Graph, Socket
from tests.resolvers.drawing import Eve, eve_on, of, seen_on_discord, viewer_of
from tests.resolvers.test_jobs import Client, overlay

PLACE = "position ticket state reason claimUntil account { platformId name }"
DRAW = f"""number state isTest isManual round roundAt code commit entrants tickets revealAt fileUrl
  story {{ verdict sentence evidence {{ place reference at }} postponements {{ fromRound toRound reason }} }}
  places {{ {PLACE} }} winners {{ position }}"""
SHOWN = f"""query ($slug: String!) {{ community(slug: $slug) {{ raffles {{
  draws(first: 5) {{ totalCount nodes {{ {DRAW} }} }}
  history(first: 5) {{ nodes {{ draw {{ number }} draws(first: 1) {{ totalCount }} }} }} }} }} }}"""
MINE = """query ($c: ID!, $r: ID) { myRaffle(communityId: $c, raffleId: $r) {
  number state drawState code fileUrl howToEarn mine { tickets chance leftOut warning freeEntryTaken
  bySource { source tickets cap counted } entry { account salt entryId tickets leftOut firstTicket lastTicket leaf
    path { side hash tickets } position } } } }"""
OWN_DRAW = """query ($c: ID!, $d: ID!) { myDraw(communityId: $c, drawId: $d) { name number state code fileUrl
  entries { account salt tickets leaf path { side hash tickets } } } }"""
LEFT_OUT = """query ($slug: String!, $first: Int!, $after: String) { community(slug: $slug) { raffles {
  draws(first: 1) { nodes { leftOut(first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
    nodes { reason tickets account { platformId } } } } } } } }"""


@pytest.fixture
async def eve(graph: Graph) -> Eve:
    return await eve_on(graph)


async def shown(eve: Eve, slug: str = "house") -> dict[str, Any]:
    """The newest draw."""
    return (await eve.graph.data(SHOWN, slug=slug))["community"]["raffles"]["draws"]["nodes"][0]


async def test_a_draw_is_shown_from_its_plan_to_its_winners(eve: Eve) -> None:
    await eve.begin(winners=1, alternates=2)
    planned = await shown(eve)
    assert (planned["state"], planned["round"], planned["code"]) == ("PLANNED", str(ROUND), None)
    assert (planned["story"]["verdict"], planned["fileUrl"], planned["places"]) == (None, None, [])
    await eve.close()
    promised = await shown(eve)
    assert (promised["state"], promised["entrants"], promised["tickets"]) == ("COMMITTED", 4, "150")
    assert (promised["story"]["verdict"], promised["story"]["evidence"]) == ("NOT_DRAWN_YET", [])
    await eve.say_all()
    assert [one["place"] for one in (await shown(eve))["story"]["evidence"]] == ["kick_chat"]
    await eve.come()
    eve.at(COMES + REVEAL_AFTER - timedelta(seconds=1))
    secret = await shown(eve)
    assert (secret["state"], secret["places"], secret["winners"]) == ("DRAWN", [], []), "before the reveal"
    eve.at(COMES + REVEAL_AFTER)
    drawn = await shown(eve)
    assert (drawn["state"], drawn["story"]["verdict"]) == ("DRAWN", "VERIFIED")
    assert [one["state"] for one in drawn["places"]] == ["WON", "ALTERNATE", "ALTERNATE"]
    assert drawn["winners"] == [{"position": 1}]
    assert drawn["places"][0]["claimUntil"] is not None
    assert drawn["places"][1]["claimUntil"] is None
    assert {one["account"]["name"] for one in drawn["places"]} <= {f"viewer{one}" for one in range(1, 5)}
    assert drawn["code"] == promised["code"]


async def test_what_the_graph_says_of_proof_is_what_a_check_of_the_file_says(eve: Eve) -> None:
    await eve.begin()
    await eve.close()
    await eve.come()
    told = await shown(eve)
    assert told["story"]["verdict"] == "NOT_INDEPENDENTLY_VERIFIABLE"
    assert told["story"]["sentence"].startswith("Not independently verifiable:")
    await eve.do(
        settle.pass_on, draw_id=await eve.draw(), position=1, code="declined", reason="No.", actor="t", keys=KEYS
    )
    passed = await shown(eve)
    assert [(one["state"], one["reason"]) for one in passed["places"][:2]] == [("PASSED", "declined"), ("WON", None)]
    assert passed["winners"] == [{"position": 2}]


async def test_a_moved_draw_says_from_where_and_why(eve: Eve) -> None:
    await eve.begin()
    later = micros(COMES + timedelta(hours=1))
    await eve.do(plan.postpone, draw_id=await eve.draw(), to=later, reason="The stream is late.", keys=KEYS)
    told = (await shown(eve))["story"]["postponements"]
    assert told == [{"fromRound": str(ROUND), "toRound": str(ROUND + 1200), "reason": "by_staff"}]


async def mine(eve: Eve, number: str, platform: str = "kick", **asked: Any) -> dict[str, Any]:
    """What somebody is told of the raffle and himself."""
    told = await eve.graph.data(MINE, eve.graph.person((platform, number)), c=of(eve), **asked)
    return told["myRaffle"]


async def test_a_viewer_is_told_his_chance_and_what_counts_before_the_list_is_closed(eve: Eve) -> None:
    assert await mine(eve, "3") is None, "there is no raffle yet"
    await eve.begin(caps={TicketSource.GIFTED_SUB: 40})
    told = await mine(eve, "4")
    [own] = told["mine"]
    assert own["bySource"] == [{"source": "GIFTED_SUB", "tickets": "60", "cap": 40, "counted": "40"}]
    assert (own["tickets"], own["chance"], own["warning"]) == ("40", 40 * 1_000_000 // 150, None)
    assert (told["drawState"], own["entry"], own["freeEntryTaken"]) == ("PLANNED", None, False)
    assert told["howToEarn"][0] == "10 tickets for your free entry, once: write !enter in chat, or take it on Discord."
    await eve.close()
    [own] = (await mine(eve, "4"))["mine"]
    assert own["chance"] == 40 * 1_000_000 // 125, "exact, as the caps of all others are known too"


async def test_a_viewer_without_an_account_to_be_drawn_by_is_warned_before(eve: Eve) -> None:
    await eve.begin()
    claim = "mutation ($input: ClaimFreeEntryInput!) { claimFreeEntry(input: $input) { __typename } }"
    await seen_on_discord(eve, "88")
    await eve.graph.data(
        claim, eve.graph.person(("discord", "88")), input={"communityId": of(eve), "idempotencyKey": "k"}
    )
    [own] = (await mine(eve, "88", "discord"))["mine"]
    assert (own["tickets"], own["leftOut"], own["chance"], own["freeEntryTaken"]) == ("10", "unlinked", 0, True)
    assert "Link yours before the list is closed" in own["warning"]
    await eve.close()
    [own] = (await mine(eve, "88", "discord"))["mine"]
    assert (own["leftOut"], own["entry"]["leftOut"], own["entry"]["account"]) == ("unlinked", "unlinked", None)


async def test_a_viewer_is_given_his_own_proof_and_nobody_elses(eve: Eve) -> None:
    await eve.begin()
    await eve.close()
    [told] = (await mine(eve, "3"))["mine"]
    own = told["entry"]
    assert (own["account"], own["tickets"], own["leftOut"]) == ("kick:3", "45", None)
    assert entry_id(bytes.fromhex(own["salt"]), "kick:3").hex() == own["entryId"]
    draw = await draws.by_id(eve.graph.server.database.reader(), eve.community, await eve.draw())
    assert draw is not None
    bundle = await file_of(eve.graph.server.database.reader(), draw)
    rows = [line.split(",") for line in bundle["entries"].splitlines()]
    before = sum(int(weight) for identity, weight, _ in rows if identity < own["entryId"])
    assert (own["firstTicket"], own["lastTicket"]) == (str(before), str(before + 44))
    assert root_of(own) == bundle["log"][-1]["entries_root"]
    assert (await mine(eve, "404"))["mine"] == []
    assert (await eve.graph.data(MINE, c=of(eve)))["myRaffle"]["mine"] == [], "the operator has no account of his own"


async def test_an_overlay_that_says_where_it_showed_the_code_is_evidence_and_one_that_does_not_is_none(
    eve: Eve,
) -> None:
    for name in ("main", "side", "gone"):
        made = await eve.do(overlay_keys.create, overlay=name, digest=name)
    await eve.do(overlay_keys.revoke, key_id=made.id)
    await eve.begin()
    await eve.close()
    promised = await shown(eve)
    jobs_of = {name: await overlay(eve.graph, eve.community, name).lease() for name in ("main", "side", "gone")}
    assert [(name, [job["kind"] for job in given]) for name, given in jobs_of.items()] == [
        ("main", ["draw_committed"]),
        ("side", ["draw_committed"]),
        ("gone", []),
    ]
    [main], [side] = jobs_of["main"], jobs_of["side"]
    told = await overlay(eve.graph, eve.community, "main").acknowledge(main, reference="vod-2213.01-14-09")
    assert told["state"] == "DONE"
    await overlay(eve.graph, eve.community, "side").acknowledge(side)
    evidence = (await shown(eve))["story"]["evidence"]
    assert [(one["place"], one["reference"]) for one in evidence] == [("overlay", "vod-2213.01-14-09")]
    await eve.come()
    drawn = await shown(eve)
    assert (drawn["code"], drawn["story"]["verdict"]) == (promised["code"], "VERIFIED")


async def own_draw(eve: Eve, number: str, draw: int, where: str | None = None) -> dict[str, Any]:
    """What somebody is told of a draw and himself."""
    asked = {"c": where or of(eve), "d": id_of("draw", draw)}
    return (await eve.graph.data(OWN_DRAW, eve.graph.person(("kick", number)), **asked))["myDraw"]


async def test_a_viewer_is_given_his_proof_of_an_older_draw_too(eve: Eve) -> None:
    await eve.begin()
    await eve.close()
    first = await eve.draw()
    await eve.do(settle.void, draw_id=first, reason="Something was wrong.", keys=KEYS)
    await eve.do(plan.ask, period_id=eve.period, actor="tester", reason="Again.")
    await eve.look()
    second = await eve.draw()
    told = [await own_draw(eve, "3", draw) for draw in (first, second)]
    assert [(one["number"], one["state"]) for one in told] == [(1, "VOID"), (2, "COMMITTED")]
    for draw, one in zip((first, second), told, strict=True):
        [own] = one["entries"]
        assert (own["account"], own["tickets"]) == ("kick:3", "45")
        row = await draws.by_id(eve.graph.server.database.reader(), eve.community, draw)
        assert row is not None
        commit = next(
            line
            for line in (await file_of(eve.graph.server.database.reader(), row))["log"][::-1]
            if line["draw_id"] == row.name and line["kind"] == "commit"
        )
        assert root_of(own) == commit["entries_root"]
    assert told[0]["entries"][0]["salt"] != told[1]["entries"][0]["salt"]
    assert (await own_draw(eve, "404", first))["entries"] == []
    den = await eve.graph.live.community("den", "100002")
    assert await own_draw(eve, "3", first, id_of("community", den)) is None


async def test_a_viewer_is_given_his_proof_of_a_giveaway(eve: Eve) -> None:
    await eve.begin()
    rules = GiveawayRules(kind=GiveawayKind.TICKETS, lead_s=60)
    made = await eve.do(run.open_up, title="A mug", rules=rules, ends=None, actor="tester")
    await eve.do(run.draw, giveaway_id=made.id, actor="tester")
    eve.graph.live.clock.pass_time(minutes=1)
    await eve.look()
    told = await own_draw(eve, "4", await eve.draw())
    [own] = told["entries"]
    assert told["name"] == f"giveaway-{made.id}-1"
    assert (own["account"], own["tickets"], len(own["path"])) == ("kick:4", "60", 2)


async def test_a_place_is_told_from_the_reveal_on(eve: Eve) -> None:
    await eve.begin()
    await eve.close()
    await eve.come()
    eve.at(COMES + REVEAL_AFTER - timedelta(seconds=1))
    positions = [(await mine(eve, str(one)))["mine"][0]["entry"]["position"] for one in range(1, 5)]
    assert positions == [None] * 4
    eve.at(COMES + REVEAL_AFTER)
    positions = [(await mine(eve, str(one)))["mine"][0]["entry"]["position"] for one in range(1, 5)]
    assert sorted(positions) == [1, 2, 3, 4]


def root_of(own: dict[str, Any]) -> str:
    """Where a path leads, by nothing of ours."""
    current, below = bytes.fromhex(own["leaf"]), int(own["tickets"])
    for step in own["path"]:
        beside, many = bytes.fromhex(step["hash"]), int(step["tickets"])
        sides = [(current, below), (beside, many)] if step["side"] == "RIGHT" else [(beside, many), (current, below)]
        current = sha256(b"\1" + b"".join(one + count.to_bytes(8, "big") for one, count in sides)).digest()
        below += many
    return current.hex()


DONE = {
    "drawRaffle": "RaffleDrawAsked",
    "testDraw": "TestDrawAsked",
    "voidDraw": "DrawVoided",
    "passWinner": "WinnerPassed",
    "confirmWinner": "WinnerConfirmed",
}


async def staff(eve: Eve, name: str, /, **given: Any) -> dict[str, Any]:
    """What a mutation of draws gives a manager."""
    document = f"""mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename
      ... on Problem {{ code message }}
      ... on {DONE[name]} {{ draw {{ id number state winners {{ position }} }} }} }} }}"""
    named = {"communityId": of(eve), "idempotencyKey": str(given)}
    [told] = (await eve.graph.data(document, eve.graph.person(("kick", "900")), input=named | given)).values()
    return told


async def test_staff_draws_right_after_the_end_and_may_give_a_draw_up_and_draw_again(eve: Eve) -> None:
    await eve.begin(settlement_h=24, alternates=2)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    raffle_id = id_of("raffle", eve.period)
    assert (await staff(eve, "drawRaffle", raffleId=raffle_id))["code"] == "raffle_open"
    eve.at(COMES - timedelta(minutes=29))
    await eve.look()
    eve.at(COMES - COMMIT_LEAD)
    asked = [(await staff(eve, "drawRaffle", raffleId=raffle_id, reason=f"{one}"))["draw"] for one in range(2)]
    assert {(one["id"], one["state"]) for one in asked} == {(asked[0]["id"], "ASKED")}
    await eve.look()
    assert ((await shown(eve))["state"], (await shown(eve))["round"]) == ("COMMITTED", str(ROUND)), "75 seconds ahead"
    given_up = await staff(eve, "voidDraw", drawId=asked[0]["id"], reason="The wrong prize was named.")
    assert (given_up["draw"]["state"], given_up["draw"]["winners"]) == ("VOID", [])
    told = await shown(eve)
    assert (told["story"]["verdict"], told["story"]["sentence"]) == ("VOID", "Given up: this draw has no winners.")
    assert (await staff(eve, "confirmWinner", drawId=asked[0]["id"], position=1))["code"] == "not_a_winner"
    eve.at(COMES - COMMIT_LEAD + timedelta(seconds=3))
    again = (await staff(eve, "drawRaffle", raffleId=raffle_id, reason="again"))["draw"]
    assert (again["number"], again["state"]) == (2, "ASKED")
    eve.at(COMES - COMMIT_LEAD + timedelta(seconds=3))
    await eve.look()
    assert (await shown(eve))["round"] == str(ROUND + 1)
    eve.at(COMES + timedelta(seconds=3))
    await eve.look()
    eve.at(COMES + timedelta(seconds=3) + REVEAL_AFTER)
    second = await shown(eve)
    assert (second["number"], second["state"], len(second["winners"])) == (2, "DRAWN", 1)
    refused = await staff(eve, "voidDraw", drawId=again["id"], reason="Somebody else should win.")
    assert refused["code"] == "draw_round_out"
    passed = await staff(eve, "passWinner", drawId=again["id"], position=1, code="DECLINED", reason="No.")
    assert passed["draw"]["winners"] == [{"position": 2}]
    draw = await draws.by_id(eve.graph.server.database.reader(), eve.community, await eve.draw())
    assert draw is not None
    bundle = await file_of(eve.graph.server.database.reader(), draw)
    kinds = ["postponed", "commit", "void", "postponed", "commit", "result", "pass"]
    assert [one["kind"] for one in bundle["log"]] == kinds, "neither came with the round that the rules had named"
    assert verify(bundle, fault_of).verdict == "not_independently_verifiable"


FURTHER = """query ($slug: String!) { community(slug: $slug) { raffles { draws(first: 5) { nodes {
  number state supplementOf { number supplementOf { number } places { state } } leftOut(first: 5) { nodes { reason } }
  winners { position } story { verdict } } } } } }"""


async def test_staff_has_a_prize_drawn_for_that_nobody_is_left_to_have(eve: Eve) -> None:
    await eve.begin(winners=1, alternates=1)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    asking = {"raffleId": id_of("raffle", eve.period)}
    await eve.close()
    await eve.come()
    refused = await staff(eve, "drawRaffle", **asking, reason="more")
    assert (refused["code"], refused["message"]) == ("draw_done", "It is drawn, and every prize has a winner.")
    for position in (1, 2):
        passing = {"drawId": id_of("draw", await eve.draw()), "code": "DECLINED", "reason": "No."}
        assert (await staff(eve, "passWinner", position=position, **passing))["__typename"] == "WinnerPassed"
    eve.at(COMES - COMMIT_LEAD + timedelta(seconds=3))
    asked = (await staff(eve, "drawRaffle", **asking, reason="nobody is left"))["draw"]
    assert (asked["number"], asked["state"]) == (2, "ASKED")
    await eve.look()
    await eve.say_all()
    eve.at(COMES + timedelta(seconds=3))
    await eve.look()
    eve.at(COMES + timedelta(seconds=3) + REVEAL_AFTER)
    told = await eve.graph.data(FURTHER, slug="house")
    second, first = told["community"]["raffles"]["draws"]["nodes"]
    assert (first["supplementOf"], first["winners"]) == (None, [])
    assert (second["number"], second["winners"], second["story"]["verdict"]) == (2, [{"position": 1}], "VERIFIED")
    assert second["supplementOf"] == {"number": 1, "supplementOf": None, "places": [{"state": "PASSED"}] * 2}
    assert [one["reason"] for one in second["leftOut"]["nodes"]] == ["already_drawn"] * 2
    [own] = [own for one in range(1, 5) for own in (await mine(eve, str(one)))["mine"] if own["leftOut"]][:1]
    assert own["warning"] == "You were drawn before, so you are not in this further draw of the same raffle."


async def test_a_winner_who_claimed_keeps_the_draw(eve: Eve) -> None:
    await eve.begin()
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    await eve.close()
    await eve.come()
    draw_id = id_of("draw", await eve.draw())
    assert (await staff(eve, "confirmWinner", drawId=draw_id, position=1))["__typename"] == "WinnerConfirmed"
    assert (await staff(eve, "voidDraw", drawId=draw_id, reason="Mine should win."))["code"] == "draw_round_out"
    refused = await staff(eve, "passWinner", drawId=draw_id, position=1, code="DECLINED", reason="No.")
    assert refused["code"] == "not_a_winner"
    assert (await shown(eve))["winners"] == [{"position": 1}]


LEASE = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) { ... on JobsLeased { jobs { id kind lease
  ... on DrawCommittedJob { drawId title isTest code round roundAt entrants tickets fileUrl }
  ... on DrawDoneJob { title isTest revealAt claimSeconds count fileUrl
    winners { position ticket platform platformId name publicName } }
  } } } }"""
ACKNOWLEDGE = """mutation ($input: AcknowledgeJobInput!) { acknowledgeJob(input: $input) {
  ... on JobAcknowledged { state } ... on Problem { code } } }"""


async def leased(client: Client) -> dict[str, Any]:
    """The only job that waits for the Discord bot."""
    [job] = (await client.ask(LEASE, limit=5))["jobs"]
    return job


async def test_the_bots_message_counts_as_evidence_that_the_code_was_seen(eve: Eve) -> None:
    await eve.begin(alternates=0)
    await eve.close()
    expires_at = eve.graph.live.clock.now() + timedelta(days=1)
    bot = Client(eve.graph, Actor("bot", eve.community, "discord", "service:1", expires_at))
    promised, job = await shown(eve), await leased(bot)
    assert (job["kind"], job["title"], job["code"]) == ("draw_committed", "August", promised["code"])
    assert (job["round"], job["roundAt"], job["entrants"], job["tickets"]) == (
        str(ROUND),
        promised["roundAt"],
        4,
        "150",
    )
    said = {"jobId": job["id"], "lease": job["lease"], "outcome": "DONE"}
    assert await bot.ask(ACKNOWLEDGE, **said, reference="not one id") == {"code": "job_reference_unfit"}
    assert await bot.ask(ACKNOWLEDGE, **said, reference="1143885241911234567") == {"state": "DONE"}
    told = (await shown(eve))["story"]["evidence"]
    assert [(one["place"], one["reference"]) for one in told] == [("discord", "1143885241911234567")]
    await eve.come()
    drawn = await shown(eve)
    assert (drawn["story"]["verdict"], drawn["story"]["evidence"]) == ("VERIFIED", told)
    assert (await bot.ask(LEASE, limit=5))["jobs"] == [], "the winners are told when it is time, and not before"
    eve.at(COMES + timedelta(seconds=10))
    await eve.keeper.reveal(await revealing(eve))
    job = await leased(bot)
    assert (job["kind"], job["count"], job["claimSeconds"]) == ("draw_done", 1, None)
    first = drawn["places"][0]
    [won] = job["winners"]
    assert (won["position"], won["ticket"], won["platformId"]) == (1, first["ticket"], first["account"]["platformId"])
    assert won["publicName"] == f"{won['name'][:2]}***", "names are masked in public where nothing else is settled"


async def revealing(eve: Eve) -> LeasedJob:
    """The server's own job to name the winners, as its queue hands it out."""

    async def lease(tx: Tx, scope: Scope) -> Done[list[LeasedJob]]:
        served = Served(audience="server")
        return Done(await jobs.lease_due(tx, served, scope.now, timedelta(minutes=1), 5, "tester"))

    return next(job for job in await eve.graph.server.units.run(0, lease) if job.kind == REVEAL)


async def test_whoever_hears_of_a_test_hears_that_it_is_one_and_the_raffle_shows_its_own_draw(eve: Eve) -> None:
    await eve.begin(alternates=0)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    itself = {"number": 1, "isTest": False}
    assert await draws_of(eve) == {**PLANNED, "draws": {"nodes": [itself]}}
    eve.at(COMES - timedelta(minutes=31))
    test = (await staff(eve, "testDraw", raffleId=id_of("raffle", eve.period)))["draw"]
    assert (test["number"], test["state"]) == (2, "ASKED")
    await eve.look()
    bot = Client(eve.graph, Actor("bot", eve.community, "discord", "service:1", COMES + timedelta(days=1)))
    job, promised = await leased(bot), await shown(eve)
    assert (job["title"], job["isTest"], job["code"]) == ("TEST, nothing is won: August", True, promised["code"])
    assert (promised["isTest"], promised["isManual"]) == (True, True)
    assert await draws_of(eve) == {**PLANNED, "draws": {"nodes": [{"number": 2, "isTest": True}, itself]}}
    told = await mine(eve, "3")
    assert (told["drawState"], told["code"], told["mine"][0]["entry"]) == ("PLANNED", None, None)


DRAWS_OF = """query ($slug: String!) { community(slug: $slug) { raffles { current { state draw { number state }
  draws(first: 5) { nodes { number isTest } } } } } }"""
PLANNED: dict[str, Any] = {"state": "OPEN", "draw": {"number": 1, "state": "PLANNED"}}


async def draws_of(eve: Eve) -> dict[str, Any]:
    """The open raffle with its draw and all its draws."""
    return (await eve.graph.data(DRAWS_OF, slug="house"))["community"]["raffles"]["current"]


async def test_who_was_drawn_in_a_test_is_told_as_that_and_may_claim_nothing(eve: Eve) -> None:
    await eve.begin(settlement_h=24, alternates=0)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    eve.at(COMES - timedelta(seconds=75))
    await staff(eve, "testDraw", raffleId=id_of("raffle", eve.period))
    await eve.look()
    await eve.come()
    drawn = await shown(eve)
    assert (drawn["isTest"], drawn["state"], drawn["places"][0]["claimUntil"]) == (True, "DRAWN", None)
    assert drawn["story"]["sentence"].endswith("This was a test, and nothing was promised.")
    eve.at(COMES + timedelta(seconds=10))
    await eve.keeper.reveal(await revealing(eve))
    lines = await eve.graph.server.database.reader().fetch("SELECT text FROM chat_line ORDER BY id")
    assert [line["text"].startswith("TEST, nothing is won: August") for line in lines] == [True, True]
    assert (await mine(eve, drawn["places"][0]["account"]["platformId"]))["mine"][0]["entry"] is None
    assert [one["isTest"] for one in await heard_of_draws(eve) if "isTest" in one] == [True, True]


async def test_the_feed_tells_of_a_draw_what_is_shown_of_it(eve: Eve) -> None:
    await eve.begin(alternates=0)
    await eve.close()
    await eve.come()
    drawn = await shown(eve)
    eve.at(COMES + timedelta(seconds=10))
    await eve.keeper.reveal(await revealing(eve))
    draws_told = await heard_of_draws(eve)
    kinds = [one.get("drawState", one["__typename"]) for one in draws_told]
    assert kinds == ["PLANNED", "FROZEN", "COMMITTED", "DrawCommitted", "DRAWN", "DrawRevealed"]
    assert draws_told[0]["subjectId"] == id_of("raffle", eve.period)
    assert (draws_told[3]["code"], draws_told[3]["tickets"]) == (drawn["code"], "150")
    assert (draws_told[3]["isTest"], draws_told[5]["isTest"]) == (False, False)
    [won] = draws_told[5]["winners"]
    assert (won["ticket"], won["name"]) == (drawn["places"][0]["ticket"], drawn["places"][0]["account"]["name"])


async def heard_of_draws(eve: Eve) -> list[dict[str, Any]]:
    """What the feed tells of draws up to the reveal."""
    socket = await Socket(eve.graph).open(eve.graph.operator)
    await socket.heard()
    listening = """subscription ($c: ID!) { feed(communityId: $c, after: "0") { __typename
      ... on DrawChanged { subjectId number drawState }
      ... on DrawCommitted { title isTest code round entrants tickets fileUrl }
      ... on DrawRevealed { title isTest count fileUrl
        winners { position ticket platform platformId name publicName } } } }"""
    await socket.subscribe(listening, c=of(eve))
    told: list[dict[str, Any]] = []
    while not told or told[-1]["__typename"] != "DrawRevealed":
        told.append(await socket.event())
    await socket.frames.close()
    return [one for one in told if one["__typename"].startswith("Draw")]


async def test_who_was_drawn_in_a_test_that_was_given_up_is_told_to_nobody(eve: Eve) -> None:
    await eve.begin(settlement_h=24)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    eve.at(COMES - COMMIT_LEAD)
    await staff(eve, "testDraw", raffleId=id_of("raffle", eve.period))
    await eve.look()
    await eve.come()
    await eve.do(settle.void, draw_id=await eve.draw(), reason="By mistake.", keys=KEYS)
    eve.at(COMES + timedelta(seconds=10))
    await eve.keeper.reveal(await revealing(eve))
    reader = eve.graph.server.database.reader()
    assert not await reader.fetch("SELECT id FROM job WHERE kind = 'draw_done'")
    assert not await reader.fetch("SELECT id FROM chat_line WHERE key LIKE 'draw:%:result:%'")


async def test_staff_sees_who_is_left_out_and_the_viewer_is_told_why(eve: Eve) -> None:
    await eve.begin()
    for number, code in (("1", "banned_platform"), ("2", "staff")):
        viewer = number_of("viewer", await viewer_of(eve, number))
        excluding = {"period_id": eve.period, "viewer_id": viewer, "code": code, "reason": "A test."}
        await eve.do(settle.exclude, **excluding, actor="tester")
    await eve.close()
    seen: list[tuple[str, str]] = []
    after = None
    for _ in range(2):
        told = await eve.graph.data(LEFT_OUT, slug="house", first=1, after=after)
        page = told["community"]["raffles"]["draws"]["nodes"][0]["leftOut"]
        assert page["totalCount"] == 2
        seen += [(one["account"]["platformId"], one["reason"]) for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == [("1", "banned_platform"), ("2", "staff")]
    first = eve.graph.person(("kick", "1"))
    [own] = (await mine(eve, "1"))["mine"]
    assert "Staff leaves you out" in own["warning"]
    assert (own["entry"]["leftOut"], own["entry"]["firstTicket"]) == ("banned_platform", None)
    assert await eve.graph.code(LEFT_OUT, first, slug="house", first=1) == "forbidden"
    await eve.graph.grant(eve.community, ("kick", "3"), "MODERATOR")
    assert await eve.graph.code(LEFT_OUT, eve.graph.person(("kick", "3")), slug="house", first=1) == "forbidden"


STATISTICS = """query { community(slug: "house") { raffles { current { rules { claimHours howToEarn }
  excluded(first: 5) { totalCount nodes { code reason actor account { platformId } } }
  statistics { unlinked excluded freeEntries bySource { source tickets viewers } } } } } }"""


async def test_staff_sees_where_tickets_come_from_and_who_cannot_be_drawn(eve: Eve) -> None:
    await eve.begin(claim_h=2)
    claim = "mutation ($input: ClaimFreeEntryInput!) { claimFreeEntry(input: $input) { __typename } }"
    await seen_on_discord(eve, "88")
    given = {"communityId": of(eve), "idempotencyKey": "k"}
    await eve.graph.data(claim, eve.graph.person(("discord", "88")), input=given)
    viewer = number_of("viewer", await viewer_of(eve, "1"))
    excluding = {"period_id": eve.period, "viewer_id": viewer, "code": "staff", "reason": "A mod."}
    await eve.do(settle.exclude, **excluding, actor="tester")
    told = (await eve.graph.data(STATISTICS))["community"]["raffles"]["current"]
    assert told["statistics"] == {
        "unlinked": 1,
        "excluded": 1,
        "freeEntries": 1,
        "bySource": [
            {"source": "GIFTED_SUB", "tickets": "150", "viewers": 4},
            {"source": "FREE_ENTRY", "tickets": "10", "viewers": 1},
        ],
    }
    assert told["rules"]["claimHours"] == 2
    assert told["rules"]["howToEarn"][2] == "15 tickets for each subscription that you give."
    excluded = {"code": "staff", "reason": "A mod.", "actor": "tester", "account": {"platformId": "1"}}
    assert told["excluded"] == {"totalCount": 1, "nodes": [excluded]}
    await eve.graph.grant(eve.community, ("kick", "3"), "MODERATOR")
    refused = await eve.graph.ask(STATISTICS, eve.graph.person(("kick", "3")))
    assert {error["extensions"]["code"] for error in refused["errors"]} == {"forbidden"}


async def test_a_winner_has_as_long_to_claim_as_the_rules_say(eve: Eve) -> None:
    await eve.begin(claim_h=2)
    await eve.graph.grant(eve.community, ("kick", "900"), "MANAGER")
    await eve.close()
    await eve.come()
    passing = {"drawId": id_of("draw", await eve.draw()), "position": 1, "code": "UNCLAIMED"}
    eve.at(COMES + timedelta(hours=2, seconds=9))
    assert (await staff(eve, "passWinner", **passing, reason="too soon"))["code"] == "claim_open"
    eve.at(COMES + timedelta(hours=2, seconds=10))
    assert (await staff(eve, "passWinner", **passing, reason="No word."))["__typename"] == "WinnerPassed"


async def test_another_community_sees_no_draw(eve: Eve) -> None:
    await eve.begin()
    await eve.graph.live.community("den", "900002")
    told = (await eve.graph.data(SHOWN, slug="den"))["community"]["raffles"]
    assert (told["draws"]["totalCount"], told["history"]["nodes"]) == (0, [])
    told = (await eve.graph.data(SHOWN, slug="house"))["community"]["raffles"]
    assert told["draws"]["totalCount"] == 1
    assert told["history"]["nodes"] == [{"draw": {"number": 1}, "draws": {"totalCount": 1}}]
