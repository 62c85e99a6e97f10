"""Role rewards are set up, and roles brought up to date."""

from dataclasses import replace
from typing import Annotated, Any

import strawberry

from server.actions.roles import change as actions
from server.actions.roles import give
from server.domain.roles import Rules
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.guilds import check_guild
from server.resolvers.idempotency import Kept, once
from server.resolvers.proofs import discord_user, person_in
from server.resolvers.roles.reads import RoleReads
from server.schema.ids import id_of, number_of
from server.schema.policies import SIGNED_IN
from server.schema.roles import (
    SETTINGS,
    AddRoleRewardInput,
    AddRoleRewardResult,
    MyRolesRefreshed,
    RefreshMyRolesInput,
    RefreshMyRolesResult,
    RemoveRoleRewardInput,
    RemoveRoleRewardResult,
    RoleReward,
    RoleRewardAdded,
    RoleRewardMode,
    RoleRewardRemoved,
    RoleRewardUpdated,
    RoleRulesUpdated,
    RolesSynced,
    SyncRolesInput,
    SyncRolesResult,
    UpdateRoleRewardInput,
    UpdateRoleRewardResult,
    UpdateRoleRulesInput,
    UpdateRoleRulesResult,
)
from server.schema.scalars import printable
from server.store import roles


async def reward_by_id(context: Context, community_id: int, reward_id: int) -> RoleReward:
    """A role reward that is there."""
    found = await roles.by_id(context.reader, community_id, reward_id)
    if found is None:
        raise LookupError(f"The role reward {reward_id} is gone.")
    return RoleReads(context, community_id).noun(found)


async def add_role_reward(
    info: Info, given: Annotated[AddRoleRewardInput, strawberry.argument(name="input", description="Which role.")]
) -> AddRoleRewardResult:
    """Have a role given for watching or linking."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    await check_guild(context, place.community_id)

    async def add(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.add(
            tx,
            scope,
            role=printable(given.role_id),
            name=printable(given.name),
            minutes=given.minutes,
            actor=context.actor_name,
        )
        return done.giving({"reward": done.result})

    kept = await once(context, "addRoleReward", place, given, add)
    return RoleRewardAdded(reward=await reward_by_id(context, place.community_id, kept["reward"]))


async def update_role_reward(
    info: Info,
    given: Annotated[UpdateRoleRewardInput, strawberry.argument(name="input", description="What to change.")],
) -> UpdateRoleRewardResult:
    """Change a role reward."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    reward_id = number_of("role_reward", given.role_reward_id)
    wanted: dict[str, Any] = {
        name: field.value for name, field in (("minutes", given.minutes), ("is_on", given.is_on)) if field is not None
    }
    if given.name is not None:
        wanted["name"] = printable(given.name.value).strip()

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.change(
            tx, scope, reward_id=reward_id, revised=lambda one: replace(one, **wanted), actor=context.actor_name
        )
        return done.giving({"reward": done.result})

    kept = await once(context, "updateRoleReward", place, given, change)
    return RoleRewardUpdated(reward=await reward_by_id(context, place.community_id, kept["reward"]))


async def remove_role_reward(
    info: Info, given: Annotated[RemoveRoleRewardInput, strawberry.argument(name="input", description="Which one.")]
) -> RemoveRoleRewardResult:
    """Have a role not given any more."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    reward_id = number_of("role_reward", given.role_reward_id)

    async def remove(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.remove(tx, scope, reward_id=reward_id, actor=context.actor_name)
        return done.giving({"role": done.result.role})

    kept = await once(context, "removeRoleReward", place, given, remove)
    return RoleRewardRemoved(role_reward_id=id_of("role_reward", reward_id), role_id=kept["role"])


async def update_role_rules(
    info: Info, given: Annotated[UpdateRoleRulesInput, strawberry.argument(name="input", description="What to set.")]
) -> UpdateRoleRulesResult:
    """Give roles by other rules."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    def revised(current: Rules) -> Rules:
        mode, removes = given.mode, given.removes_unreached
        return Rules(
            is_highest_only=current.is_highest_only if mode is None else mode.value is RoleRewardMode.HIGHEST,
            removes_unreached=current.removes_unreached if removes is None else removes.value,
        )

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.change_rules(tx, scope, revised=revised, actor=context.actor_name)
        return done.giving({"highest": done.result.is_highest_only, "removes": done.result.removes_unreached})

    kept = await once(context, "updateRoleRules", place, given, change)
    mode = RoleRewardMode.HIGHEST if kept["highest"] else RoleRewardMode.STACK
    return RoleRulesUpdated(mode=mode, removes_unreached=kept["removes"])


async def sync_roles(
    info: Info, given: Annotated[SyncRolesInput, strawberry.argument(name="input", description="Whose.")]
) -> SyncRolesResult:
    """Have everybody's roles brought up to date."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    cause = context.ids.token()

    async def sync(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await give.sync(tx, scope, anew=given.anew, cause=cause)
        return done.giving({"people": done.result})

    kept = await once(context, "syncRoles", place, given, sync)
    return RolesSynced(people=kept["people"])


async def refresh_my_roles(
    info: Info, given: Annotated[RefreshMyRolesInput, strawberry.argument(name="input", description="Where.")]
) -> RefreshMyRolesResult:
    """Bring one's own roles up to date, by those that one has on Discord."""
    context = info.context
    own = await person_in(context, given.community_id)
    person = discord_user(context)
    has = frozenset(external_id for kind, external_id in context.signed_in.holders if kind == "discord_role")

    async def refresh(tx: Tx, scope: Scope) -> Done[Kept]:
        # Only whoever acts in the server itself is known to be there, with these roles.
        known = has if given.roles_known and context.signed_in.guild is not None else None
        done = await give.refresh(tx, scope, discord_id=person, has=known)
        return done.giving({"changed": done.result})

    kept = await once(context, "refreshMyRoles", own, given, refresh)
    return MyRolesRefreshed(changed=kept["changed"])


@strawberry.type
class RoleMutations:
    """What can be changed about role rewards."""

    add_role_reward: AddRoleRewardResult = strawberry.field(
        resolver=add_role_reward,
        description="Have a role of the community's Discord server given for watching or linking.",
        metadata=SETTINGS,
    )
    update_role_reward: UpdateRoleRewardResult = strawberry.field(
        resolver=update_role_reward, description="Change a role reward, or switch it on or off.", metadata=SETTINGS
    )
    remove_role_reward: RemoveRoleRewardResult = strawberry.field(
        resolver=remove_role_reward, description="Have a role not given any more.", metadata=SETTINGS
    )
    update_role_rules: UpdateRoleRulesResult = strawberry.field(
        resolver=update_role_rules, description="Give roles by other rules.", metadata=SETTINGS
    )
    sync_roles: SyncRolesResult = strawberry.field(
        resolver=sync_roles, description="Have everybody's roles brought up to date.", metadata=SETTINGS
    )
    refresh_my_roles: RefreshMyRolesResult = strawberry.field(
        resolver=refresh_my_roles,
        description="Have your own roles brought up to date, as the bot does when it sees you.",
        metadata=SIGNED_IN,
    )
