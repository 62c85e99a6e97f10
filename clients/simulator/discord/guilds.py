"""Discord's endpoints about guilds: roles, members, and who may give what to whom."""

from aiohttp import web

from clients.simulator.discord.shapes import channel_json, guild_json, member_json, role_json
from clients.simulator.discord.stage import API, Stage, answer, nothing
from clients.simulator.discord.world import Guild, Member, Role


class Guilds:
    """The endpoints."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        route, guild = site.router, f"{API}/guilds/{{guild}}"
        route.add_get(guild, self.guild)
        route.add_get(f"{guild}/roles", self.roles)
        route.add_get(f"{guild}/roles/member-counts", self.counts)
        route.add_get(f"{guild}/channels", self.channels)
        route.add_get(f"{guild}/members/{{user}}", self.member)
        route.add_put(f"{guild}/members/{{user}}/roles/{{role}}", self.grant)
        route.add_delete(f"{guild}/members/{{user}}/roles/{{role}}", self.revoke)

    async def guild(self, request: web.Request) -> web.Response:
        """A guild."""
        return answer(guild_json(self._guild(request), self._stage.world.bot))

    async def roles(self, request: web.Request) -> web.Response:
        """Its roles."""
        return answer([role_json(role) for role in self._guild(request).roles.values()])

    async def counts(self, request: web.Request) -> web.Response:
        """How many members have each role, @everyone left out."""
        guild = self._guild(request)
        everybody = [role for member in guild.members.values() for role in member.roles]
        return answer({role: everybody.count(role) for role in guild.roles if role != guild.id})

    async def channels(self, request: web.Request) -> web.Response:
        """Its channels."""
        return answer([channel_json(channel) for channel in self._guild(request).channels.values()])

    async def member(self, request: web.Request) -> web.Response:
        """A member."""
        return answer(member_json(self._guild(request).member(request.match_info["user"])))

    async def grant(self, request: web.Request) -> web.Response:
        """Give a role to a member."""
        guild, member, role = self._named(request)
        if role.id not in member.roles:
            member.roles.append(role.id)
            await self._tell(guild, member, f"{member.user.name} is now {role.name}")
        return nothing()

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a role from a member."""
        guild, member, role = self._named(request)
        if role.id in member.roles:
            member.roles.remove(role.id)
            await self._tell(guild, member, f"{member.user.name} is no longer {role.name}")
        return nothing()

    def _guild(self, request: web.Request) -> Guild:
        return self._stage.world.guild_of(request.match_info["guild"])

    def _named(self, request: web.Request) -> tuple[Guild, Member, Role]:
        guild = self._guild(request)
        member = guild.member(request.match_info["user"])
        return guild, member, self._stage.world.may_command(guild, request.match_info["role"])

    async def _tell(self, guild: Guild, member: Member, words: str) -> None:
        self._stage.transcript.note(f"{guild.name}: {words}")
        await self._stage.gateway.tell("GUILD_MEMBER_UPDATE", member_json(member) | {"guild_id": guild.id}, guild.id)
