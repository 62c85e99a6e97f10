"""What each kind of panel shows: pure functions from the server's answers to cards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from clients.discord.asked.answering import custom_id
from clients.discord.commands import raffle as raffles
from clients.discord.commands.entering import press_button
from clients.discord.graph.answers.leaderboard import LeaderboardCommunity
from clients.discord.graph.answers.panels import Giveaway, GiveawayCommunity, SlotsCommunity, WaitingCall
from clients.discord.graph.answers.raffle import RaffleCommunity
from clients.discord.render.card import Button, Card, Style
from clients.discord.render.limits import cut, shown
from clients.discord.words.language import Words, at

AREA = "panel"
TITLE_MAX = 80
PRIZE_MAX = 1_000


def button(words: Words, verb: str, style: Style = Style.SECONDARY) -> Button:
    """A button of a panel; a verb has its own sentence, and its own place among the clicks."""
    return Button(label=words(f"panel.button.{verb}"), custom_id=custom_id(AREA, verb), style=style)


def link_card(words: Words, community: str) -> Card:
    """How to link an account."""
    steps = (words("panel.link.step_click"), words("panel.link.step_sign_in"), words("panel.link.step_done"))
    return Card(
        title=words("panel.link.title"),
        lines=[
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            "",
            words("panel.link.privacy"),
            words("panel.link.reaction"),
        ],
        footer=community,
        buttons=[[button(words, "link", Style.PRIMARY), button(words, "links")]],
    )


def leaderboard_card(words: Words, community: LeaderboardCommunity) -> Card:
    """Who watched longest; named as the server names people to everybody."""
    board = community["leaderboard"]
    lines = [
        f"{words.number(one['rank'])}. {shown(one['publicName'])}: {words.duration(one['seconds'])}"
        for one in board["nodes"]
    ]
    return Card(
        title=words("leaderboard.title", name=shown(community["name"], 100)),
        lines=lines or [words("leaderboard.empty")],
        footer=words("leaderboard.count", count=board["totalCount"]),
        buttons=[[button(words, "place", Style.PRIMARY), button(words, "board")]],
    )


def raffle_card(words: Words, community: RaffleCommunity) -> Card:
    """The raffle that runs."""
    raffle = community["raffles"]["current"]
    mine = [button(words, "tickets", Style.PRIMARY), button(words, "rules")]
    if raffle is None:
        return replace(raffles.nothing_runs(words), footer=community["name"])
    card = raffles.info_card(words, raffle, community["name"])
    return replace(card, buttons=[mine, *card.buttons])


def slots_card(words: Words, community: SlotsCommunity) -> Card:
    """The slot calls that wait, with what viewers do and what staff does in rows of their own."""
    calls = community["slotCalls"]
    is_open = calls["settings"]["isOpen"]
    call = replace(button(words, "call", Style.PRIMARY), disabled=not is_open)
    staff = [button(words, "pick"), button(words, "shut" if is_open else "open"), button(words, "clear", Style.DANGER)]
    return Card(
        title=words("panel.slots.title"),
        lines=[
            words("panel.slots.open" if is_open else "panel.slots.closed"),
            "",
            *(waiting_lines(calls["queue"]["nodes"]) or [words("panel.slots.empty")]),
        ],
        footer=words("panel.slots.waiting", count=calls["waiting"]),
        buttons=[[call], staff],
    )


def waiting_lines(calls: Sequence[WaitingCall]) -> list[str]:
    """Calls, each on a line."""
    return [
        f"{place}. **{shown(one['title'], TITLE_MAX)}**"
        + (f" ({shown(one['provider'], TITLE_MAX)})" if one["provider"] else "")
        + f" · {shown(one['publicName'])}"
        for place, one in enumerate(calls, 1)
    ]


def giveaway_card(words: Words, community: GiveawayCommunity) -> Card:
    """The newest giveaway, or that there was none yet."""
    found = community["giveaways"]["nodes"]
    if not found:
        return Card(title=words("panel.giveaway.none_title"), lines=[words("panel.giveaway.none")])
    [giveaway] = found
    draw = giveaway["draw"]
    file = [Button(label=words("raffle.file"), url=draw["fileUrl"])] if draw and draw["fileUrl"] else []
    code = [words("raffle.code", code=draw["code"])] if draw and draw["code"] else []
    can_press = giveaway["state"] == "OPEN" and giveaway["rules"]["byDiscord"]
    press = [press_button(words, giveaway["id"])] if can_press else []
    if giveaway["state"] == "OPEN" and giveaway["rules"]["kind"] == "KEYWORD":
        who = custom_id(AREA, "entrants", giveaway["id"])
        press.append(Button(label=words("panel.button.entrants"), custom_id=who))
    return Card(
        title=shown(giveaway["title"], 200) or words("panel.giveaway.title", number=giveaway["number"]),
        lines=[*giveaway_lines(words, giveaway), *code],
        footer=community["name"],
        buttons=[row for row in (press, file) if row],
    )


def giveaway_lines(words: Words, giveaway: Giveaway) -> list[str]:
    """How a giveaway stands, and how to be in it while it is open."""
    rules = giveaway["rules"]
    prizes = [shown(line, PRIZE_MAX) for line in cut(rules["prize"], PRIZE_MAX).split("\n") if line]
    lines = [*prizes, *([""] if prizes else []), words(f"panel.giveaway.state.{giveaway['state']}")]
    if giveaway["state"] == "OPEN":
        keyword = shown(rules["keyword"] or "", TITLE_MAX)
        lines.append(words(f"panel.giveaway.kind.{rules['kind']}", keyword=keyword))
        lines += [words("giveaways.by_discord")] if rules["byDiscord"] else []
        ends = giveaway["endsAt"]
        lines += [words("panel.giveaway.ends", ends=at(datetime.fromisoformat(ends), "R"))] if ends else []
        lines += [words("panel.giveaway.subscribers")] if rules["subscribersOnly"] else []
        lines += [words("panel.giveaway.linked")] if rules["linkedOnly"] else []
        if rules["watchTime"]:
            lines.append(words("panel.giveaway.watch_time", time=words.duration(rules["watchTime"])))
    return [
        *lines,
        words("panel.giveaway.winners", count=rules["winners"]),
        words("panel.giveaway.entries", count=giveaway["entries"]),
    ]
