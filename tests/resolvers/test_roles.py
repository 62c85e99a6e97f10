"""Role rewards from a watched minute to the job of the Discord client, and back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import pytest

from server.actions import guilds
from server.actions.watchtime.adjust import adjust
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from tests.graph import Graph, line
from tests.resolvers.proving import guild_bound, linked_himself
from tests.services import Service, service

REWARD = "reward { id roleId name minutes isOn }"
PROBLEM = "... on Problem { code message remedy }"
LEASE = """mutation ($key: String!) { leaseJobs(input: { limit: 50, idempotencyKey: $key }) { ... on JobsLeased {
  jobs { id lease ... on RoleChangedJob { roleGuildId discordId roleId role isGiven roleReason minutes } } } } }"""
ACKNOWLEDGE = """mutation ($input: AcknowledgeJobsInput!) { acknowledgeJobs(input: $input) {
  ... on JobsAcknowledged { jobs { state refused { code } } } } }"""
STANDING = """query ($slug: String!) { community(slug: $slug) { roleRewards { mode removesUnreached
  all { id roleId name minutes isOn members(first: 10) { totalCount nodes { account { platformId } state } } }
  previewCounts { people given taken lookedAt isWhole }
  preview(first: 10) { nodes { account { platformId } changes { roleId isGiven reason } } } } } }"""
LINKED = """INSERT INTO account_link (community_id, account_id, home_id, cause, actor, at)
  VALUES ($1, $2, $3, 'viewer', 'x', 0)"""
Told = tuple[str, str, bool, str]


@dataclass
class Home:
    """A community with a Discord server, and the client that carries its jobs out."""

    graph: Graph
    bot: Service
    community: int
    slug: str
    guild: str
    keys: Any = field(default_factory=lambda: count(1))

    def key(self) -> str:
        return f"{self.slug}-{next(self.keys)}"

    async def do(self, name: str, selection: str, token: str | None = None, /, **more: Any) -> Any:
        kind, asked = f"{name[0].upper()}{name[1:]}Input", f"{selection} {PROBLEM}"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {asked} }} }}"
        given = {"communityId": id_of("community", self.community), "idempotencyKey": self.key(), **more}
        return (await self.graph.data(document, token, input=given))[name]

    async def add(self, role: str, minutes: int | None) -> str:
        made = await self.do(
            "addRoleReward", f"... on RoleRewardAdded {{ {REWARD} }}", roleId=role, name=f"Role {role}", minutes=minutes
        )
        return made["reward"]["id"]

    async def change(self, reward: str, **more: Any) -> None:
        changed = await self.do(
            "updateRoleReward", f"... on RoleRewardUpdated {{ {REWARD} }}", roleRewardId=reward, **more
        )
        assert "reward" in changed, changed

    async def rule(self, **more: Any) -> None:
        assert "mode" in await self.do("updateRoleRules", "... on RoleRulesUpdated { mode removesUnreached }", **more)

    async def sync(self, *, anew: bool = False) -> int:
        asked = await self.do("syncRoles", "... on RolesSynced { people }", anew=anew)
        await self.graph.live.settle()
        return asked["people"]

    async def here(self, discord_id: str, roles: Sequence[str] = ()) -> int:
        """He does something in the Discord server, where he has these roles."""
        key = self.key()
        token = self.bot.acting(discord_id, guild=self.guild, roles=roles, interaction=key)
        return (await self.do("refreshMyRoles", "... on MyRolesRefreshed { changed }", token, idempotencyKey=key))[
            "changed"
        ]

    async def watch(self, kick_id: str, seconds: int) -> None:
        viewer = (await self.viewers())[kick_id]
        run = partial(adjust, viewer_id=viewer, seconds=seconds, reason="A test.", actor="tester")
        await self.graph.server.units.run(self.community, partial(run, source_key=f"test:{self.key()}"))

    async def viewers(self) -> dict[str, int]:
        rows = await self.graph.server.database.reader().fetch(
            "SELECT v.viewer_id, a.external_id FROM viewer_account v JOIN account a ON a.id = v.account_id "
            "WHERE v.community_id = $1 AND a.platform = 'kick'",
            self.community,
        )
        return {row["external_id"]: row["viewer_id"] for row in rows}

    async def links(self, discord_id: str, kick_id: str) -> None:
        await linked_himself(self.graph.server, self.community, discord_id, kick_id)

    async def lease(self) -> list[dict[str, Any]]:
        return [one for one in await self.leased() if "roleId" in one]

    async def leased(self) -> list[dict[str, Any]]:
        told = await self.graph.data(LEASE, self.bot.token(), key=f"lease-{self.key()}")
        return told["leaseJobs"]["jobs"]

    async def carried_out(self, outcome: str = "DONE", reference: str = "") -> list[Told]:
        """Carry out all jobs there are, however many times more come of it; what they were."""
        found: list[Told] = []
        while leased := await self.leased():
            ours = [one for one in leased if "roleId" in one]
            found += [(one["discordId"], one["roleId"], one["isGiven"], one["roleReason"]) for one in ours]
            reports = [
                {"jobId": one["id"], "lease": one["lease"], "outcome": outcome, "reference": reference}
                for one in leased
            ]
            given = {"jobs": reports, "idempotencyKey": f"done-{self.key()}"}
            done = await self.graph.data(ACKNOWLEDGE, self.bot.token(), input=given)
            assert not any(one["refused"] for one in done["acknowledgeJobs"]["jobs"])
        return found

    async def standing(self) -> Any:
        return (await self.graph.data(STANDING, slug=self.slug))["community"]["roleRewards"]


async def home(graph: Graph, bot: Service, slug: str, guild: str) -> Home:
    community = await graph.live.community(slug, "100001")
    await guild_bound(graph.server, community, guild)
    return Home(graph, bot, community, slug, guild)


@pytest.fixture
async def house(graph: Graph) -> Home:
    made = await home(graph, await service(graph), "house", "7")
    await graph.watched()
    await made.links("88", "3")
    return made


async def test_a_role_is_given_once_when_its_minutes_are_watched(house: Home) -> None:
    await house.add("21", 60)
    await house.add("22", 120)
    await house.watch("3", 3_599 - 420)
    assert await house.carried_out() == []
    await house.watch("3", 1)
    [job] = await house.lease()
    assert {name: job[name] for name in job if name not in {"id", "lease"}} == {
        "roleGuildId": "7",
        "discordId": "88",
        "roleId": "21",
        "role": "Role 21",
        "isGiven": True,
        "roleReason": "WATCHED",
        "minutes": 60,
    }
    await house.watch("3", 60)
    assert await house.lease() == []


async def test_a_batch_of_chat_gives_what_it_reaches(house: Home) -> None:
    await house.add("21", 9)
    await house.graph.deliver("chat.message.sent", line("100001", 3, "one more", "2026-08-01T17:40:00Z"))
    await house.graph.live.settle()
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]


async def test_a_role_for_linking_is_given_on_linking_and_taken_on_parting_where_the_rules_say_so(house: Home) -> None:
    await house.add("20", None)
    await house.links("99", "2")
    assert await house.carried_out() == [("99", "20", True, "LINKED")]
    await house.rule(removesUnreached=True)
    unlink = "mutation ($input: UnlinkAccountInput!) { unlinkAccount(input: $input) { __typename } }"
    account = {"platform": "DISCORD", "platformId": "99"}
    given = {"communityId": id_of("community", house.community), "account": account, "reason": "A test."}
    await house.graph.data(unlink, input={**given, "idempotencyKey": "u1"})
    assert await house.carried_out() == [("99", "20", False, "UNREACHED")]


async def test_linking_gives_what_was_watched_before(house: Home) -> None:
    await house.add("21", 5)
    assert await house.carried_out() == []
    await house.links("99", "2")
    assert await house.carried_out() == [("99", "21", True, "WATCHED")]


async def test_only_the_highest_is_left_and_it_is_given_before_the_lower_is_taken(house: Home) -> None:
    await house.rule(mode="HIGHEST")
    await house.add("21", 10)
    await house.add("22", 20)
    await house.watch("3", 180)
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]
    await house.watch("3", 600)
    assert await house.carried_out() == [("88", "22", True, "WATCHED"), ("88", "21", False, "OUTRANKED")]
    await house.watch("3", 60)
    assert await house.carried_out() == []
    await house.rule(mode="STACK")
    await house.sync()
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]


async def test_who_falls_below_keeps_his_role_unless_the_rules_take_it(house: Home) -> None:
    await house.add("21", 10)
    await house.watch("3", 180)
    await house.carried_out()
    await house.watch("3", -180)
    assert await house.carried_out() == []
    await house.rule(removesUnreached=True)
    await house.watch("3", 1)
    assert await house.carried_out() == [("88", "21", False, "UNREACHED")]
    await house.watch("3", 179)
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]


async def test_a_role_that_he_had_already_is_never_taken(house: Home) -> None:
    await house.rule(removesUnreached=True)
    await house.add("21", 10)
    await house.watch("3", 180)
    assert await house.carried_out(reference="had") == [("88", "21", True, "WATCHED")]
    await house.watch("3", -180)
    await house.sync()
    assert await house.carried_out() == []
    [reward] = (await house.standing())["all"]
    assert reward["members"] == {"totalCount": 1, "nodes": [{"account": {"platformId": "88"}, "state": "HAD"}]}


async def test_who_was_not_there_is_given_it_at_the_next_sync_or_when_he_is_seen(house: Home) -> None:
    await house.add("21", 10)
    await house.watch("3", 180)
    assert len(await house.carried_out("GONE")) == 1
    await house.watch("3", 60)
    assert await house.carried_out() == []
    assert (await house.standing())["all"][0]["members"]["totalCount"] == 0
    assert await house.sync() == 1
    assert await house.carried_out("GONE") == [("88", "21", True, "WATCHED")]
    assert await house.here("88") == 1
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]
    await house.sync()
    assert await house.carried_out() == []


async def test_who_left_and_came_back_is_given_his_roles_again(house: Home) -> None:
    await house.add("21", 5)
    await house.sync()
    assert len(await house.carried_out()) == 1
    assert await house.here("88", ["21"]) == 0
    assert await house.here("88", ["99"]) == 1
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]
    await house.sync()
    assert await house.carried_out() == []
    await house.sync(anew=True)
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]


async def test_a_job_that_nobody_came_for_is_made_again_by_a_sync(house: Home) -> None:
    await house.add("21", 5)
    await house.sync()
    await house.sync()
    assert len(await house.lease()) == 1
    await house.graph.server.units.run(house.community, forget_jobs)
    await house.sync()
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]


async def forget_jobs(tx: Tx, _: Scope) -> Done[int]:
    return Done(await tx.execute("DELETE FROM job WHERE kind = 'role_changed'"))


async def test_the_preview_says_what_a_sync_does_and_changes_nothing(house: Home) -> None:
    await house.rule(removesUnreached=True)
    await house.add("21", 5)
    late = await house.add("22", 6)
    await house.links("99", "2")
    assert {one[1] for one in await house.carried_out()} == {"21", "22"}
    await house.change(late, minutes=7)
    told = await house.standing()
    assert told["previewCounts"] == {"people": 2, "given": 2, "taken": 1, "lookedAt": 4, "isWhole": True}
    assert told["preview"]["nodes"] == [
        {
            "account": {"platformId": "88"},
            "changes": [
                {"roleId": "21", "isGiven": True, "reason": "WATCHED"},
                {"roleId": "22", "isGiven": True, "reason": "WATCHED"},
            ],
        },
        {"account": {"platformId": "99"}, "changes": [{"roleId": "22", "isGiven": False, "reason": "UNREACHED"}]},
    ]
    assert await house.lease() == []
    await house.sync()
    assert {one[:3] for one in await house.carried_out()} == {
        ("88", "21", True),
        ("88", "22", True),
        ("99", "22", False),
    }
    assert (await house.standing())["preview"]["nodes"] == []


async def test_a_role_that_is_off_or_removed_is_left_with_who_has_it(house: Home) -> None:
    await house.rule(removesUnreached=True)
    reward = await house.add("21", 5)
    await house.sync()
    await house.carried_out()
    await house.change(reward, isOn=False)
    await house.watch("3", -200)
    await house.sync()
    assert await house.carried_out() == []
    await house.do("removeRoleReward", "... on RoleRewardRemoved { roleId }", roleRewardId=reward)
    assert (await house.standing())["all"] == []
    assert await house.add("21", 5) == reward
    await house.sync()
    assert await house.carried_out() == [("88", "21", False, "UNREACHED")]


async def test_two_communities_with_the_same_people_and_role_names_never_touch_each_other(house: Home) -> None:
    den = await home(house.graph, house.bot, "den", "8")
    await house.graph.watched()
    await den.links("88", "3")
    await house.add("21", 5)
    theirs = await den.add("31", 5)
    refused = await house.do(
        "updateRoleReward", f"... on RoleRewardUpdated {{ {REWARD} }}", roleRewardId=theirs, minutes=9
    )
    assert refused["code"] == "role_reward_unknown"
    await house.sync()
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]
    assert (await den.standing())["all"][0]["members"]["totalCount"] == 0
    await den.sync()
    assert await den.carried_out() == [("88", "31", True, "WATCHED")]


async def test_roles_belong_to_the_discord_server_that_is_bound(house: Home) -> None:
    reward = await house.add("21", 5)
    units = house.graph.server.units
    await units.run(house.community, partial(guilds.unbind, guild="7"))
    assert (await house.standing())["all"] == []
    refused = await house.do(
        "addRoleReward", f"... on RoleRewardAdded {{ {REWARD} }}", roleId="22", name="x", minutes=1
    )
    assert refused["code"] == "guild_not_bound"
    await house.sync()
    assert await house.lease() == []
    await guild_bound(house.graph.server, house.community, "7")
    assert [one["id"] for one in (await house.standing())["all"]] == [reward]


async def test_members_and_previews_are_shown_to_those_who_may_change_settings_alone(house: Home) -> None:
    await house.add("21", 5)
    await house.graph.grant(house.community, ("kick", "22"), "MODERATOR")
    moderator = house.graph.person(("kick", "22"))
    for asked in (
        "all { members(first: 1) { totalCount } }",
        "previewCounts { people }",
        "preview(first: 1) { totalCount }",
    ):
        query = f'{{ community(slug: "house") {{ roleRewards {{ {asked} }} }} }}'
        assert await house.graph.code(query, moderator) == "forbidden"
    names = '{ community(slug: "house") { roleRewards { all { name } } } }'
    told = await house.graph.data(names, moderator)
    assert told["community"]["roleRewards"]["all"] == [{"name": "Role 21"}]


async def test_a_thousand_members_are_synced_page_by_page_and_each_once(house: Home) -> None:
    await house.graph.server.units.run(house.community, crowd)
    await house.add("21", 5)
    assert await house.sync() == 1_001
    counts = (await house.standing())["previewCounts"]
    assert (counts["people"], counts["lookedAt"]) == (0, 1_002)
    given = await house.carried_out()
    assert len(given) == len(set(given)) == 1_001
    await house.sync()
    assert await house.carried_out() == []
    assert (await house.standing())["all"][0]["members"]["totalCount"] == 1_001


async def crowd(tx: Tx, scope: Scope) -> Done[None]:
    """A thousand viewers who watched an hour, each on Discord and linked."""
    for number in range(10_000, 11_000):
        [account] = await tx.fetch(
            "INSERT INTO account (platform, external_id, name, name_key, named_at, is_bot) "
            "VALUES ('discord', $1, $1, $1, 0, FALSE) RETURNING id",
            str(number),
        )
        [viewer] = await tx.fetch(
            "INSERT INTO viewer (community_id, face, watch_us) VALUES ($1, $2, 3600000000) RETURNING id",
            scope.community_id,
            account["id"],
        )
        for sql in (
            "INSERT INTO viewer_account (community_id, account_id, viewer_id) VALUES ($1, $2, $3)",
            LINKED,
        ):
            await tx.execute(sql, scope.community_id, account["id"], viewer["id"])
    return Done(None)
