"""Mutations: two communities never touch each other, a key works once, and a refusal changes nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from server.auth.service_tokens import MANAGE_GUILD
from server.resolvers.root import build_schema
from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers import (
    chat_cases,
    draw_cases,
    giveaway_cases,
    happening_cases,
    raffle_cases,
    reward_cases,
    slot_cases,
    wager_cases,
)
from tests.resolvers.dying import alert_of, dead_job
from tests.resolvers.facts import facts, forget_keys
from tests.resolvers.proving import GUILD, guild_bound, handed_out, linked_himself, waiting_for_code
from tests.services import Service, service

Given = Callable[["Houses"], dict[str, Any]]


@dataclass(frozen=True)
class Houses:
    """Two communities on one channel, with the same viewers, one of them linked, and one quarantined delivery each."""

    graph: Graph
    one: int
    other: int
    viewers: dict[str, str]
    deliveries: list[str]
    code: str
    slots: slot_cases.SlotThings
    rewards: reward_cases.RewardThings
    dead: int
    happenings: happening_cases.HappeningThings
    bot: Service
    guild_code: str
    alert: str
    wager_claim: str
    draw: str
    giveaways: giveaway_cases.GiveawayThings


@pytest.fixture
async def houses(graph: Graph, request: pytest.FixtureRequest) -> Houses:
    one = await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100001")
    await graph.watched()
    await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}, "nonsense": True})
    await graph.live.settle()
    page = await graph.data(QUARANTINED, slug="house")
    deliveries = [node["id"] for node in page["community"]["deliveries"]["nodes"]]
    assert len(deliveries) == 1
    for community in (one, other):
        linked = {**LINKED, "communityId": id_of("community", community)}
        assert (await graph.data(LINK, input=linked))["linkAccounts"]["__typename"] == "AccountsLinked"
        await graph.grant(community, ("kick", "44"), "OWNER")
        await graph.grant(community, ("kick", "22"), "MODERATOR")
    viewers = await graph.accounts(one)
    codes = [await waiting_for_code(graph.server, community, "99", "9099") for community in (one, other)]
    await linked_himself(graph.server, other, "66", "2")
    for community in (one, other):
        given = {"communityId": id_of("community", community), "confirmed": True, "idempotencyKey": "beforehand"}
        assert (await graph.data(FORGET, graph.person(("discord", "55")), input=given))["forgetMe"]["id"]
        await handed_out(graph.server, community, ("discord", "88"))
    await chat_cases.switched_off(graph.server, one, other)
    slots = [await slot_cases.slot_things(graph.server, community) for community in (one, other)]
    rewards = [await reward_cases.reward_things(graph.server, community) for community in (one, other)]
    await raffle_cases.raffles_open(graph.server, request, one, other)
    wager_claims = await wager_cases.wagers_told(graph.server, request, one, other)
    alerts = [await alert_of(graph.server, community) for community in (one, other)]
    dead = [await dead_job(graph.server, community) for community in (one, other)]
    told = [await happening_cases.happening_things(graph.server, community) for community in (one, other)]
    guild_codes = [await guild_bound(graph.server, *place) for place in ((one, GUILD), (other, "8"))]
    bot = await service(graph)
    return Houses(
        graph,
        one,
        other,
        viewers,
        deliveries,
        codes[0],
        slots[0],
        rewards[0],
        dead[0],
        told[0],
        bot,
        guild_codes[0],
        alerts[0],
        wager_claims[0],
        await draw_cases.draws_made(graph.server, request, one, other),
        await giveaway_cases.giveaways_made(graph.server, request, one, other),
    )


LINK = "mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"
LINKED = {
    "one": {"platform": "KICK", "platformId": "3"},
    "other": {"platform": "DISCORD", "platformId": "88"},
    "reason": "Told us so.",
    "idempotencyKey": "beforehand",
}
FORGET = "mutation ($input: ForgetMeInput!) { forgetMe(input: $input) { ... on ForgettingPlanned { id } } }"
QUARANTINED = """query ($slug: String!) { community(slug: $slug) {
    deliveries(first: 5, where: { state: QUARANTINED }) { nodes { id } } } }"""


@dataclass(frozen=True)
class Case:
    """A mutation with an input that works and another one."""

    name: str
    selection: str
    given: Given
    another: dict[str, Any]
    by: str = ""
    """Discord's id of the person who asks; the operator where it is not said."""
    permissions: int | None = None
    """What he may do in the first community's Discord server, when the bot asks for him from there."""

    @property
    def document(self) -> str:
        problem = "... on Problem { code message remedy }"
        return (
            f"mutation ($input: {self.name[0].upper()}{self.name[1:]}Input!) "
            f"{{ {self.name}(input: $input) {{ __typename {self.selection} {problem} }} }}"
        )

    async def run(self, houses: Houses, key: str, **changed: Any) -> dict[str, Any]:
        given = {**self.given(houses), **changed, "idempotencyKey": key}
        return (await houses.graph.data(self.document, self.token(houses), input=given))[self.name]

    def token(self, houses: Houses) -> str:
        """Of whoever asks."""
        graph = houses.graph
        if self.permissions is not None:
            return houses.bot.acting(self.by, guild=GUILD, permissions=self.permissions)
        return graph.person(("discord", self.by)) if self.by else graph.operator


OWNER, MODERATOR = ({"kind": "KICK", "platformId": number} for number in ("44", "22"))
RULES = "... on WatchTimeSettingsUpdated { settings { window tracking quorum excluded { platformId name } actor } }"
CASES = [
    Case(
        "createCommunity",
        "... on CommunityCreated { community { id slug timezone } }",
        lambda _: {"slug": "attic", "name": "Attic", "timezone": "Europe/Oslo"},
        {"slug": "cellar"},
    ),
    Case(
        "createInvitation",
        "... on InvitationCreated { id code url expiresAt }",
        lambda _: {"holder": {"kind": "KICK", "platformId": "7200101"}, "days": 2},
        {"days": 3},
    ),
    Case(
        "attachChannel",
        "... on ChannelAttached { channel { platform platformId name } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platform": "KICK",
            "platformId": "100007",
            "name": "Seven",
        },
        {"platformId": "100008"},
    ),
    Case(
        "detachChannel",
        "... on ChannelDetached { channel { platform platformId name } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platform": "KICK",
            "platformId": "100001",
        },
        {"platformId": "100008"},
    ),
    Case(
        "syncChannel",
        "... on ChannelSynced { platformId syncedAt findings { what value problem remedy } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platformId": "100001",
            "kickChannelId": "668",
            "kickChatroomId": "667",
        },
        {"kickChatroomId": "666"},
    ),
    Case(
        "updateWatchTimeSettings",
        RULES,
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "window": 60,
            "excluded": [{"platform": "KICK", "platformId": "2"}, {"platform": "KICK", "platformId": "4242"}],
        },
        {"window": 61},
    ),
    Case(
        "setTracking",
        RULES,
        lambda houses: {"communityId": id_of("community", houses.one), "tracking": False},
        {"tracking": True},
    ),
    Case(
        "adjustWatchTime",
        "... on WatchTimeAdjusted { viewerId seconds }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "viewerId": houses.viewers["2"],
            "seconds": 600,
            "reason": "Was here all the time.",
        },
        {"seconds": 601},
    ),
    Case(
        "recountWatchTime",
        "... on WatchTimeRecountStarted { streams }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"streamId": id_of("stream", 1)},
    ),
    Case(
        "linkAccounts",
        "... on AccountsLinked { viewerId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "one": {"platform": "KICK", "platformId": "2"},
            "other": {"platform": "DISCORD", "platformId": "77"},
            "reason": "Told us so on stream.",
        },
        {"reason": "Another one."},
    ),
    Case(
        "unlinkAccount",
        "... on AccountUnlinked { viewerId restId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "DISCORD", "platformId": "88"},
            "reason": "It was somebody else.",
        },
        {"reason": "Another one."},
    ),
    Case(
        "updateLinkSettings",
        "... on LinkSettingsUpdated { settings { cooldown } }",
        lambda houses: {"communityId": id_of("community", houses.one), "cooldown": 60},
        {"cooldown": 61},
    ),
    Case(
        "createLink",
        "... on LinkCreated { url expiresAt }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "discordName": "somebody",
            "guildName": "Somewhere",
        },
        {"discordName": "somebody else"},
        by="77",
    ),
    Case(
        "confirmLink",
        "... on LinkConfirmed { platform platformId name }",
        lambda houses: {"communityId": id_of("community", houses.one), "code": houses.code},
        {"code": "AAAAAA"},
        by="99",
    ),
    Case(
        "linkKnownAccount",
        "... on LinkConfirmed { platform platformId name }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "KICK", "platformId": "2"},
        },
        {"account": {"platform": "KICK", "platformId": "1"}},
        by="66",
    ),
    Case(
        "unlinkMyAccount",
        "... on MyAccountUnlinked { platform platformId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "KICK", "platformId": "3"},
        },
        {"account": {"platform": "KICK", "platformId": "1"}},
        by="88",
    ),
    Case(
        "forgetMe",
        "... on ForgettingPlanned { id dueAt }",
        lambda houses: {"communityId": id_of("community", houses.one), "confirmed": True},
        {"confirmed": False},
        by="88",
    ),
    Case(
        "keepMe",
        "... on ForgettingKept { id }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"forgettingId": id_of("forgetting", 99)},
        by="55",
    ),
    Case(
        "replayDeliveries",
        "... on DeliveriesReplayed { deliveryIds }",
        lambda houses: {"communityId": id_of("community", houses.one), "deliveryIds": houses.deliveries},
        {"deliveryIds": [id_of("delivery", 1)]},
    ),
    Case(
        "grantStaffRole",
        "... on StaffRoleGranted { grant { id holderKind holderId role extra capabilities grantedBy at } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "holder": {"kind": "DISCORD_ROLE", "platformId": "600"},
            "role": "MODERATOR",
            "extra": ["AUDIT_READ", "LINKS_MANAGE"],
        },
        {"role": "MANAGER"},
    ),
    Case(
        "revokeStaffRole",
        "... on StaffRoleRevoked { holderKind holderId }",
        lambda houses: {"communityId": id_of("community", houses.one), "holder": MODERATOR},
        {"holder": OWNER},
    ),
    Case(
        "acknowledgeAlert",
        "... on AlertAcknowledged { alert { id acknowledgedBy acknowledgedAt closedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "alertId": houses.alert},
        {"alertId": id_of("alert", 999)},
    ),
    Case(
        "retryJob",
        "... on JobRetried { jobId }",
        lambda houses: {"communityId": id_of("community", houses.one), "jobId": id_of("job", houses.dead)},
        {"jobId": id_of("job", 1)},
    ),
    Case(
        "createOverlayKey",
        "... on OverlayKeyCreated { secret overlayKey { id overlay createdBy createdAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "overlay": "main-scene"},
        {"overlay": "another-scene"},
    ),
    Case(
        "revokeOverlayKey",
        "... on OverlayKeyRevoked { overlayKey { id overlay createdBy createdAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "keyId": id_of("overlay_key", 1)},
        {"keyId": id_of("overlay_key", 2)},
    ),
    Case(
        "createApiToken",
        "... on ApiTokenCreated { secret apiToken { id communityId name capabilities expiresAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "name": "Counter"},
        {"name": "Another"},
        by="77",
    ),
    Case(
        "revokeApiToken",
        "... on ApiTokenRevoked { apiToken { id holderKind holderId name createdAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "tokenId": id_of("api_token", 1)},
        {"tokenId": id_of("api_token", 2)},
        by="88",
    ),
    Case(
        "replayOrphans",
        "... on OrphansReplayed { count hasMore }",
        lambda _: {"platform": "KICK", "platformId": "100001"},
        {"platformId": "100002"},
    ),
    *(Case(*one) for one in slot_cases.CASES),
    *(Case(*one) for one in chat_cases.CASES),
    *(Case(*one) for one in reward_cases.CASES),
    *(Case(*one) for one in happening_cases.CASES),
    *(Case(*one) for one in raffle_cases.CASES),
    *(Case(*one) for one in draw_cases.CASES),
    *(Case(*one) for one in giveaway_cases.CASES),
    *(Case(*one) for one in wager_cases.CASES),
]
OF_CLIENTS = {"leaseJobs", "acknowledgeJob", "acknowledgeJobs"}
"""What clients do that carry jobs out, and nobody else may: test_jobs.py asks the same of them."""

CASES += [
    Case(
        "updateText",
        "... on TextUpdated { text { kind version body actor at } }",
        lambda houses: {"communityId": id_of("community", houses.one), "kind": "TERMS", "body": "Be kind."},
        {"body": "Be very kind."},
    ),
    Case(
        "createGuildBinding",
        "... on GuildBindingCreated { code expiresAt }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"minutes": 5},
    ),
    Case(
        "bindGuild",
        "... on GuildBound { communityId communityName platformId }",
        lambda houses: {"code": houses.guild_code, "guildName": "The Harbour"},
        {"guildName": "Another"},
        by="22",
        permissions=MANAGE_GUILD,
    ),
    Case(
        "unbindGuild",
        "... on GuildUnbound { platformId }",
        lambda houses: {"communityId": id_of("community", houses.one), "platformId": GUILD},
        {"platformId": "8"},
    ),
]
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_every_mutation_has_its_case() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    assert {case.name for case in CASES} | OF_CLIENTS == set(mutation.fields)


@every
async def test_the_same_key_at_once_and_later_gives_the_first_result_once(houses: Houses, case: Case) -> None:
    first, second = await asyncio.gather(case.run(houses, "key-1"), case.run(houses, "key-1"))
    assert first["__typename"] != "Refused", first
    assert first == second
    once = await facts(houses.graph)
    assert await case.run(houses, "key-1") == first
    assert await facts(houses.graph) == once


@every
async def test_the_same_key_for_something_else_is_refused(houses: Houses, case: Case) -> None:
    await case.run(houses, "key-1")
    before = await facts(houses.graph)
    refused = await case.run(houses, "key-1", **case.another)
    assert (refused["__typename"], refused["code"]) == ("Refused", "idempotency_key_reused")
    assert await facts(houses.graph) == before


@every
@pytest.mark.parametrize("key", ["", "x" * 101, "a\nb"], ids=["empty", "long", "unprintable"])
async def test_an_unusable_key_is_refused(houses: Houses, case: Case, key: str) -> None:
    before = await facts(houses.graph)
    refused = await case.run(houses, key)
    assert (refused["__typename"], refused["code"]) == ("Refused", "idempotency_key_invalid")
    assert await facts(houses.graph) == before


@every
async def test_nothing_of_the_other_community_changes(houses: Houses, case: Case) -> None:
    before = await facts(houses.graph, community_id=houses.other)
    assert (await case.run(houses, "key-1"))["__typename"] != "Refused"
    assert await facts(houses.graph, community_id=houses.other) == before


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("createCommunity", {"slug": "No Slug"}, "slug_invalid"),
    ("createCommunity", {"slug": "den"}, "slug_taken"),
    ("createCommunity", {"name": " "}, "name_invalid"),
    ("createCommunity", {"timezone": "Mars/Olympus"}, "timezone_unknown"),
    ("createInvitation", {"days": 31}, "invitation_days_out_of_range"),
    ("createInvitation", {"holder": {"kind": "KICK", "platformId": "name"}}, "holder_id_invalid"),
    ("createInvitation", {"holder": {"kind": "DISCORD", "platformId": "5"}}, "holder_cannot_sign_in"),
    ("attachChannel", {"platformId": "100001"}, "channel_already_attached"),
    ("attachChannel", {"platformId": "NotANumber"}, "platform_id_invalid"),
    ("attachChannel", {"platform": "DISCORD"}, "platform_without_channels"),
    ("detachChannel", {"platformId": "100008"}, "channel_not_attached"),
    ("syncChannel", {"platformId": "100002"}, "channel_not_attached"),
    ("syncChannel", {"platformId": "name"}, "platform_id_invalid"),
    ("syncChannel", {"kickChatroomId": "name"}, "kick_id_invalid"),
    ("updateWatchTimeSettings", {"window": 5}, "watchtime_settings_window"),
    ("updateWatchTimeSettings", {"repeats": 6}, "watchtime_settings_repeats"),
    ("updateWatchTimeSettings", {"quorum": 0}, "watchtime_settings_quorum"),
    ("updateWatchTimeSettings", {"dailyCap": 1}, "watchtime_settings_daily_cap"),
    ("updateWatchTimeSettings", {"effectiveFrom": "2026-08-02T00:00:00Z"}, "effective_from_out_of_range"),
    ("updateWatchTimeSettings", {"excluded": [{"platform": "KICK", "platformId": "x"}]}, "platform_id_invalid"),
    ("setTracking", {"effectiveFrom": "2026-01-01T00:00:00Z"}, "effective_from_out_of_range"),
    ("adjustWatchTime", {"seconds": 0}, "adjustment_out_of_range"),
    ("adjustWatchTime", {"seconds": -100_000}, "below_zero"),
    ("adjustWatchTime", {"reason": " "}, "reason_missing"),
    ("adjustWatchTime", {"viewerId": id_of("viewer", 999_999)}, "viewer_unknown"),
    ("linkAccounts", {"other": {"platform": "KICK", "platformId": "2"}}, "already_linked"),
    ("linkAccounts", {"other": {"platform": "KICK", "platformId": "1"}}, "same_platform"),
    ("linkAccounts", {"other": {"platform": "DISCORD", "platformId": "88"}}, "account_linked_elsewhere"),
    ("linkAccounts", {"other": {"platform": "DISCORD", "platformId": "x"}}, "platform_id_invalid"),
    ("linkAccounts", {"reason": " "}, "reason_missing"),
    ("unlinkAccount", {"account": {"platform": "KICK", "platformId": "2"}}, "not_linked"),
    ("unlinkAccount", {"account": {"platform": "KICK", "platformId": "404"}}, "account_unknown"),
    ("unlinkAccount", {"reason": ""}, "reason_missing"),
    ("updateLinkSettings", {"cooldown": 2_592_001}, "link_settings_cooldown"),
    ("updateLinkSettings", {"valid": 59}, "link_settings_valid"),
    ("linkKnownAccount", {"account": {"platform": "KICK", "platformId": "1"}}, "account_not_proven"),
    ("unlinkMyAccount", {"account": {"platform": "KICK", "platformId": "2"}}, "account_not_yours"),
    ("forgetMe", {"confirmed": False}, "forgetting_not_confirmed"),
    ("keepMe", {"communityId": None}, "forgetting_unknown"),
    ("replayDeliveries", {"deliveryIds": []}, "too_many_deliveries"),
    ("replayDeliveries", {"deliveryIds": [id_of("delivery", 1)]}, "nothing_quarantined"),
    ("grantStaffRole", {"holder": {"kind": "KICK", "platformId": "name"}}, "holder_id_invalid"),
    ("grantStaffRole", {"role": "OWNER"}, "owner_not_a_person"),
    ("grantStaffRole", {"holder": OWNER}, "last_owner"),
    ("revokeStaffRole", {"holder": OWNER}, "last_owner"),
    ("revokeStaffRole", {"holder": {"kind": "DISCORD", "platformId": "22"}}, "grant_unknown"),
    ("acknowledgeAlert", {"alertId": id_of("alert", 999)}, "alert_not_open"),
    ("retryJob", {"jobId": id_of("job", 1)}, "job_not_dead"),
    ("updateText", {"body": " \n "}, "text_length_out_of_range"),
    ("createGuildBinding", {"minutes": 61}, "guild_code_minutes_out_of_range"),
    ("bindGuild", {"code": "ABCD-EFGH-JKLM"}, "guild_code_wrong"),
    ("unbindGuild", {"platformId": "8"}, "guild_not_bound"),
    ("unbindGuild", {"platformId": "name"}, "platform_id_invalid"),
    ("replayOrphans", {"platformId": "5"}, "channel_not_attached"),
    *slot_cases.REFUSED,
    *chat_cases.REFUSED,
    *reward_cases.REFUSED,
    *raffle_cases.REFUSED,
    *draw_cases.REFUSED,
    *giveaway_cases.REFUSED,
    *wager_cases.REFUSED,
    ("createOverlayKey", {"overlay": "Main Scene"}, "key_name_invalid"),
    ("revokeOverlayKey", {"keyId": id_of("overlay_key", 2)}, "overlay_key_unknown"),
    ("createApiToken", {"name": " "}, "api_token_name_invalid"),
    ("createApiToken", {"days": 367}, "api_token_days_invalid"),
    ("createApiToken", {"capabilities": ["COMMUNITY_READ"]}, "capability_not_held"),
    ("revokeApiToken", {"tokenId": id_of("api_token", 2)}, "api_token_unknown"),
    *happening_cases.REFUSED,
]


@pytest.mark.parametrize(
    ("name", "changed", "code"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_refusal_says_what_to_do_and_changes_nothing(
    houses: Houses, name: str, changed: dict[str, Any], code: str
) -> None:
    [case] = [case for case in CASES if case.name == name]
    before = await facts(houses.graph)
    refused = await case.run(houses, "key-1", **changed)
    assert (refused["__typename"], refused["code"]) == ("Refused", code)
    assert refused["message"].endswith(".")
    assert refused["remedy"].endswith(".")
    assert await facts(houses.graph) == before


async def test_another_communitys_viewer_cannot_be_adjusted(houses: Houses) -> None:
    theirs = await houses.graph.accounts(houses.other)
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    refused = await case.run(houses, "key-1", viewerId=theirs["2"])
    assert refused["code"] == "viewer_unknown"


async def test_another_communitys_delivery_cannot_be_replayed(houses: Houses) -> None:
    page = await houses.graph.data(QUARANTINED, slug="den")
    [case] = [case for case in CASES if case.name == "replayDeliveries"]
    refused = await case.run(houses, "key-1", deliveryIds=[page["community"]["deliveries"]["nodes"][0]["id"]])
    assert refused["code"] == "nothing_quarantined"


async def test_another_communitys_job_cannot_be_retried(houses: Houses) -> None:
    theirs = await dead_job(houses.graph.server, houses.other)
    [case] = [case for case in CASES if case.name == "retryJob"]
    assert (await case.run(houses, "key-1", jobId=id_of("job", theirs)))["code"] == "job_not_dead"


async def test_two_callers_may_use_the_same_key(houses: Houses) -> None:
    graph = houses.graph
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    given = {**case.given(houses), "idempotencyKey": "key-1"}
    for token in (graph.operator, graph.owner(houses.one, "house")):
        done = await graph.data(case.document, token, input=given)
        assert done["adjustWatchTime"]["__typename"] == "WatchTimeAdjusted"
    assert (await graph.balances(houses.one))["2"] == 360 + 1200
    assert (await graph.balances(houses.other))["2"] == 360


async def test_two_mutations_may_use_the_same_key(houses: Houses) -> None:
    for name in ("setTracking", "adjustWatchTime", "attachChannel"):
        [case] = [case for case in CASES if case.name == name]
        assert (await case.run(houses, "key-1"))["__typename"] != "Refused"


async def test_a_key_that_is_forgotten_still_adjusts_only_once(houses: Houses) -> None:
    [case] = [case for case in CASES if case.name == "adjustWatchTime"]
    await case.run(houses, "key-1")
    await forget_keys(houses.graph)
    assert (await case.run(houses, "key-1"))["seconds"] == 960
    assert (await houses.graph.balances(houses.one))["2"] == 960
