"""The audit log: every mutation leaves its line, in the name of whoever sent it, and only its community sees it."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from server.domain.texts import STANDARD, TextKind
from server.resolvers.root import build_schema
from server.schema.ids import id_of
from server.web.graphql.endpoint import PATH
from tests.graph import Graph
from tests.resolvers import (
    chat_cases,
    draw_cases,
    giveaway_cases,
    happening_cases,
    panel_cases,
    raffle_cases,
    reward_cases,
    role_cases,
    scene_cases,
    slot_cases,
    streamalert_cases,
    wager_cases,
)
from tests.resolvers.case import Case
from tests.resolvers.facts import forget_keys
from tests.resolvers.houses import Houses
from tests.resolvers.mutation_cases import CASES, OF_CLIENTS

LINES = """{
  totalCount pageInfo { hasNextPage endCursor }
  nodes { id at actor actorKind action targetKind targetId before after reason requestId cause } }"""
OF_COMMUNITY = f"""query ($slug: String!, $first: Int! = 100, $after: String, $where: AuditFilter) {{
  community(slug: $slug) {{ auditEvents(first: $first, after: $after, where: $where) {LINES} }} }}"""
OF_INSTALLATION = f"""query ($first: Int! = 100, $where: AuditFilter) {{
  auditEvents(first: $first, where: $where) {LINES} }}"""


@dataclass(frozen=True)
class Line:
    """What a mutation must leave; `target` is its kind, and its id where the case knows it."""

    action: str
    target: tuple[str, str | None]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None = None
    of_installation: bool = False


def api_token(name: str, holder: str) -> dict[str, Any]:
    return {"name": name, "holder": holder, "capabilities": [], "until": "2026-10-30T18:00:00+00:00"}


MODERATOR = ["community.read", "giveaways.manage", "links.manage", "slotcalls.manage", "watchtime.adjust"]
EXPECTED = {
    "createCommunity": Line(
        "communities.create",
        ("community", None),
        None,
        {"slug": "attic", "name": "Attic", "timezone": "Europe/Oslo"},
        of_installation=True,
    ),
    "createInvitation": Line(
        "invitations.create",
        ("invitation", None),
        None,
        {"kind": "community", "for": "kick:7200101", "expires_at": "2026-08-03T18:00:00+00:00"},
        of_installation=True,
    ),
    "attachChannel": Line("channels.attach", ("channel", None), None, {"platform": "kick", "platform_id": "100007"}),
    "detachChannel": Line("channels.detach", ("channel", None), {"platform": "kick", "platform_id": "100001"}, None),
    "syncChannel": Line(
        "channels.sync",
        ("channel", None),
        {"channel_id": None, "chatroom_id": None},
        {"channel_id": "668", "chatroom_id": "667"},
    ),
    "updateWatchTimeSettings": Line(
        "watchtime.change_settings",
        ("settings", "watchtime"),
        {"window_s": 300, "excluded": []},
        {"window_s": 60, "excluded": ["kick:2", "kick:4242"], "effective_from": "2026-08-01T18:00:00+00:00"},
    ),
    "setTracking": Line(
        "watchtime.change_settings",
        ("settings", "watchtime"),
        {"tracking": True},
        {"tracking": False, "effective_from": "2026-08-01T18:00:00+00:00"},
    ),
    "adjustWatchTime": Line(
        "watchtime.adjust", ("viewer", None), {"seconds": 360}, {"seconds": 960}, "Was here all the time."
    ),
    "recountWatchTime": Line("watchtime.request_recount", ("community", None), None, {"streams": 1}),
    "linkAccounts": Line(
        "linking.link",
        ("viewer", None),
        {"accounts": ["kick:2"]},
        {"accounts": ["discord:77", "kick:2"]},
        "Told us so on stream.",
    ),
    "unlinkAccount": Line(
        "linking.unlink",
        ("viewer", None),
        {"accounts": ["discord:88", "kick:3"]},
        {"accounts": ["kick:3"], "parted": ["discord:88"]},
        "It was somebody else.",
    ),
    "updateLinkSettings": Line(
        "linking.change_settings", ("settings", "linking"), {"cooldown_s": 86_400}, {"cooldown_s": 60}
    ),
    "updateNameSettings": Line("names.change_settings", ("settings", "names"), {"masks": True}, {"masks": False}),
    "createOverlayKey": Line("overlays.create_key", ("overlay_key", None), None, {"overlay": "main-scene"}),
    "revokeOverlayKey": Line(
        "overlays.revoke_key", ("overlay_key", id_of("overlay_key", 1)), {"overlay": "before"}, None
    ),
    "createApiToken": Line("tokens.create", ("api_token", None), None, api_token("Counter", "discord:77")),
    "revokeApiToken": Line(
        "tokens.revoke", ("api_token", id_of("api_token", 1)), api_token("Before", "discord:88"), None
    ),
    "replayDeliveries": Line("inbox.replay", ("delivery", None), {"state": "quarantined"}, {"state": "received"}),
    "grantStaffRole": Line(
        "staff.grant",
        ("holder", "discord_role:600"),
        None,
        {"role": "moderator", "capabilities": ["audit.read", *MODERATOR]},
    ),
    "revokeStaffRole": Line(
        "staff.revoke", ("holder", "kick:22"), {"role": "moderator", "capabilities": MODERATOR}, None
    ),
    "replayOrphans": Line("inbox.replay_orphans", ("channel", None), None, {"orphans": 0}, of_installation=True),
    "forgetMe": Line("privacy.ask", ("holder", "discord:88"), None, {"due_at": "2026-08-08T18:00:00+00:00"}),
    "keepMe": Line("privacy.keep", ("holder", "discord:55"), {"due_at": "2026-08-08T18:00:00+00:00"}, None),
    "acknowledgeAlert": Line(
        "alerts.acknowledge", ("alert", None), None, {"kind": "job_dead", "cause": "job_dead:test.died"}
    ),
    "retryJob": Line("jobs.retry", ("job", None), {"state": "dead"}, {"state": "ready", "kind": "test.dead"}),
    "updateText": Line(
        "texts.update",
        ("text", "terms"),
        {"version": 0, "characters": len(STANDARD[TextKind.TERMS])},
        {"version": 1, "characters": 8},
    ),
    "createGuildBinding": Line("guilds.offer", ("community", None), None, {"expires_at": "2026-08-01T18:15:00+00:00"}),
    "bindGuild": Line("guilds.bind", ("guild", "7"), {"name": "Old"}, {"name": "The Harbour"}),
    "unbindGuild": Line("guilds.unbind", ("guild", "7"), {"name": "Old"}, None),
    "setDiscordChannel": Line(
        "guilds.choose_channel",
        ("community", None),
        {"purpose": "raffle", "channel": None},
        {"purpose": "raffle", "channel": "4100"},
    ),
    "createLink": Line("linking.offer", ("holder", "discord:77"), None, {"valid_s": 600}),
    "confirmLink": Line("linking.link_own", ("holder", "discord:99"), None, {"accounts": ["discord:99", "kick:9099"]}),
    "linkKnownAccount": Line(
        "linking.link_own", ("holder", "discord:66"), None, {"accounts": ["discord:66", "kick:2"]}
    ),
    "unlinkMyAccount": Line(
        "linking.unlink",
        ("viewer", None),
        {"accounts": ["discord:88", "kick:3"]},
        {"accounts": ["kick:3"], "parted": ["discord:88"]},
    ),
    **{name: Line(*line) for name, line in (slot_cases.LINES | chat_cases.LINES | reward_cases.LINES).items()},
    **{name: Line(*line) for name, line in (draw_cases.LINES | role_cases.LINES).items()},
    **{name: Line(*line) for name, line in giveaway_cases.LINES.items()},
    **{name: Line(*line) for name, line in (panel_cases.LINES | streamalert_cases.LINES | scene_cases.LINES).items()},
    **{name: Line(*line) for name, line in (happening_cases.LINES | raffle_cases.LINES | wager_cases.LINES).items()},
}
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def case_of(name: str) -> Case:
    [case] = [case for case in CASES if case.name == name]
    return case


async def log(graph: Graph, slug: str | None = "house", token: str | None = None, **asked: Any) -> Any:
    """A page of the log of a community, or of the installation."""
    if slug is None:
        return (await graph.data(OF_INSTALLATION, token, **asked))["auditEvents"]
    return (await graph.data(OF_COMMUNITY, token, slug=slug, **asked))["community"]["auditEvents"]


async def lines(graph: Graph, slug: str | None = "house", **where: Any) -> list[dict[str, Any]]:
    """What is in a log, newest first."""
    return (await log(graph, slug, where=where))["nodes"]


def test_every_mutation_has_a_line_to_leave() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    # Of jobs that clients lease and acknowledge the job itself tells who had it and how it went.
    assert EXPECTED.keys() | OF_CLIENTS == mutation.fields.keys()


@every
async def test_a_mutation_leaves_one_line_with_what_it_changed(houses: Houses, case: Case) -> None:
    graph, line = houses.graph, EXPECTED[case.name]
    slugs = (None, "house", "den")
    before = {slug: (await log(graph, slug))["totalCount"] for slug in slugs}
    headers = {"Authorization": f"Bearer {case.token(houses)}", "X-Request-Id": "mine"}
    body = {"query": case.document, "variables": {"input": {**case.given(houses), "idempotencyKey": "key-1"}}}
    async with graph.live.http.post(PATH, json=body, headers=headers) as answer:
        done = (await answer.json())["data"][case.name]
        request_id = answer.headers["X-Request-Id"]
    assert done["__typename"] != "Refused", done
    mine = None if line.of_installation else "house"
    grown = {slug: (await log(graph, slug))["totalCount"] - before[slug] for slug in slugs}
    assert grown == {slug: int(slug == mine) for slug in slugs}
    found = (await lines(graph, mine))[0]
    kind = "person" if case.permissions is None else "bot"
    actor = (f"{kind}:", kind) if case.by else ("operator:command-line", "operator")
    assert (found["actor"][: len(actor[0])], found["actorKind"]) == actor
    assert (found["action"], found["targetKind"], found["reason"]) == (line.action, line.target[0], line.reason)
    assert [found[name] and orjson.loads(found[name]) for name in ("before", "after")] == [line.before, line.after]
    assert (found["at"], found["requestId"]) == ("2026-08-01T18:00:00Z", request_id)
    assert len(found["cause"]) == 64
    assert request_id != "mine"
    if line.target[1] is not None:
        assert found["targetId"] == line.target[1]


async def test_the_target_is_the_one_that_was_named(houses: Houses) -> None:
    graph, house = houses.graph, id_of("community", houses.one)
    told = {name: await case_of(name).run(houses, "k") for name in EXPECTED}
    targets = {line["action"]: line["targetId"] for line in [*await lines(graph, None), *await lines(graph)][::-1]}
    stream = await case_of("recountWatchTime").run(houses, "k2", streamId=id_of("stream", 1))
    assert stream["__typename"] == "WatchTimeRecountStarted"
    assert targets["communities.create"] == told["createCommunity"]["community"]["id"]
    assert targets["watchtime.adjust"] == houses.viewers["2"]
    assert targets["watchtime.request_recount"] == house
    assert targets["linking.link"] == told["linkAccounts"]["viewerId"]
    assert targets["inbox.replay"] == houses.deliveries[0]
    assert (await lines(graph, action="watchtime.request_recount"))[0]["targetId"] == id_of("stream", 1)


async def test_an_owner_is_named_and_sees_no_other_log(houses: Houses) -> None:
    graph = houses.graph
    token = graph.owner(houses.one, "house")
    given = {**case_of("setTracking").given(houses), "idempotencyKey": "k"}
    await graph.data(case_of("setTracking").document, token, input=given)
    newest = (await log(graph, "house", token))["nodes"][0]
    assert (newest["actorKind"], newest["actor"].partition(":")[0]) == ("owner", "owner")
    assert await graph.code(OF_COMMUNITY, token, slug="den") == "forbidden"
    assert await graph.code(OF_INSTALLATION, token) == "forbidden"
    assert await graph.code(OF_COMMUNITY, None, slug="house") in {"unauthenticated", "request_invalid"}
    ids = {slug: {line["id"] for line in await lines(graph, slug)} for slug in ("house", "den", None)}
    assert not ids["house"] & ids["den"] | ids["house"] & ids[None]
    assert not [line for line in await lines(graph, "den") if line["action"] == "watchtime.change_settings"]


async def test_a_setting_that_stays_as_it_was_is_told_as_such(houses: Houses) -> None:
    graph = houses.graph
    assert (await case_of("setTracking").run(houses, "k", tracking=True))["__typename"] == "WatchTimeSettingsUpdated"
    assert (await case_of("updateLinkSettings").run(houses, "k", cooldown=86_400))["__typename"] != "Refused"
    newest = (await lines(graph))[:2]
    assert [(line["before"], line["after"]) for line in newest] == [("{}", "{}"), ("{}", "{}")]


async def test_a_key_that_is_forgotten_leaves_no_second_line(houses: Houses) -> None:
    await case_of("adjustWatchTime").run(houses, "k")
    await forget_keys(houses.graph)
    await case_of("adjustWatchTime").run(houses, "k")
    assert len(await lines(houses.graph, action="watchtime.adjust")) == 1


async def test_what_the_server_did_on_its_own_stands_beside_it(houses: Houses) -> None:
    graph = houses.graph
    await case_of("updateWatchTimeSettings").run(houses, "k", effectiveFrom="2026-08-01T00:00:00Z")
    await graph.live.settle()
    counted, asked = [line for line in await lines(graph) if line["action"].startswith("watchtime.")]
    assert (counted["actor"], counted["actorKind"], counted["requestId"]) == ("system:recount", "system", None)
    assert (counted["action"], counted["targetId"]) == ("watchtime.recount", id_of("stream", 1))
    assert orjson.loads(counted["after"]) == {"viewers": 3}
    assert counted["cause"].startswith(f"watchtime.recount {houses.one}:1:rules:")
    assert asked["action"] == "watchtime.change_settings"
    assert not [line for line in await lines(graph, "den") if line["action"].startswith("watchtime.")]


async def test_a_channel_that_caught_up_is_told_with_what_it_brought(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.watched("100002", viewers=2)
    graph.live.clock.pass_time(minutes=5)
    page = await graph.data('{ community(slug: "house") { id } }')
    attach = {"communityId": page["community"]["id"], "platform": "KICK", "platformId": "100002", "name": "Two"}
    document = """mutation ($input: AttachChannelInput!) { attachChannel(input: $input) {
      ... on ChannelAttached { channel { id } } } }"""
    done = await graph.data(document, input={**attach, "idempotencyKey": "k"})
    graph.live.clock.pass_time(seconds=5)
    await graph.live.settle()
    [line] = await lines(graph, actor="system:catch_up")
    assert (line["action"], line["targetId"]) == ("channels.catch_up", done["attachChannel"]["channel"]["id"])
    assert orjson.loads(line["after"]) == {"orphans": 4, "under_way": 0}


async def test_chat_leaves_no_line(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched(viewers=5)
    assert (await log(graph))["totalCount"] == 0


async def test_a_filter_leaves_what_fits(houses: Houses) -> None:
    graph = houses.graph
    for number, name in enumerate(("setTracking", "adjustWatchTime", "updateLinkSettings")):
        graph.live.clock.pass_time(minutes=1)
        await case_of(name).run(houses, f"k{number}")
    viewer = {"targetKind": "viewer", "targetId": houses.viewers["2"]}
    one, two = "2026-08-01T18:01:00Z", "2026-08-01T18:02:00Z"
    found = {
        str(where): [line["action"] for line in await lines(graph, **where)]
        for where in (
            {"action": "watchtime.adjust"},
            {"since": one, "until": two},
            {"since": two, "actor": "operator:command-line"},
            viewer,
            {"targetKind": "settings"},
            {"targetKind": "settings", "targetId": "linking"},
            {"actor": "operator:nobody"},
            {**viewer, "action": "linking.link"},
            {"targetId": houses.viewers["2"]},
            {"targetId": "linking"},
            {"targetId": id_of("stream", 2)},
        )
    }
    assert list(found.values()) == [
        ["watchtime.adjust"],
        ["watchtime.change_settings"],
        ["linking.change_settings", "watchtime.adjust"],
        ["watchtime.adjust"],
        ["linking.change_settings", "watchtime.change_settings", "slotcalls.change_settings"],
        ["linking.change_settings"],
        [],
        [],
        ["watchtime.adjust"],
        ["linking.change_settings"],
        [],
    ]
    assert (await log(graph, where=viewer))["totalCount"] == 1


async def test_an_id_that_cannot_be_one_of_its_kind_is_refused(graph: Graph) -> None:
    await graph.live.community()
    where = {"targetKind": "viewer", "targetId": id_of("stream", 1)}
    assert await graph.code(OF_COMMUNITY, graph.operator, slug="house", where=where) == "id_invalid"
    assert await graph.code(OF_INSTALLATION, graph.operator, where=where) == "id_invalid"


async def test_the_log_is_read_page_by_page_newest_first_though_it_grows(houses: Houses) -> None:
    graph = houses.graph
    for number in range(5):
        await case_of("adjustWatchTime").run(houses, f"k{number}", seconds=number + 1)
    where = {"action": "watchtime.adjust"}
    seen: list[dict[str, Any]] = []
    after = None
    for number in range(3):
        page = await log(graph, first=2, after=after, where=where)
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        await case_of("adjustWatchTime").run(houses, f"later {number}")
    assert page["pageInfo"]["hasNextPage"] is False
    gained = [orjson.loads(line["after"])["seconds"] - orjson.loads(line["before"])["seconds"] for line in seen]
    assert gained == [5, 4, 3, 2, 1]
