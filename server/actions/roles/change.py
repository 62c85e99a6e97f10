"""Role rewards are set up: added, changed, removed, and given by other rules."""

from collections.abc import Callable

from server.domain.audit import Audited, Plain, changed
from server.domain.jobs import ATTEMPTS_MAX
from server.domain.refusals import Refused
from server.domain.roles import Reward, Rules, check_minutes, check_role, check_room
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, guilds, job_records, roles

AT_ONCE = 300
REMOVED = "The role reward was removed."
NO_GUILD = Refused(
    "guild_not_bound",
    "No Discord server belongs to this community.",
    "Bind one first: make a code on the community's page and type it in Discord, with /setup.",
)


async def add(tx: Tx, scope: Scope, *, role: str, name: str, minutes: int | None, actor: str) -> Done[int]:
    """Have a role given for minutes watched, or for linking where there are none, and return the reward's id.

    One that was removed is had back, with everybody who was given its role. Refuses a role that is a reward already,
    and a community without a Discord server.
    """
    await communities.lock(tx, scope.community_id)
    guild = await guilds.of_community(tx, scope.community_id)
    if guild is None:
        raise NO_GUILD
    role, told = check_role(role, guild.external_id, name)
    threshold = check_minutes(minutes)
    check_room(len(await roles.all_of(tx, scope.community_id)))
    number = await roles.add(tx, scope.community_id, guild.external_id, role, told, threshold, actor, scope.now)
    if number is None:
        raise Refused(
            "role_reward_exists", "This role is given for something already.", "Change the role reward that there is."
        )
    reward = Reward(id=number, role=role, name=told, minutes=threshold)
    return Done(number, audit=[Audited(action="roles.add", target=("role", role), after=values(reward))])


async def change(tx: Tx, scope: Scope, *, reward_id: int, revised: Callable[[Reward], Reward], actor: str) -> Done[int]:
    """Change a role reward and return its id; refuses one that is not there, and minutes for linking."""
    await communities.lock(tx, scope.community_id)
    before = await known(tx, scope, reward_id)
    after = revised(before)
    if after.minutes != before.minutes:
        if before.minutes is None:
            raise Refused(
                "role_for_linking",
                "This role is given for linking, which takes no minutes.",
                "Remove it and add it with minutes.",
            )
        check_minutes(after.minutes)
    guild = await guilds.of_community(tx, scope.community_id)
    check_role(after.role, "" if guild is None else guild.external_id, after.name)
    await roles.change(tx, after, actor, scope.now)
    old, new = changed(values(before), values(after))
    return Done(reward_id, audit=[Audited(action="roles.change", target=("role", before.role), before=old, after=new)])


async def remove(tx: Tx, scope: Scope, *, reward_id: int, actor: str) -> Done[Reward]:
    """Have a role not given any more, which whoever has it keeps; what it was. Refuses an unknown one.

    What waits to be given or taken is not carried out any more. What a client does right now counts when it says so.
    """
    await communities.lock(tx, scope.community_id)
    before = await known(tx, scope, reward_id)
    await withdraw_all(tx, scope, reward_id)
    await roles.remove(tx, reward_id, actor, scope.now)
    line = Audited(action="roles.remove", target=("role", before.role), before=values(before))
    return Done(before, audit=[line])


async def withdraw_all(tx: Tx, scope: Scope, reward_id: int) -> None:
    """End the jobs about a reward that wait, page by page."""
    after = 0
    while page := await roles.asked_of(tx, reward_id, after, AT_ONCE):
        after = page[-1].account_id
        keys = {roles.key_of(reward_id, one.account_id, one.nth): one.account_id for one in page}
        closed = await job_records.withdraw(tx, roles.KIND, list(keys), REMOVED, scope.now, ATTEMPTS_MAX)
        await roles.note_withdrawn(tx, reward_id, [keys[key] for key in closed], scope.now)


async def change_rules(tx: Tx, scope: Scope, *, revised: Callable[[Rules], Rules], actor: str) -> Done[Rules]:
    """Give roles by other rules from now on, and return them."""
    await communities.lock(tx, scope.community_id)
    before = await roles.rules_of(tx, scope.community_id)
    after = revised(before)
    await roles.set_rules(tx, scope.community_id, after, actor, scope.now)
    old, new = changed(rule_values(before), rule_values(after))
    return Done(
        after, audit=[Audited(action="roles.change_rules", target=("settings", "roles"), before=old, after=new)]
    )


async def known(tx: Tx, scope: Scope, reward_id: int) -> Reward:
    """A role reward of this community, or a refusal."""
    found = await roles.by_id(tx, scope.community_id, reward_id)
    if found is None:
        raise Refused(
            "role_reward_unknown", "This community has no such role reward.", "Use the `id` of one of its role rewards."
        )
    return found


def values(reward: Reward) -> dict[str, Plain]:
    """A role reward for the audit log."""
    return {"name": reward.name, "minutes": reward.minutes, "on": int(reward.is_on)}


def rule_values(rules: Rules) -> dict[str, Plain]:
    """Rules for the audit log."""
    return {"highest_only": int(rules.is_highest_only), "removes_unreached": int(rules.removes_unreached)}
