"""/privacy: where somebody takes his data along, or asks to be forgotten; the bot can do neither for him."""

from collections.abc import Awaitable, Callable
from typing import cast

from clients.discord.asked.commands import BOT_DM, GUILD, Asked, Command, Family
from clients.discord.graph.answers.draws import Pages
from clients.discord.graph.asking import Graph
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Tone

OWN_PAGE = "/me"
EXPORT = ("privacy.export_what", "privacy.sign_in", "privacy.export_then")
DELETE = ("privacy.delete_what", "privacy.delete_stays", "privacy.sign_in", "privacy.delete_then")


def family(graph: Graph) -> Family:
    """The commands, asked of a server."""
    return Family(
        name="privacy",
        commands=[
            Command(name="privacy export", run=_leading(graph, "privacy.export_title", EXPORT)),
            Command(name="privacy delete", run=_leading(graph, "privacy.delete_title", DELETE, Tone.CAREFUL)),
        ],
        contexts=(GUILD, BOT_DM),
    )


def _leading(
    graph: Graph, title: str, lines: tuple[str, ...], tone: Tone = Tone.PLAIN
) -> Callable[[Asked], Awaitable[Card]]:
    async def lead(asked: Asked) -> Card:
        words, told = asked.words, cast("Pages", await graph.ask(document("pages"), {}))
        button = Button(label=words("privacy.open"), url=told["serverInfo"]["publicUrl"] + OWN_PAGE)
        spaced = "\n\n".join(words(line) for line in lines)
        return Card(title=words(title), lines=[spaced], tone=tone, buttons=[[button]])

    return lead
