"""Every command of the bots that people come from has its row, and what it names now is there."""

import re
from dataclasses import dataclass

from clients.discord.asked.commands import Command, Target
from clients.discord.commands.staffing import MANAGE_GUILD
from clients.discord.words.language import Words
from server.domain.chat.index import BUILT_IN
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.test_commands import CODE

MANAGE_ROLES = 1 << 28
USED_BEFORE = """
setup_link_panel emoji? | link | unlink | watchtime | leaderboard top? | tickets | raffleboard limit? | raffleinfo
linkshuffle username | verifyshuffle user username | rafflegive user amount reason?
raffleremove user amount reason? | raffledraw | rafflestats user? | rafflestart start_day? end_day? | raffleend
rafflerestart | rafflesetdate start end | call slot_name | sr slot_name | slotcalls on | slotcalls off
slotcalls status | health | tracking on | tracking off | tracking status | linklogs on | linklogs off
linklogs status | roles list | roles add role minutes | roles update role minutes | roles remove role
roles enable role | roles disable role | roles members role
"""
"""Their names, and what was given to them; what could be left out has a question mark."""

LACKING = set[str]()
"""What a later command is to replace."""


@dataclass(frozen=True)
class Row:
    """A row of the table: a command of before, and what is used now, each a name and what is given to it."""

    before: str
    now: list[str]


def section(title: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    document = (CODE.parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    text = document.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ROWS = [Row(" ".join(spans(before)), spans(now)) for before, now, _ in section("What stands for what")]


def test_every_command_of_before_has_its_row_with_all_that_could_be_given_to_it() -> None:
    used = [one.strip() for one in re.split(r"[|\n]", USED_BEFORE) if one.strip()]
    assert [row.before for row in ROWS] == [f"!{one}" for one in used]


async def test_what_is_used_now_is_there_with_its_options(place: Place) -> None:
    known: dict[str, Command] = {
        f"/{one.name}": one for family in place.bot.features.commands.families for one in family.commands
    }
    for name, *given in (row.now for row in ROWS if row.now):
        if name.startswith("!"):
            assert name.removeprefix("!") in chat()
            continue
        assert name in known
        assert set(given) <= {one.name for one in known[name].options}, name


def test_what_is_not_replaced_yet_is_known() -> None:
    assert {row.before.split()[0] for row in ROWS if not row.now} == LACKING


def test_every_command_in_chat_has_its_row() -> None:
    told = {name.removeprefix("!") for names, _ in section("In chat") for name in spans(names)}
    assert told == chat()


def chat() -> set[str]:
    """The commands in chat, by all their names."""
    return {name for own, one in BUILT_IN.items() for name in (own, *one.aliases)}


async def test_every_command_has_its_row_in_the_documents_and_every_row_its_command(place: Place) -> None:
    shown_to = {None: "everybody", MANAGE_GUILD: "Manage Server", MANAGE_ROLES: "Manage Roles"}
    rows = {
        f"| `/{one.name}` | {options(one)} | {shown_to[family.permissions]} |"
        for family in place.bot.features.commands.families
        for one in family.commands
    }
    document = (CODE.parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^\| `/.*$", document, re.MULTILINE))
    assert not rows - written, "add these rows to docs/commands.md"
    assert not written - rows, "take these rows out of docs/commands.md"


async def test_every_entry_of_a_menu_has_its_row_and_every_row_its_entry(place: Place) -> None:
    shown_to = {None: "everybody", MANAGE_GUILD: "Manage Server"}
    where = {Target.USER: "a member", Target.MESSAGE: "a message"}
    entries = place.bot.features.commands.menus
    rows = [[f"**{Words('en')(one.name)}**", where[one.on], shown_to[one.permissions]] for one in entries]
    written = [row[:3] for row in section("In menus on Discord")]
    assert sorted(written) == sorted(rows)


def options(command: Command) -> str:
    """The options of a command as the documents have them: those that may be left out with a question mark."""
    told = [f"`{one.name}`" for one in command.options if one.required]
    told += [f"`{one.name}?`" for one in command.options if not one.required]
    return " ".join([*told, *(["`private?`"] if command.is_public else [])])
