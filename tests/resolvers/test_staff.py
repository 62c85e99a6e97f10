"""Staff as clients see it: who is it, who may change that, and what happens to those who no longer are."""

import asyncio
from typing import Any

import pytest

from server.domain.staff import EVERYTHING, GRANTS_MAX, Capability, Grant, Holder, StaffRole
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import staff
from tests.graph import Graph, Socket
from tests.resolvers.facts import facts

OWNER, MANAGER, MODERATOR, SOMEBODY = ("kick", "44"), ("twitch", "33"), ("discord", "22"), ("kick", "11")
GIVES = {
    "grantStaffRole": "StaffRoleGranted { grant { holderId role extra capabilities } }",
    "revokeStaffRole": "StaffRoleRevoked { holderId }",
    "adjustWatchTime": "WatchTimeAdjusted { seconds }",
}
STAFF = """query ($slug: String!, $first: Int!, $after: String) { community(slug: $slug) {
    staff(first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
        nodes { id holderKind holderId role extra capabilities grantedBy at } } } }"""
CAPABILITIES = "query ($id: ID!) { me { kind subject community { slug } capabilities(communityId: $id) } }"


class House:
    """A community with an owner, a manager and a moderator, and another one with the same owner."""

    def __init__(self, graph: Graph, number: int, other: int) -> None:
        self.graph = graph
        self.number = number
        self.other = other
        self.keys = 0

    async def answer(self, name: str, token: str | None = None, /, key: str = "", **given: Any) -> dict[str, Any]:
        """The whole answer to a mutation, under a key of its own where none is given."""
        self.keys += 1
        given = {
            "communityId": id_of("community", self.number),
            "idempotencyKey": key or f"{name}-{self.keys}",
            **given,
        }
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) "
            f"{{ __typename ... on {GIVES[name]} ... on Problem {{ code message }} }} }}"
        )
        return await self.graph.ask(document, token or self.graph.operator, input=given)

    async def change(self, name: str, token: str | None = None, /, **given: Any) -> dict[str, Any]:
        """What a mutation gives."""
        answer = await self.answer(name, token, **given)
        assert "errors" not in answer, answer
        return answer["data"][name]

    async def grant(self, holder: Holder, role: str, token: str | None = None, **given: Any) -> dict[str, Any]:
        return await self.change("grantStaffRole", token, holder=named(holder), role=role, **given)

    async def revoke(self, holder: Holder, token: str | None = None, **given: Any) -> dict[str, Any]:
        return await self.change("revokeStaffRole", token, holder=named(holder), **given)

    async def adjust(self, token: str, key: str = "") -> dict[str, Any]:
        viewer = (await self.graph.accounts(self.number))["1"]
        return await self.answer("adjustWatchTime", token, key=key, viewerId=viewer, seconds=60, reason="A test.")

    async def mayest(self, token: str, number: int | None = None) -> list[str]:
        found = await self.graph.data(CAPABILITIES, token, id=id_of("community", number or self.number))
        return found["me"]["capabilities"]


def named(holder: Holder) -> dict[str, str]:
    return {"kind": holder[0].upper(), "platformId": holder[1]}


@pytest.fixture
async def house(graph: Graph) -> House:
    house = House(graph, await graph.live.community("house", "100001"), await graph.live.community("den", "100002"))
    await graph.watched()
    for number in (house.number, house.other):
        await graph.grant(number, OWNER, "OWNER")
    await graph.grant(house.number, MANAGER, "MANAGER")
    await graph.grant(house.number, MODERATOR, "MODERATOR")
    return house


MODERATES = ["COMMUNITY_READ", "WATCHTIME_ADJUST", "LINKS_MANAGE", "SLOTCALLS_MANAGE", "GIVEAWAYS_MANAGE"]


async def test_the_staff_of_a_community_is_listed_page_by_page(house: House) -> None:
    await house.grant(("discord_role", "9"), "MODERATOR", extra=["AUDIT_READ", "LINKS_MANAGE"])
    whole = (await house.graph.data(STAFF, house.graph.person(MODERATOR), slug="house", first=10))["community"]["staff"]
    assert (whole["totalCount"], whole["pageInfo"]["hasNextPage"]) == (4, False)
    assert [(node["holderKind"], node["holderId"], node["role"]) for node in whole["nodes"]] == [
        ("KICK", "44", "OWNER"),
        ("TWITCH", "33", "MANAGER"),
        ("DISCORD", "22", "MODERATOR"),
        ("DISCORD_ROLE", "9", "MODERATOR"),
    ]
    assert whole["nodes"][3] | {"id": ""} == {
        "id": "",
        "holderKind": "DISCORD_ROLE",
        "holderId": "9",
        "role": "MODERATOR",
        "extra": ["AUDIT_READ"],
        "capabilities": [*MODERATES, "AUDIT_READ"],
        "grantedBy": "operator:command-line",
        "at": "2026-08-01T18:00:00Z",
    }
    first = (await house.graph.data(STAFF, slug="house", first=3))["community"]["staff"]
    assert (first["nodes"], first["pageInfo"]["hasNextPage"]) == (whole["nodes"][:3], True)
    after = first["pageInfo"]["endCursor"]
    rest = (await house.graph.data(STAFF, slug="house", first=3, after=after))["community"]["staff"]
    assert rest["nodes"] == whole["nodes"][3:]


async def test_somebody_may_do_what_all_his_accounts_and_roles_allow_together(house: House) -> None:
    await house.grant(("discord_role", "9"), "MODERATOR", extra=["AUDIT_READ"])
    token = house.graph.person(SOMEBODY, ("discord_role", "9"), ("kick", "12"))
    assert await house.mayest(token) == [*MODERATES, "AUDIT_READ"]
    await house.grant(SOMEBODY, "MODERATOR", extra=["ALERTS_READ"])
    assert await house.mayest(token) == [*MODERATES, "AUDIT_READ", "ALERTS_READ"]
    assert await house.mayest(token, house.other) == []
    limited = house.graph.person(OWNER, ceiling=frozenset({Capability.COMMUNITY_READ}))
    assert await house.mayest(limited) == ["COMMUNITY_READ"]
    assert len(await house.mayest(house.graph.operator)) == len(EVERYTHING)
    told = await house.graph.data(CAPABILITIES, limited, id=id_of("community", house.number))
    assert (told["me"]["kind"], told["me"]["subject"], told["me"]["community"]) == ("PERSON", "kick:44", None)


async def test_an_owner_changes_the_staff_and_the_feed_tells(house: House) -> None:
    owner = house.graph.person(OWNER)
    socket = await Socket(house.graph).open(owner)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(
        """subscription ($id: ID!) { feed(communityId: $id) { __typename
        ... on StaffGranted { holderKind holderId role } ... on StaffRevoked { holderKind holderId } } }""",
        id=id_of("community", house.number),
    )
    await asyncio.sleep(0.2)
    granted = await house.grant(SOMEBODY, "MODERATOR", owner)
    assert granted["grant"]["role"] == "MODERATOR"
    assert (await house.grant(SOMEBODY, "MODERATOR", owner)) == granted, "nothing changes, and nothing is told"
    assert (await house.grant(SOMEBODY, "MANAGER", owner))["grant"]["role"] == "MANAGER"
    assert (await house.revoke(SOMEBODY, owner)) == {"__typename": "StaffRoleRevoked", "holderId": "11"}
    told = {"holderKind": "KICK", "holderId": "11"}
    assert await socket.event() == {"__typename": "StaffGranted", **told, "role": "MODERATOR"}
    assert await socket.event() == {"__typename": "StaffGranted", **told, "role": "MANAGER"}
    assert await socket.event() == {"__typename": "StaffRevoked", **told}
    await socket.frames.close()


async def test_nobody_gives_or_takes_what_he_may_not_do_himself(house: House) -> None:
    await house.grant(MANAGER, "MANAGER", extra=["STAFF_MANAGE"])
    manager = house.graph.person(MANAGER)
    before = await facts(house.graph)
    refused = [
        await house.grant(SOMEBODY, "OWNER", manager),
        await house.grant(SOMEBODY, "MODERATOR", manager, extra=["TOKENS_MANAGE"]),
        await house.grant(OWNER, "MANAGER", manager),
        await house.revoke(OWNER, manager),
    ]
    assert {(one["code"], one["message"].rpartition(": ")[2]) for one in refused} == {
        ("capability_not_held", "tokens.manage.")
    }
    assert await facts(house.graph) == before
    limited = house.graph.person(OWNER, ceiling=frozenset({Capability.STAFF_MANAGE, Capability.COMMUNITY_READ}))
    assert (await house.grant(SOMEBODY, "MODERATOR", limited))["code"] == "capability_not_held"
    assert (await house.grant(SOMEBODY, "MODERATOR", manager))["__typename"] == "StaffRoleGranted"


async def owners(house: House) -> int:
    listed = (await house.graph.data(STAFF, slug="house", first=50))["community"]["staff"]["nodes"]
    return [node["role"] for node in listed].count("OWNER")


async def test_however_many_owners_go_at_once_one_stays(house: House) -> None:
    others = [("kick", str(number)) for number in range(50, 58)]
    for other in others:
        await house.grant(other, "OWNER")
    gone = await asyncio.gather(*(house.revoke(one) for one in (OWNER, *others)))
    assert [one["code"] for one in gone if "code" in one] == ["last_owner"]
    assert await owners(house) == 1


async def test_two_owners_who_remove_each_other_at_once_do_not_both_succeed(house: House) -> None:
    await house.grant(SOMEBODY, "OWNER")
    pairs = ((OWNER, SOMEBODY), (SOMEBODY, OWNER))
    taken = [house.answer("revokeStaffRole", house.graph.person(by), holder=named(whom)) for by, whom in pairs]
    answers = await asyncio.gather(*taken)
    assert sum("StaffRoleRevoked" in str(one) for one in answers) == 1
    assert await owners(house) == 1


async def test_a_community_has_so_many_grants_and_no_more(house: House) -> None:
    async def fill(tx: Tx, scope: Scope) -> Done[None]:
        for number in range(1_000, 1_000 + GRANTS_MAX - 3):
            await staff.put(tx, scope.community_id, ("kick", str(number)), Grant(StaffRole.MODERATOR), "t", scope.now)
        return Done(None)

    await house.graph.server.units.run(house.number, fill)
    assert (await house.grant(SOMEBODY, "MODERATOR"))["code"] == "staff_too_many"
    assert (await house.grant(MODERATOR, "MANAGER"))["__typename"] == "StaffRoleGranted"


async def test_a_right_that_was_taken_away_is_gone_at_once_also_for_a_repeat(house: House) -> None:
    token = house.graph.person(MODERATOR)
    done = await house.adjust(token, "same")
    assert done["data"]["adjustWatchTime"]["__typename"] == "WatchTimeAdjusted"
    assert await house.adjust(token, "same") == done
    await house.revoke(MODERATOR)
    before = await facts(house.graph)
    for key in ("same", "another"):
        answer = await house.adjust(token, key)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["forbidden"]
        assert "watchtime.adjust" in answer["errors"][0]["message"]
        assert "seconds" not in str(answer["data"])
    assert await facts(house.graph) == before


async def test_a_right_that_is_taken_away_before_the_change_begins_prevents_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grant goes between the look at the door and the transaction; only a second look inside sees that."""
    units, token = house.graph.server.units, house.graph.person(MODERATOR)
    once = units.once
    is_revoked = asyncio.Event()

    async def late(*args: Any, **given: Any) -> str:
        if not is_revoked.is_set():
            is_revoked.set()
            await house.revoke(MODERATOR)
        return await once(*args, **given)

    monkeypatch.setattr(type(units), "once", lambda _, *args, **given: late(*args, **given))
    answer = await house.adjust(token)
    assert is_revoked.is_set()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["forbidden"]
    assert (await house.graph.balances(house.number))["1"] == 300
