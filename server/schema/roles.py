"""Role rewards: roles on Discord for watching and linking, who has them, and who would get or lose them."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Account
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, SIGNED_IN, enforced, needs
from server.schema.problems import Refused

SETTINGS = needs(Capability.SETTINGS_EDIT)
KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.enum(description="How many of the roles that somebody reached he has.")
class RoleRewardMode(Enum):
    """A mode."""

    STACK = strawberry.enum_value("stack", description="All of them.")
    HIGHEST = strawberry.enum_value(
        "highest", description="Only the one with the most minutes, and roles for linking beside it."
    )


@strawberry.enum(description="Why a role is given or taken.")
class RoleChangeReason(Enum):
    """A reason."""

    WATCHED = strawberry.enum_value("watched", description="The person watched the minutes it is given for.")
    LINKED = strawberry.enum_value("linked", description="The person linked an account.")
    OUTRANKED = strawberry.enum_value("outranked", description="A higher role takes its place.")
    UNREACHED = strawberry.enum_value("unreached", description="What it was given for is not reached any more.")


@strawberry.enum(description="What became of giving a role.")
class RoleGivenState(Enum):
    """A state."""

    ASKED = strawberry.enum_value("asked", description="The Discord client is about to give it.")
    DONE = strawberry.enum_value("done", description="The Discord client gave it.")
    HAD = strawberry.enum_value("had", description="The person had it from somebody else; it is never taken.")


@strawberry.type(description="Somebody who has a role, by what we know: whoever left Discord since is not noticed.")
class RoleMember:
    """A member."""

    account: Account = strawberry.field(description="The account on Discord.", metadata=SETTINGS)
    state: RoleGivenState = strawberry.field(description="How far giving it got.", metadata=SETTINGS)
    since: datetime = strawberry.field(description="Since when.", metadata=SETTINGS)


class RoleMemberLoader(Protocol):
    """What a role reward is asked about its members."""

    async def page(self, first: int, after: str | None) -> Connection[RoleMember]:
        """Who has the role."""
        ...


@strawberry.type(description="A role of the community's Discord server that is given for watching or linking.")
class RoleReward:
    """A role reward."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    role_id: str = strawberry.field(description="Discord's own id of the role.", metadata=READ)
    name: str = strawberry.field(description="The role's name when it was told last.", metadata=READ)
    minutes: int | None = strawberry.field(
        description="So many minutes watched it is given for; null for linking an account.", metadata=READ
    )
    is_on: bool = strawberry.field(
        description="Whether it is given, and taken where the rules say so; otherwise whoever has it keeps it.",
        metadata=READ,
    )
    loader: strawberry.Private[RoleMemberLoader]

    @strawberry.field(description="Who has it, by what we know.", metadata=enforced(SETTINGS))
    async def members(self, first: First, after: After = None) -> Connection[RoleMember]:
        """The members."""
        return await self.loader.page(first, after)


@strawberry.type(description="A role to give to somebody, or to take from him.")
class RoleChange:
    """A change."""

    role_id: str = strawberry.field(description="Discord's own id of the role.", metadata=SETTINGS)
    name: str = strawberry.field(description="The role's name.", metadata=SETTINGS)
    is_given: bool = strawberry.field(description="Whether it is given; otherwise it is taken.", metadata=SETTINGS)
    reason: RoleChangeReason = strawberry.field(description="Why.", metadata=SETTINGS)


@strawberry.type(description="Somebody whose roles would change.")
class RolePreview:
    """A person of a preview."""

    account: Account = strawberry.field(description="The account on Discord.", metadata=SETTINGS)
    changes: list[RoleChange] = strawberry.field(description="What would change, gifts first.", metadata=SETTINGS)


@strawberry.type(description="What a sync would do now, counted over everybody.")
class RolePreviewCounts:
    """The counts of a preview."""

    people: int = strawberry.field(description="So many people's roles would change.", metadata=SETTINGS)
    given: int = strawberry.field(description="So many roles would be given.", metadata=SETTINGS)
    taken: int = strawberry.field(description="So many roles would be taken.", metadata=SETTINGS)
    looked_at: int = strawberry.field(description="So many people were looked at.", metadata=SETTINGS)
    is_whole: bool = strawberry.field(
        description="Whether that was everybody; a very large community is not counted to its end.", metadata=SETTINGS
    )


class RoleRewardLoader(Protocol):
    """What a community is asked about role rewards."""

    async def mode(self) -> RoleRewardMode:
        """How many of the roles that somebody reached he has."""
        ...

    async def removes_unreached(self) -> bool:
        """Whether roles are taken that are not reached any more."""
        ...

    async def all(self) -> list[RoleReward]:
        """All of them."""
        ...

    async def one(self, reward_id: str) -> RoleReward | None:
        """The one with an id."""
        ...

    async def preview(self, first: int, after: str | None) -> Connection[RolePreview]:
        """Whose roles would change."""
        ...

    async def counts(self) -> RolePreviewCounts:
        """How many roles would change."""
        ...


@strawberry.type(description="Roles of the community's Discord server that are given for watching and linking.")
class RoleRewards:
    """Role rewards."""

    loader: strawberry.Private[RoleRewardLoader]

    @strawberry.field(description="How many of the roles that somebody reached he has.", metadata=READ)
    async def mode(self) -> RoleRewardMode:
        """The mode."""
        return await self.loader.mode()

    @strawberry.field(
        description="Whether a role is taken from whoever does not reach it any more. One that somebody else gave "
        "never is.",
        metadata=READ,
    )
    async def removes_unreached(self) -> bool:
        """Whether roles are taken."""
        return await self.loader.removes_unreached()

    @strawberry.field(description="All of them, those for linking first, then by minutes.", metadata=READ)
    async def all(self) -> list[RoleReward]:
        """All of them."""
        return await self.loader.all()

    @strawberry.field(description="One of them; null where there is no such one.", metadata=READ)
    async def reward(
        self, role_reward_id: Annotated[strawberry.ID, strawberry.argument(description="Which one.")]
    ) -> RoleReward | None:
        """One of them."""
        return await self.loader.one(role_reward_id)

    @strawberry.field(
        description="Whose roles a sync would change, and how. A page has at most 100 people and may be empty although "
        "more follow: a bounded number is looked at.",
        metadata=enforced(SETTINGS),
    )
    async def preview(self, first: First, after: After = None) -> Connection[RolePreview]:
        """Whose roles would change."""
        return await self.loader.preview(first, after)

    @strawberry.field(description="How many roles a sync would change.", metadata=enforced(SETTINGS))
    async def preview_counts(self) -> RolePreviewCounts:
        """How many."""
        return await self.loader.counts()


@strawberry.input(description="The role to give.")
class AddRoleRewardInput:
    """Input of addRoleReward."""

    community_id: strawberry.ID = strawberry.field(description="Where; its Discord server is bound.")
    role_id: str = strawberry.field(description="Discord's own id of the role.")
    name: str = strawberry.field(description="The role's name, to be shown; 1 to 100 characters.")
    minutes: int | None = strawberry.field(
        default=None, description="So many minutes watched it is given for, from 1; null for linking an account."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The role is given from now on: to whoever writes next, and to everybody at a sync.")
class RoleRewardAdded:
    """Success of addRoleReward."""

    reward: RoleReward = strawberry.field(description="The role reward.", metadata=SETTINGS)


AddRoleRewardResult = Annotated[
    RoleRewardAdded | Refused, strawberry.union("AddRoleRewardResult", description="What became of adding a role.")
]


@strawberry.input(description="The role reward to change; what is left out stays.")
class UpdateRoleRewardInput:
    """Input of updateRoleReward."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    role_reward_id: strawberry.ID = strawberry.field(description="Which one.")
    minutes: strawberry.Maybe[int] = strawberry.field(
        default=None, description="So many minutes watched it is given for, from 1; not for one for linking."
    )
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="The role's name, 1 to 100 characters.")
    is_on: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether it is given; whoever has it keeps it while it is off."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The role reward is like this now.")
class RoleRewardUpdated:
    """Success of updateRoleReward."""

    reward: RoleReward = strawberry.field(description="The role reward.", metadata=SETTINGS)


UpdateRoleRewardResult = Annotated[
    RoleRewardUpdated | Refused,
    strawberry.union("UpdateRoleRewardResult", description="What became of changing a role reward."),
]


@strawberry.input(description="The role reward to remove.")
class RemoveRoleRewardInput:
    """Input of removeRoleReward."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    role_reward_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The role is not given any more. Whoever has it keeps it.")
class RoleRewardRemoved:
    """Success of removeRoleReward."""

    role_reward_id: strawberry.ID = strawberry.field(description="The one that is gone.", metadata=SETTINGS)
    role_id: str = strawberry.field(description="Discord's own id of its role.", metadata=SETTINGS)


RemoveRoleRewardResult = Annotated[
    RoleRewardRemoved | Refused,
    strawberry.union("RemoveRoleRewardResult", description="What became of removing a role reward."),
]


@strawberry.input(description="By which rules roles are given; what is left out stays.")
class UpdateRoleRulesInput:
    """Input of updateRoleRules."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    mode: strawberry.Maybe[RoleRewardMode] = strawberry.field(
        default=None, description="How many of the roles that somebody reached he has; STACK at first."
    )
    removes_unreached: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether roles are taken that are not reached any more; false at first."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The rules hold from now on: for whoever writes next, and for everybody at a sync.")
class RoleRulesUpdated:
    """Success of updateRoleRules."""

    mode: RoleRewardMode = strawberry.field(
        description="How many of the roles that somebody reached he has.", metadata=SETTINGS
    )
    removes_unreached: bool = strawberry.field(
        description="Whether roles are taken that are not reached any more.", metadata=SETTINGS
    )


UpdateRoleRulesResult = Annotated[
    RoleRulesUpdated | Refused,
    strawberry.union("UpdateRoleRulesResult", description="What became of changing the rules of roles."),
]


@strawberry.input(description="Whose roles to bring up to date.")
class SyncRolesInput:
    """Input of syncRoles."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    anew: bool = strawberry.field(
        default=False,
        description="Whether to give roles once more to those who have them by what we know: whoever left the server "
        "and came back lost them, and nobody told us. It takes about a second for each role.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Everybody's roles are being looked at; what is due becomes jobs of the Discord client.")
class RolesSynced:
    """Success of syncRoles."""

    people: int = strawberry.field(description="So many people are looked at.", metadata=SETTINGS)


SyncRolesResult = Annotated[
    RolesSynced | Refused, strawberry.union("SyncRolesResult", description="What became of asking for a sync.")
]


@strawberry.input(description="Where to look at your own roles.")
class RefreshMyRolesInput:
    """Input of refreshMyRoles; who asks, and which roles he has, stands in the bot's token."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    roles_known: bool = strawberry.field(
        default=True,
        description="Whether the token names all roles that you have in the Discord server, so that what you lost is "
        "given back; otherwise only what could not be given before.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Your roles were looked at; what is missing is on its way.")
class MyRolesRefreshed:
    """Success of refreshMyRoles."""

    changed: int = strawberry.field(description="So many roles are on their way to or from you.", metadata=SIGNED_IN)


RefreshMyRolesResult = Annotated[
    MyRolesRefreshed | Refused,
    strawberry.union("RefreshMyRolesResult", description="What became of looking at one's own roles."),
]
