"""What somebody may do is what his grants in that community add up to, and never more than his token allows."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.auth.actors import Actor, ActorKind
from server.auth.capabilities import OVERLAY, SERVICE, capabilities_among, capabilities_in, judged
from server.domain.staff import EVERYTHING, NOTHING, Capability, Grant, Holder, HolderKind, StaffRole
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import staff
from tests.running import Running

LATER = datetime(2027, 1, 1, tzinfo=UTC)
sets = st.frozensets(st.sampled_from(Capability))
grants = st.builds(Grant, st.sampled_from(StaffRole), sets)
holders = st.tuples(st.sampled_from([kind.value for kind in HolderKind]), st.sampled_from(["1", "2", "3"]))


def actor(
    kind: ActorKind,
    community_id: int | None = None,
    held: frozenset[Holder] = frozenset(),
    ceiling: frozenset[Capability] | None = None,
) -> Actor:
    return Actor(kind, community_id, "s", "t", LATER, holders=held, ceiling=ceiling)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (actor("operator"), EVERYTHING),
        (actor("operator", ceiling=OVERLAY), OVERLAY),
        (actor("owner", 7), EVERYTHING),
        (actor("owner", 8), NOTHING),
        (actor("owner"), NOTHING),
        (actor("overlay", 7), OVERLAY),
        (actor("overlay", 8), NOTHING),
        (actor("overlay"), NOTHING),
        (actor("overlay", 7, ceiling=frozenset({Capability.COMMUNITY_READ, Capability.STAFF_MANAGE})), OVERLAY),
        (actor("overlay", 7, ceiling=frozenset({Capability.ALERTS_READ})), NOTHING),
        (actor("bot"), NOTHING),
        (actor("bot", 7), SERVICE),
        (actor("bot", 8), NOTHING),
        (actor("bot", held=frozenset({("discord", "1")})), NOTHING),
        (actor("exporter"), {"community.read", "audit.read"}),
        (actor("exporter", 8), NOTHING),
        (actor("person", 7, frozenset({("kick", "1")})), NOTHING),
    ],
)
def test_tokens_without_grants(who: Actor, expected: frozenset[Capability]) -> None:
    assert judged(who, 7, []) == expected


@pytest.mark.parametrize(
    ("listed", "bound", "community_id", "expected"),
    [
        ("", "", None, NOTHING),
        ("", "5", None, SERVICE),
        ("56", "5", None, SERVICE),
        ("6", "5", None, NOTHING),
        ("5", "", None, NOTHING),
        ("", "", 7, SERVICE),
        ("6", "5", 7, NOTHING),
        ("5", "5", 7, SERVICE),
        ("", "5", 8, NOTHING),
    ],
)
def test_a_bot_by_itself_serves_where_a_discord_server_of_its_is_bound(
    listed: str, bound: str, community_id: int | None, expected: frozenset[Capability]
) -> None:
    bot = replace(actor("bot", community_id), guilds=frozenset(listed))
    assert judged(bot, 7, [], frozenset(bound)) == expected


@dataclass(frozen=True)
class World:
    """The grants of two communities, and somebody who asks."""

    here: dict[Holder, Grant]
    there: dict[Holder, Grant]
    kind: ActorKind
    held: frozenset[Holder]
    ceiling: frozenset[Capability] | None
    is_bound: bool


granted = st.dictionaries(holders, grants, max_size=8)
kinds = st.sampled_from(["person", "bot"])
somebody = st.frozensets(holders, min_size=1, max_size=5)
worlds = st.builds(World, granted, granted, kinds, somebody, st.none() | sets, st.booleans())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds)
async def test_grants_of_all_holders_add_up_in_their_own_community_below_the_ceiling(
    live: Running, world: World
) -> None:
    here, there = await two_communities(live, world)
    who = actor(world.kind, here if world.is_bound else None, world.held, world.ceiling)
    reader = live.server.database.reader()
    expected, elsewhere = (
        NOTHING.union(*(grant.capabilities for holder, grant in grants.items() if holder in world.held))
        for grants in (world.here, world.there)
    )
    bound = EVERYTHING if world.ceiling is None else world.ceiling
    assert await capabilities_in(reader, who, here) == expected & bound
    assert await capabilities_in(reader, who, there) == (NOTHING if world.is_bound else elsewhere & bound)
    assert await capabilities_in(reader, who, 2**40) == NOTHING


async def two_communities(live: Running, world: World) -> tuple[int, int]:
    """Two communities with exactly these grants."""
    reader = live.server.database.reader()
    rows = await reader.fetch("SELECT id FROM community ORDER BY id")
    ids = [row["id"] for row in rows] or [await live.community("house", "1"), await live.community("den", "2")]

    async def fill(tx: Tx, scope: Scope) -> Done[None]:
        await tx.execute("DELETE FROM staff_grant")
        for community_id, wanted in zip(ids, (world.here, world.there), strict=True):
            for holder, grant in wanted.items():
                await staff.put(tx, community_id, holder, grant, "tester", scope.now)
        return Done(None)

    await live.server.units.run(ids[0], fill)
    return ids[0], ids[1]


async def test_many_are_judged_at_once(live: Running) -> None:
    community = await live.community()

    async def fill(tx: Tx, scope: Scope) -> Done[None]:
        for number in range(1, 451):
            role = StaffRole.MODERATOR if number % 2 else StaffRole.MANAGER
            await staff.put(tx, community, ("kick", str(number)), Grant(role), "tester", scope.now)
        return Done(None)

    await live.server.units.run(community, fill)
    asked = [(actor("person", held=frozenset({("kick", str(number))})), community) for number in range(1, 502)]
    found = await capabilities_among(live.server.database.reader(), asked)
    mayest = [Capability.SETTINGS_EDIT in found[one] for one in asked]
    assert mayest == [number % 2 == 0 and number <= 450 for number in range(1, 502)]
