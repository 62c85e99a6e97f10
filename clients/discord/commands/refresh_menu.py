"""The entry Refresh panel in the menu of a message: the panel that the message is, is looked at now."""

from typing import Any

from clients.discord.asked.commands import Asked, Menu, Target
from clients.discord.commands.staffing import MANAGE_GUILD, Staffing, done
from clients.discord.graph.asking import ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Card


def menu(staffing: Staffing) -> Menu:
    """The entry, for whoever manages the server."""

    async def run(asked: Asked) -> Card:
        words = asked.words
        panels: list[Any] = (await staffing.read(asked, "list_panels"))["panels"]
        found = next((one["id"] for one in panels if one["messageId"] == asked.interaction.target), None)
        if found is None:
            raise ServerRefused("panel_unknown", words("panel.no_panel"), words("panel.see_list"))
        community = await staffing.here(asked)
        given = {"community": community.id, "panel": found, "key": asked.interaction.id}
        await staffing.graph.ask(document("refresh_panel"), given, asked.interaction.acting)
        return done(words("panel.refreshed_title"), words("panel.refreshed"))

    return Menu(name="menu.refresh", on=Target.MESSAGE, answer=run, permissions=MANAGE_GUILD)
