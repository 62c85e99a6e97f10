"""Discord servers: one for one community, bound by both sides, and nothing else is asked from there."""

import asyncio
from typing import Any

import pytest

from server.auth.service_tokens import ADMINISTRATOR, MANAGE_GUILD
from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers.facts import facts
from tests.services import Service, service

OFFER = """mutation ($input: CreateGuildBindingInput!) { createGuildBinding(input: $input) {
    ... on GuildBindingCreated { code expiresAt } ... on Problem { refusal: code message remedy } } }"""
BIND = """mutation ($input: BindGuildInput!) { bindGuild(input: $input) {
    ... on GuildBound { communityId communityName platformId } ... on Problem { code message remedy } } }"""
UNBIND = """mutation ($input: UnbindGuildInput!) { unbindGuild(input: $input) {
    ... on GuildUnbound { platformId } ... on Problem { code message remedy } } }"""
LINK = """mutation ($input: CreateLinkInput!) { createLink(input: $input) {
    ... on LinkCreated { url } ... on Problem { code message remedy } } }"""
GUILD = "query ($slug: String!) { community(slug: $slug) { guild { platformId name boundBy boundAt } } }"
ADJUST = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) {
    ... on WatchTimeAdjusted { seconds } ... on Problem { code } } }"""
HARBOUR, DEN = "900000000000000007", "900000000000000008"


class Two:
    """Two communities, and the bot."""

    def __init__(self, graph: Graph, bot: Service, one: int, other: int) -> None:
        self.graph, self.bot, self.one, self.other = graph, bot, one, other
        self.keys = 0

    async def offer(self, community: int) -> str:
        self.keys += 1
        given = {"communityId": id_of("community", community), "idempotencyKey": f"offer {self.keys}"}
        return (await self.graph.data(OFFER, input=given))["createGuildBinding"]["code"]

    async def bind(self, code: str, guild: str | None = HARBOUR, permissions: int = MANAGE_GUILD, key: str = "") -> Any:
        self.keys += 1
        token = self.bot.acting("22", guild=guild, permissions=permissions)
        given = {"code": code, "guildName": "The Harbour", "idempotencyKey": key or f"bind {self.keys}"}
        return (await self.graph.data(BIND, token, input=given))["bindGuild"]

    async def link(self, community: int, guild: str | None) -> Any:
        self.keys += 1
        given = {"communityId": id_of("community", community), "discordName": "violet", "guildName": "The Harbour"}
        token = self.bot.acting("77", guild=guild)
        return (await self.graph.data(LINK, token, input=given | {"idempotencyKey": str(self.keys)}))["createLink"]

    async def guild(self, slug: str) -> Any:
        return (await self.graph.data(GUILD, slug=slug))["community"]["guild"]


@pytest.fixture
async def two(graph: Graph) -> Two:
    one, other = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    return Two(graph, await service(graph), one, other)


async def test_a_code_of_an_owner_and_somebody_who_manages_the_server_bind_it(two: Two) -> None:
    assert await two.guild("house") is None
    told = await two.bind((await two.offer(two.one)).lower())
    assert told == {
        "communityId": id_of("community", two.one),
        "communityName": "House",
        "platformId": HARBOUR,
    }
    assert await two.guild("house") == {
        "platformId": HARBOUR,
        "name": "The Harbour",
        "boundBy": "bot:discord:22",
        "boundAt": "2026-08-01T18:00:00Z",
    }
    assert await two.guild("den") is None


async def test_an_administrator_may_bind_and_nobody_else_without_the_permission(two: Two) -> None:
    code = await two.offer(two.one)
    before = await facts(two.graph)
    assert (await two.bind(code, permissions=0))["code"] == "manage_guild_needed"
    assert (await two.bind(code, None, 0))["code"] == "guild_needed"
    assert await facts(two.graph) == before
    assert "communityId" in await two.bind(code, permissions=ADMINISTRATOR)


async def test_a_code_is_good_once_for_a_while_and_for_its_own_community(two: Two) -> None:
    code = await two.offer(two.one)
    assert "communityId" in await two.bind(code)
    assert (await two.bind(code, DEN))["code"] == "guild_code_used"
    late = await two.offer(two.other)
    two.graph.live.clock.pass_time(minutes=15)
    assert (await two.bind(late, DEN))["code"] == "guild_code_expired"
    assert (await two.bind("ABCD-EFGH-JKLM", DEN))["code"] == "guild_code_wrong"
    assert await two.guild("den") is None


async def test_the_same_interaction_again_gets_the_first_answer(two: Two) -> None:
    code = await two.offer(two.one)
    first = await two.bind(code, key="an interaction")
    assert await two.bind(code, key="an interaction") == first


async def test_one_server_belongs_to_one_community(two: Two) -> None:
    assert "communityId" in await two.bind(await two.offer(two.one))
    before = await two.guild("house")
    assert (await two.bind(await two.offer(two.other)))["code"] == "guild_bound_elsewhere"
    assert (await two.bind(await two.offer(two.one), DEN))["code"] == "community_has_guild"
    assert [await two.guild(slug) for slug in ("house", "den")] == [before, None]
    assert "communityId" in await two.bind(await two.offer(two.one)), "binding it again is no harm"


async def test_two_communities_that_bind_one_server_at_once_do_not_both_have_it(two: Two) -> None:
    codes = [await two.offer(community) for community in (two.one, two.other)]
    told = await asyncio.gather(*map(two.bind, codes))
    assert sorted("communityId" in one for one in told) == [False, True]
    assert [one["code"] for one in told if "code" in one] == ["guild_bound_elsewhere"]
    assert [await two.guild(slug) for slug in ("house", "den")].count(None) == 1


async def test_codes_cannot_be_guessed_for_long_nor_heaped(two: Two) -> None:
    for _ in range(5):
        assert (await two.bind("ABCD-EFGH-JKLM"))["code"] == "guild_code_wrong"
    token = two.bot.acting("22", guild=HARBOUR, permissions=MANAGE_GUILD)
    given = {"code": await two.offer(two.one), "guildName": "x", "idempotencyKey": "k"}
    assert await two.graph.code(BIND, token, input=given) == "rate_limited"
    for _ in range(4):
        await two.offer(two.one)
    given = {"communityId": id_of("community", two.one), "idempotencyKey": "one more"}
    assert (await two.graph.data(OFFER, input=given))["createGuildBinding"]["refusal"] == "guild_codes_too_many"


async def test_a_link_is_handed_out_in_the_communitys_own_server_only(two: Two) -> None:
    before = await facts(two.graph)
    assert (await two.link(two.one, HARBOUR))["code"] == "guild_not_bound", "none is bound yet"
    assert await facts(two.graph) == before
    await two.bind(await two.offer(two.one))
    await two.bind(await two.offer(two.other), DEN)
    before = await facts(two.graph)
    for community, guild in ((two.one, DEN), (two.other, HARBOUR)):
        refused = await two.link(community, guild)
        assert (refused["code"], refused["remedy"][:3]) == ("guild_not_bound", "Ask")
    assert await facts(two.graph) == before
    assert "url" in await two.link(two.one, HARBOUR)
    assert "url" in await two.link(two.other, DEN)


async def test_after_unbinding_the_server_is_free_and_asked_nothing(two: Two) -> None:
    await two.bind(await two.offer(two.one))
    given = {"communityId": id_of("community", two.one), "platformId": HARBOUR, "idempotencyKey": "u"}
    assert (await two.graph.data(UNBIND, input=given))["unbindGuild"] == {"platformId": HARBOUR}
    assert await two.guild("house") is None
    assert (await two.link(two.one, HARBOUR))["code"] == "guild_not_bound"
    again = {**given, "idempotencyKey": "u2"}
    assert (await two.graph.data(UNBIND, input=again))["unbindGuild"]["code"] == "guild_not_bound"
    assert "communityId" in await two.bind(await two.offer(two.other))


async def test_in_a_bound_server_staff_acts_for_its_community_only(two: Two) -> None:
    graph = two.graph
    for community, channel in ((two.one, "100001"), (two.other, "100002")):
        await graph.watched(channel)
        await graph.grant(community, ("discord", "22"), "MODERATOR")
    codes: dict[tuple[int, str], str] = {}
    await two.bind(await two.offer(two.one))
    for community in (two.one, two.other):
        for guild in (HARBOUR, DEN):
            viewer = (await graph.accounts(community))["1"]
            given = {
                "communityId": id_of("community", community),
                "viewerId": viewer,
                "seconds": 5,
                "reason": "A test.",
            }
            key = f"{community} {guild}"
            token = two.bot.acting("22", guild=guild)
            answer = await graph.ask(ADJUST, token, input=given | {"idempotencyKey": key})
            codes[community, guild] = answer["errors"][0]["extensions"]["code"] if "errors" in answer else "ok"
    assert codes == {
        (two.one, HARBOUR): "ok",
        (two.other, HARBOUR): "forbidden",
        (two.one, DEN): "ok",
        (two.other, DEN): "ok",
    }


CHOOSE = """mutation ($input: SetDiscordChannelInput!) { setDiscordChannel(input: $input) {
    ... on DiscordChannelSet { purposes platformId } ... on Problem { code } } }"""
CHANNELS = "query ($slug: String!) { community(slug: $slug) { discordChannels { purpose platformId chosenBy } } }"


async def choose(two: Two, purpose: str, channel: str | None, community: int | None = None, token: str = "") -> Any:
    two.keys += 1
    given = {"communityId": id_of("community", community or two.one), "purposes": [purpose], "platformId": channel}
    asked = given | {"idempotencyKey": f"choose {two.keys}"}
    return (await two.graph.data(CHOOSE, token or two.graph.operator, input=asked))["setDiscordChannel"]


async def chosen(two: Two, slug: str = "house") -> dict[str, str]:
    found = (await two.graph.data(CHANNELS, slug=slug))["community"]["discordChannels"]
    return {one["purpose"]: one["platformId"] for one in found}


async def test_channels_are_chosen_changed_and_let_go_by_purpose(two: Two) -> None:
    await two.bind(await two.offer(two.one))
    assert await choose(two, "RAFFLE", "4100") == {"purposes": ["RAFFLE"], "platformId": "4100"}
    await choose(two, "SLOT_CALLS", "4200")
    await choose(two, "RAFFLE", "4300")
    assert await chosen(two) == {"RAFFLE": "4300", "SLOT_CALLS": "4200"}
    assert await choose(two, "RAFFLE", None) == {"purposes": ["RAFFLE"], "platformId": None}
    assert await chosen(two) == {"SLOT_CALLS": "4200"}
    assert await chosen(two, "den") == {}


async def test_no_channel_is_chosen_where_no_server_is_bound(two: Two) -> None:
    before = await facts(two.graph)
    assert await choose(two, "RAFFLE", "4100") == {"code": "community_without_guild"}
    assert await facts(two.graph) == before


async def test_a_server_that_is_unbound_leaves_no_channels_behind(two: Two) -> None:
    await two.bind(await two.offer(two.one))
    await choose(two, "STAFF", "4100")
    given = {"communityId": id_of("community", two.one), "platformId": HARBOUR, "idempotencyKey": "away"}
    await two.graph.data(UNBIND, input=given)
    assert await chosen(two) == {}


async def test_whoever_asks_in_another_server_chooses_nothing(two: Two) -> None:
    await two.bind(await two.offer(two.one))
    await two.bind(await two.offer(two.other), DEN)
    await two.graph.grant(two.one, ("discord", "22"), "MANAGER")
    elsewhere = two.bot.acting("22", guild=DEN, interaction="i1")
    given = {
        "communityId": id_of("community", two.one),
        "purposes": ["STAFF"],
        "platformId": "4100",
        "idempotencyKey": "i1",
    }
    assert "errors" in await two.graph.ask(CHOOSE, elsewhere, input=given)
    assert await chosen(two) == {}
