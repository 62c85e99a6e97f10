"""/help: what can be asked, by whoever asks."""

from clients.discord.asked.commands import BOT_DM, GUILD, Asked, Command, Commands, Family
from clients.discord.render.card import Card


def family(commands: Commands) -> Family:
    """The command, over all that the bot knows."""

    async def run(asked: Asked) -> Card:
        return card(asked, commands)

    return Family(name="help", commands=[Command(name="help", run=run)], contexts=(GUILD, BOT_DM))


def card(asked: Asked, commands: Commands) -> Card:
    """The commands that this person may use, each with what it does; those for staff family by family."""
    words, permissions = asked.words, asked.interaction.permissions
    families = sorted(commands.families, key=lambda one: one.name)
    for_all = [one for family in families if family.permissions is None for one in family.commands]
    for_staff = [one for one in families if one.permissions and one.permissions & permissions == one.permissions]
    menus = [one for one in commands.menus if (one.permissions or 0) & permissions == (one.permissions or 0)]
    return Card(
        title=words("help.title"),
        lines=[
            *(f"`/{one.name}`: {words(f'command.{one.name}')}" for one in for_all),
            *(["", f"**{words('help.staff')}**"] if for_staff else []),
            *(f"`/{one.name}`{_verbs(one)}: {words(f'command.{one.name}')}" for one in for_staff),
            *(["", f"**{words('help.menus')}**"] if menus else []),
            *(f"- {words(one.name)}" for one in menus),
        ],
    )


def _verbs(family: Family) -> str:
    """What stands after the family's word, for each of its commands; nothing where the word alone is the command."""
    verbs = ", ".join(one.name.removeprefix(f"{family.name} ") for one in family.commands)
    return "" if verbs == family.name else f" {verbs}"
