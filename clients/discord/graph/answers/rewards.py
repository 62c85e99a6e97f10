"""The answers to the operations about role rewards."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PageInfo


class RoleReward(TypedDict):
    """A role, and what it is given for; no minutes are for linking."""

    id: str
    roleId: str
    name: str
    minutes: int | None
    isOn: bool


class AllRoleRewards(TypedDict):
    """All of them, and the rules."""

    mode: str
    removesUnreached: bool
    all: list[RoleReward]


class RewardingCommunity(TypedDict):
    """A community with its role rewards."""

    roleRewards: AllRoleRewards


class RoleRewards(TypedDict):
    """The answer to `role_rewards`."""

    communityOfGuild: RewardingCommunity | None


class MemberAccount(TypedDict):
    """An account on Discord."""

    platformId: str


class RoleMember(TypedDict):
    """Somebody who has a role, and since when."""

    account: MemberAccount
    state: str
    since: str


class RoleMemberPage(TypedDict):
    """Some who have a role."""

    totalCount: int
    pageInfo: PageInfo
    nodes: list[RoleMember]


class RewardWithMembers(TypedDict):
    """A role with who has it."""

    name: str
    members: RoleMemberPage


class OneRoleReward(TypedDict):
    """One of the role rewards, if it is there."""

    reward: RewardWithMembers | None


class CommunityOfMembers(TypedDict):
    """A community with one of its role rewards."""

    roleRewards: OneRoleReward


class RoleMembers(TypedDict):
    """The answer to `role_members`."""

    communityOfGuild: CommunityOfMembers | None


class PreviewCounts(TypedDict):
    """How much a sync would change."""

    people: int
    given: int
    taken: int
    lookedAt: int


class PreviewChange(TypedDict):
    """A role to give or take."""

    name: str
    isGiven: bool


class PreviewPerson(TypedDict):
    """Somebody whose roles would change."""

    account: MemberAccount
    changes: list[PreviewChange]


class PreviewPage(TypedDict):
    """Some whose roles would change."""

    pageInfo: PageInfo
    nodes: list[PreviewPerson]


class Preview(TypedDict):
    """What a sync would do."""

    previewCounts: PreviewCounts
    preview: PreviewPage


class CommunityOfPreview(TypedDict):
    """A community with what a sync would do."""

    roleRewards: Preview


class RolePreview(TypedDict):
    """The answer to `role_preview`."""

    communityOfGuild: CommunityOfPreview | None


class RewardAsItIs(TypedDict):
    """A role reward as it is now."""

    name: str
    minutes: int | None
    isOn: bool


class RewardDone(TypedDict):
    """What became of a role reward."""

    reward: RewardAsItIs


class AddRoleReward(TypedDict):
    """The answer to `add_role_reward`."""

    addRoleReward: RewardDone


class UpdateRoleReward(TypedDict):
    """The answer to `update_role_reward`."""

    updateRoleReward: RewardDone


class RewardRemoved(TypedDict):
    """The role that is not given any more."""

    roleId: str


class RemoveRoleReward(TypedDict):
    """The answer to `remove_role_reward`."""

    removeRoleReward: RewardRemoved


class RulesDone(TypedDict):
    """The rules as they are now."""

    mode: str
    removesUnreached: bool


class UpdateRoleRules(TypedDict):
    """The answer to `update_role_rules`."""

    updateRoleRules: RulesDone


class SyncBegun(TypedDict):
    """How many people are looked at."""

    people: int


class SyncRoles(TypedDict):
    """The answer to `sync_roles`."""

    syncRoles: SyncBegun


class RolesRefreshed(TypedDict):
    """How many roles are on their way."""

    changed: int


class RefreshMyRoles(TypedDict):
    """The answer to `refresh_my_roles`."""

    refreshMyRoles: RolesRefreshed
