"""The entry Viewer profile in the menu of a member: his links, watch time and tickets, as far as one may know.

Everybody is told of himself, and staff of anybody, which the server notes. Others are told what everybody may see:
nothing where the community masks names, for whoever knows what somebody watched finds him on the board.
"""

from datetime import datetime
from typing import cast

from clients.discord.asked.commands import Asked, Menu, Target
from clients.discord.commands.link import named
from clients.discord.graph.answers.profile import Profile, ProfileCommunity, ProfileViewer
from clients.discord.graph.answers.raffle_admin import TicketsOfMember
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Card, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at
from clients.service_key import ActingUser


class Profiles:
    """The entry of the menu."""

    def __init__(self, graph: Graph, communities: Communities) -> None:
        self._graph = graph
        self._communities = communities

    @property
    def menu(self) -> Menu:
        """The entry, for everybody."""
        return Menu(name="menu.profile", on=Target.USER, answer=self.run)

    async def run(self, asked: Asked) -> Card:
        """Who the member is; refuses whoever may not know."""
        words, user = asked.words, asked.interaction.target or ""
        is_own = user == asked.interaction.user
        name = shown(asked.interaction.user_name if is_own else asked.interaction.names.get(user, user))
        community, is_staff = await self.about(asked, user)
        viewer = community["viewerOfAccount"]
        if viewer is None:
            line = words("watchtime.unlinked_own" if is_own else "watchtime.unlinked", name=name)
            return Card(title=words("profile.title", name=name), lines=[line], tone=Tone.CAREFUL)
        tells_tickets = is_own or is_staff
        tickets = await self._tickets(asked, viewer, is_own=is_own) if tells_tickets else None
        return profile_card(words, name, community["name"], viewer, tickets, is_staff=is_staff)

    async def about(self, asked: Asked, user: str) -> tuple[ProfileCommunity, bool]:
        """The community with a member, and whether that is told to staff; refuses whoever may not know of him."""
        words = asked.words
        await self._communities.of(asked.interaction.guild, words("failed.unbound"))
        is_own = user == asked.interaction.user
        found = None if is_own else await self._as_staff(asked, user)
        if found is not None:
            return found, True
        community = await self._read(asked, user, None)
        if not is_own and community["nameSettings"]["masks"]:
            raise ServerRefused("names_masked", words("profile.masked"), words("profile.own"))
        return community, False

    async def _as_staff(self, asked: Asked, user: str) -> ProfileCommunity | None:
        """The member as staff may see him; None where the asker is no staff."""
        try:
            return await self._read(asked, user, asked.interaction.acting)
        except ServerRefused as refused:
            if refused.code != UNBOUND:
                raise
            return None

    async def _read(self, asked: Asked, user: str, acting: ActingUser | None) -> ProfileCommunity:
        given = {"guild": asked.interaction.guild, "user": user}
        told = cast("Profile", await self._graph.ask(document("profile"), given, acting))["communityOfGuild"]
        if told is None:
            raise ServerRefused(UNBOUND, "")
        return told

    async def _tickets(self, asked: Asked, viewer: ProfileViewer, *, is_own: bool) -> str | None:
        """The viewer's tickets and his place by them; None where no raffle runs."""
        words, given = asked.words, {"guild": asked.interaction.guild, "viewer": viewer["id"]}
        acting = None if is_own else asked.interaction.acting
        told = cast("TicketsOfMember", await self._graph.ask(document("tickets_of_member"), given, acting))
        current = None if told["communityOfGuild"] is None else told["communityOfGuild"]["raffles"]["current"]
        if current is None:
            return None
        held = current["viewerTickets"]
        count = words("raffle.tickets", count=0 if held is None else int(held["tickets"]))
        return placed(words, count, None if held is None else held["rank"])


def profile_card(
    words: Words, name: str, community: str, viewer: ProfileViewer, tickets: str | None, *, is_staff: bool
) -> Card:
    """Who a viewer is, and what he has."""
    others = [one for one in viewer["linkedAccounts"] if one["account"]["platform"] != "DISCORD"]
    lines = [
        words(
            "profile.linked",
            account=named(one["account"]["platform"], one["account"]["name"]),
            at=at(datetime.fromisoformat(one["at"]), "d"),
        )
        for one in others
    ] or [words("link_admin.alone", name=name)]
    watched = placed(words, words.duration(viewer["watchTime"]["seconds"]), viewer["rank"])
    held = {} if tickets is None else {words("profile.tickets"): tickets}
    return Card(
        title=words("profile.title", name=name),
        lines=[*lines, *(["", words("link_admin.noted")] if is_staff else [])],
        fields={words("source.WATCH_TIME"): watched, **held},
        footer=community,
    )


def placed(words: Words, held: str, rank: int | None) -> str:
    """What somebody has, and in which place that is."""
    return held if rank is None else f"{held} · {words('watchtime.rank', rank=rank)}"
