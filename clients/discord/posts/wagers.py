"""The roles of verified wager accounts."""

from collections.abc import Mapping

from clients.discord.carrying.kinds import Carried, Desk, Kind, gone, guild_of
from clients.discord.graph.answers.jobs import WagerRoleJob

ROLES = "roles"
UNBOUND = "No Discord server is bound to the community any more."
REASON = "A wager account was verified, or is no longer."


def kinds() -> Mapping[str, Kind]:
    """How jobs about wager accounts are carried out, by their types."""
    return {"WagerRoleJob": Kind(change, ROLES)}


async def change(job: WagerRoleJob, desk: Desk) -> Carried:
    """Give the role of that name, or take it."""
    guild = guild_of(job)
    if not guild:
        return gone(UNBOUND)
    named = [str(one["id"]) for one in await desk.rest.roles(guild) if one["name"] == job["role"]]
    if not named:
        return gone(f"The Discord server has no role called {job['role']}; make one.")
    turn = desk.rest.give_role if job["isGiven"] else desk.rest.take_role
    await turn(guild, job["discordId"], named[0], REASON)
    return Carried()
