"""Slot calls from end to end: called, picked so that anybody can check it, played, told to clients."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import orjson
import pytest

from server.auth.actors import Actor
from server.domain.staff import Capability
from server.schema.ids import id_of, number_of
from tests.graph import Graph, Socket
from tests.resolvers.slot_cases import opened
from tests.resolvers.test_jobs import Client

AT_ONCE = 50
PROBLEM = "__typename ... on Problem { code message }"
CALL = f"""mutation ($input: CallSlotInput!) {{ callSlot(input: $input) {{
  {PROBLEM} ... on SlotCalled {{ callId title provider place }} }} }}"""
PICK = f"""mutation ($input: PickSlotCallInput!) {{ pickSlotCall(input: $input) {{ {PROBLEM}
  ... on SlotCallPicked {{ call {{ id title state pickedAt }} pick {{ method candidates roll actor }} }} }} }}"""
SETTLE = f"""mutation ($input: SettleSlotCallInput!) {{ settleSlotCall(input: $input) {{ {PROBLEM}
  ... on SlotCallSettled {{ call {{ state settledAt result {{
    costMinor payoutMinor multiplierHundredths currency }} }} }} }} }}"""
BLOCK = f"""mutation ($input: BlockSlotCallsInput!) {{ blockSlotCalls(input: $input) {{ {PROBLEM} }} }}"""
IMPORT = f"""mutation ($input: ImportSlotsInput!) {{ importSlots(input: $input) {{ {PROBLEM}
  ... on SlotsImported {{ listed added }} }} }}"""
SHOWN = """{ community(slug: "house") { slotCalls { waiting
  queue(first: 3) { totalCount nodes { title account { platformId } } pageInfo { endCursor hasNextPage } }
  history(first: 10) { nodes { title state } }
  picks(first: 5) { totalCount nodes { method callId candidates roll } }
  blocks(first: 5) { nodes { kind key label } }
  catalogue(first: 2) { totalCount nodes { title provider } pageInfo { endCursor } } } } }"""

REST = (
    """query ($a: String) { community(slug: "house") { slotCalls { %s(first: 3, after: $a) { nodes { title } } } } }"""
)


class Slots:
    """Slot calls of one community, as clients see them."""

    def __init__(self, graph: Graph, community: int) -> None:
        self.graph = graph
        self.community = community
        self._keys = iter(range(10**6))

    async def do(self, document: str, token: str | None = None, /, **given: Any) -> dict[str, Any]:
        house = {"communityId": id_of("community", self.community), "idempotencyKey": f"k{next(self._keys)}"}
        [answer] = (await self.graph.data(document, token or self.graph.operator, input=house | given)).values()
        return answer

    async def call(self, slot: str, *holders: tuple[str, str]) -> dict[str, Any]:
        return await self.do(CALL, self.graph.person(*holders), slot=slot)

    async def shown(self) -> dict[str, Any]:
        return (await self.graph.data(SHOWN))["community"]["slotCalls"]


@pytest.fixture
async def slots(graph: Graph) -> Slots:
    community = await graph.live.community()
    await graph.live.community("den", "100002")
    await opened(graph.server, community, per_viewer=2)
    return Slots(graph, community)


async def test_fifty_calls_at_once_do_not_beat_the_limit(slots: Slots) -> None:
    await opened(slots.graph.server, slots.community, per_viewer=3, cooldown_s=0)
    answers = await asyncio.gather(*(slots.call(f"Slot {number}", ("discord", "7")) for number in range(AT_ONCE)))
    told = Counter(answer.get("code", "called") for answer in answers)
    assert told == {"called": 3, "slot_limit_reached": AT_ONCE - 3}
    assert sorted(answer["place"] for answer in answers if "place" in answer) == [1, 2, 3]
    assert (await slots.shown())["waiting"] == 3


async def test_fifty_viewers_at_once_do_not_beat_the_queue_nor_call_one_slot_twice(slots: Slots) -> None:
    await opened(slots.graph.server, slots.community, queue_max=10)
    calls = (slots.call(f"Slot {number % 20}", ("kick", str(number + 1))) for number in range(AT_ONCE))
    answers = await asyncio.gather(*calls)
    titles = [answer["title"] for answer in answers if "title" in answer]
    assert len(titles) == len(set(titles)) == 10
    assert {answer.get("code") for answer in answers} == {None, "slot_already_called", "slot_queue_full"}


async def test_accounts_of_one_viewer_share_limit_cooldown_and_block(slots: Slots) -> None:
    link = """mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"""
    one, other = ("kick", "5"), ("discord", "55")
    named = [{"platform": platform.upper(), "platformId": number} for platform, number in (one, other)]
    assert (await slots.do(link, one=named[0], other=named[1], reason="x"))["__typename"] == "AccountsLinked"
    assert (await slots.call("Book of Dead", one))["__typename"] == "SlotCalled"
    assert (await slots.call("Wanted", other))["code"] == "slot_cooling_down"
    slots.graph.live.clock.pass_time(seconds=30)
    assert (await slots.call("Wanted", other))["__typename"] == "SlotCalled"
    slots.graph.live.clock.pass_time(seconds=30)
    assert (await slots.call("Third", one))["code"] == "slot_limit_reached"
    blocked = await slots.do(BLOCK, kind="VIEWER", account=named[1], reason="Too loud.")
    assert blocked["__typename"] == "SlotCallsBlocked"
    refused = await slots.call("Third", one)
    assert (refused["code"], "Too loud." in refused["message"]) == ("slot_viewer_blocked", True)


async def test_a_refused_call_burns_no_cooldown(slots: Slots) -> None:
    assert (await slots.call("!!", ("kick", "5")))["code"] == "slot_title_invalid"
    await slots.call("Book of Dead", ("kick", "6"))
    assert (await slots.call("book OF dead!", ("kick", "5")))["code"] == "slot_already_called"
    assert (await slots.call("Wanted", ("kick", "5")))["__typename"] == "SlotCalled"


async def test_staff_calls_for_a_viewer_and_a_viewer_for_nobody_else(slots: Slots) -> None:
    account = {"platform": "KICK", "platformId": "5"}
    assert (await slots.do(CALL, slot="Wanted", account=account))["place"] == 1
    assert (await slots.do(CALL, slot="Alone"))["code"] == "slot_caller_needed"
    house = {"communityId": id_of("community", slots.community), "idempotencyKey": "k", "slot": "Third"}
    viewer = slots.graph.person(("kick", "6"))
    assert await slots.graph.code(CALL, viewer, input=house | {"account": account}) == "forbidden"
    assert (await slots.shown())["queue"]["nodes"] == [{"title": "Wanted", "account": {"platformId": "5"}}]


async def test_a_random_pick_can_be_checked(slots: Slots) -> None:
    for number in range(7):
        await slots.call(f"Slot {number}", ("kick", str(number + 1)))
    picked = []
    for waiting in range(7, 0, -1):
        done = await slots.do(PICK, method="RANDOM")
        pick = done["pick"]
        index = int(pick["roll"], 16) * len(pick["candidates"]) >> 128
        assert len(pick["roll"]) == 32
        assert len(pick["candidates"]) == waiting
        assert pick["candidates"][index] == done["call"]["id"]
        assert pick["candidates"] == sorted(pick["candidates"], key=lambda given: number_of("slot_call", given))
        picked.append(done["call"]["title"])
    assert sorted(picked) == [f"Slot {number}" for number in range(7)]
    assert (await slots.do(PICK, method="RANDOM"))["code"] == "slot_queue_empty"
    assert (await slots.shown())["picks"]["totalCount"] == 7


async def test_one_call_is_picked_once_though_all_pick_at_once(slots: Slots) -> None:
    for number in range(5):
        await slots.call(f"Slot {number}", ("kick", str(number + 1)))
    done = await asyncio.gather(*(slots.do(PICK, method="OLDEST") for _ in range(10)))
    titles = sorted(one["call"]["title"] for one in done if "call" in one)
    assert titles == [f"Slot {number}" for number in range(5)]


async def test_a_call_goes_forward_only_and_its_result_can_be_mended(slots: Slots) -> None:
    call = (await slots.call("Wanted", ("kick", "5")))["callId"]
    assert (await slots.do(PICK, method="CHOSEN", callId=call))["call"]["state"] == "PICKED"
    assert (await slots.do(PICK, method="CHOSEN", callId=call))["code"] == "slot_queue_empty"
    result = {"costMinor": "20000", "payoutMinor": "5000", "currency": "EUR"}
    played = await slots.do(SETTLE, callId=call, outcome="PLAYED", result=result)
    assert played["call"]["result"] == result | {"multiplierHundredths": "25"}
    mended = await slots.do(SETTLE, callId=call, outcome="PLAYED", result={"multiplierHundredths": "9000000"})
    assert mended["call"]["result"]["multiplierHundredths"] == "9000000"
    assert mended["call"]["result"]["costMinor"] is None
    assert (await slots.do(SETTLE, callId=call, outcome="DROPPED"))["code"] == "slot_call_settled"
    assert (await slots.shown())["history"]["nodes"] == [{"title": "Wanted", "state": "PLAYED"}]


async def test_another_communitys_call_cannot_be_touched(slots: Slots) -> None:
    den = Slots(slots.graph, 2)
    await opened(slots.graph.server, 2)
    theirs = (await den.call("Wanted", ("kick", "5")))["callId"]
    assert (await slots.do(SETTLE, callId=theirs, outcome="DROPPED"))["code"] == "slot_call_unknown"
    assert (await slots.call("Wanted", ("kick", "5")))["place"] == 1, "neither limit nor duplicate is shared"
    assert (await slots.do(PICK, method="CHOSEN", callId=theirs))["code"] == "slot_call_not_waiting"


async def test_the_catalogue_corrects_titles_names_providers_and_blocks_them(slots: Slots) -> None:
    listed = (
        "title,provider\nBook of Dead,Play'n GO\nWanted: Dead or a Wild,Hacksaw Gaming\nSweet Bonanza,Pragmatic Play\n"
    )
    assert (await slots.do(IMPORT, format="CSV", content=listed))["added"] == 3
    assert (await slots.do(IMPORT, format="CSV", content=listed))["added"] == 0
    called = await slots.call("wanted DEAD or a WILD", ("kick", "5"))
    assert (called["title"], called["provider"]) == ("Wanted: Dead or a Wild", "Hacksaw Gaming")
    assert (await slots.do(BLOCK, kind="PROVIDER", text="PLAYN go", reason="No."))["__typename"] == "SlotCallsBlocked"
    assert (await slots.call("book of dead", ("kick", "6")))["code"] == "slot_provider_blocked"
    assert (await slots.call("Free text", ("kick", "7")))["provider"] is None
    alike = 'query ($t: String!) { community(slug: "house") { slotCalls { suggestions(text: $t) { title } } } }'
    for text, title in (
        ("bok of deda", "Book of Dead"),
        ("bonanza", "Sweet Bonanza"),
        ("wanted", "Wanted: Dead or a Wild"),
    ):
        found = (await slots.graph.data(alike, t=text))["community"]["slotCalls"]["suggestions"]
        assert found[0] == {"title": title}
    assert (await slots.graph.data(alike, t="zzz"))["community"]["slotCalls"]["suggestions"] == []
    shown = (await slots.shown())["catalogue"]
    assert (shown["totalCount"], shown["nodes"][0]["title"]) == (3, "Book of Dead")
    rest = await slots.graph.data(REST % "catalogue", a=shown["pageInfo"]["endCursor"])
    assert rest["community"]["slotCalls"]["catalogue"]["nodes"] == [{"title": "Wanted: Dead or a Wild"}]


async def test_the_queue_is_read_page_by_page(slots: Slots) -> None:
    for number in range(5):
        await slots.call(f"Slot {number}", ("kick", str(number + 1)))
    queue = (await slots.shown())["queue"]
    assert (queue["totalCount"], queue["pageInfo"]["hasNextPage"]) == (5, True)
    rest = await slots.graph.data(REST % "queue", a=queue["pageInfo"]["endCursor"])
    titles = [node["title"] for node in (*queue["nodes"], *rest["community"]["slotCalls"]["queue"]["nodes"])]
    assert titles == [f"Slot {number}" for number in range(5)]


async def test_what_is_blocked_is_shown_to_those_who_may_block(slots: Slots) -> None:
    graph = slots.graph
    await graph.grant(slots.community, ("kick", "44"), "MANAGER")
    shown = '{ community(slug: "house") { slotCalls { blocks(first: 1) { totalCount } } } }'
    assert (await graph.data(shown, graph.person(("kick", "44"))))["community"]["slotCalls"]
    limited = graph.person(("kick", "44"), ceiling=frozenset({Capability.COMMUNITY_READ}))
    assert await graph.code(shown, limited) == "forbidden"


FEED = """subscription ($c: ID!) { feed(communityId: $c, after: "0") { __typename
  ... on SlotCallChanged { callId state title provider name platform waiting }
  ... on SlotQueueCleared { count } ... on SlotRulesChanged { isOpen } } }"""


async def test_clients_are_told_at_once_with_all_they_draw_and_discord_once(slots: Slots) -> None:
    graph = slots.graph
    called = await slots.call("Wanted", ("discord", "7"))
    await slots.do(PICK, method="OLDEST")
    await slots.call("Book", ("discord", "8"))
    cleared = "mutation ($input: ClearSlotCallsInput!) { clearSlotCalls(input: $input) { __typename } }"
    await slots.do(cleared)
    socket = await Socket(graph).open(graph.operator)
    await socket.subscribe(FEED, c=id_of("community", slots.community))
    assert (await socket.heard())["type"] == "connection_ack"
    told = [await socket.event() for _ in range(5)]
    changes = [item for item in told if item["__typename"] in {"SlotCallChanged", "SlotQueueCleared"}]
    first = {"callId": called["callId"], "title": "Wanted", "provider": None, "name": "#7", "platform": "DISCORD"}
    assert changes[0] == {"__typename": "SlotCallChanged", "state": "CALLED", "waiting": 1, **first}
    assert changes[1] == {"__typename": "SlotCallChanged", "state": "PICKED", "waiting": 0, **first}
    assert changes[3] == {"__typename": "SlotQueueCleared", "count": 1}
    rows = await graph.server.database.reader().fetch("SELECT * FROM job WHERE kind = 'slot_called' ORDER BY id")
    payload = orjson.loads(rows[0]["payload"])
    assert (len(rows), rows[0]["audience"]) == (2, "discord")
    assert payload | {"call": 0} == {
        "call": 0,
        "title": "Wanted",
        "provider": None,
        "name": "#7",
        "platform": "discord",
        "waiting": 1,
        "masks": True,
    }


LEASE = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) { ... on JobsLeased { jobs { kind
  ... on SlotCalledJob { callId title slotProvider callerPlatform callerName publicName waiting } } } } }"""


async def test_the_discord_bot_is_handed_a_call_in_fields_of_its_own(slots: Slots) -> None:
    called = await slots.call("Wanted", ("discord", "7"))
    expires_at = slots.graph.live.clock.now() + timedelta(days=1)
    client = Client(slots.graph, Actor("bot", slots.community, "discord", "service:1", expires_at))
    told = await client.ask(LEASE, limit=5)
    assert told["jobs"] == [
        {
            "kind": "slot_called",
            "callId": called["callId"],
            "title": "Wanted",
            "slotProvider": None,
            "callerPlatform": "DISCORD",
            "callerName": "#7",
            "publicName": "#***",
            "waiting": 1,
        }
    ]
