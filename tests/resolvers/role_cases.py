"""What the tests of every mutation need to know of role rewards."""

from functools import partial
from typing import Any

import pytest

from server.actions.roles import change
from server.running import Server
from server.schema.ids import id_of
from tests.resolvers.raffle_cases import asked_in
from tests.resolvers.slot_cases import Given, here

ABOUT = {"addRoleReward", "updateRoleReward", "removeRoleReward", "updateRoleRules", "syncRoles", "refreshMyRoles"}
ROLE = "5001"


async def roles_made(server: Server, request: pytest.FixtureRequest, *communities: int) -> str:
    """A role for a minute watched, where a test is about that; the reward of the first community."""
    if asked_in(request) not in ABOUT:
        return id_of("role_reward", 1)
    add = partial(change.add, role=ROLE, name="Regular", minutes=1, actor="staff")
    made = [await server.units.run(community, add) for community in communities]
    return id_of("role_reward", made[0])


def of_reward(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), "roleRewardId": houses.role_reward, **more}


REWARD = "reward { id roleId name minutes isOn }"
CASES: list[tuple[Any, ...]] = [
    (
        "addRoleReward",
        f"... on RoleRewardAdded {{ {REWARD} }}",
        here(roleId="5002", name="Fan", minutes=60),
        {"minutes": 61},
        "",
    ),
    ("updateRoleReward", f"... on RoleRewardUpdated {{ {REWARD} }}", of_reward(minutes=90), {"minutes": 91}, ""),
    (
        "removeRoleReward",
        "... on RoleRewardRemoved { roleRewardId roleId }",
        of_reward(),
        {"roleRewardId": id_of("role_reward", 99)},
        "",
    ),
    (
        "updateRoleRules",
        "... on RoleRulesUpdated { mode removesUnreached }",
        here(mode="HIGHEST", removesUnreached=True),
        {"removesUnreached": False},
        "",
    ),
    ("syncRoles", "... on RolesSynced { people }", here(anew=False), {"anew": True}, ""),
    (
        "refreshMyRoles",
        "... on MyRolesRefreshed { changed }",
        here(),
        {"rolesKnown": False},
        "88",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("addRoleReward", {"roleId": "Fan"}, "role_invalid"),
    ("addRoleReward", {"roleId": "7"}, "role_everyone"),
    ("addRoleReward", {"roleId": ROLE}, "role_reward_exists"),
    ("addRoleReward", {"minutes": 0}, "role_minutes_out_of_range"),
    ("updateRoleReward", {"minutes": 5_256_001}, "role_minutes_out_of_range"),
    ("updateRoleReward", {"roleRewardId": id_of("role_reward", 99)}, "role_reward_unknown"),
    ("removeRoleReward", {"roleRewardId": id_of("role_reward", 99)}, "role_reward_unknown"),
]
LINES: dict[str, Any] = {
    "addRoleReward": ("roles.add", ("role", "5002"), None, {"name": "Fan", "minutes": 60, "on": 1}),
    "updateRoleReward": ("roles.change", ("role", ROLE), {"minutes": 1}, {"minutes": 90}),
    "removeRoleReward": ("roles.remove", ("role", ROLE), {"name": "Regular", "minutes": 1, "on": 1}, None),
    "updateRoleRules": (
        "roles.change_rules",
        ("settings", "roles"),
        {"highest_only": 0, "removes_unreached": 0},
        {"highest_only": 1, "removes_unreached": 1},
    ),
    "refreshMyRoles": ("roles.refresh", ("holder", "discord:88"), None, {"changed": 1}),
    "syncRoles": ("roles.sync", ("settings", "roles"), None, {"people": 1, "anew": 0}),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("addRoleReward", "SETTINGS_EDIT", {"roleId": "5003", "name": "x", "minutes": 5}),
    ("updateRoleReward", "SETTINGS_EDIT", {"roleRewardId": id_of("role_reward", 1), "minutes": 5}),
    ("removeRoleReward", "SETTINGS_EDIT", {"roleRewardId": id_of("role_reward", 1)}),
    ("updateRoleRules", "SETTINGS_EDIT", {"mode": "STACK"}),
    ("syncRoles", "SETTINGS_EDIT", {}),
    ("refreshMyRoles", "SIGNED_IN", {}),
]
