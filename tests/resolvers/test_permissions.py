"""Every root field, asked by everybody who may and who may not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from graphql import GraphQLSchema

from server.auth.tokens import CommunityScope
from server.domain.staff import EVERYTHING, Capability
from server.resolvers.root import build_schema
from server.schema.ids import id_of
from server.schema.policies import Level, Needs, Policy
from tests.graph import Graph, Socket
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
from tests.resolvers.facts import facts
from tests.resolvers.proving import guild_bound

PROBLEM = "__typename ... on Problem { code }"
Given = Callable[[int], dict[str, Any]]
Caller = Callable[[Graph, set[Capability]], tuple[str | None, set[Capability]]]
"""A token, and what it allows in the first community; the capability that is needed is given."""


@dataclass(frozen=True)
class Case:
    """An operation on a community, and who may ask for it: what the schema says is compared with this, and obeyed."""

    kind: str
    field: str
    policy: Policy
    given: str = ""
    selection: str = ""
    arguments: Given = lambda _: {}
    is_of_no_community: bool = False
    is_for_himself: bool = False

    @property
    def document(self) -> str:
        selection = f"{{ {self.selection} }}" if self.selection else ""
        if not self.given:
            return f"{self.kind} {{ {self.field} {selection} }}"
        variables, arguments = self.given.split("|")
        return f"{self.kind} ({variables}) {{ {self.field}({arguments}) {selection} }}"


SLUGS = {1: "house", 2: "den"}
GUILDS = {1: "7", 2: "8"}
KEYS = count(1)


def community(number: int, **more: Any) -> dict[str, Any]:
    return {"input": {"communityId": id_of("community", number), "idempotencyKey": f"k{next(KEYS)}", **more}}


def installation(**more: Any) -> dict[str, Any]:
    return {"input": {"idempotencyKey": f"k{next(KEYS)}", **more}}


def account(platform: str, platform_id: str) -> dict[str, str]:
    return {"platform": platform, "platformId": platform_id}


def holder(platform_id: str) -> dict[str, str]:
    return {"kind": "KICK", "platformId": platform_id}


def mutation(field: str, policy: Policy, arguments: Given) -> Case:
    input_type = f"{field[0].upper()}{field[1:]}Input"
    return Case("mutation", field, policy, f"$input: {input_type}!|input: $input", PROBLEM, arguments)


def policy_of(name: str) -> Policy:
    return Level[name] if name in Level.__members__ else Needs(Capability[name])


PUBLIC, OPERATOR, SERVICE = Level.PUBLIC, Level.OPERATOR, Level.SERVICE
READ, SETTINGS = Needs(Capability.COMMUNITY_READ), Needs(Capability.SETTINGS_EDIT)
CHANNELS, LINKS = Needs(Capability.CHANNELS_MANAGE), Needs(Capability.LINKS_MANAGE)
ADJUST, REPLAY = Needs(Capability.WATCHTIME_ADJUST), Needs(Capability.DELIVERIES_REPLAY)
OVERLAYS = Needs(Capability.OVERLAYS_MANAGE)
STAFF, ALERTS = Needs(Capability.STAFF_MANAGE), Needs(Capability.ALERTS_READ)
CASES = [
    Case("query", "serverInfo", PUBLIC, selection="version"),
    Case("query", "me", PUBLIC, selection="kind"),
    Case("query", "rateLimit", PUBLIC, selection="cost"),
    Case("query", "community", READ, "$s: String!|slug: $s", "id", lambda n: {"s": SLUGS[n]}),
    Case("query", "communityOfGuild", READ, "$g: String!|guildId: $g", "id", lambda n: {"g": GUILDS[n]}),
    Case("query", "communities", OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    Case("query", "orphans", OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    Case("query", "auditEvents", OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    Case("query", "health", OPERATOR, selection="waiting"),
    mutation("createCommunity", OPERATOR, lambda _: installation(slug="new", name="New", timezone="UTC")),
    mutation("createInvitation", OPERATOR, lambda _: installation(days=1)),
    mutation("attachChannel", CHANNELS, lambda n: community(n, platform="KICK", platformId="5", name="Five")),
    mutation("detachChannel", CHANNELS, lambda n: community(n, platform="KICK", platformId="100001")),
    mutation("syncChannel", CHANNELS, lambda n: community(n, platformId="100001")),
    mutation("updateWatchTimeSettings", SETTINGS, lambda n: community(n, window=60)),
    mutation("setTracking", SETTINGS, lambda n: community(n, tracking=False)),
    mutation("recountWatchTime", SETTINGS, community),
    mutation(
        "adjustWatchTime", ADJUST, lambda n: community(n, viewerId=id_of("viewer", 1), seconds=5, reason="A test.")
    ),
    mutation(
        "linkAccounts",
        LINKS,
        lambda n: community(n, one=account("KICK", "1"), other=account("DISCORD", "9"), reason="A test."),
    ),
    mutation("unlinkAccount", LINKS, lambda n: community(n, account=account("KICK", "1"), reason="A test.")),
    mutation("updateText", SETTINGS, lambda n: community(n, kind="PRIVACY", body=f"Text {next(KEYS)}.")),
    mutation("createGuildBinding", STAFF, community),
    replace(
        mutation("bindGuild", Level.SIGNED_IN, lambda _: installation(code="ABCD-EFGH-JKLM", guildName="x")),
        is_of_no_community=True,
    ),
    mutation("unbindGuild", STAFF, lambda n: community(n, platformId="7")),
    mutation("setDiscordChannel", SETTINGS, lambda n: community(n, purposes=["STAFF"])),
    mutation("createLink", Level.SIGNED_IN, lambda n: community(n, discordName="x", guildName="y")),
    mutation("confirmLink", Level.SIGNED_IN, lambda n: community(n, code="AAAAAA")),
    mutation("linkKnownAccount", Level.SIGNED_IN, lambda n: community(n, account=account("KICK", "1"))),
    mutation("unlinkMyAccount", Level.SIGNED_IN, lambda n: community(n, account=account("KICK", "1"))),
    Case(
        "query",
        "knownAccounts",
        Level.SIGNED_IN,
        "$c: ID!|communityId: $c",
        "platformId",
        lambda n: {"c": id_of("community", n)},
    ),
    Case(
        "query",
        "myRaffle",
        Level.SIGNED_IN,
        "$c: ID!|communityId: $c",
        "number",
        lambda n: {"c": id_of("community", n)},
    ),
    Case(
        "query",
        "myDraw",
        Level.SIGNED_IN,
        "$c: ID!, $d: ID!|communityId: $c, drawId: $d",
        "name",
        lambda n: {"c": id_of("community", n), "d": id_of("draw", n)},
    ),
    Case(
        "query",
        "myGiveaway",
        Level.SIGNED_IN,
        "$c: ID!, $g: ID!|communityId: $c, giveawayId: $g",
        "isIn",
        lambda n: {"c": id_of("community", n), "g": id_of("giveaway", n)},
    ),
    mutation("forgetMe", Level.SIGNED_IN, lambda n: community(n, confirmed=True)),
    mutation("keepMe", Level.SIGNED_IN, community),
    Case(
        "query",
        "accessLog",
        Needs(Capability.AUDIT_READ),
        "$c: ID!|communityId: $c, first: 1",
        "totalCount",
        lambda n: {"c": id_of("community", n)},
    ),
    Case(
        "query",
        "exportMyData",
        Level.SIGNED_IN,
        "$c: ID|communityId: $c",
        "version",
        lambda n: {"c": id_of("community", n)},
        is_for_himself=True,
    ),
    Case(
        "query",
        "myForgettings",
        Level.SIGNED_IN,
        "$c: ID|communityId: $c",
        "id",
        lambda n: {"c": id_of("community", n)},
    ),
    mutation("updateLinkSettings", SETTINGS, lambda n: community(n, cooldown=60)),
    mutation("updateNameSettings", SETTINGS, lambda n: community(n, masks=False)),
    mutation("replayDeliveries", REPLAY, lambda n: community(n, deliveryIds=[id_of("delivery", 1)])),
    mutation("grantStaffRole", STAFF, lambda n: community(n, holder=holder("900"), role="MODERATOR")),
    mutation("revokeStaffRole", STAFF, lambda n: community(n, holder=holder("901"))),
    mutation("leaseJobs", SERVICE, lambda _: installation(limit=1)),
    mutation("acknowledgeJob", SERVICE, lambda _: installation(jobId=id_of("job", 1), lease="1", outcome="DONE")),
    mutation("acknowledgeJobs", SERVICE, lambda _: installation(jobs=[])),
    mutation("acknowledgeAlert", ALERTS, lambda n: community(n, alertId=id_of("alert", 1))),
    Case("query", "alerts", OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    mutation("retryJob", REPLAY, lambda n: community(n, jobId=id_of("job", 1))),
    Case("subscription", "jobsWaiting", SERVICE, "$a: JobAudience!|audience: $a", "count", lambda _: {"a": "DISCORD"}),
    mutation("createOverlayKey", OVERLAYS, lambda n: community(n, overlay="scene")),
    mutation("revokeOverlayKey", OVERLAYS, lambda n: community(n, keyId=id_of("overlay_key", 1))),
    mutation("createApiToken", Level.SIGNED_IN, lambda n: community(n, name="x")),
    mutation("revokeApiToken", Level.SIGNED_IN, lambda n: community(n, tokenId=id_of("api_token", 1))),
    Case(
        "query",
        "myApiTokens",
        Level.SIGNED_IN,
        "$n: Int!|first: $n",
        "totalCount",
        lambda _: {"n": 1},
        is_of_no_community=True,
    ),
    mutation("replayOrphans", OPERATOR, lambda _: installation(platform="KICK", platformId="5")),
    Case(
        "subscription",
        "leaderboardChanged",
        READ,
        "$c: ID!|communityId: $c, first: 3",
        "sequence",
        lambda n: {"c": id_of("community", n)},
    ),
    Case(
        "subscription",
        "feed",
        READ,
        '$c: ID!|communityId: $c, after: "0"',
        "cursor",
        lambda n: {"c": id_of("community", n)},
    ),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in slot_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in chat_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in happening_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in reward_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in raffle_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in draw_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in giveaway_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in wager_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in panel_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in role_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in streamalert_cases.ASKED),
    *(mutation(name, policy_of(needed), partial(community, **more)) for name, needed, more in scene_cases.ASKED),
    mutation("takeStreamAlert", SERVICE, lambda _: installation(copy="copy-one")),
]

# Written down a second time: a role that grows by mistake is seen here.
MODERATOR = {
    Capability.COMMUNITY_READ,
    Capability.WATCHTIME_ADJUST,
    Capability.LINKS_MANAGE,
    Capability.SLOTCALLS_MANAGE,
    Capability.GIVEAWAYS_MANAGE,
}
MANAGER = {
    *MODERATOR,
    Capability.SETTINGS_EDIT,
    Capability.CHANNELS_MANAGE,
    Capability.DELIVERIES_REPLAY,
    Capability.CHAT_MANAGE,
    Capability.REWARDS_MANAGE,
    Capability.RAFFLE_MANAGE,
    Capability.RAFFLE_DRAW,
    Capability.TICKETS_GRANT,
    Capability.AUDIT_READ,
    Capability.ALERTS_READ,
    Capability.OVERLAYS_MANAGE,
}
OWNER = {*MANAGER, Capability.STAFF_MANAGE, Capability.TOKENS_MANAGE}
COMMUNITIES = (1, 2)
BOUND = {"owner with a token for another community": 2, "owner token": 1}
"""Whose token is good for one community only, also for his own affairs."""

NOT_HIMSELF = {"manager by a role on Discord", "owner token", "operator"}
"""Who has not signed in with an account of his own."""

CALLERS: dict[str, Caller] = {
    "anonymous": lambda _graph, _needed: (None, set()),
    "viewer": lambda graph, _: (graph.person(("kick", "1")), set()),
    "moderator": lambda graph, _: (graph.person(("discord", "22"), ("kick", "1")), MODERATOR),
    "manager by a role on Discord": lambda graph, _: (graph.person(("discord_role", "33")), MANAGER),
    "owner": lambda graph, _: (graph.person(("kick", "44")), OWNER),
    "owner with a token for only this": lambda graph, needed: (
        graph.person(("kick", "44"), ceiling=frozenset(needed)),
        needed,
    ),
    "owner with a token for all but this": lambda graph, needed: (
        graph.person(("kick", "44"), ceiling=EVERYTHING - needed),
        OWNER - needed,
    ),
    "owner with a token for another community": lambda graph, _: (
        graph.person(("kick", "44"), community=CommunityScope(id=2, slug="den")),
        set(),
    ),
    "owner token": lambda graph, _: (graph.owner(1, "house"), OWNER),
    "operator": lambda graph, _: (graph.operator, OWNER),
}


def test_every_root_field_has_its_case() -> None:
    schema: GraphQLSchema = vars(build_schema())["_schema"]
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]
    declared = {
        (root.name.lower(), name): field.extensions["strawberry-definition"].metadata["policy"]
        for root in roots
        for name, field in root.fields.items()
    }
    assert {(case.kind, case.field): case.policy for case in CASES} == declared


async def outcome(graph: Graph, case: Case, token: str | None, community_id: int) -> str:
    """The code of the error, or "ok"."""
    if case.kind == "subscription":
        socket = await Socket(graph).open(token)
        first = await socket.heard()
        if "closed" in first:
            return str(first["closed"])
        await socket.subscribe(case.document, **case.arguments(community_id))
        message = await socket.heard()
        await socket.frames.close()
        return "ok" if message["type"] == "next" else message["payload"][0]["extensions"]["code"]
    answer = await graph.ask(case.document, token, **case.arguments(community_id))
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else "ok"


async def two_houses(graph: Graph) -> None:
    """The callers' community, with its staff, and another one, with a staff of its own."""
    assert await graph.live.community("house", "100001") == 1
    assert await graph.live.community("den", "100002") == 2
    await graph.watched()
    for number, first in ((1, ""), (2, "5")):
        await graph.grant(number, ("discord", f"{first}22"), "MODERATOR")
        await graph.grant(number, ("discord_role", f"{first}33"), "MANAGER")
        await graph.grant(number, ("kick", f"{first}44"), "OWNER")


def expected(case: Case, name: str, token: str | None, held: set[Capability], number: int) -> str:
    """What a caller, who holds capabilities in the first community, is answered."""
    if case.is_for_himself and name in NOT_HIMSELF and BOUND.get(name, number) == number:
        return "sign_in_needed"
    if case.policy is SERVICE:
        return "forbidden" if token else "unauthenticated"
    if case.policy is Level.PUBLIC or name == "operator":
        return "ok"
    if token is None:
        return "unauthenticated"
    if case.policy is Level.SIGNED_IN:
        return "ok" if case.is_of_no_community or BOUND.get(name, number) == number else "forbidden"
    is_allowed = isinstance(case.policy, Needs) and number == 1 and case.policy.capability in held
    return "ok" if is_allowed else "forbidden"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.field}")
async def test_a_root_field_answers_those_it_is_for_and_nobody_else(
    graph: Graph, case: Case, record_property: Callable[[str, object], None]
) -> None:
    await two_houses(graph)
    for number, guild in GUILDS.items():
        await guild_bound(graph.server, number, guild)
    needed = {case.policy.capability} if isinstance(case.policy, Needs) else set[Capability]()
    asked = [
        (name, number, token, expected(case, name, token, held, number))
        for name, (token, held) in ((name, make(graph, needed)) for name, make in CALLERS.items())
        for number in COMMUNITIES
    ]
    before = await facts(graph)
    for name, number, token, answer in asked:
        if answer != "ok":
            assert await outcome(graph, case, token, number) == answer, (name, number)
    assert await facts(graph) == before, "who is refused changes nothing"
    for name, number, token, answer in asked:
        if answer == "ok":
            assert await outcome(graph, case, token, number) == "ok", (name, number)
    expired = "4403" if case.kind == "subscription" else "token_expired"
    assert await outcome(graph, case, graph.expired(), 1) == expired
    record_property("permission matrix", (len(CALLERS), len(COMMUNITIES)))


OWNED = "{ me { kind subject community { slug } } }"


async def test_the_caller_is_told_what_the_token_makes_of_him(graph: Graph) -> None:
    mine = await graph.live.community()
    assert await graph.data(OWNED, graph.operator) == {
        "me": {"kind": "OPERATOR", "subject": "command-line", "community": None}
    }
    owner = await graph.data(OWNED, graph.owner(mine, "house"))
    assert owner["me"]["community"] == {"slug": "house"}
    assert (await graph.ask(OWNED))["data"] == {"me": None}


DELIVERIES = "query ($s: String!) { community(slug: $s) { slug deliveries(first: 1) { totalCount } } }"


async def test_what_platforms_told_is_shown_to_those_who_may_replay_it(graph: Graph) -> None:
    await two_houses(graph)
    moderator = graph.person(("discord", "22"))
    answer = await graph.ask(DELIVERIES, moderator, s="house")
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["forbidden"]
    assert "deliveries.replay" in answer["errors"][0]["message"]
    assert "totalCount" not in str(answer)
    told = await graph.data(DELIVERIES, graph.person(("discord_role", "33")), s="house")
    assert told["community"]["deliveries"]["totalCount"] > 0


AUDIT = "query ($s: String!) { community(slug: $s) { slug auditEvents(first: 1) { totalCount } } }"


async def test_who_did_what_is_shown_to_those_who_may_read_the_audit_log(graph: Graph) -> None:
    await two_houses(graph)
    moderator = graph.person(("discord", "22"))
    answer = await graph.ask(AUDIT, moderator, s="house")
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["forbidden"]
    assert "audit.read" in answer["errors"][0]["message"]
    assert "totalCount" not in str(answer)
    for reader in (graph.person(("discord_role", "33")), graph.owner(1, "house"), graph.operator):
        told = await graph.data(AUDIT, reader, s="house")
        assert told["community"]["auditEvents"]["totalCount"] == 3
    assert await graph.code(AUDIT, graph.person(("kick", "44")), s="den") == "forbidden"


async def test_an_owner_learns_nothing_of_what_else_exists(graph: Graph) -> None:
    await two_houses(graph)
    wanted = "query ($slug: String!) { community(slug: $slug) { id } }"
    adjust = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"""
    mine = "query ($id: ID!) { me { capabilities(communityId: $id) } }"
    viewer = {"viewerId": id_of("viewer", 1), "seconds": 5, "reason": "A test.", "idempotencyKey": "k"}
    for token in (graph.owner(1, "house"), graph.person(("kick", "44"))):
        answers = [await graph.ask(wanted, token, slug=slug) for slug in ("den", "nowhere")]
        assert answers[0] == answers[1]
        changes = [
            await graph.ask(adjust, token, input={**viewer, "communityId": id_of("community", number)})
            for number in (2, 99)
        ]
        assert changes[0] == changes[1]
        held = [(await graph.data(mine, token, id=id_of("community", number)))["me"] for number in (2, 99)]
        assert held == [{"capabilities": []}] * 2
    assert (await graph.data('{ community(slug: "nowhere") { id } }')) == {"community": None}


async def test_the_operator_is_told_of_a_community_that_is_not_there(graph: Graph) -> None:
    given = {"communityId": id_of("community", 99), "tracking": False, "idempotencyKey": "k"}
    document = "mutation ($input: SetTrackingInput!) { setTracking(input: $input) { ... on Problem { code } } }"
    assert await graph.data(document, input=given) == {"setTracking": {"code": "community_unknown"}}


async def test_a_stranger_sees_neither_the_schema_nor_hints_about_it(graph: Graph) -> None:
    listing = "{ __schema { __typename } }"
    assert await graph.data(listing) == {"__schema": {"__typename": "__Schema"}}
    assert await graph.code(listing) == "request_invalid"
    close = "query ($x: Platfor) { serverInf { version } }"
    assert "Did you mean" in str(await graph.ask(close, graph.operator))
    assert "Did you mean" not in str(await graph.ask(close))
    misspelled = "mutation ($i: SetTrackingInput!) { setTracking(input: $i) { __typename } }"
    assert "Did you mean" not in str(await graph.ask(misspelled, None, i={"comunityId": "x"}))
