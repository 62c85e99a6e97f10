"""/giveaways: which ones run, how one gets in, and what came of the last ones."""

from datetime import datetime
from typing import cast

from clients.discord.asked.commands import Asked, Command, Family
from clients.discord.commands.entering import press_button
from clients.discord.graph.answers.giveaways import GiveawayShown, GiveawaysNow
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Card
from clients.discord.render.limits import cut, shown
from clients.discord.words.language import Words, at

TITLE_MAX, PRIZE_MAX = 100, 200
ROWS_MAX = 5
ENTERS = {"KEYWORD": "giveaways.keyword", "CHATTERS": "giveaways.chatters", "TICKETS": "giveaways.tickets"}
STATES = {
    "CLOSED": "giveaways.closed",
    "COMMITTED": "giveaways.committed",
    "DRAWN": "giveaways.drawn",
    "CLAIMED": "giveaways.drawn",
    "EXPIRED": "giveaways.expired",
    "VOIDED": "giveaways.voided",
}


def family(graph: Graph) -> Family:
    """The command, asked of a server."""

    async def run(asked: Asked) -> Card:
        told = await graph.ask(document("giveaways_now"), {"guild": asked.interaction.guild})
        return card(asked.words, cast("GiveawaysNow", told))

    return Family(name="giveaways", commands=[Command(name="giveaways", run=run)])


def card(words: Words, told: GiveawaysNow) -> Card:
    """Those that run with how to enter, then the last ones."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    found = community["giveaways"]["nodes"]
    running = [line for one in found if one["state"] == "OPEN" for line in ["", *_running(words, one)]]
    over = [_over(words, one) for one in found if one["state"] != "OPEN"]
    on_discord = [one for one in found if one["state"] == "OPEN" and one["rules"]["byDiscord"]]
    buttons = [press_button(words, one["id"], one["title"] if len(on_discord) > 1 else "") for one in on_discord]
    return Card(
        buttons=[[button] for button in buttons[:ROWS_MAX]],
        title=words("giveaways.title", name=shown(community["name"])),
        lines=[
            *(running[1:] or [words("giveaways.none")]),
            *(["", f"**{words('giveaways.over')}**", *over] if over else []),
        ],
    )


def _named(one: GiveawayShown) -> str:
    return f"**{one['number']}. {shown(one['title'], TITLE_MAX)}**"


def _running(words: Words, one: GiveawayShown) -> list[str]:
    rules = one["rules"]
    wanted = [
        *([words("giveaways.subscribers")] if rules["subscribersOnly"] else []),
        *([words("giveaways.linked")] if rules["linkedOnly"] else []),
        *([words("giveaways.watched", time=words.duration(rules["watchTime"]))] if rules["watchTime"] else []),
    ]
    ends, changed = one["endsAt"], one["changedAt"]
    return [
        _named(one),
        *([shown(cut(rules["prize"], PRIZE_MAX), PRIZE_MAX)] if rules["prize"] else []),
        words(ENTERS[rules["kind"]], keyword=shown(rules["keyword"] or "")),
        *([words("giveaways.by_discord")] if rules["byDiscord"] else []),
        *([f"{words('giveaways.only')} {', '.join(wanted)}"] if wanted else []),
        words("giveaways.winners", count=rules["winners"]),
        *([words("giveaways.entries", count=one["entries"])] if rules["kind"] == "KEYWORD" else []),
        words("giveaways.until_staff")
        if ends is None
        else words("giveaways.until", ends=at(datetime.fromisoformat(ends), "R")),
        *([words("giveaways.changed", at=at(datetime.fromisoformat(changed), "R"))] if changed else []),
    ]


def _over(words: Words, one: GiveawayShown) -> str:
    draw = one["draw"]
    names = ", ".join(shown(winner["publicName"]) for winner in draw["winners"]) if draw else ""
    state = words("giveaways.won", names=names) if names else words(STATES[one["state"]])
    checked = f" [{words('raffle.file')}](<{draw['fileUrl']}>)" if draw and draw["fileUrl"] else ""
    return f"{_named(one)}: {state}{checked}"
