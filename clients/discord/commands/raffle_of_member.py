"""What staff is told of somebody else's tickets: those of a member, for /raffle tickets, and of any viewer."""

from typing import Any, cast

from clients.discord.asked.commands import Asked
from clients.discord.graph.answers.raffle_admin import TicketsOfMember, TicketsOfViewer
from clients.discord.graph.answers.staffing import ViewerOfMember
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words


async def tickets_of_member(graph: Graph, communities: Communities, asked: Asked) -> Card:
    """What the `member` has in the raffle that runs, asked in the asker's name; refuses whoever is no staff."""
    words, user = asked.words, asked.text("member")
    await communities.of(asked.interaction.guild, words("failed.unbound"))
    name = shown(asked.interaction.names.get(user, user))
    who = await _asked(graph, asked, "viewer_of_member", user=user)
    viewer = _viewer(cast("ViewerOfMember", who))
    if viewer is None:
        raise ServerRefused("viewer_unknown", words("staff.unlinked", name=name), words("staff.link"))
    told = await _asked(graph, asked, "tickets_of_member", viewer=viewer)
    community = cast("TicketsOfMember", told)["communityOfGuild"]
    current = None if community is None else community["raffles"]["current"]
    if current is None:
        raise ServerRefused("raffle_none", words("raffle.none"))
    return held_card(words, name, current["viewerTickets"])


async def _asked(graph: Graph, asked: Asked, name: str, **given: str) -> dict[str, Any]:
    """What is asked in the asker's name about the community of a Discord server that is known to have one."""
    variables = {"guild": asked.interaction.guild, **given}
    try:
        return await graph.ask(document(name), variables, asked.interaction.acting)
    except ServerRefused as refused:
        if refused.code != UNBOUND:
            raise
        # It is not the Discord server that is a stranger to the community, but whoever asks.
        said = asked.words("raffle.others_tickets")
        raise ServerRefused("others_tickets", said, asked.words("raffle.own_tickets")) from None


def _viewer(told: ViewerOfMember) -> str | None:
    """The id of a viewer, where the member is one."""
    found = None if told["communityOfGuild"] is None else told["communityOfGuild"]["viewerOfAccount"]
    return None if found is None else found["id"]


def held_card(words: Words, name: str, held: TicketsOfViewer | None) -> Card:
    """What somebody of a name has, in which place that is, and where it comes from."""
    lines = [f"**{words('raffle.tickets', count=0 if held is None else int(held['tickets']))}**"]
    if held is not None:
        lines += [] if held["rank"] is None else [words("watchtime.rank", rank=held["rank"])]
        lines += [
            f"{words('source.' + one['source'])}: {words.number(int(one['tickets']))}" for one in held["bySource"]
        ]
    return Card(title=words("raffle_admin.tickets_of", name=name), lines=lines)
