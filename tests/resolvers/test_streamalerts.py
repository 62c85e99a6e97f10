"""Alerts on stream through the graph: an overlay takes and shows them, staff sees how they ended."""

from typing import Any

import pytest

from server.schema.ids import id_of
from tests.actions.pipeline import person, written
from tests.graph import Graph
from tests.resolvers.test_jobs import ACKNOWLEDGE, Client, overlay

STAGE = """query { me { community { streamAlertStage { overlay isPaused isMuted waiting nextAt
  shown { lease startsAt endsAt volume alert { id kind platform publicName amount at isTest } } } } } }"""
OF_STAFF = """query ($s: String!, $o: String) { community(slug: $s) { streamAlertStage(overlay: $o) { overlay waiting
  history(first: 5) { totalCount nodes { ending endedAt alert { publicName kind amount } } } } } }"""
TAKE = """mutation ($input: TakeStreamAlertInput!) { takeStreamAlert(input: $input) {
  ... on StreamAlertTaken { streamAlertId lease isYours } ... on Problem { code } } }"""
CREATE = """mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) {
  ... on OverlayKeyCreated { secret } } }"""
NAMES = "mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) { __typename } }"
COPY = "copy-one"


async def key(graph: Graph, community: int, name: str) -> str:
    given = {"communityId": id_of("community", community), "overlay": name, "idempotencyKey": f"{name} {community}"}
    return (await graph.data(CREATE, input=given))["createOverlayKey"]["secret"]


async def gifted(graph: Graph, giftees: int, at: int = 0) -> None:
    """Kick tells that viewer 9 gave subscriptions, now."""
    now = graph.live.clock.now()
    told = {
        "broadcaster": person(100001),
        "gifter": person(9),
        "giftees": [person(100 + nth) for nth in range(giftees)],
        "created_at": written(int(now.timestamp() * 1_000_000) + at),
        "expires_at": "2026-09-01T00:00:00Z",
    }
    await graph.deliver("channel.subscription.gifts", told, sent_at=now.isoformat().replace("+00:00", "Z"))
    await graph.live.settle()


async def stage(client: Client) -> Any:
    answer = await client.graph.server.schema.execute(STAGE, context_value=client.context())
    assert not answer.errors, answer.errors
    assert answer.data is not None
    return answer.data["me"]["community"]["streamAlertStage"]


async def test_a_gift_that_kick_tells_is_shown_by_the_overlay_and_over(graph: Graph) -> None:
    house = await graph.live.community()
    await key(graph, house, "main")
    client = overlay(graph, house, "main")
    await gifted(graph, 5)
    waiting = await stage(client)
    assert (waiting["waiting"], waiting["shown"]) == (1, None)
    assert (await client.ask(TAKE, copy=COPY))["streamAlertId"] is None, "its parts are waited for"
    graph.live.clock.pass_time(seconds=3)
    taken = await client.ask(TAKE, copy=COPY)
    shown = (await stage(client))["shown"]
    assert taken == {"streamAlertId": shown["alert"]["id"], "lease": shown["lease"], "isYours": True}
    told = {name: shown["alert"][name] for name in ("kind", "publicName", "amount", "isTest")}
    assert told == {"kind": "GIFT", "publicName": "vi***", "amount": 5, "isTest": False}
    other = await client.ask(TAKE, copy="copy-two")
    assert other == {**taken, "isYours": False}
    said = {"jobId": taken["streamAlertId"], "lease": taken["lease"], "outcome": "DONE"}
    for _ in range(2):
        assert (await client.ask(ACKNOWLEDGE, **said))["state"] == "DONE", "every copy may say so"
    assert (await stage(client))["shown"] is None
    past = (await graph.data(OF_STAFF, s="house", o="main"))["community"]["streamAlertStage"]["history"]
    assert [(one["ending"], one["alert"]["amount"]) for one in past["nodes"]] == [("DONE", 5)]


async def test_names_are_whole_where_the_community_shows_them_so(graph: Graph) -> None:
    house = await graph.live.community()
    await key(graph, house, "main")
    await graph.data(NAMES, input={"communityId": id_of("community", house), "masks": False, "idempotencyKey": "n"})
    await gifted(graph, 1)
    graph.live.clock.pass_time(seconds=3)
    client = overlay(graph, house, "main")
    await client.ask(TAKE, copy=COPY)
    assert (await stage(client))["shown"]["alert"]["publicName"] == "viewer9"


async def test_an_overlay_has_its_own_alerts_and_no_others(graph: Graph) -> None:
    house, den = await graph.live.community(), await graph.live.community("den", "100002")
    for community, name in ((house, "main"), (house, "side"), (den, "main")):
        await key(graph, community, name)
    await gifted(graph, 2)
    graph.live.clock.pass_time(seconds=3)
    main, side, foreign = overlay(graph, house, "main"), overlay(graph, house, "side"), overlay(graph, den, "main")
    taken = await main.ask(TAKE, copy=COPY)
    said = {"jobId": taken["streamAlertId"], "lease": taken["lease"], "outcome": "DONE"}
    assert (await stage(foreign))["waiting"] == 0
    assert (await foreign.ask(TAKE, copy=COPY))["streamAlertId"] is None
    for stranger in (side, foreign):
        assert (await stranger.ask(ACKNOWLEDGE, **said))["code"] == "job_lease_lost"
    assert (await side.ask(TAKE, copy=COPY))["isYours"], "each overlay shows it for itself"
    assert await main.lease() == [], "alerts are taken one at a time, and handed out in no other way"
    gone = (await graph.data(OF_STAFF, s="house", o="nowhere"))["community"]["streamAlertStage"]
    assert gone is None


async def test_whoever_may_not_manage_overlays_does_not_see_how_alerts_ended(graph: Graph) -> None:
    house = await graph.live.community()
    await key(graph, house, "main")
    await graph.grant(house, ("kick", "22"), "MODERATOR")
    assert await graph.code(OF_STAFF, graph.person(("kick", "22")), s="house", o="main") == "forbidden"


@pytest.mark.parametrize("asked", ["streamAlertStage(overlay: $o) { overlay }", "scene(overlay: $o) { overlay }"])
async def test_the_key_of_an_overlay_asks_about_no_other_and_staff_about_each(graph: Graph, asked: str) -> None:
    house = await graph.live.community()
    main = await key(graph, house, "main")
    await key(graph, house, "side")
    await graph.grant(house, ("kick", "22"), "MODERATOR")
    document = f'query ($o: String) {{ community(slug: "house") {{ told: {asked} }} }}'
    for named in (None, "main"):
        answer = await graph.data(document, main, o=named)
        assert answer["community"]["told"] == {"overlay": "main"}
    for named in ("side", "nowhere"):
        assert await graph.code(document, main, o=named) == "forbidden"
    for staff in (graph.operator, graph.person(("kick", "22"))):
        answer = await graph.data(document, staff, o="side")
        assert answer["community"]["told"] == {"overlay": "side"}
